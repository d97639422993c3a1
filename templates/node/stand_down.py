"""Standing down of a control plane when a restore is asked for: it stops all that it runs for the cluster, and begins again as a new one.

The unit runs this before the kubelet when the machine starts. A machine that slept through a restore must not serve what was before.
"""

import json
import shutil
import sys
import time

import attempts
import key_change
import machine
import manifests
import plan
from aws import Aws, Refused
from election import Election
from machine import Failure, path, run, say, write
from restore import check as check_restorable

STOOD_DOWN = "/var/lib/dualstack/stood-down"
"""The restore for which this machine stands down, or has, until it has joined again. It runs nothing then."""
RESTORED = "/var/lib/dualstack/restored"
"""The id of the restore after which this machine has joined. Without the file it is the cluster's beginning."""
LOOK_SECONDS = 5
UNITS = (
    *("dualstack-token.timer", "dualstack-members.timer", "dualstack-certificates.timer"),
    *("dualstack-backup.timer", "dualstack-nodes.service", "dualstack-upgrade.service"),
    # What a timer has started may be about to restart a static pod.
    *("dualstack-token.service", "dualstack-members.service", "dualstack-certificates.service"),
    "dualstack-backup.service",
)
"""What looks after the cluster. The bootstrap starts it again."""


def main():
    """Look again and again, or with `once` one time. What fails is tried the next time.

    A machine that has just started does not ask first whether it could restore: it may have slept through a restore by others.
    """
    settings, starts = machine.settings(), "once" in sys.argv
    if not path(attempts.JOINED).exists():
        # A run that was cut off after it had removed the mark has started nothing. A bootstrap that runs goes on.
        _begin("start")
    said = None
    while True:
        try:
            aws = Aws(settings)
            restore = asked(settings, aws)
            fault = _fault(settings, aws, restore) if restore and not starts else None
            if fault != said:
                said = fault
                _report(settings, aws, fault)
            if restore and not fault:
                stand_down(settings, restore)
        except (Failure, Refused) as error:
            say(f"cannot tell whether a restore is asked for: {error}")
        if starts:
            return 0
        time.sleep(LOOK_SECONDS)


def asked(settings, aws):
    """The restore for which this machine is to stand down: none that it lives after. None if there is nothing to do.

    One that it has begun to stand down for counts until the end, whatever is asked for by then.
    """
    joined, begun = path(attempts.JOINED), path(STOOD_DOWN)
    if not joined.exists():
        return None
    if begun.exists():
        return json.loads(begun.read_text())
    instance = joined.read_text().strip()
    (ca_hash,) = aws.require(f"{settings['parameters']['join']}/ca-hash")
    found = Election(aws, settings["parameters"]["leader"], ca_hash, instance).restore
    return found if found and found["id"] != here() else None


def _fault(settings, aws, restore):
    """Why this machine could not restore, so that it goes on as it is; None if it could, or stands down already."""
    if path(STOOD_DOWN).exists():
        return None
    try:
        check_restorable(settings, aws, restore)
    except (Failure, Refused) as error:
        return str(error)
    return None


def _report(settings, aws, fault):
    from control_plane import OUTCOME  # noqa: PLC0415 (it imports this program)

    words = f"{OUTCOME}; a restore failed, and nothing is touched: {fault}" if fault else OUTCOME
    say(words)
    attempts.report(aws, settings, path(attempts.JOINED).read_text().strip(), words)


def stand_down(settings, restore):
    """Stop all that this machine runs for the cluster, and begin again."""
    say(f"stands down: {restore['key']} is to be restored")
    write(STOOD_DOWN, json.dumps(restore), 0o644)
    run("systemctl", "stop", *UNITS, seconds=120)
    stop(settings)
    # Of an upgrade that was cut off: these are not what the next one finds.
    shutil.rmtree(path(manifests.KEPT), ignore_errors=True)
    path(key_change.KEPT).unlink(missing_ok=True)
    # The mark of the join is last: whatever is cut off before is done again.
    for file in (attempts.COUNT, plan.RECORD, attempts.JOINED):
        if path(file).exists():
            path(file).unlink()
    _begin("restart")


def _begin(verb):
    run("systemctl", verb, "--no-block", "dualstack-bootstrap.service", seconds=60)


def here():
    """The id of the restore that this machine lives after; empty for the cluster's beginning."""
    file = path(RESTORED)
    return file.read_text().strip() if file.exists() else ""


def check_asked(election):
    """A `Failure` if this machine has stood down for a restore, and none is asked for any more that it does not live after.

    It has no manifests, and its data are of a cluster that others may have left.
    """
    if path(STOOD_DOWN).exists() and election.id in ("", here()):
        key = json.loads(path(STOOD_DOWN).read_text())["key"]
        raise Failure(
            f"this machine has stood down for a restore of {key}, which is not asked for any more; it waits for another one: "
            "`python -m dualstack restore`"
        )


def joined(restore):
    """Note that this machine has joined, after this restore."""
    path(STOOD_DOWN).unlink(missing_ok=True)
    write(RESTORED, f"{restore}\n", 0o644)


def stop(settings):
    """Stop the kubelet and the static pods. Neither comes back by itself, nor when the machine starts again."""
    run("systemctl", "stop", "kubelet", seconds=120)
    folder = path("/etc/kubernetes")
    # With the administrator's kubeconfig `kubeadm reset` would ask the cluster, which answers no more.
    for file in [
        *path(manifests.FOLDER).glob("*.yaml"),
        folder / "admin.conf",
        folder / "super-admin.conf",
    ]:
        if file.exists():
            file.unlink()
    if settings["runtime"] == "docker":
        # Nothing starts its containers again but the kubelet.
        run("systemctl", "restart", "docker", seconds=120)
        return
    manifests.stop(manifests.COMPONENTS)
    left = [name for name in manifests.COMPONENTS if manifests.running(name)]
    if left:
        raise Failure(f"{', '.join(left)} did not stop")


if __name__ == "__main__":
    sys.exit(main())
