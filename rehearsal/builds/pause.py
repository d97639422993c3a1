"""pause, the program that holds a pod's namespaces, compiled from the one C file that Kubernetes publishes."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from components.facts.versions import Minor

from . import live_line
from .cache import cache_folder, program_path, sole_builder
from .golang import ToolError, module_folder
from .kubernetes import program_of

SOURCES = ("build/pause/linux/pause.c", "build/pause/pause.c")
"""The paths of the file in the module, the newest first."""


def pause(minor: Minor) -> Path:
    """The path of a minor's pause, built first if it is missing.

    It must handle SIGTERM: otherwise every restart of a machine takes 90 s longer.
    """
    path = program_path("pause", minor.pause)
    if path.exists():
        return path
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ToolError(
            "pause is compiled from C, and there is no C compiler on PATH; install one (Debian: apt-get install gcc)."
        )
    module = module_folder(program_of("kubelet", minor.name))
    source = next(module / name for name in SOURCES if (module / name).exists())
    with (
        sole_builder("pause", minor.pause),
        tempfile.TemporaryDirectory(prefix=".build-", dir=cache_folder()) as folder,
    ):
        result = Path(folder, "pause")
        subprocess.run(
            [
                *(compiler, "-Os", "-Wall", "-static", f"-DVERSION={minor.pause}"),
                *("-o", str(result), str(source)),
            ],
            check=True,
        )
        result.replace(path)
    live_line.step(f"built pause {minor.pause}")
    return path
