"""Answers of commands in pods, and pages that pods fetch."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .finding import Finding
from .optional import entries, part, word

Ask = Callable[..., "Answer"]
"""Runs a command in a pod of the probe: takes the pod's name, then the words of the command."""

Question = Callable[[Ask], Finding]
"""A check that runs its commands through the given `Ask` and returns its finding."""

UNENDED = 124
"""The exit code of a command that did not end in time, as with `timeout`."""
NOT_THERE = 127
"""The exit code of a command that is not in the image, as with a shell."""
UNRESOLVED = 6
"""curl's exit code for a name that has no address."""

FETCH = ("curl", "--silent", "--show-error", "--globoff", "--insecure", "--noproxy", "*")
PATIENCE = ("--connect-timeout", "4", "--max-time", "15")
# Retry: a server may not listen yet, and kube-proxy may not know it yet.
AGAIN = ("--retry", "5", "--retry-delay", "1", "--retry-connrefused", "--retry-max-time", "8")
TRAILER = ("--write-out", "\n%{remote_ip}")


@dataclass(frozen=True, slots=True)
class Answer:
    """The exit code and the output of a command."""

    code: int
    output: str
    errors: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a pod fetched, or the failure to do so."""

    body: str
    server: str = ""
    """The address that answered."""
    failure: str = ""
    """curl's message; empty if the page arrived."""
    unresolved: bool = False
    """Whether the host's name had no address."""


def answer_of(output: str, errors: str, status: str) -> Answer:
    """The answer in the streams of the API. `status` is the document at their end; it is empty after a timeout."""
    if not status:
        return Answer(UNENDED, output, "it did not end in time")
    result: object = None
    with suppress(ValueError):
        result = json.loads(status)
    if word(result, "status") == "Success":
        return Answer(0, output, errors)
    for cause in entries(part(result, "details"), "causes"):
        if word(cause, "reason") == "ExitCode" and word(cause, "message").isdecimal():
            return Answer(int(word(cause, "message")), output, errors)
    return Answer(NOT_THERE, output, word(result, "message"))


def fetch(ask: Ask, pod: str, url: str, *more: str) -> Page:
    """A page, fetched by curl in a pod; `more` are further options of curl."""
    answer = ask(pod, *FETCH, *PATIENCE, *AGAIN, *more, *TRAILER, url)
    body, _, server = answer.output.rpartition("\n")
    if answer.code == 0:
        return Page(body, server)
    lines = answer.errors.strip().splitlines() or [f"curl ended with {answer.code}"]
    failure = lines[-1].partition(") ")[2] or lines[-1]
    # A timeout of name resolution has no exit code of its own, only this message.
    unresolved = answer.code == UNRESOLVED or failure.startswith("Resolving timed out")
    return Page("", "", failure, unresolved)


def url(address: str, port: int, path: str = "/hostname") -> str:
    """The URL of a page at an address of either family."""
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}{path}"
