"""Starts the process that plays AWS: `python -m rehearsal.cloud FILE IDENTITY RELEASE`."""

import json
import os
import socket
import sys
from functools import cache
from pathlib import Path

from .. import garbage
from ..state import write_whole

WAITING = 128
"""Length of the queue of connections: more than an engine and its machines open at once."""


def main() -> None:
    """Listen, write the port into the file, and serve."""
    place, identity, release = Path(sys.argv[1]), *sys.argv[2:]
    listening = socket.create_server(("127.0.0.1", 0), backlog=WAITING)
    # Requests from now on wait for the second that moto takes to load. The engine starts during that second.
    port = listening.getsockname()[1]
    described = {"pid": os.getpid(), "port": port, "identity": identity, "release": release}
    write_whole(place, json.dumps(described))
    # moto consists of many objects that all stay.
    garbage.switch_off()
    from botocore.loaders import JSONFileLoader  # noqa: PLC0415

    # Without the cache, each session that moto creates reads the same files of the SDK again.
    JSONFileLoader.load_file = cache(JSONFileLoader.load_file)
    from .server import serve  # noqa: PLC0415

    serve(listening, identity=identity)


if __name__ == "__main__":
    main()
