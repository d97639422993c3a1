"""kubeadm on this machine: its documents filled, its remains cleared, a join."""

import os

import api
from machine import Failure, path, run, say, write

STARTED = "/var/lib/dualstack/started"
"""Stands from the first init or join on: what kubeadm left then is in the way of the next."""


def join_facts(settings, aws, facts):
    """The machine's facts and, read anew at each attempt, the cluster's."""
    folder = settings["parameters"]["join"]
    host, ca_hash, token = aws.require(f"{folder}/api-host", f"{folder}/ca-hash", f"{folder}/token")
    return {**facts, "@API_HOST@": host, "@CA_HASH@": ca_hash, "@TOKEN@": token}


def run_document(verb, facts, *arguments):
    """Run `kubeadm init` or `kubeadm join` on its filled document.

    That holds the token, so it lies in memory, for root alone, and not longer than needed.
    """
    text = path(f"/etc/dualstack/kubeadm/{verb}.yaml").read_text()
    for token, fact in facts.items():
        text = text.replace(token, fact)
    filled = f"/run/dualstack/{verb}.yaml"
    write(filled, text, 0o600)
    write(STARTED, verb + "\n", 0o644)
    ignored = os.environ.get("KUBEADM_IGNORE_PREFLIGHT_ERRORS")
    if ignored and "--ignore-preflight-errors=all" not in arguments:
        arguments = [*arguments, f"--ignore-preflight-errors={ignored}"]
    try:
        run("kubeadm", verb, "--config", str(path(filled)), *arguments, seconds=1200)
    finally:
        path(filled).unlink()


def reset(settings):
    """Clear what an earlier attempt left."""
    if not path(STARTED).exists():
        return
    say("clearing what an earlier attempt left")
    try:
        run("kubeadm", "reset", "--force", "--cri-socket", settings["criSocket"], seconds=300)
    except Failure as failure:
        # It stumbles over what a crash left half made; the next init or join says what is really in the way.
        say(f"not all is cleared: {failure}")


def join(settings, facts):
    """Join the cluster once it can be joined."""
    api.wait(facts["@API_HOST@"], settings["apiPort"], facts["@TOKEN@"])
    run_document("join", facts)
