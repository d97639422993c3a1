"""How a control plane becomes a node: it makes the cluster, or joins the one that is made."""

import time

import api
import kubeadm
from election import Election
from machine import Failure, path, run, say, write

INITIALISED = "/var/lib/dualstack/initialised"
PATIENCE_SECONDS = 1200
RETURN_SECONDS = 180
"""How long an API server that was there before a restart may take to come back."""


def enter(settings, aws, instance, facts):
    """Make the cluster if this machine leads, otherwise join it."""
    facts = kubeadm.join_facts(settings, aws, facts)
    election = Election(aws, settings["parameters"]["leader"], facts["@CA_HASH@"], instance)
    if path(INITIALISED).exists() or _leads(election):
        _initialise(settings, aws, facts)
        election.finish()
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        kubeadm.join(settings, facts)
    for timer in ("token", "members", "certificates"):
        run("systemctl", "enable", "--now", f"dualstack-{timer}.timer")


def _leads(election):
    """Whether this machine is to make the cluster; False once it is made."""
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
    """Run `kubeadm init`: from the start, or over what an interrupted one left."""
    if path(INITIALISED).exists():
        return
    if path(kubeadm.STARTED).exists() and _returns(settings, facts):
        # An API that answers may hold somebody's objects already, so nothing is cleared: every phase of init keeps what is there.
        arguments = ["--ignore-preflight-errors=all"]
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        arguments = []
    # Without the flag the output would hold the token.
    kubeadm.run_document("init", facts, "--skip-token-print", *arguments)
    write(INITIALISED, "", 0o644)


def _place_authorities(settings, aws):
    """Put the certificate authorities where kubeadm makes all other certificates from them."""
    folder, files = settings["parameters"]["keys"], settings["pkiFiles"]
    for file, text in zip(files, aws.require(*[f"{folder}/{file}" for file in files])):
        write(f"/etc/kubernetes/pki/{file}", text, 0o600 if file.endswith(".key") else 0o644)


def _returns(settings, facts):
    """Whether the API server of an interrupted init comes back by itself."""
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
