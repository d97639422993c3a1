"""The command `enter`: a shell, or one command, in which plain `pulumi` works on the rehearsal."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .checkout_copy import checkout_copy
from .cloud import running_cloud
from .daemons import CHECKOUT
from .engine.checkpoint import Checkpoint, stacks_with_resources
from .engine.recovery import Memory
from .plugins.environment import rehearsed
from .plugins.home import PYTHON, programs, write_executable
from .plugins.stand_in import ENDPOINT
from .providers.journal import Journal
from .stack_commands import console
from .state import State
from .workspace import Project

WRAPPER = """#!/bin/sh
# Plain pulumi, after the files of stacks that were changed in the checkout have been copied.
for file in {stacks}/Pulumi.*.yaml; do
    if [ "$file" -nt {copies}/"${{file##*/}}" ]; then
        (cd {checkout} && {renew}) || exit
        break
    fi
done
exec {pulumi} "$@"
"""


RENEW = shlex.join([*PYTHON, "-m", "rehearsal.checkout_copy"])

SAID = """\
`pulumi` here is the real command line; its AWS is {endpoint} on this machine, and its stack is {stack}, without add-ons.
The folder has links to the checkout and copies of the stacks' files: edit those of the checkout. `exit` leaves."""

LOST = "The AWS of {stacks} has ended: `pulumi up --refresh` makes everything again."


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "stack", help="the stack that is selected, as in stacks/Pulumi.<stack>.yaml"
    )
    parser.add_argument("--run", metavar="COMMAND", help="run one command instead of a shell")


def enter(arguments: Namespace) -> int:
    """Open a shell in which plain `pulumi` works on the rehearsal."""
    state, project, stack = State.of_user(), Project.of_checkout(), arguments.stack
    folder = checkout_copy(state, project, stack)
    with rehearsed(state) as variables:
        path = [str(_wrapper(state, project, folder)), variables["PATH"]]
        variables |= {"PATH": os.pathsep.join(path), "DUALSTACK_PROJECT": str(project.folder)}
        lost = [each for each in _stacks(state, project) if _is_lost(state, each)]
        checkpoint = Checkpoint.of(state, project.name, stack)
        if not checkpoint.exists():
            checkpoint.begin()
        subprocess.run(["pulumi", "stack", "select", stack], cwd=folder, env=variables, check=True)
        if arguments.run is None:
            console.print(SAID.format(endpoint=variables[ENDPOINT], stack=stack), markup=False)
        if lost:
            names = ", ".join(each.stack for each in lost)
            print(LOST.format(stacks=names), file=sys.stderr)
        code = _run(arguments.run, folder, variables)
        for each in _stacks(state, project):
            if each.stack not in {one.stack for one in lost}:
                _settle(state, each)
    if arguments.run is None:
        left = ", ".join(stacks_with_resources(state))
        console.print(f"{left}: still up" if left else "nothing is left, and its AWS has ended")
    return code


def _stacks(state: State, project: Project) -> list[Checkpoint]:
    """The stacks of the project that exist."""
    found = (Checkpoint.of(state, project.name, name) for name in project.stacks())
    return [checkpoint for checkpoint in found if checkpoint.exists()]


def _is_lost(state: State, checkpoint: Checkpoint) -> bool:
    """Whether the stack was made in an AWS that has ended."""
    cloud, memory = running_cloud(state), Memory(state, checkpoint.project, checkpoint.stack)
    return cloud is not None and memory.lost(cloud, checkpoint)


def _settle(state: State, checkpoint: Checkpoint) -> None:
    """Record where a stack is, and that its checkpoint lists all of it unless a run of it was cut off."""
    cloud = running_cloud(state)
    if cloud is None or checkpoint.holders() or checkpoint.pending:
        return
    Memory(state, checkpoint.project, checkpoint.stack).keep(cloud)
    Journal(state.place("journals", checkpoint.project, checkpoint.stack)).clear()


def _wrapper(state: State, project: Project, folder: Path) -> Path:
    """A folder for PATH, with a `pulumi` that first copies what was changed in the checkout."""
    path = state.place("shells", ".bin", project.name, "pulumi")
    stacks = project.stacks_folder()
    words = {
        "stacks": stacks,
        "copies": folder / stacks.relative_to(project.folder),
        "checkout": CHECKOUT,
        "pulumi": programs(state) / "pulumi",
    }
    quoted = {name: shlex.quote(str(word)) for name, word in words.items()}
    write_executable(path, WRAPPER.format(renew=RENEW, **quoted))
    return path.parent


def _run(command: str | None, folder: Path, variables: Mapping[str, str]) -> int:
    """The exit code of the command, or of the user's shell."""
    words = ["sh", "-c", command] if command else [variables.get("SHELL") or "sh"]
    with subprocess.Popen(words, cwd=folder, env=variables) as process:

        def forward(number: int, _: Any) -> None:
            process.send_signal(number)

        def leave_to_terminal(*_: Any) -> None:
            """Do nothing: Ctrl-C reaches the command too, and a second interrupt would make the engine abort."""

        before = {signal.SIGINT: signal.signal(signal.SIGINT, leave_to_terminal)}
        before |= {n: signal.signal(n, forward) for n in (signal.SIGTERM, signal.SIGHUP)}
        try:
            code = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return 128 - code if code < 0 else code
