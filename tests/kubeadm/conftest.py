"""The minors a run was asked for, their kubeadm, and an empty machine for each test."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from rehearsal.tools import kubernetes

from .reading import Verdict, Written, initialised
from .rendered import ORDERS, cluster, initial
from .sandbox import Sandbox, sandbox

Init = Callable[..., tuple[Verdict, Written | None]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what names a minor with every minor the run was asked for, from the one where it begins."""
    if "minor" in metafunc.fixturenames:
        begins = metafunc.definition.get_closest_marker("since")
        first = _number(begins.args[0]) if begins else 0
        chosen = metafunc.config.getoption("kubeadm")
        minors = [minor for minor in chosen if _number(minor) >= first]
        metafunc.parametrize("minor", minors, scope="session")


def _number(minor: str) -> int:
    return int(minor.split(".")[1])


@pytest.fixture(scope="session")
def kubeadm(minor: str) -> Path:
    """The real kubeadm of the minor."""
    return kubernetes.kubeadm(minor)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty machine."""
    with sandbox(tmp_path / "machine") as made:
        yield made


@pytest.fixture(scope="module")
def standing_machine(minor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One machine for all documents of a minor: each overwrites what the one before has left."""
    with sandbox(tmp_path_factory.mktemp(f"machine-{minor}")) as made:
        yield made


@pytest.fixture(scope="session")
def init(kubeadm: Path, minor: str, tmp_path_factory: pytest.TempPathFactory) -> Init:
    """What kubeadm says to the first control plane's documents and writes for them, by order and cloud provider.

    Each is asked for once in a run, because it makes a dozen keys.
    """

    @cache
    def ask(order: str, provider: str = "none") -> tuple[Verdict, Written | None]:
        with sandbox(tmp_path_factory.mktemp("init")) as made:
            return initialised(made, kubeadm, initial(cluster(minor, order, provider)))

    return ask


@pytest.fixture(params=ORDERS)
def order(request: pytest.FixtureRequest) -> str:
    """A family order."""
    return request.param


@pytest.fixture(params=["none", "external"])
def provider(request: pytest.FixtureRequest) -> str:
    """A cloud provider, or none."""
    return request.param
