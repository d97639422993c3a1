"""A stack of the Automation API, without the calls to the command line that a rehearsal can spare.

Each of them makes a key of the passphrase anew, which takes as long as an update with no changes.
"""

import json
from datetime import datetime

from pulumi.automation import (
    CommandResult,
    LocalWorkspace,
    OutputMap,
    OutputValue,
    Stack,
    UpdateSummary,
)
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import StackNotFoundError

from .checkpoint import Checkpoint


class QuickWorkspace(LocalWorkspace):
    """Knows by the engine's own file whether a stack is there, and what of its outputs is secret."""

    checkpoint: Checkpoint

    def select_stack(self, stack_name: str) -> None:
        if not self.checkpoint.exists():
            raise StackNotFoundError(CommandResult("", f"no stack named '{stack_name}' found", 1))

    def create_stack(self, stack_name: str) -> None:  # noqa: ARG002 Pulumi's signature
        self.checkpoint.begin()

    def stack_outputs(self, stack_name: str) -> OutputMap:
        shown = ["stack", "output", "--json", "--show-secrets", "--stack", stack_name]
        told = json.loads(self._run_pulumi_cmd_sync(shown).stdout)
        secret = self.checkpoint.secret_outputs
        return {name: OutputValue(value, name in secret) for name, value in told.items()}


class QuickStack(Stack):
    """Leaves the outputs and the summary of a run to its events, which carry both."""

    def __init__(self, name: str, workspace: QuickWorkspace) -> None:
        super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary | None:  # noqa: ARG002 Pulumi's signature
        return UpdateSummary("", datetime.min, "", {}, {}, "")

    def unprotect(self) -> None:
        """Let every resource of the stack be deleted."""
        self._run_pulumi_cmd_sync(["state", "unprotect", "--all", "--yes"])
