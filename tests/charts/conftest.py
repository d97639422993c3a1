"""The charts of add-ons' makers, as the real Helm renders them with our values."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.catalog import Chart, installed
from rehearsal.builds import helm
from tests.support.clusters import spec

# They take the makers' repositories, or a folder of charts: only `make test-charts` asks for them.
PLACE = os.environ.get("DUALSTACK_CHARTS")
collect_ignore_glob = [] if PLACE else ["test_*.py"]


class Objects(list[dict[str, Any]]):
    """What a chart has become."""

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The object of a kind and a name."""
        (found,) = [
            item for item in self if (item["kind"], item["metadata"]["name"]) == (kind, name)
        ]
        return found


@pytest.fixture(scope="session")
def charts() -> Path | None:
    """The folder that the archives of charts are in, if not at their makers'."""
    return None if PLACE == "makers" else Path(PLACE or "")


@pytest.fixture(scope="session")
def rendered(charts: Path | None) -> Callable[..., Objects]:
    """What the chart of an add-on becomes in a cluster, described as `clusters.spec` takes it."""

    def objects(addon: str, minor: str, **args: Any) -> Objects:
        chart = installed(spec(minor, **args))[addon]
        assert isinstance(chart, Chart)
        text = helm.rendered(chart, minor, helm.archive(chart, charts))
        # The parser in C: kinds have schemas of thousands of lines.
        return Objects(item for item in yaml.load_all(text, yaml.CSafeLoader) if item)

    return objects
