"""Programs in other languages that use the components, as their authors run them on the rehearsal."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
COMPONENTS = CHECKOUT / "components"
EXAMPLES = CHECKOUT / "examples"
LOCK = Path(__file__).parent / "typescript" / "package-lock.json"
"""The packages of npm. The examples name none of them exactly, so that their users take newer ones."""

REGION = "eu-west-1"

FAULT = re.compile(r"- property (.+?)(?: with value .+?)? has a problem: (.+)")


@dataclass(frozen=True)
class Answer:
    """What a command of Pulumi ended with."""

    code: int
    text: str

    @property
    def faults(self) -> list[str]:
        """The faults of arguments, as lines of path and reason, each once."""
        return list(dict.fromkeys(f"{path}: {reason}" for path, reason in FAULT.findall(self.text)))


@dataclass(frozen=True)
class Program:
    """A program in a folder of its own."""

    folder: Path
    variables: Mapping[str, str]

    def pulumi(self, *words: str) -> Answer:
        return run(["pulumi", *words, "--non-interactive"], self.folder, self.variables)

    def begin(self, **config: str) -> None:
        """Make a stack, which has the name of the folder, because programs of several folders may be one project."""
        settings = [("config", "set", *one) for one in {"aws:region": REGION, **config}.items()]
        for words in (("stack", "init", self.folder.name), *settings):
            done = self.pulumi(*words)
            assert done.code == 0, done.text

    def install(self) -> None:
        """Make the SDK of the components, and install what the program requires."""
        done = self.pulumi("install")
        assert done.code == 0, done.text


class Yaml(Program):
    """A program in YAML."""

    def write(self, program: Mapping[str, Any]) -> None:
        program = {**program, "name": self.folder.name, "packages": {"dualstack": str(COMPONENTS)}}
        text = yaml.safe_dump(program, sort_keys=False)
        (self.folder / "Pulumi.yaml").write_text(text)


class TypeScript(Program):
    """A program in TypeScript. What runs it compiles it, with all checks of types."""

    def write(self, text: str) -> None:
        (self.folder / "index.ts").write_text(text)


def like_checkout(folder: Path) -> Path:
    """The examples in a folder with the layout of the checkout, so that what they write stays there."""
    for name in ("components", "templates", ".venv"):
        (folder / name).symlink_to(CHECKOUT / name)
    # As a user has it installed.
    (folder / "installed").mkdir()
    for name, place in (("dualstack", "components"), ("templates", "templates")):
        (folder / "installed" / name).symlink_to(CHECKOUT / place)
    shutil.copytree(EXAMPLES, folder / "examples", ignore=shutil.ignore_patterns(".venv", "sdks"))
    for program in folder.glob("examples/*/typescript"):
        shutil.copy(LOCK, program)
    for program in folder.glob("examples/**/requirements.txt"):
        (program.parent / ".venv").symlink_to(CHECKOUT / ".venv")
    return folder


def run(command: list[str], folder: Path, variables: Mapping[str, str]) -> Answer:
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return Answer(done.returncode, done.stdout)
