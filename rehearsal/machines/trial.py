"""A trial: a stack of the live tests that is up, with its machines, while a test or a benchmark runs on it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from ..state import State
from .overrides import minor_of
from .shell import LiveError
from .supervisor import Supervisor

CHECKOUT = Path(__file__).parents[2]
STACKS = CHECKOUT / "tests" / "live" / "stacks"

ORDERS = ("ipv4first", "ipv6first")
"""The stacks that become whole clusters, one for each order of the address families."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One stack, with a separate state folder."""

    stack: str
    state: State
    changed: Path | None = None
    """The file of the stack's configuration, if another than its own is used."""

    @property
    def config_file(self) -> Path:
        return self.changed or STACKS / f"Pulumi.{self.stack}.yaml"

    @property
    def config(self) -> dict[str, Any]:
        return yaml.safe_load(self.config_file.read_text())

    @property
    def minor(self) -> str:
        """The Kubernetes minor of the stack, like 1.36."""
        return minor_of(self.config)

    def at(self, minor: str) -> "Trial":
        """The same stack with another minor in its configuration. The file is written into the state folder."""
        content = self.config
        content["config"]["dualstack:cluster"]["kubernetesVersion"] = minor
        file = self.state.folder / minor / self.config_file.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content))
        return replace(self, changed=file)

    @property
    def kubeconfig(self) -> str:
        """An administrator's kubeconfig, whose server is the load balancer's name."""
        return subprocess.run(
            self._command("kubeconfig"),
            cwd=CHECKOUT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    @property
    def resolving(self) -> list[str]:
        """The words before a program that must resolve the names of load balancers to their addresses on this host."""
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, str(Supervisor(self.state).hosts)]

    def up(self) -> None:
        """Bring the stack up, until every node is Ready."""
        self._rehearse("live", "--no-verify")

    def down(self) -> None:
        """Take the stack down, with everything that it made on this host."""
        self._rehearse("down")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Bring the stack up for the block, and take it down in any case."""
        try:
            self.up()
            yield
        finally:
            self.down()

    def _rehearse(self, command: str, *options: str) -> None:
        words = self._command(command, *options)
        with patience():
            code = subprocess.call(words, cwd=CHECKOUT, env=self._environment())
        if code:
            raise LiveError(
                f"{self.stack} could not be brought {'up' if command == 'live' else 'down'}"
            )

    def _command(self, command: str, *options: str) -> list[str]:
        words = (command, self.stack, "--config-file", str(self.config_file), *options)
        return [sys.executable, "-m", "rehearsal", *words]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"DUALSTACK_STATE": str(self.state.folder)}


@contextmanager
def patience() -> Iterator[None]:
    """Ignore Ctrl-C in this process while the block runs. The terminal sends it to the child too, whose end the block waits for."""
    # A handler, because a child would inherit SIG_IGN.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
