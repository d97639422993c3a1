"""Programs in other languages that use the components, as their authors would run them on the rehearsal."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.builds.gen_sdk import write_sdk
from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
COMPONENTS = CHECKOUT / "components"
TYPESCRIPT = Path(__file__).parent / "typescript"

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
class Yaml:
    """A program in YAML, in a folder of its own."""

    folder: Path
    variables: Mapping[str, str]

    def pulumi(self, *words: str) -> Answer:
        return run(["pulumi", *words, "--non-interactive"], self.folder, self.variables)

    def write(self, program: Mapping[str, Any]) -> None:
        program = {**program, "name": self.folder.name, "packages": {"dualstack": str(COMPONENTS)}}
        text = yaml.safe_dump(program, sort_keys=False)
        (self.folder / "Pulumi.yaml").write_text(text)

    def begin(self, program: Mapping[str, Any]) -> None:
        self.write(program)
        assert self.pulumi("stack", "init", "test").code == 0
        assert self.pulumi("config", "set", "aws:region", "eu-west-1").code == 0


@dataclass(frozen=True)
class TypeScript:
    """Programs in TypeScript: a folder with the SDK that Pulumi's generator makes of our schema, and the project they run in."""

    folder: Path
    project: Path
    variables: Mapping[str, str]

    def run(self, command: str, text: str) -> Answer:
        """Compile a program, strictly, and preview it, bring it `up`, or see that it is `unchanged`."""
        (self.folder / "program.ts").write_text(text)
        compiled = run(["node_modules/.bin/tsc", "-p", "program.json"], self.folder, self.variables)
        if compiled.code != 0:
            return compiled
        made = self.folder / "made"
        words = ["node", str(made / "run.js"), command, str(self.project), str(made / "program.js")]
        return run(words, self.folder, self.variables)


def typescript(folder: Path, project: Path, variables: Mapping[str, str]) -> TypeScript:
    """The folder with its locked packages and the SDK."""
    for name in ("package.json", "package-lock.json", "tsconfig.json", "run.ts"):
        shutil.copy(TYPESCRIPT / name, folder)
    settings = json.loads((folder / "tsconfig.json").read_text())
    (folder / "program.json").write_text(
        json.dumps({"extends": "./tsconfig.json", "files": [*settings["files"], "program.ts"]})
    )
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = run(["npm", "ci", *quiet], folder, variables)
    assert done.code == 0, done.text
    schema = folder / "schema.json"
    described = json.loads((COMPONENTS / "schema.json").read_text())
    schema.write_text(json.dumps({**described, "version": "0.1.0"}))
    write_sdk(schema, "nodejs", folder / "sdk")
    sdk = folder / "node_modules" / "@pulumi" / "dualstack"
    compiled = run(["node_modules/.bin/tsc", "-p", "sdk", "--outDir", str(sdk)], folder, variables)
    assert compiled.code == 0, compiled.text
    shutil.copy(folder / "sdk" / "package.json", sdk)
    project.mkdir()
    (project / "Pulumi.yaml").write_text(
        yaml.safe_dump(
            {
                "name": "pool",
                "runtime": "nodejs",
                "plugins": {"providers": [{"name": "dualstack", "path": str(COMPONENTS)}]},
            }
        )
    )
    return TypeScript(folder, project, variables)


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
