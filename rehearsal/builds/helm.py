"""Helm, built from its Go module, and the charts that it renders."""

import os
import subprocess
from pathlib import Path

from components.catalog import Chart

from . import live_line
from .cache import cache_folder, sole_builder
from .golang import Program, ToolError, built

MODULE = "helm.sh/helm/v3"

VERSION = "v3.18.6"
"""The one that Pulumi's Kubernetes provider has in it, which installs the charts."""

HELM = Program(
    name="helm",
    version=VERSION,
    module=MODULE,
    package=f"{MODULE}/cmd/helm",
    variables={f"{MODULE}/internal/version.version": VERSION},
)


def helm() -> Path:
    """The command line that renders charts."""
    return built(HELM)


def rendered(chart: Chart, minor: str, archive: Path) -> str:
    """What a chart makes of its values for a cluster of one minor, its values.schema.json obeyed."""
    command = [
        *("template", chart.name, str(archive), "--namespace", chart.namespace),
        *("--kube-version", f"{minor}.0", "--include-crds", "--values", "-"),
    ]
    return _said(command, f"{chart.name} {chart.version} cannot be rendered", chart.text())


def archive(chart: Chart, folder: Path | None = None) -> Path:
    """The archive of a chart, from a folder of them, or from its makers' repository by way of the cache."""
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
            _said(command, f"{name} cannot be had from {chart.repository}")
    return path


def _said(command: list[str], wrong: str, told: str = "") -> str:
    answer = subprocess.run(
        [helm(), *command],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        # Nothing of a person's own Helm changes what is rendered.
        env={**os.environ, "HELM_CONFIG_HOME": "/nonexistent", "HELM_DATA_HOME": "/nonexistent"},
    )
    if answer.returncode != 0:
        raise ToolError(f"{wrong}:\n{answer.stderr.strip()}")
    return answer.stdout
