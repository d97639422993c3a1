#!/usr/bin/python3
"""Run the commands of the configuration, each until it has succeeded once.

Without an argument those for before kubeadm run. With `post` the machine joins first, and then the others run.
"""

import sys

import attempts
import bootstrap
import machine
from aws import Aws
from machine import Failure, path, run, say, write

DONE = "/var/lib/dualstack/commands"
FINISHED = "/var/lib/dualstack/finished"


def run_all(phase):
    """Run the commands of a phase in order; a `Failure` that names the first that fails."""
    for place, command in machine.settings()["commands"][phase].items():
        done = f"{DONE}/{place}"
        if path(done).exists():
            continue
        say(f"{place} starts")
        try:
            run("bash", "-euo", "pipefail", "-c", command, seconds=1800)
        except Failure as failure:
            # The words before the first colon are those of the shell's call, which are always the same.
            raise Failure(f"{place}: {str(failure).partition(': ')[2]}") from None
        write(done, "", 0o644)


def before():
    """Run what comes before kubeadm. The bootstrap reports the last line."""
    try:
        run_all("pre")
    except Failure as failure:
        say(f"error: {failure}")
        return 1
    return 0


def after():
    """Make this machine a node, and run what comes after. If a command fails, the systemd unit starts the next attempt."""
    if not path(attempts.JOINED).exists():
        if bootstrap.main():
            return 1
    else:
        attempts.begin()
    settings = machine.settings()
    outcome, code = "joined", 0
    if settings["role"] == "control-plane":
        import control_plane  # noqa: PLC0415 (workers do not have it)

        outcome = control_plane.OUTCOME
    try:
        run_all("post")
        write(FINISHED, "", 0o644)
    except Failure as failure:
        outcome, code = f"failed after joining: {failure}", 1
    say(f"commands: {outcome}")
    instance = path(attempts.JOINED).read_text().strip()
    attempts.report(Aws(settings), settings, instance, outcome)
    return code


if __name__ == "__main__":
    sys.exit(after() if "post" in sys.argv else before())
