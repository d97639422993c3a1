"""Make this machine a node of its cluster: once, however often it starts."""

import sys
import time

import imds
import machine
from aws import Aws, Refused
from machine import Failure, path, redacted, run, say, write

JOINED = "/var/lib/dualstack/joined"
ATTEMPTS = "/run/dualstack/attempts"


def main():
    """Run one attempt; when it fails, the unit starts the next."""
    settings = machine.settings()
    attempt = _count()
    # Each waits longer, so that a fault that lasts burdens neither AWS nor the journal.
    time.sleep(min(10 * (attempt - 1), 120))
    aws = Aws(settings)
    instance = reason = None
    try:
        instance = imds.require("instance-id")
        _become_node(settings, aws, instance)
        write(JOINED, instance + "\n", 0o644)
    except (Failure, Refused) as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 (whatever it is, an operator reads it where all others are)
        reason = f"{type(error).__name__}: {error}"
    outcome = (
        f"failed, attempt {attempt}: {' '.join(redacted(reason).split())}" if reason else "joined"
    )
    say(f"bootstrap {outcome}")
    _report(aws, settings, instance, outcome)
    return 1 if reason else 0


def _become_node(settings, aws, instance):
    for script in settings["scripts"]:
        run(script, seconds=1800)
    # The kubelet has nothing to run with before kubeadm, which starts it.
    run("systemctl", "enable", "kubelet", settings["runtime"])
    run("systemctl", "start", settings["runtime"])
    facts = imds.facts()
    # Images differ in whether they take the whole name; a node's label has it, and Kubernetes' own tests take it for the machine's.
    run("hostnamectl", "set-hostname", facts["@NODE_NAME@"])
    if settings["role"] == "control-plane":
        from control_plane import enter  # noqa: PLC0415 (workers do not have it)
    else:
        from worker import enter  # noqa: PLC0415
    enter(settings, aws, instance, facts)


def _count():
    """The number of this attempt since the machine started."""
    file = path(ATTEMPTS)
    count = int(file.read_text()) + 1 if file.exists() else 1
    write(ATTEMPTS, str(count), 0o644)
    return count


def _report(aws, settings, instance, outcome):
    """Leave the outcome where an operator looks, if AWS lets it."""
    if not instance:
        return
    try:
        # SSM takes a doubled brace for a reference.
        aws.overwrite(
            f"{settings['parameters']['status']}/{instance}", outcome[:2000].replace("{{", "{ {")
        )
    except (Failure, Refused) as error:
        say(f"cannot report: {error}")


if __name__ == "__main__":
    sys.exit(main())
