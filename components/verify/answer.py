"""What a command in a pod answered, and how to ask one for a page."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from .finding import Finding

Ask = Callable[..., "Answer"]
"""Runs a command in a pod of the probe: its name, then the words."""

Question = Callable[[Ask], Finding]
"""Asks what it must, and judges."""

UNENDED = 124
"""The code of a command that did not end in time, as `timeout` gives it."""
NOT_THERE = 127
"""The code of a command that is not in the image, as a shell gives it."""
UNRESOLVED = 6
"""curl's code of a name that has no address."""

FETCH = ("curl", "--silent", "--show-error", "--globoff", "--insecure", "--noproxy", "*")
PATIENCE = ("--connect-timeout", "4", "--max-time", "15")
# A server may be about to listen, and kube-proxy about to hear of it.
AGAIN = ("--retry", "5", "--retry-delay", "1", "--retry-connrefused", "--retry-max-time", "8")
TRAILER = ("--write-out", "\n%{remote_ip}")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended."""

    code: int
    output: str
    errors: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What came of asking for one."""

    body: str
    server: str = ""
    """The address that answered."""
    failure: str = ""
    unresolved: bool = False


def answer_of(output: str, errors: str, status: str) -> Answer:
    """The answer in what the API streamed; the status is a document that ends it."""
    if not status:
        return Answer(UNENDED, output, "it did not end in time")
    told = json.loads(status)
    if told["status"] == "Success":
        return Answer(0, output, errors)
    for cause in told.get("details", {}).get("causes", ()):
        if cause.get("reason") == "ExitCode":
            return Answer(int(cause["message"]), output, errors)
    return Answer(NOT_THERE, output, told.get("message", ""))


def fetch(ask: Ask, pod: str, url: str, *more: str) -> Page:
    """A page as a pod gets it."""
    answer = ask(pod, *FETCH, *PATIENCE, *AGAIN, *more, *TRAILER, url)
    body, _, server = answer.output.rpartition("\n")
    if answer.code == 0:
        return Page(body, server)
    lines = answer.errors.strip().splitlines() or [f"curl ended with {answer.code}"]
    failure = lines[-1].partition(") ")[2] or lines[-1]
    # curl says only in words that it was the name it waited for.
    unresolved = answer.code == UNRESOLVED or failure.startswith("Resolving timed out")
    return Page("", "", failure, unresolved)


def url(address: str, port: int, path: str = "/hostname") -> str:
    """Where a page is."""
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}{path}"
