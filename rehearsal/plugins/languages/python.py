"""The host of Python. It also serves the package to programs in other languages."""

import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2

from .language import LanguageHost, Start

PROGRAM = Path(__file__).with_name("program.py")


class PythonHost(LanguageHost):
    """Runs programs and plugins in the environment that their options name."""

    name = "python"

    def About(self, request, context):
        return language_pb2.AboutResponse(
            executable=sys.executable, version=sys.version.partition(" ")[0]
        )

    def program(self, request, context):
        python = self._python(request.info, context)
        return Start(
            [python, "-X", "utf8", str(PROGRAM), self.engine], data=request.SerializeToString()
        )

    def reported(self, code):
        return True

    def RunPlugin(self, request, context):
        python = self._python(request.info, context)
        process = self.start(
            [python, "-u", request.info.program_directory, *request.args],
            request.pwd,
            context,
            environment=dict(entry.split("=", 1) for entry in request.env),
        )
        for part in self.written(process):
            yield language_pb2.RunPluginResponse(**part)
        yield language_pb2.RunPluginResponse(exitcode=process.returncode)

    def steps(self, info):
        environment = _environment(info)
        if environment is None:
            return
        python, uv = environment / "bin/python", Path(sys.executable).with_name("uv")
        if not python.exists():
            yield (
                [uv, "venv", "-q", "--seed", "--python", sys.executable, environment]
                if uv.exists()
                else [sys.executable, "-m", "venv", environment]
            )
        # An environment that is there gets nothing else: it may be a developer's.
        if (Path(info.program_directory) / "requirements.txt").exists():
            installer = [uv, "pip", "install", "-q", "--python", python]
            if not uv.exists():
                installer = [python, "-m", "pip", "install", "-q"]
            yield [*installer, "-r", "requirements.txt"]

    def linked(self, folder, sdk):
        required = folder / "requirements.txt"
        lines = required.read_text().splitlines() if required.exists() else []
        if sdk not in lines:
            required.write_text("".join(f"{line}\n" for line in [*lines, sdk]))
        return iter(())

    def _python(self, info: language_pb2.ProgramInfo, context: Any) -> str:
        """The Python of the environment that the program's options name; by default that of this process."""
        environment = _environment(info)
        if environment is None:
            return sys.executable
        python = environment / "bin/python"
        if not python.exists():
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"there is no environment in {environment}; make it by `pulumi install`",
            )
        return str(python)


def _environment(info: language_pb2.ProgramInfo) -> Path | None:
    named = MessageToDict(info.options).get("virtualenv")
    return Path(info.root_directory) / named if named else None
