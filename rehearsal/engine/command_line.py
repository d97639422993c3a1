"""The engine's command line, in the form that the Automation API expects."""

import os
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from ..builds.pulumi import Cli

SHOWN_LINES = 8
"""How much of the standard output a failure without an error message shows."""


class EngineCommand(PulumiCommand):
    """Runs the command line in a session of its own. Ctrl-C then reaches the engine once, through `interrupt`.

    A second interrupt would make the engine abort the operations under way.
    """

    def __init__(self, cli: Cli) -> None:
        self.command = str(cli.path)
        self.version = VersionInfo.parse(cli.version.removeprefix("v"))
        self.failure = ""
        """What the last command that failed says of it: its standard error, or how it ended when that is empty."""
        self._running: subprocess.Popen[str] | None = None

    @property
    def running(self) -> int | None:
        """The pid of the command that is running, or None."""
        alive = self._running is not None and self._running.poll() is None
        return self._running.pid if self._running and alive else None

    def interrupt(self) -> None:
        """Send SIGINT: the engine finishes the operations under way and begins no others."""
        if self.running:
            os.kill(self.running, signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        with (
            subprocess.Popen(
                [self.command, "--non-interactive", *args],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                encoding="utf-8",
                start_new_session=True,
            ) as process,
            ThreadPoolExecutor(2) as readers,
        ):
            self._running = process
            output = readers.submit(_read, process.stdout, on_output)
            errors = readers.submit(_read, process.stderr, on_error)
        result = CommandResult(output.result(), errors.result(), process.returncode)
        if result.code != 0:
            self.failure = result.stderr.strip() or _ending(args[0], result)
            raise create_command_error(result)
        return result


def _ending(command: str, result: CommandResult) -> str:
    code = result.code
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    last = "\n".join(result.stdout.strip().splitlines()[-SHOWN_LINES:])
    return f"pulumi {command} ended with {how} and without an error message. {last}".strip()


def _read(stream: IO[str] | None, on_line: OnOutput | None) -> str:
    lines = []
    for line in stream or ():
        lines.append(line.rstrip())
        if on_line:
            on_line(lines[-1])
    return "\n".join(lines)
