"""Standing down of a control plane when a restore is asked for: it stops all that it runs for the cluster, and begins again as a new one.

The unit runs this before the kubelet when the machine starts. A machine that slept through a restore must not serve what was before.
"""

import shutil
import sys
import time

import attempts
import machine
import manifests
import plan
from aws import Aws, Refused
from election import Election
from machine import Failure, path, run, say, write

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
    """Look again and again, or with `once` one time. What fails is tried the next time."""
    settings = machine.settings()
    if not path(attempts.JOINED).exists():
        # A run that was cut off after it had removed the mark has started nothing. A bootstrap that runs goes on.
        _begin("start")
    while True:
        try:
            look(settings, Aws(settings))
        except (Failure, Refused) as error:
            say(f"cannot tell whether a restore is asked for: {error}")
        if "once" in sys.argv:
            return 0
        time.sleep(LOOK_SECONDS)


def look(settings, aws):
    """Begin again, if this machine has joined and not since the restore that was asked for last."""
    joined = path(attempts.JOINED)
    if not joined.exists():
        return
    instance = joined.read_text().strip()
    (ca_hash,) = aws.require(f"{settings['parameters']['join']}/ca-hash")
    restore = Election(aws, settings["parameters"]["leader"], ca_hash, instance).restore
    if restore.get("id", "") == here():
        return
    say(f"stands down: {restore['key']} is to be restored")
    run("systemctl", "stop", *UNITS, seconds=120)
    stop(settings)
    # Of an upgrade that was cut off: these are not what the next one finds.
    shutil.rmtree(path(manifests.KEPT), ignore_errors=True)
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


def joined(restore):
    """Note that this machine has joined, after this restore."""
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
