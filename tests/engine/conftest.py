"""Stacks of this very program on the real engine, and what each of their runs did to every resource."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from pulumi.automation import EngineEvent, OpType
from rich.console import Console

from rehearsal.cloud import start_cloud, stop_cloud
from rehearsal.engine.engine import Engine, RunFailedError
from rehearsal.providers.urn import name_of
from rehearsal.screen.progress import RunProgress
from rehearsal.state import State
from rehearsal.workspace import Project
from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
HOUSEKEEPING = ("pulumi:pulumi:Stack", "pulumi:providers:")

Client = Callable[..., Any]


@dataclass
class Run:
    """One run of the engine: what became of each resource, by its type's last word and its name."""

    done: dict[OpType, set[str]] = field(default_factory=dict)
    progress: RunProgress = field(
        default_factory=lambda: RunProgress(Console(quiet=True), expected=lambda: 0, quiet=True)
    )

    def on_event(self, event: EngineEvent) -> None:
        self.progress.on_event(event)
        if event.res_outputs_event:
            step = event.res_outputs_event.metadata
            if not step.type.startswith(HOUSEKEEPING):
                name = f"{step.type.rpartition(':')[2]} {name_of(step.urn)}"
                self.done.setdefault(step.op, set()).add(name)

    def __getitem__(self, op: OpType) -> set[str]:
        return self.done.get(op, set())

    @property
    def changes(self) -> dict[OpType, set[str]]:
        """Everything that did not stay as it was."""
        return {op: names for op, names in self.done.items() if op != OpType.SAME}


@dataclass
class Life:
    """One stack, whose configuration changes from run to run."""

    name: str
    state: State
    file: Path
    config: dict[str, Any]
    program: Callable[[], Any] | None = None
    """What runs instead of the repository's own program."""

    @property
    def engine(self) -> Engine:
        self.file.write_text(yaml.safe_dump({"config": self.config}))
        project = Project(CHECKOUT, stack_file=self.file)
        return Engine(
            self.name,
            project=project,
            program=self.program,
            state=self.state,
            notice=lambda _: None,
            keep_cloud=True,
        )

    def section(self, name: str) -> dict[str, Any]:
        return self.config[f"dualstack:{name}"]

    def run(self, action: str, **how: Any) -> Run:
        run = Run()
        try:
            getattr(self.engine, action)(run.on_event, **how)
        except RunFailedError as error:
            pytest.fail(f"{action} of {self.name}: {run.progress.failures or error}")
        return run


def configuration(stack: str) -> dict[str, Any]:
    """What the stack's own file says."""
    return yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]


def clients(endpoint: str) -> Client:
    """Plain clients of the AWS at an address, each made once."""

    @cache
    def make(service: str, region: str) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return make


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A state folder of its own, and the cloud in it."""
    made = State(tmp_path_factory.mktemp("engine"))
    start_cloud(made, in_use=False)
    yield made
    stop_cloud(made)


@pytest.fixture(scope="session")
def client(state: State) -> Client:
    return clients(start_cloud(state, in_use=True).endpoint)


@pytest.fixture(scope="session")
def life(state: State, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Life]:
    """A stack that begins with one of the repository's own files, or with a configuration given."""
    folder = tmp_path_factory.mktemp("files")

    def begin(
        name: str, config: dict[str, Any] | None = None, program: Callable[[], Any] | None = None
    ) -> Life:
        return Life(name, state, folder / f"{name}.yaml", config or configuration(name), program)

    return begin


@dataclass(frozen=True)
class Desk:
    """The command line as a person uses it, with a state folder of its own."""

    state: State

    def environment(self) -> dict[str, str]:
        return os.environ | {"DUALSTACK_STATE": str(self.state.folder), "PYTHONUNBUFFERED": "1"}

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return self._start("-m", "rehearsal", *words)

    def hold(self, resources: int, *words: str) -> tuple[subprocess.Popen[str], Path]:
        """Begin a command whose engine is held after so many resources; and the file that is then there."""
        held = self.state.folder.with_name("held")
        held.unlink(missing_ok=True)
        return self._start("tests/support/held.py", str(resources), str(held), *words), held

    def _start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=CHECKOUT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code, and all that was said."""
        process = self.begin(*words)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, said


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(State(tmp_path / "state"))
    yield made
    stop_cloud(made.state)
