"""The programs that write SDKs of the package in other languages, built on Pulumi's own code generators."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .golang import Program, ToolError, built
from .pulumi import PULUMI

_HERE = Path(__file__).parent
_MAIN = "gen_sdk.go"


def _generator(languages: str, version: str, optimised: Sequence[str]) -> Program:
    """The program for the languages of one source file, with the generators of one version of Pulumi."""
    sources = [_HERE / name for name in (_MAIN, languages)]

    def add(module: Path) -> None:
        folder = module / "cmd/gen-sdk"
        folder.mkdir()
        for source in sources:
            shutil.copy(source, folder)

    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return Program(
        name=f"gen-sdk-{digest[:8]}",
        version=version,
        module=PULUMI.module,
        package=f"{PULUMI.module}/cmd/gen-sdk",
        optimised=tuple(optimised),
        change=add,
    )


# The engine is built with the same flags, so its compiled packages serve here too.
GEN_SDK = _generator("gen_sdk_languages.go", PULUMI.version, PULUMI.optimised)

GEN_CSHARP = _generator("gen_sdk_csharp.go", "v3.215.0", ())
"""Pulumi's generator of C# has since moved into a module that cannot be had here. This version is that of the Kubernetes provider."""


def write_sdk(schema: Path, language: str, folder: Path, *, local: bool = False) -> None:
    """Write the SDK of a schema for `nodejs`, `python`, `go` or `csharp` into a folder.

    A local one is for one program, which builds it when it installs it. The generator of C# fetches the logo that the schema names,
    or Pulumi's own.
    """
    program = GEN_CSHARP if language == "csharp" else GEN_SDK
    command = [built(program), *(["-local"] if local else []), schema, language, folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ToolError(f"no SDK for {language} can be made of {schema}:\n{answer.stderr.strip()}")
