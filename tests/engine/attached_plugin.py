"""The plugin as the engine attaches to it, beside the stand-ins; in a use of its own the engine starts it."""

import asyncio
import sys
from pathlib import Path

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc

sys.path.insert(0, str(Path(__file__).parents[2]))

from components.plugin import Host


class Attached(ProviderServicer):
    """The SDK's server, and the call by which an engine introduces itself to a provider that it did not start."""

    async def Attach(self, request: plugin_pb2.PluginAttach, context: object) -> Empty:  # noqa: N802
        self.engine_address = request.address
        return Empty()


async def serve() -> None:
    """Serve until the process is ended. Its first line is the port."""
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Attached(Host(), [], engine_address=""), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())
