"""Make this machine a node of its cluster, once, even if it boots several times."""

import sys

import attempts
import imds
import machine
from aws import Aws
from machine import run, say, write


def main():
    """Run one attempt. If it fails, the systemd unit starts the next."""
    settings = machine.settings()
    attempt = attempts.begin()
    aws = Aws(settings)
    instance, code = None, 0
    try:
        instance = imds.require("instance-id")
        outcome = _become_node(settings, aws, instance)
        write(attempts.JOINED, instance + "\n", 0o644)
    except Exception as error:  # noqa: BLE001 (operators find every error in the same place)
        outcome, code = attempts.failure(attempt, error), 1
    say(f"bootstrap {outcome}")
    attempts.report(aws, settings, instance, outcome)
    return code


def _become_node(settings, aws, instance):
    if "proxy" in settings:
        import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

        proxy.use(settings["proxy"])
    if settings["role"] == "control-plane":
        from plan import follow  # noqa: PLC0415 (workers do not have it)

        settings = follow(aws, settings, instance)
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
    return enter(settings, aws, instance, facts)


if __name__ == "__main__":
    sys.exit(main())
