"""Helm, built from its Go module, and the charts of the add-ons."""

import os
import subprocess
from pathlib import Path

from components.catalog import Chart

from . import live_line
from .cache import cache_folder, sole_builder
from .golang import Program, ToolError, built

MODULE = "helm.sh/helm/v3"

VERSION = "v3.18.6"
"""The version inside Pulumi's Kubernetes provider, which installs the charts."""

HELM = Program(
    name="helm",
    version=VERSION,
    module=MODULE,
    package=f"{MODULE}/cmd/helm",
    variables={f"{MODULE}/internal/version.version": VERSION},
)


def helm() -> Path:
    """The path of Helm's command line, built first if it is missing."""
    return built(HELM)


def rendered(chart: Chart, minor: str, archive: Path) -> str:
    """The manifests of a chart for a cluster of one minor. Helm checks the values against the chart's values.schema.json."""
    command = [
        *("template", chart.name, str(archive), "--namespace", chart.namespace),
        *("--kube-version", f"{minor}.0", "--include-crds", "--values", "-"),
    ]
    return _output(command, f"{chart.name} {chart.version} cannot be rendered", chart.text())


def archive(chart: Chart, folder: Path | None = None) -> Path:
    """The archive of a chart: from a folder of archives, or else from the cache, which downloads it from its repository."""
    name = f"{chart.name}-{chart.version}.tgz"
    if folder:
        if not (folder / name).exists():
            raise ToolError(f"{folder} has no {name}; put it there, or name no folder.")
        return folder / name
    path = cache_folder() / "charts" / name
    with sole_builder(chart.name, chart.version):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            live_line.step(f"fetching chart {chart.name} {chart.version}")
            source = ["--repo", chart.repository, "--version", chart.version]
            command = ["pull", chart.name, *source, "--destination", str(path.parent)]
            _output(command, f"{name} cannot be had from {chart.repository}")
    return path


def _output(command: list[str], wrong: str, text: str = "") -> str:
    answer = subprocess.run(
        [helm(), *command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        # The user's own Helm configuration and plugins are not used.
        env={**os.environ, "HELM_CONFIG_HOME": "/nonexistent", "HELM_DATA_HOME": "/nonexistent"},
    )
    if answer.returncode != 0:
        raise ToolError(f"{wrong}:\n{answer.stderr.strip()}")
    return answer.stdout
