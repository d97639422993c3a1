"""What the hosts of all languages have in common."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, ClassVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from ...builds.gen_sdk import write_sdk
from ...failures import Explained

Command = Sequence[str | Path]


class NotRunnableError(Explained):
    """A program cannot be started. The message gives the reason and a cure."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a program is started."""

    command: Command
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of the engine."""
    data: bytes | None = None
    """What it reads from its input."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer, ABC):
    """The gRPC service of a language. Each program and each plugin runs in a process of its own."""

    name: ClassVar[str]
    """The language, as `runtime` in Pulumi.yaml names it."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._running: set[subprocess.Popen[bytes]] = set()

    @abstractmethod
    def program(self, request: language_pb2.RunRequest, context: Any) -> Start:
        """How the program of a request is started. Raises NotRunnableError."""

    @abstractmethod
    def reported(self, code: int) -> bool:
        """Whether a program that ended with this code has reported its error to the engine itself."""

    @abstractmethod
    def steps(self, info: language_pb2.ProgramInfo) -> Iterator[Command]:
        """The commands that install what a program or a plugin requires. Raises NotRunnableError."""

    @abstractmethod
    def linked(self, folder: Path, sdk: str) -> Iterator[Command]:
        """The commands that add an SDK to what a program requires. Its path is relative to the folder of the program."""

    def end(self) -> None:
        """End every process that was started here."""
        for process in list(self._running):
            process.kill()

    def Handshake(self, request, context):
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def GetRequiredPackages(self, request, context):
        # The engine takes each plugin when the first resource asks for it.
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request, context):
        return language_pb2.GetRequiredPluginsResponse()

    def Cancel(self, request, context):
        # A program ends when the engine no longer answers it, and a plugin when the engine drops its stream.
        return Empty()

    def Run(self, request, context):
        try:
            start = self.program(request, context)
        except NotRunnableError as error:
            return language_pb2.RunResponse(error=str(error))
        process = self.start(
            start.command,
            request.pwd or request.info.program_directory,
            context,
            stdin=subprocess.PIPE,
            output=None,
            environment={**os.environ, **start.variables},
        )
        process.communicate(start.data)
        self._running.discard(process)
        code = process.returncode
        if code < 0:
            return language_pb2.RunResponse(error=f"the program was ended by signal {-code}")
        if code and not self.reported(code):
            return language_pb2.RunResponse(error=f"the program ended with exit code {code}")
        return language_pb2.RunResponse(bail=code != 0)

    def InstallDependencies(self, request, context):
        folder = request.info.program_directory
        for part in self._done(self.steps(request.info), folder, context):
            yield language_pb2.InstallDependenciesResponse(**part)

    def GeneratePackage(self, request, context):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as schema:
            schema.write(request.schema)
            schema.flush()
            try:
                write_sdk(
                    Path(schema.name), self.name, Path(request.directory), local=request.local
                )
            except Explained as error:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
        return language_pb2.GeneratePackageResponse()

    def Link(self, request, context):
        folder = request.info.root_directory
        places = [package.path for package in request.packages]
        for sdk in places:
            for _ in self._done(self.linked(Path(folder), sdk), folder, context):
                pass
        return language_pb2.LinkResponse(import_instructions=f"Its SDK is in {', '.join(places)}.")

    def start(
        self,
        command: Command,
        folder: str,
        context: Any,
        *,
        stdin: int = subprocess.DEVNULL,
        output: int | None = subprocess.PIPE,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command, which ends at the latest with the call of the engine."""
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=stdin, stdout=output, stderr=output
        )
        self._running.add(process)
        context.add_callback(process.kill)
        return process

    def written(self, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
        """What a process writes until it ends, each part under the name of its stream."""
        parts: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

        def read(name: str, stream: IO[bytes]) -> None:
            # What is there, not a whole buffer.
            while data := stream.read1(4096):  # type: ignore[attr-defined] the pipe is buffered
                parts.put((name, data))
            parts.put((name, b""))

        streams = {"stdout": process.stdout, "stderr": process.stderr}
        for name, stream in streams.items():
            threading.Thread(target=read, args=(name, stream), daemon=True).start()
        open_streams = len(streams)
        while open_streams:
            name, data = parts.get()
            if data:
                yield {name: data}
            else:
                open_streams -= 1
        process.wait()
        self._running.discard(process)

    def _done(
        self, steps: Iterator[Command], folder: str, context: Any
    ) -> Iterator[dict[str, Any]]:
        """Run commands one after the other; what they write. The call of the engine fails with the first that fails."""
        try:
            for step in steps:
                process = self.start(step, folder, context)
                yield from self.written(process)
                if process.returncode:
                    words = " ".join(map(str, step))
                    context.abort(
                        grpc.StatusCode.UNKNOWN,
                        f"in {folder}, {words!r} ended with {process.returncode}",
                    )
        except NotRunnableError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))


def tool(name: str, of: str) -> str:
    """The path of a language's tool. Raises NotRunnableError."""
    found = shutil.which(name)
    if found is None:
        raise NotRunnableError(f"there is no `{name}` on PATH; install {of} and run this again")
    return found


def configured(request: language_pb2.RunRequest) -> dict[str, str]:
    """The variables from which SDKs other than Python's read the configuration of a stack."""
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
