"""kubeadm on this machine: filling its documents, resetting an earlier attempt, joining."""

import os
import shutil

import api
from machine import Failure, path, run, say, write

STARTED = "/var/lib/dualstack/started"
"""The file that is written before the first init or join, and before etcd gets data. If it exists, what they leave is cleared before
the next attempt.

It holds the verb, and the id of the restore for which it was, if for one.
"""
DATA = "/var/lib/etcd"
BRIDGE = "cni0"
"""The bridge of flannel's pods. kubeadm leaves it there."""
ISSUER = "@ISSUER@"
"""The place of the cluster's own issuer of tokens, if it has one."""


def join_facts(settings, aws, facts):
    """The machine's values and those of the cluster, which are read from SSM again at each attempt."""
    folder = settings["parameters"]["join"]
    host, ca_hash, token = aws.require(f"{folder}/api-host", f"{folder}/ca-hash", f"{folder}/token")
    if "proxy" in settings:
        import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

        proxy.use(settings["proxy"], host)
    init = path("/etc/dualstack/kubeadm/init.yaml")
    if init.exists() and ISSUER in init.read_text():
        facts = {**facts, ISSUER: aws.require(f"{settings['parameters']['keys']}/issuer")[0]}
    return {**facts, **_reserved(), "@API_HOST@": host, "@CA_HASH@": ca_hash, "@TOKEN@": token}


def _reserved():
    """What the kubelet keeps from pods on a machine of this size.

    Of the CPUs 6% of the first, 1% of the second, 0.5% of the next two and 0.25% of the others; of the memory 25% of the first 4 GiB,
    20% of the next 4, 10% of the next 8, 6% of the next 112 and 2% of the rest, and at least 255 MiB.
    https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes
    """
    cpus = os.cpu_count() or 1
    left = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    kept = 0
    for size, percent in ((4096, 25), (4096, 20), (8192, 10), (114688, 6), (left, 2)):
        kept += min(left, size) * percent // 100
        left -= min(left, size)
    return {
        "@RESERVED_CPU@": f"{(60, 70, 75, 80)[min(cpus, 4) - 1] + max(0, cpus - 4) * 5 // 2}m",
        "@RESERVED_MEMORY@": f"{max(kept, 255)}Mi",
    }


def fill(verb, facts):
    """Fill the document for a verb; the path of the filled one."""
    text = path(f"/etc/dualstack/kubeadm/{verb}.yaml").read_text()
    for token, fact in facts.items():
        text = text.replace(token, fact)
    filled = f"/run/dualstack/{verb}.yaml"
    write(filled, text, 0o600)
    return filled


def ignored():
    """The argument with the preflight errors that this machine's environment lets pass."""
    errors = os.environ.get("KUBEADM_IGNORE_PREFLIGHT_ERRORS")
    return [f"--ignore-preflight-errors={errors}"] if errors else []


def begin(verb, restore):
    """Note that an init or a join begins, after the restore with this id."""
    write(STARTED, f"{verb} {restore}\n", 0o644)


def begun(restore):
    """Whether an init or a join has begun since a restore, whose id is empty for the cluster's beginning."""
    file = path(STARTED)
    return file.exists() and file.read_text().split()[1:] == restore.split()


def run_document(verb, facts, *arguments, restore=""):
    """Run `kubeadm init` or `kubeadm join` on its filled document, after the restore with this id.

    The filled document contains the token. So it is in memory (/run), readable by root only, and removed after the command.
    """
    filled = fill(verb, facts)
    begin(verb, restore)
    if "--ignore-preflight-errors=all" not in arguments:
        arguments = [*arguments, *ignored()]
    try:
        run("kubeadm", verb, "--config", str(path(filled)), *arguments, seconds=1200)
    finally:
        path(filled).unlink()


def reset(settings):
    """Run `kubeadm reset` if an earlier attempt was made."""
    if not path(STARTED).exists():
        return
    say("clearing what an earlier attempt left")
    try:
        run("kubeadm", "reset", "--force", "--cri-socket", settings["criSocket"], seconds=300)
    except Failure as failure:
        # Reset fails on files that a crash left incomplete. If something remains, the next init or join reports it.
        say(f"not all is cleared: {failure}")
    # kubeadm finds it only by the manifest, which a crash may have left out.
    shutil.rmtree(path(f"{DATA}/member"), ignore_errors=True)
    # The bridge of pods keeps the address of its last pod range, and takes no other one.
    if path(f"/sys/class/net/{BRIDGE}").exists():
        run("ip", "link", "delete", BRIDGE, seconds=60)


def join(settings, facts, restore="", given_up=lambda: False):
    """Join the cluster, once its API answers and accepts the token. A `Failure` if that is given up meanwhile."""
    api.wait(facts["@API_HOST@"], settings["apiPort"], facts["@TOKEN@"], given_up)
    run_document("join", facts, restore=restore)
