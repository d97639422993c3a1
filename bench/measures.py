"""The measurements: pairs of runs in turn, so that other load on the machine affects both."""

import gc
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from components.facts.versions import MINORS
from components.machine.documents import control_plane_join, init_documents, worker_join
from components.rules import load
from components.spec.cluster import Spec
from rehearsal.cloud import start_cloud, stop_cloud
from rehearsal.engine.engine import Engine
from rehearsal.state import State
from rehearsal.workspace import Project

from .flat import flat, record

PURE = (
    *("address_plan", "facts.versions", "machine.documents", "machine.user_data", "rules"),
    *("service_manifest", "spec.cluster"),
)
"""Modules of the program that decide, and import no provider's SDK."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The durations of one action by the program and by the floor, in seconds."""

    what: str
    resources: int
    program: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Duration of the program divided by that of the floor: the median over the pairs."""
        return median(ours / theirs for ours, theirs in zip(self.program, self.floor, strict=True))


def against_floor(project: Project, stack: str, rounds: int) -> list[Pair]:
    """Preview and up of a stack, by the program and by the floor, in turn.

    Here and in `growth`, one round more runs first and is not counted: it fills the caches that later runs use.
    """
    config = project.stack_config(stack)["config"]
    resources = record(lambda: runpy.run_path(str(project.program)), stack, config)
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds + 1):
        for who, program in (("program", None), ("floor", flat(resources))):
            for what, taken in _round(project, stack, program).items():
                seconds.setdefault((what, who), []).append(taken)
    return [
        Pair(what, len(resources), seconds[what, "program"][1:], seconds[what, "floor"][1:])
        for what in ("preview", "up", "up again")
    ]


def _round(project: Project, stack: str, program: Callable[[], Any] | None) -> Mapping[str, float]:
    with _engine(project, stack, program) as engine:
        # The first preview waits for AWS to start, which belongs to neither.
        engine.preview(_silent)
        return {
            "preview": _seconds(lambda: engine.preview(_silent)),
            "up": _seconds(lambda: engine.up(_silent)),
            "up again": _seconds(lambda: engine.up(_silent)),
        }


@contextmanager
def _engine(project: Project, stack: str, program: Callable[[], Any] | None) -> Iterator[Engine]:
    """An engine with an empty AWS of its own."""
    with tempfile.TemporaryDirectory(prefix="dualstack-bench-") as folder:
        state = State(Path(folder))
        start_cloud(state, in_use=True)
        try:
            yield Engine(
                stack,
                project=project,
                program=program,
                state=state,
                notice=_silent,
                keep_cloud=True,
            )
        finally:
            stop_cloud(state)


def _silent(_: Any) -> None:
    """Print nothing: printing is not measured."""


def _seconds(action: Callable[[], Any]) -> float:
    gc.collect()
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def growth(
    project: Project, stack: str, pools: tuple[int, ...], rounds: int
) -> Iterator[tuple[int, Pair]]:
    """Previews on an empty AWS by the program and by the floor, in turn, for each number of pools."""
    for count in pools:
        with _with_pools(project, stack, count) as larger:
            config = larger.stack_config(stack)["config"]
            resources = record(lambda: runpy.run_path(str(project.program)), stack, config)
            with (
                _engine(larger, stack, None) as ours,
                _engine(larger, stack, flat(resources)) as theirs,
            ):
                seconds = [
                    [_seconds(partial(engine.preview, _silent)) for engine in (ours, theirs)]
                    for _ in range(rounds + 1)
                ]
        program, floor = zip(*seconds[1:], strict=True)
        yield count, Pair("preview", len(resources), list(program), list(floor))


@contextmanager
def _with_pools(project: Project, stack: str, count: int) -> Iterator[Project]:
    """The same stack with `count` identical pools."""
    config = project.stack_config(stack)
    pool = next(iter(config["config"]["dualstack:workers"].values()))
    config["config"]["dualstack:workers"] = {
        f"pool{number}": {**pool, "min": 1, "max": 2} for number in range(count)
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(config, file)
        file.flush()
        yield Project(project.folder, Path(file.name))


@dataclass(frozen=True, slots=True)
class Process:
    """A finished process: its duration, and the peak memory of it or one of its children."""

    seconds: float
    megabytes: float


def process(*command: str, environment: Mapping[str, str] | None = None) -> Process:
    """Run a command and measure it."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    seconds = time.perf_counter() - began
    return Process(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def python(code: str) -> float:
    """How long a new interpreter takes to run the code, without its own start, in seconds."""
    bare, full = (
        min(process(sys.executable, "-c", text).seconds for _ in range(5))
        for text in ("pass", code)
    )
    return full - bare


def pure_imports() -> str:
    """Code that imports the modules that decide, and fails if one of them imports the AWS SDK."""
    wanted = "; ".join(f"import components.{module}" for module in PURE)
    return (
        f"{wanted}; import sys; assert 'pulumi_aws' not in sys.modules, 'the AWS SDK was imported'"
    )


def import_pure_modules() -> float:
    """How long the import of the modules that decide takes, in seconds."""
    return python(pure_imports())


def import_sdk() -> float:
    """How long the import of the SDK modules of the program takes, in seconds."""
    return python(
        "import pulumi_tls, pulumi_random; "
        "from pulumi_aws import autoscaling, cloudwatch, ec2, iam, lb, route53, ssm, vpc"
    )


def render_all_minors() -> None:
    """Render the kubeadm documents of every minor in both orders of families."""
    for minor in MINORS:
        for families in (["IPv4", "IPv6"], ["IPv6", "IPv4"]):
            spec = load(Spec, _smallest(minor, families))
            init_documents(spec)
            control_plane_join(spec)
            worker_join(spec.pool("general"))


def _smallest(minor: int, families: list[str]) -> dict[str, Any]:
    return {
        "region": "eu-west-1",
        "project": "dualstack",
        "stack": "bench",
        "cluster": {
            "name": "bench",
            "kubernetesVersion": f"1.{minor}",
            "ipFamilies": families,
            # The only cloud provider that every minor accepts in both orders.
            "cloudProvider": "none",
        },
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowedCidrs": ["10.0.0.0/8", "fd00::/8"]},
        "workers": {"general": {}},
    }
