"""The project for the engine's command line: a copy, so that nothing is written into the checkout."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from components.config import stack_file, yaml_reader
from components.config.yaml_reader import FileFormatError

from .addon_switches import NO_MACHINES
from .failures import Explained
from .state import State, write_whole

PROGRAM = "__main__.py"
SEALING = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""The keys that the command line writes into a stack's file about the encryption of its secrets."""


STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""The names that the engine allows: https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/tokens/stack.go"""


class ProjectError(Explained):
    """The project or one of its files cannot be used."""


@contextmanager
def _of_files() -> Iterator[None]:
    """Within the block, a file that the engine would refuse is an error of the project."""
    try:
        yield
    except FileFormatError as error:
        raise ProjectError(str(error)) from None


def read_map(path: Path) -> dict[str, Any]:
    """The map in a file; empty for an empty file. Raises ProjectError, or OSError if the file cannot be read."""
    with _of_files():
        return yaml_reader.read_map(path)


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
        """The project's own file. Raises ProjectError if it has no name."""
        path = self.folder / "Pulumi.yaml"
        settings = read_map(path)
        for key, needed in (("name", True), ("stackConfigDir", False)):
            if (needed or key in settings) and not _is_name(settings.get(key)):
                raise ProjectError(
                    f"{path}: {key} must be a text, and is {settings.get(key)!r}; write one"
                )
        return settings

    def defaults(self) -> dict[str, Any]:
        """The sections that the project's own file gives to every stack."""
        with _of_files():
            return stack_file.defaults(self.settings(), self.name, self.folder / "Pulumi.yaml")

    def stacks_folder(self) -> Path:
        return self.folder / self.settings().get("stackConfigDir", ".")

    def stacks(self) -> list[str]:
        """The names of the stacks that have a file."""
        files = sorted(self.stacks_folder().glob("Pulumi.*.yaml"))
        return [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files]

    def file_of(self, stack: str) -> Path:
        """The stack's file. Raises ProjectError if it is missing."""
        if not STACK_NAME.fullmatch(stack):
            raise ProjectError(
                f"{stack!r} cannot be the name of a stack; write letters, digits, dots, hyphens and underscores"
            )
        path = self.stack_file or self.stacks_folder() / f"Pulumi.{stack}.yaml"
        if path.exists() or path.is_symlink():
            return path
        known = self.stacks()
        near = get_close_matches(stack, known, n=1)
        advice = f"did you mean {near[0]}? T" if near and not self.stack_file else "t"
        raise ProjectError(
            f"{path} is not there; {advice}he stacks that have a file: {', '.join(known) or 'none'}"
        )

    def stack_config(self, stack: str) -> dict[str, Any]:
        """The stack's file with the overrides, without the keys about encryption in another backend.

        Raises ProjectError if the file is missing or holds an encrypted value.
        """
        path = self.file_of(stack)
        settings = read_map(path)
        with _of_files():
            config = stack_file.named(settings.get("config"), self.name, path)
        sealed = [key for key, value in config.items() if stack_file.is_sealed(value)]
        if sealed:
            raise ProjectError(
                f"{path}: {', '.join(sealed)} is sealed for another backend, and a rehearsal has no "
                "key to it; give it in plain text in a file of its own and pass that by --config-file"
            )
        kept = {key: value for key, value in settings.items() if key not in SEALING}
        return kept | {"config": self._overridden(config, path)}

    def _overridden(self, config: dict[str, Any], path: Path) -> dict[str, Any]:
        named = {f"{self.name}:{section}": keys for section, keys in self.overrides.items()}
        for key in named:
            if not isinstance(config.get(key) or {}, dict):
                raise ProjectError(
                    f"{path}: {key} must be a map, and is {config[key]!r}; write its keys below it"
                )
        return config | {key: (config.get(key) or {}) | keys for key, keys in named.items()}


def workspace(state: State, project: Project, stack: str) -> Path:
    """A folder with copies of the project's and the stack's file, which the command line reads and writes."""
    folder = state.place("workspaces", project.name, stack, "Pulumi.yaml").parent
    settings = {k: v for k, v in project.settings().items() if k != "stackConfigDir"}
    write_whole(folder / "Pulumi.yaml", quoted(settings))
    copy_stack(project, stack, folder)
    return folder


def copy_stack(project: Project, stack: str, folder: Path) -> None:
    """Copy a stack's file with the overrides. What the engine has written into the last copy about encryption stays."""
    copy = folder / f"Pulumi.{stack}.yaml"
    before = _sealing(copy)
    kept = {key: before[key] for key in SEALING if key in before}
    write_whole(copy, quoted(project.stack_config(stack) | kept))


def _sealing(copy: Path) -> dict[str, Any]:
    """The content of the last copy, which the engine writes too. What a full disk has cut off is not there."""
    try:
        return read_map(copy)
    except (OSError, ProjectError):
        return {}


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


class _Quoting(yaml.SafeDumper):
    """Writes every text in quotes: without them the engine reads some as numbers that PyYAML takes for texts, like 0o14."""


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def quoted(content: dict[str, Any]) -> str:
    """A document in YAML that the engine reads as PyYAML does."""
    return yaml.dump(content, Dumper=_Quoting, sort_keys=False, width=sys.maxsize)
