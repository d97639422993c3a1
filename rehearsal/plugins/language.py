"""A language host for Python, which the engine starts where there is no real one: `python -m rehearsal.plugins.language ENGINE`.

It runs programs and plugins in Python. It generates no code, so `pulumi package gen-sdk --language python` needs the real one.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from .lifeline import serve_engine

THREADS = 32
"""Threads of the server. Each plugin that runs takes one."""

PROGRAM = Path(__file__).with_name("program.py")


class PythonHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The gRPC service of a language. Each program and each plugin runs in a process of its own."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._running: set[subprocess.Popen[bytes]] = set()

    def end(self) -> None:
        """End every process that was started here."""
        for process in list(self._running):
            process.kill()

    def Handshake(self, request, context):
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def About(self, request, context):
        return language_pb2.AboutResponse(
            executable=sys.executable, version=sys.version.partition(" ")[0]
        )

    def GetRequiredPackages(self, request, context):
        # The engine takes each plugin when the first resource asks for it.
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request, context):
        return language_pb2.GetRequiredPluginsResponse()

    def Cancel(self, request, context):
        # A program ends when the engine no longer answers it, and a plugin when the engine drops its stream.
        return Empty()

    def Run(self, request, context):
        python = self._python(request.info, context)
        process = self._start(
            [python, "-X", "utf8", str(PROGRAM), self.engine],
            request.pwd or request.info.program_directory,
            stdin=subprocess.PIPE,
            output=None,
        )
        context.add_callback(process.kill)
        process.communicate(request.SerializeToString())
        self._running.discard(process)
        if process.returncode < 0:
            return language_pb2.RunResponse(
                error=f"the program was ended by signal {-process.returncode}"
            )
        return language_pb2.RunResponse(bail=process.returncode != 0)

    def RunPlugin(self, request, context):
        python = self._python(request.info, context)
        process = self._start(
            [python, "-u", request.info.program_directory, *request.args],
            request.pwd,
            environment=dict(entry.split("=", 1) for entry in request.env),
        )
        context.add_callback(process.kill)
        for part in _output(process):
            yield language_pb2.RunPluginResponse(**part)
        self._running.discard(process)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def InstallDependencies(self, request, context):
        folder, environment = Path(request.info.program_directory), _environment(request.info)
        for step in _steps(folder, environment) if environment else ():
            process = self._start([str(word) for word in step], str(folder))
            context.add_callback(process.kill)
            for part in _output(process):
                yield language_pb2.InstallDependenciesResponse(**part)
            self._running.discard(process)
            if process.wait():
                context.abort(
                    grpc.StatusCode.UNKNOWN,
                    f"the packages of {folder} could not be installed: {step[0]} ended with {process.returncode}",
                )

    def _start(
        self,
        command: list[str],
        folder: str,
        *,
        stdin: int = subprocess.DEVNULL,
        output: int | None = subprocess.PIPE,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=stdin, stdout=output, stderr=output
        )
        self._running.add(process)
        return process

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


def _steps(folder: Path, environment: Path) -> Iterator[list[str | Path]]:
    """The commands that install what a folder requires. An environment that is there gets nothing else: it may be a developer's."""
    python, uv = environment / "bin/python", Path(sys.executable).with_name("uv")
    if not python.exists():
        yield (
            [uv, "venv", "-q", "--seed", "--python", sys.executable, environment]
            if uv.exists()
            else [sys.executable, "-m", "venv", environment]
        )
    if (folder / "requirements.txt").exists():
        installer = [uv, "pip", "install", "-q", "--python", python]
        if not uv.exists():
            installer = [python, "-m", "pip", "install", "-q"]
        yield [*installer, "-r", "requirements.txt"]


def _output(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
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


def main(engine: str) -> None:
    """Serve until the engine ends."""
    host = PythonHost(engine)
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=unlimited)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    serve_engine(port, host.end)


if __name__ == "__main__":
    # Flags of the engine's log come before the address.
    main(sys.argv[-1])
