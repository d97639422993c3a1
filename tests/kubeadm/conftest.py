"""The minors a run was asked for, their kubeadm, and an empty machine for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.tools import kubernetes

from .sandbox import Sandbox, sandbox


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "minor" in metafunc.fixturenames:
        metafunc.parametrize("minor", metafunc.config.getoption("kubeadm"), scope="session")


@pytest.fixture(scope="session")
def kubeadm(minor: str) -> Path:
    """The real kubeadm of the minor."""
    return kubernetes.kubeadm(minor)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty machine."""
    with sandbox(tmp_path / "machine") as made:
        yield made
