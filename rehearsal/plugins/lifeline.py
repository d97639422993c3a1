"""The start and the end of a plugin: the engine reads its port, and holds the other end of its standard input."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

PART = 4096
"""How much of the standard input is read at once. The engine writes none."""


def serve_engine(port: int, end: Callable[[], object] = lambda: None) -> NoReturn:
    """Report the port to the engine, and wait until the engine ends: by its signal, or, if it was killed, by the end of the input.

    `end` is called before this process ends.
    """

    def leave(*_: Any) -> NoReturn:
        end()
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.read(sys.stdin.fileno(), PART):
        pass
    leave()
