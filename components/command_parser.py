"""How a command of this package reads its arguments, and how it says that it failed."""

import argparse
import sys
from typing import NoReturn

UNUSABLE = 2
"""The exit code of a command whose arguments cannot be understood."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the whole usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"error: {message}; see {self.prog} --help\n")


def failed(sentence: str, code: int) -> int:
    """Say on standard error what is wrong, and return the exit code."""
    print(f"error: {sentence}", file=sys.stderr)  # noqa: T201 people read it
    return code
