"""A stack of the Automation API that needs fewer calls of the command line.

Each call derives the encryption key from the passphrase again, which takes as long as an update without changes.
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
    """A workspace that reads from the checkpoint whether a stack exists and which outputs are secret."""

    checkpoint: Checkpoint

    def select_stack(self, stack_name: str) -> None:
        if not self.checkpoint.exists():
            raise StackNotFoundError(CommandResult("", f"no stack named '{stack_name}' found", 1))

    def create_stack(self, stack_name: str) -> None:  # noqa: ARG002 Pulumi's signature
        self.checkpoint.begin()

    def stack_outputs(self, stack_name: str) -> OutputMap:
        shown = ["stack", "output", "--json", "--show-secrets", "--stack", stack_name]
        found = json.loads(self._run_pulumi_cmd_sync(shown).stdout)
        secret = self.checkpoint.secret_outputs
        return {name: OutputValue(value, name in secret) for name, value in found.items()}


class QuickStack(Stack):
    """A stack without the calls for outputs and summary after each run: the events contain both."""

    def __init__(self, name: str, workspace: QuickWorkspace) -> None:
        super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary | None:  # noqa: ARG002 Pulumi's signature
        return UpdateSummary("", datetime.min, "", {}, {}, "")

    def unprotect(self, *which: str) -> None:
        """Remove the protection of these resources by their URNs, or of every resource of the stack."""
        self._run_pulumi_cmd_sync(["state", "unprotect", *(which or ["--all"]), "--yes"])
