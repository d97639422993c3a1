"""Files that the machines and the cluster of a stack would get, written to a folder. No engine, no AWS."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.address_plan import address_rows, address_table
from components.catalog import needed
from components.config.check import SpecError
from components.config.stack_file import StackFile, as_given
from components.facts.versions import patch_of
from components.machine.documents import control_plane_join, init_documents, worker_join
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.rules.warnings import warnings
from components.spec.cluster import Spec
from pydantic.alias_generators import to_camel

from .failures import Explained
from .workspace import Project, ProjectError

FOLDER = "render"
"""The folder of the files, below the current one."""


def render(spec: Spec, folder: Path) -> list[Path]:
    """Write all files into a folder. The value is their paths."""
    written = []
    for name, text in _texts(spec):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written.append(path)
    return written


def main_render(
    stack: str,
    kubernetes: str | None,
    stack_file: Path | None = None,
    to: Path | None = None,
) -> int:
    """Write the files of a stack below a folder, `render` by default, and print their paths. The value is the exit code."""
    try:
        project = Project.of_checkout(stack_file, overrides={})
        spec = described(configuration(project, stack, kubernetes))
    except Explained as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for warning in warnings(spec):
        print(f"warning: {warning}", file=sys.stderr)
    folder = (to or Path(FOLDER)) / stack / patch_of(spec.cluster.kubernetes_version)
    # Files of a pool that no longer exists must not remain.
    shutil.rmtree(folder, ignore_errors=True)
    written = render(spec, folder)
    print(f"{len(written)} files for Kubernetes {patch_of(spec.cluster.kubernetes_version)}:")
    for path in written:
        print(f"  {path}")
    return 0


def described(given: dict[str, Any]) -> Spec:
    """The checked description of a cluster. Raises ProjectError with all faults."""
    try:
        return load(Spec, given)
    except SpecError as error:
        raise ProjectError(str(error)) from None


def configuration(project: Project, stack: str, kubernetes: str | None) -> dict[str, Any]:
    """A stack's configuration as the program reads it, with `kubernetes` instead of its version if given."""
    config = {**project.defaults(), **project.stack_config(stack)["config"]}
    sections = {to_camel(name) for name in Spec.model_fields}
    given = as_given(StackFile(project.name, stack, config), sections)
    if kubernetes is not None and isinstance(given.get("cluster"), dict):
        given["cluster"] = given["cluster"] | {"kubernetesVersion": kubernetes}
    return given


def _texts(spec: Spec) -> Iterator[tuple[str, str]]:
    yield "addresses.txt", address_table(address_rows(spec)) + "\n"
    yield "control-plane/init.yaml", init_documents(spec)
    yield "control-plane/join.yaml", control_plane_join(spec)
    yield "control-plane/user-data.yaml", control_plane_text(spec)
    for name in spec.workers:
        pool = spec.pool(name)
        yield f"workers/{name}/join.yaml", worker_join(pool)
        yield f"workers/{name}/user-data.yaml", worker_text(pool)
    for name, addon in needed(spec).items():
        yield f"addons/{name}.yaml", addon.text()
