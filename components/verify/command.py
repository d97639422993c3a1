"""The command line of `python -m dualstack verify`."""

import argparse
import logging
import os
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from errno import EIO, EPIPE
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from ..facts.families import Family

EXTRA = ("kubernetes", "rich")
"""The packages of the wheel's extra `verify`."""

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"
ECHO = {
    Family.IPV4: "https://1.1.1.1/cdn-cgi/trace",
    Family.IPV6: "https://[2606:4700:4700::1111]/cdn-cgi/trace",
}
"""Pages on the internet that contain their client's address, by family. They are URLs with addresses, so that DNS cannot be at fault."""
NONE = "none"

UNASKED, INTERRUPTED = 2, 130

READER_IS_GONE = (EPIPE, EIO)
"""A pipe whose reader has ended, and a terminal that was closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the cluster that the arguments name, and return the exit code: see `--help`; 130 after an interrupt."""
    options = _parser().parse_args(arguments)
    try:
        with _quiet_libraries():
            return _verified(options)
    except Exception as error:  # noqa: BLE001 (whatever happens is one line)
        _say(_unexpected(error))
        return UNASKED


def _verified(options: argparse.Namespace) -> int:
    if missing := [name for name in EXTRA if find_spec(name) is None]:
        _say(
            f"verify needs {' and '.join(missing)}, which the package installs when it is asked to: "
            "python -m pip install '/path/to/dualstack[verify]'"
        )
        return UNASKED
    # Write UTF-8, whatever the locale. Outputs that are not files, as in tests, have no encoding to set.
    if encode := getattr(sys.stdout, "reconfigure", None):
        encode(encoding="utf-8", errors="backslashreplace")
    # These modules import the packages of the extra.
    verifier, probe = (import_module(f"{__package__}.{name}") for name in ("verifier", "probe"))
    targets = {Family.IPV4: options.egress_ipv4, Family.IPV6: options.egress_ipv6}
    wish = probe.Wish(options.image, {family: url for family, url in targets.items() if url})
    order = verifier.Order(
        options.kubeconfig, options.context, options.json, wish if options.probe else None
    )
    try:
        with _interrupted_once():
            return verifier.verify(order)
    except verifier.ReportLostError as lost:
        return _lost(lost.__cause__, lost.code)
    except KeyboardInterrupt:
        _say("Broken off; nothing is left behind.")
        return INTERRUPTED


def target(family: Family, text: str) -> str:
    """The URL that egress checks fetch, with an address of the family as its host; empty for `none`."""
    if text == NONE:
        return ""
    bare = f"http://[{text}]/" if ":" in text else f"http://{text}/"
    url = text if "://" in text else bare
    try:
        if ip_address(urlsplit(url).hostname or "").version == family.version:
            return url
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text} is no {family} address, nor a URL with one; write it like {ECHO[family]}, or {NONE}"
    )


def _ipv4(text: str) -> str:
    return target(Family.IPV4, text)


def _ipv6(text: str) -> str:
    return target(Family.IPV6, text)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the whole usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNASKED, f"error: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m dualstack verify",
        description="Verify that a cluster is dual-stack: what the Kubernetes page on validating it asks, "
        "and what breaks on AWS. Without --probe the cluster is only read.",
        epilog="Exit code: 0 all is good, 1 something is not, 2 the cluster could not be asked.",
    )
    parser.add_argument("--kubeconfig", metavar="FILE", help="default: $KUBECONFIG, ~/.kube/config")
    parser.add_argument("--context", metavar="NAME", help="default: the kubeconfig's current one")
    parser.add_argument("--json", action="store_true", help="write a document instead of a table")
    parser.add_argument(
        "--probe",
        action="store_true",
        help="make pods and Services in a namespace of its own, ask them, and remove it",
    )
    parser.add_argument(
        "--image",
        default=IMAGE,
        help="the image of the pods, with agnhost as its entrypoint, curl and cat; default: %(default)s",
    )
    for family, parse in ((Family.IPV4, _ipv4), (Family.IPV6, _ipv6)):
        parser.add_argument(
            f"--egress-{family.lower()}",
            type=parse,
            default=ECHO[family],
            metavar="URL",
            help="the page that pods fetch to see whether they get out, an address or a URL with one, "
            f"or {NONE}; default: %(default)s",
        )
    return parser


@contextmanager
def _interrupted_once() -> Generator[None]:
    """Raise KeyboardInterrupt at the first Ctrl-C or SIGTERM, and ignore further ones, so that cleaning up is not interrupted."""
    ways = (signal.SIGINT, signal.SIGTERM)
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        for way in ways:
            signal.signal(way, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {way: signal.signal(way, interrupt) for way in ways}
    try:
        yield
        # Python discards an exception raised while it finalizes an object, so raise it again here.
        if interrupted:
            raise KeyboardInterrupt
    finally:
        for way, handler in before.items():
            signal.signal(way, handler)


@contextmanager
def _quiet_libraries() -> Generator[None]:
    """Within the block no library warns or logs: what matters of it is in the line with which the command ends."""
    silent = logging.NullHandler()
    # Without a handler, Python prints warnings of loggers.
    loggers = [logging.getLogger(name) for name in (None, "urllib3")]
    for logger in loggers:
        logger.addHandler(silent)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in loggers:
            logger.removeHandler(silent)


def _lost(error: BaseException | None, code: int) -> int:
    """The exit code where the report could not be written: the same if its reader has gone."""
    # What is still buffered would be written at the end of the process, and fail again.
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    number, said = getattr(error, "errno", None), getattr(error, "strerror", None)
    if number in READER_IS_GONE:
        return code
    _say(f"The report is not whole: {said or error}. Make room on the disk, or write it elsewhere.")
    return code or UNASKED


def _unexpected(error: Exception) -> str:
    """A line for an error that nobody expected, whose calls go to a file."""
    what = f"unexpected {type(error).__name__}"
    try:
        number, path = tempfile.mkstemp(prefix="dualstack-verify-", suffix=".txt")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError:
        return f"error: {what}; no folder could be written for the calls that led to it"
    return f"error: {what}; report it with the calls that led to it, in {path}"


def _say(sentence: str) -> None:
    # `sys.stderr` is None if the caller has closed it.
    if sys.stderr:
        with suppress(OSError):
            print(sentence, file=sys.stderr)  # noqa: T201 people read it
