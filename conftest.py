"""What a test run needs first and in which order: the engine, and kubeadms of chosen minors, which it also counts."""

import argparse
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from rehearsal.builds.pulumi import pulumi_cli
from tests.support.minors import ALL, BORDERS, FEW

TESTS = Path(__file__).parent / "tests"
ENGINE_TESTS = (TESTS / "engine",)
KUBEADM_TESTS = TESTS / "kubeadm"
RUN_KUBEADM = (KUBEADM_TESTS, TESTS / "unit/rehearsal/mirror/test_images.py")
WHOLE_CONTROL_PLANE = KUBEADM_TESTS / "test_control_plane.py"


def minors(asked: str) -> tuple[str, ...]:
    """The minors a person means."""
    named = {"few": FEW, "border": BORDERS, "all": ALL}
    chosen = named.get(asked) or tuple(asked.split(","))
    if unknown := [minor for minor in chosen if minor not in ALL]:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown)} is not a minor from {ALL[0]} to {ALL[-1]}; "
            "say few, border, all, or a list as 1.16,1.31"
        )
    return chosen


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for what they have started."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kubeadm",
        type=minors,
        default=FEW,
        metavar="MINORS",
        help="minors whose real kubeadm is run: few (the default), border, all, or a list as 1.16,1.31; "
        "unless it is few, the newest minor's whole control plane is started too",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "since(minor): the first minor that has what is tested")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the chosen minors do not have, and unless it is worth it the control plane, long to build.

    The real engine comes late, and the real kubeadms last: they may still be building while other tests run.
    """
    items.sort(key=lambda item: (_is_in(item, RUN_KUBEADM), _is_in(item, ENGINE_TESTS)))
    chosen = config.getoption("kubeadm")
    left_out = [item for item in items if _begins_later(item, chosen)]
    if chosen == FEW or ALL[-1] not in chosen:
        left_out += [item for item in items if item.path == WHOLE_CONTROL_PLANE]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Wait for the engine's command line where it is still being built: some tests are as patient as a person."""
    if _is_in(item, ENGINE_TESTS):
        _command_line()


@cache
def _command_line() -> None:
    pulumi_cli()


def _is_in(item: pytest.Item, places: Iterable[Path]) -> bool:
    return any(item.path.is_relative_to(place) for place in places)


def _begins_later(item: pytest.Item, chosen: tuple[str, ...]) -> bool:
    begins = item.get_closest_marker("since")
    return begins is not None and all(
        ALL.index(minor) < ALL.index(begins.args[0]) for minor in chosen
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many documents were accepted by how many real programs."""
    accepted, refused = _judged(terminalreporter, "passed"), _judged(terminalreporter, "failed")
    judged = accepted | refused
    if judged:
        of_minors, of_orders, of_documents = (
            len(set(column)) for column in zip(*judged, strict=True)
        )
        real = len({minor for minor, *_ in accepted - refused})
        terminalreporter.write_line(
            f"kubeadm: {of_minors} minors, {of_orders} orders, {of_documents} documents each: "
            f"{len(accepted - refused)} of {len(judged)} accepted by {real} real kubeadms"
        )


def _judged(terminalreporter: pytest.TerminalReporter, outcome: str) -> set[tuple[str, ...]]:
    # Properties travel with the report, so they also arrive from the processes of a parallel run.
    return {
        tuple(value)
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == "kubeadm"
    }
