"""The host of Go. It compiles a program and starts it."""

import os
import re
import tempfile
from pathlib import Path

from ...builds.golang import compiler_flags
from ...builds.pulumi import PULUMI
from .language import LanguageHost, NotRunnableError, Start, configured, tool

REPORTED = 23
"""The exit code of the SDK when it has reported an error of the program."""

LANGUAGE = "Go"


class GoHost(LanguageHost):
    """Compiles and runs programs in Go."""

    name = "go"

    def __init__(self, engine):
        super().__init__(engine)
        self._folder = tempfile.TemporaryDirectory(prefix="dualstack-go-")

    def end(self):
        super().end()
        self._folder.cleanup()

    def program(self, request, context):
        compiled = Path(self._folder.name) / "program"
        folder = request.info.program_directory
        build = self.start(
            # With the flags of the engine's build, whose compiled packages serve here too.
            [
                *(tool("go", LANGUAGE), "build", "-buildvcs=false", "-trimpath"),
                *compiler_flags(PULUMI.optimised),
                *("-o", compiled, request.info.entry_point or "."),
            ],
            folder,
            context,
            output=None,
            environment={**os.environ, "CGO_ENABLED": "0"},
        )
        if build.wait():
            raise NotRunnableError(f"the program in {folder} could not be compiled")
        settings = {
            "ORGANIZATION": request.organization,
            "PROJECT": request.project,
            "ROOT_DIRECTORY": request.info.root_directory,
            "STACK": request.stack,
            "PARALLEL": str(request.parallel),
            "DRY_RUN": str(request.dryRun).lower(),
            "MONITOR": request.monitor_address,
            "ENGINE": self.engine,
        }
        variables = {f"PULUMI_{name}": value for name, value in settings.items()}
        return Start([compiled, *request.args], {**variables, **configured(request)})

    def reported(self, code):
        return code == REPORTED

    def steps(self, info):
        yield [tool("go", LANGUAGE), "mod", "tidy"]

    def linked(self, folder, sdk):
        found = re.search(r"^module (\S+)$", (folder / sdk / "go.mod").read_text(), re.MULTILINE)
        if found is None:
            raise NotRunnableError(f"{sdk}/go.mod names no module")
        yield [tool("go", LANGUAGE), "mod", "edit", f"-replace={found[1]}=./{sdk}"]
