"""Make this machine a node of its cluster, once, even if it boots several times."""

import sys
import time

import imds
import machine
from aws import Aws, Refused
from machine import Failure, path, redacted, run, say, write

JOINED = "/var/lib/dualstack/joined"
ATTEMPTS = "/run/dualstack/attempts"


def main():
    """Run one attempt. If it fails, the systemd unit starts the next."""
    settings = machine.settings()
    attempt = _count()
    # Each attempt waits longer, so that a lasting fault burdens neither AWS nor the journal.
    time.sleep(min(10 * (attempt - 1), 120))
    aws = Aws(settings)
    instance = reason = None
    try:
        instance = imds.require("instance-id")
        _become_node(settings, aws, instance)
        write(JOINED, instance + "\n", 0o644)
    except (Failure, Refused) as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 (operators find every error in the same place)
        reason = f"{type(error).__name__}: {error}"
    outcome = (
        f"failed, attempt {attempt}: {' '.join(redacted(reason).split())}" if reason else "joined"
    )
    say(f"bootstrap {outcome}")
    _report(aws, settings, instance, outcome)
    return 1 if reason else 0


def _become_node(settings, aws, instance):
    if "proxy" in settings:
        import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

        proxy.use(settings["proxy"])
    for script in settings["scripts"]:
        run(script, seconds=1800)
    # The kubelet is not started here: it has no configuration until kubeadm writes it, and kubeadm starts it.
    run("systemctl", "enable", "kubelet", settings["runtime"])
    if "registry" in settings:
        from registry_login import login  # noqa: PLC0415 (only machines with an ECR registry have it)

        login(settings["registry"])
        run("systemctl", "enable", "--now", "dualstack-registry.timer")
    # A runtime that an image starts at boot has not read the proxy. Containers outlive the restart.
    run("systemctl", "restart" if "proxy" in settings else "start", settings["runtime"])
    facts = imds.facts()
    # Images differ: some set the name with its domain. The kubelet labels the node with the node's name, and Kubernetes' own tests
    # expect the host name to be the same.
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
    """Write the outcome into the machine's status parameter, which operators read. An error of AWS is only logged."""
    if not instance:
        return
    try:
        # SSM refuses doubled braces, because it reads them as a reference to a parameter.
        aws.overwrite(
            f"{settings['parameters']['status']}/{instance}", outcome[:2000].replace("{{", "{ {")
        )
    except (Failure, Refused) as error:
        say(f"cannot report: {error}")


if __name__ == "__main__":
    sys.exit(main())
