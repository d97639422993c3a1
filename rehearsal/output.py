"""Standard output and standard errors whose reader may go away: the command goes on to its end and prints no more.

A run must not end because nobody reads its progress: the stack would be left half made.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EIO, EPIPE
from typing import Any, TextIO, cast

from rich.console import Console

READER_IS_GONE = (EPIPE, EIO)
"""A pipe whose reader has ended, and a terminal that was closed."""


LEAST_COLUMNS = 20
USUAL_COLUMNS = 80


def console(*, stderr: bool = False) -> Console:
    """A console for text that people copy: no line is cut off, whatever COLUMNS says."""
    # Without emoji: rich would replace a part of an IPv6 address, such as `:a:`, by a picture.
    made = Console(highlight=False, soft_wrap=True, emoji=False, stderr=stderr)
    if made.width < LEAST_COLUMNS:
        made.width = USUAL_COLUMNS
    return made


class Output:
    """A stream that drops what it cannot write. Everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None
        """Why text was lost although somebody may read it, such as a full disk."""
        self._lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        if not self._lost:
            self._attempt(self._stream.write, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts, or drop them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is still buffered, or drop it."""
        if not self._lost:
            self._attempt(self._stream.flush)

    def _attempt(self, action: Callable[..., object], *words: str) -> None:
        try:
            action(*words)
        except ValueError:  # the stream is closed
            self._lost = True
        except OSError as error:
            self._lost = True
            if error.errno not in READER_IS_GONE:
                self.failure = error
            # What is buffered would be written once more at the end of the process, and fail again.
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


@contextmanager
def outlasting_readers() -> Iterator[list[Output]]:
    """Within the block, standard output and errors may lose their readers. The value is these streams, as far as they exist."""
    before = sys.stdout, sys.stderr
    # Standard output is None in a process that was started without it.
    sys.stdout, sys.stderr = (cast("Any", stream and Output(stream)) for stream in before)
    outputs = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, Output)]
    try:
        yield outputs
    finally:
        for stream in outputs:
            stream.flush()
        sys.stdout, sys.stderr = before
