"""Files that the machines and the cluster of a stack would get, written to a folder. No engine, no AWS."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.address_plan import address_rows, address_table
from components.catalog import needed
from components.config.check import SpecError
from components.config.unread import unread
from components.facts.versions import patch_of
from components.machine.documents import control_plane_join, init_documents, worker_join
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.rules.warnings import warnings
from components.spec.cluster import Spec
from pydantic.alias_generators import to_camel

from .failures import Explained
from .workspace import Project, ProjectError

SECRET_FILES = "secretFiles"  # noqa: S105 (the name of a section)
"""The section that is no part of a cluster's description: the program passes its texts on as secrets."""

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
    prefix = f"{project.name}:"
    given = {
        key.removeprefix(prefix): section
        for key, value in config.items()
        if key.startswith(prefix) and (section := _as_section(value)) is not None
    }
    if kubernetes is not None and isinstance(given.get("cluster"), dict):
        given["cluster"] = given["cluster"] | {"kubernetesVersion": kubernetes}
    # No file that is rendered holds the text of a secret file.
    given.pop(SECRET_FILES, None)
    sections = {to_camel(name) for name in Spec.model_fields} | {SECRET_FILES}
    return {
        **given,
        **unread(config, project.name, sections),
        "region": _as_text(config.get("aws:region")),
        "project": project.name,
        "stack": stack,
    }


def _as_section(value: Any) -> Any:
    """What the program makes of a value under a section's key: the engine passes it on as a text, which is JSON or itself."""
    if isinstance(value, dict | list):
        return value
    text = _as_text(value)
    try:
        return json.loads(text or "null")
    except ValueError:
        return text


def _as_text(value: Any) -> str | None:
    """A plain value as the engine passes it on. A key with nothing after it counts as left out."""
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, separators=(",", ":"))


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
