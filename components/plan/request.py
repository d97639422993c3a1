"""The command line of `python -m dualstack plan`."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic.alias_generators import to_camel

from ..command_parser import CommandParser, failed
from ..config.check import SpecError
from ..config.stack_file import as_given, read_stack
from ..rules import load
from ..spec.cluster import Spec
from .changes import changes_of
from .deployed import deployed_of
from .outline import Plan, plan_of
from .picture import as_page
from .tables import as_markdown, as_text

UNREADABLE, FAULTS = 2, 1

T = TypeVar("T")


class RequestError(ValueError):
    """Something that was asked for cannot be read. The message says what, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the plan that the arguments ask for, and return the exit code: see `--help`."""
    options = _parser().parse_args(arguments)
    try:
        text = _written(options.format, _plan(options))
        if options.output:
            options.output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as in `| head`. What is still buffered must not be written again at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SpecError as error:
        return failed(str(error), FAULTS)
    except (ValueError, OSError) as error:
        return failed(_words(error), UNREADABLE)
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    file = read_stack(options.file)
    spec = load(Spec, as_given(file, {to_camel(name) for name in Spec.model_fields}))
    deployed = _document(options.state, "--state", deployed_of) if options.state else None
    changes = _document(options.preview, "--preview", changes_of) if options.preview else None
    return plan_of(spec, deployed, changes)


def _document(path: Path, option: str, read: Callable[[Any], T]) -> T:
    """What is read from a document of JSON, or from one in each line. `-` is standard input."""
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    try:
        return read(_parsed(text))
    except ValueError as error:
        raise RequestError(f"{option} {path}: {error}; see --help") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        return [json.loads(line) for line in text.splitlines()]


def _written(form: str, plan: Plan) -> str:
    match form:
        case "json":
            return json.dumps(asdict(plan), indent=2, ensure_ascii=False) + "\n"
        case "markdown":
            return as_markdown(plan)
        case "html":
            return as_page(plan)
        case _:
            coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            return as_text(plan, coloured)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; name a file that is there and can be used"
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m dualstack plan",
        description="Show the plan of a cluster: zones, subnets and ranges in both families with the room left, gateways, "
        "machines, who reaches whom, what AWS bills, and what a preview would change. It needs no engine and no account.",
        epilog="Exit code: 0 the plan is written, 1 the configuration has faults, 2 a file cannot be read.",
    )
    parser.add_argument(
        "file", type=Path, metavar="STACK-FILE", help="a stack's file, like stacks/Pulumi.dev.yaml"
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json", "html"),
        default="text",
        help="default: %(default)s; html is one page that loads nothing else",
    )
    parser.add_argument(
        "--preview",
        type=Path,
        metavar="FILE",
        help="what `pulumi preview --json` printed, or wrote to its --event-log: show what would change",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="what `pulumi stack export` printed: show the addresses that AWS has given",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write to a file instead of standard output"
    )
    return parser
