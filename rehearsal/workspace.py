"""The project for the engine's command line: a copy, so that nothing is written into the checkout."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .addon_switches import NO_MACHINES
from .state import State, write_whole

PROGRAM = "__main__.py"
SEALING = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""The keys that the command line writes into a stack's file about the encryption of its secrets."""


class ProjectError(Exception):
    """The project or one of its files cannot be used."""


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project on disk, and the files of its stacks."""

    folder: Path
    stack_file: Path | None = None
    """A file to use instead of the stack's own."""
    overrides: Mapping[str, dict[str, Any]] = field(default_factory=lambda: NO_MACHINES)
    """Values that replace those in the stack's file, by section and key."""

    @classmethod
    def of_checkout(cls, stack_file: Path | None = None, **settings: Any) -> "Project":
        """The project that contains this package, or the project that DUALSTACK_PROJECT names."""
        chosen = os.environ.get("DUALSTACK_PROJECT")
        folder = Path(chosen) if chosen else Path(__file__).parent.parent
        return cls(folder, stack_file, **settings)

    @property
    def program(self) -> Path:
        return self.folder / PROGRAM

    @property
    def name(self) -> str:
        return self.settings()["name"]

    def settings(self) -> dict[str, Any]:
        return _load(self.folder / "Pulumi.yaml")

    def stacks_folder(self) -> Path:
        return self.folder / self.settings().get("stackConfigDir", ".")

    def stacks(self) -> list[str]:
        """The names of the stacks that have a file."""
        files = sorted(self.stacks_folder().glob("Pulumi.*.yaml"))
        return [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files]

    def stack_config(self, stack: str) -> dict[str, Any]:
        """The stack's file with the overrides, without the keys about encryption in another backend.

        Raises ProjectError if the file is missing or holds an encrypted value.
        """
        path = self.stack_file or self.stacks_folder() / f"Pulumi.{stack}.yaml"
        if not path.exists():
            known = ", ".join(self.stacks()) or "none"
            raise ProjectError(f"{path} is not there; the stacks that have a file: {known}")
        config = _load(path)
        sealed = [k for k, v in (config.get("config") or {}).items() if _is_sealed(v)]
        if sealed:
            raise ProjectError(
                f"{path}: {', '.join(sealed)} is sealed for another backend, and a rehearsal has no "
                "key to it; give it in plain text in a file of its own and pass that by --config-file"
            )
        kept = {key: value for key, value in config.items() if key not in SEALING}
        return kept | {"config": self._overridden(config.get("config") or {})}

    def _overridden(self, config: dict[str, Any]) -> dict[str, Any]:
        named = {f"{self.name}:{section}": keys for section, keys in self.overrides.items()}
        return config | {key: (config.get(key) or {}) | keys for key, keys in named.items()}


def workspace(state: State, project: Project, stack: str) -> Path:
    """A folder with copies of the project's and the stack's file, which the command line reads and writes."""
    folder = state.place("workspaces", project.name, stack, "Pulumi.yaml").parent
    settings = {k: v for k, v in project.settings().items() if k != "stackConfigDir"}
    _write(folder / "Pulumi.yaml", settings)
    copy = folder / f"Pulumi.{stack}.yaml"
    before = _load(copy) if copy.exists() else {}
    kept = {key: before[key] for key in SEALING if key in before}
    _write(copy, project.stack_config(stack) | kept)
    return folder


def _is_sealed(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(_is_sealed(part) for part in value.values())
    return isinstance(value, list) and any(_is_sealed(part) for part in value)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise ProjectError(f"{path} is not there") from None
    except yaml.YAMLError as error:
        raise ProjectError(f"{path} is not YAML: {error}") from None
    if not isinstance(content or {}, dict):
        raise ProjectError(f"{path} must be a map of settings, and is {content!r}")
    return content or {}


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, yaml.safe_dump(content, sort_keys=False))
