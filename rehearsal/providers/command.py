"""The stand-in for the command provider: a shell."""

import os
import secrets
import subprocess
from collections.abc import Iterable
from typing import Any

from .provider import Provider
from .resource_type import Made, Properties, RefusedError, Resource
from .schema import Fault

SHELL = ["/bin/sh", "-c"]
INPUTS = frozenset(
    {"create", "update", "delete", "triggers", "environment", "stdin", "dir", "interpreter"}
    | {"logging", "addPreviousOutputInEnv"}
)


class Command(Resource):
    """A command that runs when the resource is made, another when it changes, another when it goes."""

    engine_type = "command:local:Command"
    replaces = frozenset({"triggers"})
    computed = frozenset({"stdout", "stderr"})

    def faults(self, inputs: Properties) -> Iterable[Fault]:
        known = ", ".join(sorted(INPUTS))
        return [
            Fault(name, f"is not an input; there are {known}")
            for name in inputs
            if name not in INPUTS and name != "__defaults"
        ]

    def moves(self, old: Properties, new: Properties) -> frozenset[str]:
        return self.computed

    def create(self, session: Any, inputs: Properties) -> Made:
        return Made(f"command-{secrets.token_hex(8)}", run("create", inputs, {}))

    def update(self, session: Any, identity: str, old: Properties, new: Properties) -> Properties:
        return run("update" if new.get("update") else "create", new, old)

    def delete(self, session: Any, identity: str, properties: Properties) -> None:
        run("delete", properties, properties)


def run(step: str, inputs: Properties, before: Properties) -> Properties:
    """What the command of a step wrote; a step without one leaves what the last one wrote."""
    text = inputs.get(step)
    if not text:
        return {name: before.get(name, "") for name in ("stdout", "stderr")}
    previous = {
        "PULUMI_COMMAND_STDOUT": before.get("stdout", ""),
        "PULUMI_COMMAND_STDERR": before.get("stderr", ""),
    }
    done = subprocess.run(
        [*(inputs.get("interpreter") or SHELL), text],
        input=inputs.get("stdin"),
        capture_output=True,
        text=True,
        check=False,
        cwd=inputs.get("dir"),
        env=os.environ | previous | (inputs.get("environment") or {}),
    )
    if done.returncode != 0:
        raise RefusedError(f"exit status {done.returncode}: running {text!r}:\n{done.stderr}")
    return {"stdout": done.stdout.rstrip("\n"), "stderr": done.stderr.rstrip("\n")}


def command_provider() -> Provider:
    """Serves commands on this machine."""
    return Provider("command", [Command()], {})
