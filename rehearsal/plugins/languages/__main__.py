"""A language host, which the engine starts where there is no real one: `python -m rehearsal.plugins.languages LANGUAGE ENGINE`."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from typing import NoReturn

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from ...builds.golang import built
from ...builds.pulumi_yaml import PULUMI_YAML
from ..lifeline import serve_engine
from .go import GoHost
from .nodejs import NodeHost
from .python import PythonHost

HOSTS = {host.name: host for host in (PythonHost, NodeHost, GoHost)}

THREADS = 32
"""Threads of the server. Each plugin that runs takes one."""


def main(language: str, *arguments: str) -> NoReturn:
    """Serve until the engine ends."""
    if language == "yaml":
        run_yaml(*arguments)
    # Flags of the engine's log come before the address.
    host = HOSTS[language](arguments[-1])
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=unlimited)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    serve_engine(port, host.end)


def run_yaml(*arguments: str) -> NoReturn:
    """Become Pulumi's own host of YAML, which the module proxy serves. It is built first if it is missing."""
    # The engine reads the port from the output.
    with redirect_stdout(sys.stderr):
        program = built(PULUMI_YAML)
    os.execv(program, [program, *arguments])  # noqa: S606 in place of this process


if __name__ == "__main__":
    main(*sys.argv[1:])
