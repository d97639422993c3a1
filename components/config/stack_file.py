"""A stack's file as the program reads it, for commands without the engine."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from .json_text import parsed
from .section import OF_PULUMI, is_map
from .unread import unread
from .yaml_reader import FileFormatError, read_map

PROJECT_FILE = "Pulumi.yaml"
SECRET_FILES = "secretFiles"  # noqa: S105 (the name of a section)
"""The section that is no part of a cluster's description: the program passes its texts on as secrets."""


class StackFile(NamedTuple):
    """The configuration of a stack, with the defaults of its project."""

    project: str
    stack: str
    config: dict[str, Any]
    """The values by their full names, like `aws:region`."""


def read_stack(path: Path) -> StackFile:
    """Read a stack's file, and the project's file in the nearest folder above it.

    Raises FileFormatError for a file that the engine would refuse and for an encrypted value, OSError for one that is not there.
    """
    settings = read_map(path)
    beside = path.resolve().parent
    folder = next((at for at in (beside, *beside.parents) if (at / PROJECT_FILE).exists()), None)
    if folder is None:
        raise FileFormatError(
            f"{path}: neither its folder nor one above it has a {PROJECT_FILE}; name a file of a project's stack"
        )
    project = read_map(folder / PROJECT_FILE)
    name = project.get("name")
    if not isinstance(name, str) or not name.strip():
        raise FileFormatError(f"{folder / PROJECT_FILE}: name must be a text; write one")
    own = named(settings.get("config"), name, path)
    if sealed := [
        key for key, value in own.items() if is_sealed(value) and _local(key) != SECRET_FILES
    ]:
        raise FileFormatError(
            f"{path}: {', '.join(sealed)} is encrypted, and only the engine has its key; give a file with the value in plain text"
        )
    for word in OF_PULUMI:
        if f"{name}:{word}" in own:
            raise FileFormatError(
                f"{path}: {name}:{word} has no effect, because Pulumi itself knows it; leave it out"
            )
    stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    return StackFile(name, stack, {**defaults(project, name, folder / PROJECT_FILE), **own})


def defaults(project: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    """The values that a project's file gives to every stack."""
    given: dict[str, Any] = {}
    for key, entry in named(project.get("config"), name, path).items():
        if not is_map(entry):
            given[key] = entry
            continue
        for word in ("default", "value"):
            if word in entry:
                given[key] = cast("Mapping[str, Any]", entry)[word]
    return given


def named(config: Any, project: str, path: Path) -> dict[str, Any]:
    """The values of a file by their full names. The engine puts the project before a name that has no colon."""
    if config is None:
        return {}
    if not is_map(config):
        raise FileFormatError(
            f"{path}: config must be a map of sections, and is {config!r}; write sections below it"
        )
    found: dict[str, Any] = {}
    for key, value in cast("Mapping[str, Any]", config).items():
        first, *rest = key.split(":")
        match rest:
            case []:
                full = f"{project}:{key}"
            case [_]:
                full = key
            case ["config", last]:
                full = f"{first}:{last}"
            case _:
                raise FileFormatError(
                    f"{path}: config: {key!r} has too many colons; write {project}:<section>"
                )
        if full in found:
            raise FileFormatError(f"{path}: config: {full} is there twice; keep one of the two")
        found[full] = value
    return found


def is_sealed(value: Any) -> bool:
    """Whether a value is encrypted, or holds one that is."""
    if is_map(value):
        given = cast("Mapping[str, Any]", value)
        alone = [*given] == ["secure"] and isinstance(given["secure"], str)
        return alone or any(is_sealed(part) for part in given.values())
    return isinstance(value, list) and any(is_sealed(part) for part in cast("list[Any]", value))


def as_given(file: StackFile, fields: Collection[str]) -> dict[str, Any]:
    """What the program makes of a stack's values: the arguments of a cluster whose sections are `fields`.

    The texts of secret files are left out.
    """
    prefix = f"{file.project}:"
    given = {
        key.removeprefix(prefix): section
        for key, value in file.config.items()
        if key.startswith(prefix) and (section := _as_section(value)) is not None
    }
    given.pop(SECRET_FILES, None)
    return {
        **given,
        **unread(file.config, file.project, {*fields, SECRET_FILES}),
        "region": _as_text(file.config.get("aws:region")),
        "project": file.project,
        "stack": file.stack,
    }


def _local(key: str) -> str:
    return key.rpartition(":")[2]


def _as_section(value: Any) -> Any:
    """What the program makes of a value under a section's key: the engine passes it on as a text, which is JSON or itself."""
    if isinstance(value, dict | list):
        return cast("Any", value)
    text = _as_text(value)
    try:
        return parsed(text or "null")
    except ValueError:
        return text


def _as_text(value: Any) -> str | None:
    """A plain value as the engine passes it on. A key with nothing after it counts as left out."""
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, separators=(",", ":"))
