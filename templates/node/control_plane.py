"""How a control plane becomes a node: it creates the cluster, or joins the existing one."""

import time

import api
import kubeadm
from election import Election
from machine import Failure, path, run, say, write

INITIALISED = "/var/lib/dualstack/initialised"
PATIENCE_SECONDS = 1200
RETURN_SECONDS = 180
"""The time that an API server may take to come back after a restart of the machine."""
OUTCOME = "joined, and leaves etcd by itself"
"""The status of a control plane that hands over. `pulumi up` replaces several at once only if all say so."""


def enter(settings, aws, instance, facts):
    """Create the cluster if this machine is the elected leader, otherwise join it; the outcome."""
    facts = kubeadm.join_facts(settings, aws, facts)
    election = Election(aws, settings["parameters"]["leader"], facts["@CA_HASH@"], instance)
    if path(INITIALISED).exists() or _leads(election):
        _initialise(settings, aws, facts)
        election.finish()
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        kubeadm.join(settings, facts)
    for timer in ("token", "members", "certificates", "backup"):
        run("systemctl", "enable", "--now", f"dualstack-{timer}.timer")
    for service in ("nodes", "handover", "gone", "upgrade"):
        run("systemctl", "enable", "--now", f"dualstack-{service}.service")
    return OUTCOME


def _leads(election):
    """Wait until this machine leads (True), or until the cluster has been created (False)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting_for = None
    while not election.finished():
        leader = election.leader()
        if leader == election.instance:
            return True
        if leader != waiting_for:
            say(f"waiting for {leader} to make the cluster")
            waiting_for = leader
        if time.monotonic() > deadline:
            raise Failure(
                f"{leader} leads and has not made the cluster after {PATIENCE_SECONDS} seconds; its own status says why. "
                "Repair it, or terminate it and another takes over"
            )
        time.sleep(5)
    return False


def _initialise(settings, aws, facts):
    """Run `kubeadm init`, from the start or on top of an interrupted run."""
    if path(INITIALISED).exists():
        return
    if path(kubeadm.STARTED).exists() and _returns(settings, facts):
        # If the API answers, it may contain users' objects already, so nothing is reset. Every phase of init keeps existing files and
        # objects.
        arguments = ["--ignore-preflight-errors=all"]
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        arguments = []
    # Without the flag kubeadm would print the token.
    kubeadm.run_document("init", facts, "--skip-token-print", *arguments)
    write(INITIALISED, "", 0o644)


def _place_authorities(settings, aws):
    """Write the certificate authorities from SSM into the folder where kubeadm looks, and secret files of the configuration.

    kubeadm makes all other certificates from the authorities.
    """
    folder, files = settings["parameters"]["keys"], settings["pkiFiles"]
    for file, text in zip(files, aws.require(*[f"{folder}/{file}" for file in files])):
        write(f"/etc/kubernetes/pki/{file}", text, 0o600 if file.endswith(".key") else 0o644)
    for file, parameter in settings.get("files", {}).items():
        write(file, *aws.require(parameter), 0o600)


def _returns(settings, facts):
    """Whether the API server of an interrupted `kubeadm init` starts again without further steps."""
    if not path("/etc/kubernetes/manifests/kube-apiserver.yaml").exists():
        return False
    deadline = time.monotonic() + RETURN_SECONDS
    while not api.answers(
        facts[f"@NODE_{settings['primaryFamily'].upper()}@"], settings["apiPort"]
    ):
        if time.monotonic() > deadline:
            return False
        time.sleep(3)
    return True
