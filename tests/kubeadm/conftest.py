"""The minors a run was asked for, their kubeadm, and an empty machine for each test."""

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from rehearsal.builds import kubernetes
from tests.kubeadm import hops
from tests.kubeadm.reading import Verdict, Written, initialised
from tests.kubeadm.rendered import ORDERS, cluster, initial
from tests.kubeadm.sandbox import Sandbox, sandbox

Answer = tuple[Verdict, Written | None]
Init = Callable[..., Answer]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what names a minor with every minor the run was asked for, from the one where it begins."""
    if "minor" in metafunc.fixturenames:
        begins = metafunc.definition.get_closest_marker("since")
        first = _number(begins.args[0]) if begins else 0
        chosen = metafunc.config.getoption("kubeadm")
        minors = [minor for minor in chosen if _number(minor) >= first]
        metafunc.parametrize("minor", minors, scope="session")
    if "hop" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("kubeadm")
        between = [hop for hop in hops.ALL if set(hop) <= set(chosen)]
        metafunc.parametrize("hop", between, ids=" to ".join, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out steps between minors where no two of the chosen follow one another."""
    left_out = [item for item in items if "NOTSET" in item.name]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


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
def init_of(tmp_path_factory: pytest.TempPathFactory) -> Init:
    """What a minor's kubeadm says to the first control plane's documents and writes for them, by minor, order and cloud provider.

    Each is asked for once in a run, however many processes it has, because kubeadm makes a dozen keys for it.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    @cache
    def ask(minor: str, order: str, provider: str = "none") -> Answer:
        documents = initial(cluster(minor, order, provider))
        place = shared / f"init {minor} {order} {provider}"
        place.mkdir(exist_ok=True)
        answer = place / "answer"
        with (place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not answer.exists():
                with sandbox(place / "machine") as made:
                    kubeadm = kubernetes.kubeadm(minor)
                    answer.write_bytes(pickle.dumps(initialised(made, kubeadm, documents)))
        return pickle.loads(answer.read_bytes())

    return ask


@pytest.fixture(scope="session")
def init(init_of: Init, minor: str) -> Init:
    """The same for the minor of a test."""
    return partial(init_of, minor)


@pytest.fixture(params=ORDERS)
def order(request: pytest.FixtureRequest) -> str:
    """A family order."""
    return request.param


@pytest.fixture(params=["none", "external"])
def provider(request: pytest.FixtureRequest) -> str:
    """A cloud provider, or none."""
    return request.param
