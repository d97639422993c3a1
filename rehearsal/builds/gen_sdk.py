"""The program that writes SDKs of the package in other languages, built on Pulumi's own code generators."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from .golang import Program, ToolError, built
from .pulumi import PULUMI

_SOURCE = Path(__file__).with_name("gen_sdk.go")


def _with_program(source: Path) -> None:
    """Add the program to the module whose packages it calls."""
    folder = source / "cmd/gen-sdk"
    folder.mkdir()
    shutil.copy(_SOURCE, folder / "main.go")


GEN_SDK = Program(
    name=f"gen-sdk-{hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:8]}",
    version=PULUMI.version,
    module=PULUMI.module,
    package=f"{PULUMI.module}/cmd/gen-sdk",
    # The engine is built with the same flags, so its compiled packages serve here too.
    optimised=PULUMI.optimised,
    change=_with_program,
)


def write_sdk(schema: Path, language: str, folder: Path, *, local: bool = False) -> None:
    """Write the SDK of a schema for `nodejs`, `python` or `go` into a folder.

    A local one is for one program, which builds it when it installs it.
    """
    command = [built(GEN_SDK), *(["-local"] if local else []), schema, language, folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ToolError(f"no SDK for {language} can be made of {schema}:\n{answer.stderr.strip()}")
