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
    """Run one attempt; the unit starts the next."""
    settings = machine.settings()
    attempt = _count()
    # Each attempt waits longer, so that a fault that lasts does not burden AWS or the journal.
    time.sleep(min(10 * (attempt - 1), 120))
    aws = Aws(settings)
    try:
        instance = imds.require("meta-data/instance-id")
        reason = _attempt(settings, aws, instance)
    except Failure as failure:
        instance, reason = None, str(failure)
    if reason:
        say(f"bootstrap failed, attempt {attempt}: {reason}")
    if instance:
        _report(
            aws, settings, instance, f"failed, attempt {attempt}: {reason}" if reason else "joined"
        )
    if not reason:
        write(JOINED, instance + "\n", 0o644)
    return 1 if reason else 0


def _attempt(settings, aws, instance):
    """Why this attempt failed, or nothing."""
    try:
        for script in settings["scripts"]:
            run(script, seconds=1800)
        for unit in (settings["runtime"], "kubelet"):
            run("systemctl", "enable", unit)
        # kubeadm asks the runtime what it is; the kubelet has nothing to run with before kubeadm.
        run("systemctl", "start", settings["runtime"])
        facts = imds.facts()
        if settings["role"] == "control-plane":
            from control_plane import enter  # noqa: PLC0415 (workers do not have it)
        else:
            from worker import enter  # noqa: PLC0415
        enter(settings, aws, instance, facts)
    except Failure as failure:
        return str(failure)
    except Refused as refusal:
        return f"AWS refused: {refusal}"
    except Exception as error:  # noqa: BLE001 (whatever it is, the operator reads it in one place)
        return f"{type(error).__name__}: {error}"
    return ""


def _count():
    """The number of this attempt since the machine started."""
    file = path(ATTEMPTS)
    count = int(file.read_text()) + 1 if file.exists() else 1
    write(ATTEMPTS, str(count), 0o644)
    return count


def _report(aws, settings, instance, text):
    """Leave the outcome where an operator looks, if AWS lets it."""
    try:
        aws.overwrite(f"{settings['parameters']['status']}/{instance}", redacted(text)[:2000])
    except (Failure, Refused) as error:
        say(f"cannot report: {error}")


if __name__ == "__main__":
    sys.exit(main())
