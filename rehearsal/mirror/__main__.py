"""Prepare the downloads for machines of a Kubernetes minor, and list them: `python -m rehearsal.mirror 1.36`."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from ..builds import live_line
from ..builds.golang import ToolError
from .prepare import contents, prepare


def main(words: list[str]) -> int:
    """Prepare each minor that is named; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.mirror", description=__doc__)
    parser.add_argument("minors", nargs="+", metavar="MINOR", help="a Kubernetes minor, like 1.36")
    for minor in parser.parse_args(words).minors:
        try:
            prepare(minor, live_line.step)
        except ToolError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        Console(soft_wrap=True).print(table(minor))
    return 0


def table(minor: str) -> Table:
    """The downloads and images of a minor."""
    shown = Table("name", "version", "what it really is", title=f"Kubernetes {minor}")
    for row in contents(minor):
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
