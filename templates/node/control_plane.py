"""How a control plane becomes a node: it creates the cluster, restores it, or joins the existing one."""

import time

import api
import encryption
import kubeadm
import restore
import service_accounts
import stand_down
from election import Election
from gone_cluster import control_planes
from groups import Groups
from kube import ADMIN
from machine import Failure, path, run, say, write
from own_api import MANIFEST

INITIALISED = "/var/lib/dualstack/initialised"
"""The file that says that this machine has created the cluster, or has restored it: then it holds the restore's id."""
AUDIT_POLICY = "/etc/kubernetes/audit-policy.yaml"
AUDIT_LOG = "/var/log/kubernetes/audit"
"""The folder of the audit log."""
RUNNING = ("pending", "running", "stopping", "shutting-down")
"""The states of a machine that may still serve what was before a restore."""
PATIENCE_SECONDS = 1200
RETURN_SECONDS = 180
"""The time that an API server may take to come back after a restart of the machine."""
OUTCOME = "joined, and leaves etcd by itself"
"""The status of a control plane that hands over. `pulumi up` replaces several at once only if all say so."""


def enter(settings, aws, instance, facts):
    """Create or restore the cluster if this machine is the elected leader, otherwise join it; the outcome."""
    facts = kubeadm.join_facts(settings, aws, facts)
    election = Election(aws, settings["parameters"]["leader"], facts["@CA_HASH@"], instance)
    stand_down.check_asked(election)
    if election.id and not kubeadm.begun(election.id):
        if path(kubeadm.STARTED).exists():
            stand_down.stop(settings)
        election.stand_down()
    if _initialised(election) or _leads(election):
        _initialise(settings, aws, facts, election)
        election.finish()
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        kubeadm.join(settings, facts, election.id, election.superseded)
    stand_down.joined(election.id)
    start_units()
    return OUTCOME


def start_units():
    """Start what looks after the cluster, now and whenever the machine starts. A unit that runs is left alone."""
    timers = [f"dualstack-{name}.timer" for name in ("token", "members", "certificates", "backup")]
    services = ("nodes", "kubelets", "handover", "gone", "upgrade", "restore", "put-back")
    run("systemctl", "enable", "--now", *timers, *[f"dualstack-{one}.service" for one in services])


def _leads(election):
    """Wait until this machine leads (True), or until the cluster has been created or restored (False)."""
    does, has_done = ("restore", "restored") if election.id else ("make", "made")
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting_for = None
    while not election.finished():
        leader = election.leader()
        if leader == election.instance:
            return True
        if leader != waiting_for:
            say(f"waiting for {leader} to {does} the cluster")
            waiting_for = leader
        if election.superseded():
            raise Failure("another restore is asked for, or none any more")
        if time.monotonic() > deadline:
            raise Failure(
                f"{leader} leads and has not {has_done} the cluster after {PATIENCE_SECONDS} seconds; its own status says why. "
                "Repair it, or terminate it and another takes over"
            )
        time.sleep(5)
    return False


def _initialised(election):
    file = path(INITIALISED)
    return file.exists() and file.read_text().strip() == election.id


def _initialise(settings, aws, facts, election):
    """Run `kubeadm init`, from the start or on top of an interrupted run, over the data of a snapshot if there is one to restore."""
    if _initialised(election):
        return
    if kubeadm.begun(election.id) and _returns(settings, facts):
        # If the API answers, it may contain users' objects already, so nothing is reset. Every phase of init keeps existing files and
        # objects.
        arguments = ["--ignore-preflight-errors=all"]
    elif election.id:
        # Until etcd's new data are there, nothing of the old is cleared.
        snapshot = restore.fetch(settings, aws, election.restore)
        restore.build(snapshot, election.restore, facts, settings["primaryFamily"])
        _wait_for_others(settings, election)
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        restore.place(election.restore)
        arguments = ["--ignore-preflight-errors=DirAvailable--var-lib-etcd"]
    else:
        kubeadm.reset(settings)
        _place_authorities(settings, aws)
        arguments = []
    # Without the flag kubeadm would print the token.
    kubeadm.run_document("init", facts, "--skip-token-print", *arguments, restore=election.id)
    if election.id:
        restore.forget(settings, election.instance, election.restore, ADMIN)
    write(INITIALISED, election.id, 0o644)


def _wait_for_others(settings, election):
    """Wait until no other control plane can serve what was before the restore."""
    aws, waiting_for = Groups(settings), None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        others = control_planes(settings, aws, RUNNING) - {election.instance}
        left = ", ".join(election.not_down(others))
        if not left:
            return
        if left != waiting_for:
            say(f"waiting for {left} to stand down")
            waiting_for = left
        if election.superseded():
            raise Failure("another restore is asked for, or none any more")
        if time.monotonic() > deadline:
            raise Failure(
                f"{left} may still serve what was before, after {PATIENCE_SECONDS} seconds; stop or terminate what does not stand down"
            )
        time.sleep(3)


def _place_authorities(settings, aws):
    """Write the certificate authorities from SSM into the folder where kubeadm looks, and secret files of the configuration.

    kubeadm makes all other certificates from the authorities.
    """
    folder, files = settings["parameters"]["keys"], settings["pkiFiles"]
    for file, text in zip(files, aws.require(*[f"{folder}/{file}" for file in files])):
        write(f"/etc/kubernetes/pki/{file}", text, 0o600 if file.endswith(".key") else 0o644)
    for file, parameter in settings.get("files", {}).items():
        write(file, *aws.require(parameter), 0o600)
    encryption.place(settings, aws)
    service_accounts.place(settings, aws)
    place_audit_log()


def place_audit_log():
    """Make the folder of the audit log, if there is a policy. The kubelet would let everyone enter it."""
    if path(AUDIT_POLICY).exists():
        folder = path(AUDIT_LOG)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)


def _returns(settings, facts):
    """Whether the API server of an interrupted `kubeadm init` starts again without further steps."""
    if not path(MANIFEST).exists():
        return False
    deadline = time.monotonic() + RETURN_SECONDS
    while not api.answers(
        facts[f"@NODE_{settings['primaryFamily'].upper()}@"], settings["apiPort"]
    ):
        if time.monotonic() > deadline:
            return False
        time.sleep(3)
    return True
