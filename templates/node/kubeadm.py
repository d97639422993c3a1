"""kubeadm on this machine: its documents filled, its remains cleared, a join."""

import os

import api
from machine import Failure, path, run, say, write

DOCUMENTS = "/etc/dualstack/kubeadm"
STARTED = "/var/lib/dualstack/started"
"""Stands from the first init or join on: what kubeadm left then is in the way of the next."""
TOKENS = ("@NODE_NAME@", "@NODE_IPV4@", "@NODE_IPV6@", "@API_HOST@", "@CA_HASH@", "@TOKEN@")


def join_facts(settings, aws, facts):
    """The machine's facts and, read anew at each attempt, the cluster's."""
    folder = settings["parameters"]["join"]
    names = [f"{folder}/{name}" for name in ("api-host", "ca-hash", "token")]
    return {**facts, **dict(zip(("@API_HOST@", "@CA_HASH@", "@TOKEN@"), aws.get_all(*names)))}


def document(kind, facts):
    """Fill a document; the result holds the token, so it lies in memory and only root reads it."""
    text = path(f"{DOCUMENTS}/{kind}.yaml").read_text()
    for token in TOKENS:
        text = text.replace(token, facts[token])
    filled = f"/run/dualstack/{kind}.yaml"
    write(filled, text, 0o600)
    return filled


def run_document(verb, kind, facts, *arguments):
    """Run `kubeadm init` or `kubeadm join` on a filled document."""
    file = document(kind, facts)
    write(STARTED, verb + "\n", 0o644)
    ignored = os.environ.get("KUBEADM_IGNORE_PREFLIGHT_ERRORS")
    if ignored and not any(
        argument.startswith("--ignore-preflight-errors") for argument in arguments
    ):
        arguments = (*arguments, f"--ignore-preflight-errors={ignored}")
    try:
        run("kubeadm", verb, "--config", str(path(file)), *arguments, seconds=1200)
    finally:
        path(file).unlink()


def reset(settings):
    """Clear what an earlier attempt left."""
    if not path(STARTED).exists():
        return
    say("clearing what an earlier attempt left")
    try:
        run("kubeadm", "reset", "--force", "--cri-socket", settings["criSocket"], seconds=300)
    except Failure as failure:
        # It fails on what a crash left half made; the next init or join says what is really in the way.
        say(f"not all could be cleared: {failure}")


def join(settings, facts):
    """Join the cluster once its API answers."""
    api.wait(facts["@API_HOST@"], settings["apiPort"])
    run_document("join", "join", facts)
