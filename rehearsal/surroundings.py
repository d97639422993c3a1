"""The environment variables and the open files that a command begins with, put in order.

A rehearsal talks to its own engine, its own stand-in for AWS and its own mirror, all on this machine. Settings that a shell
holds for other work, such as a profile of AWS or a proxy, must not change what it does.
"""

import os
import pwd
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from .output import LEAST_COLUMNS
from .well_known import HOST

IGNORED = ("AWS_", "BOTO_", "GRPC_ADDRESS_HTTP_PROXY", "MOTO_", "PULUMI_", "PYTHON")
"""Prefixes of variables that belong to the user's other work with the same libraries."""

KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"""Variables that only say where Python puts its compiled modules."""

NO_FILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""The AWS SDK of the processes that are started here reads no file of the user, and asks no metadata service."""

LOOPBACK = ("localhost", "127.0.0.1", "::1", *HOST)
"""The hosts that are never reached through a proxy. Go and `go` programs exempt loopback by themselves; gRPC for Python and
the AWS SDK do not: https://grpc.github.io/grpc/core/md_doc_environment_variables.html"""

NO_PROXY = ("no_proxy", "NO_PROXY")


@contextmanager
def in_order() -> Iterator[None]:
    """Within the block the process, and those that it starts, have an environment without the user's other settings."""
    before = dict(os.environ)
    put_in_order(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def put_in_order(environment: MutableMapping[str, str]) -> None:
    """Drop what a rehearsal ignores, and keep this machine out of every proxy. Builds still use the user's proxy."""
    for name in list(environment):
        if (name.startswith(IGNORED) and name not in KEPT) or name.lower() == "grpc_proxy":
            del environment[name]
    environment.update(NO_FILES)
    columns = environment.get("COLUMNS", "")
    if not columns.isdecimal() or int(columns) < LEAST_COLUMNS:
        environment.pop("COLUMNS", None)
    exempt = _exempt(environment)
    # Where no_grpc_proxy is set, gRPC does not read no_proxy.
    environment.update(dict.fromkeys((*NO_PROXY, "no_grpc_proxy"), exempt))
    _put_folders_in_order(environment)


def _exempt(environment: MutableMapping[str, str]) -> str:
    """The hosts that no proxy serves: this machine, and those that the user exempts."""
    exempted = [host.strip() for name in NO_PROXY for host in environment.get(name, "").split(",")]
    if "*" in exempted:
        # Python understands the star only if nothing else is beside it; gRPC never does.
        for name in [name for name in environment if name.lower() in PROXIES]:
            del environment[name]
    return ",".join(dict.fromkeys(host for host in (*LOOPBACK, *exempted) if host))


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


def _put_folders_in_order(environment: MutableMapping[str, str]) -> None:
    # `go` refuses to start without a home, and where the folder for temporary files is missing.
    if not environment.get("HOME"):
        environment["HOME"] = _home()
    for name in ("TMPDIR", "TEMP", "TMP"):
        if name in environment and not _is_writable(Path(environment[name])):
            del environment[name]


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return os.sep


def _is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def open_standard_files() -> None:
    """Open standard input, output and errors on the null device where the caller has closed them.

    Otherwise the next file that is opened takes the number, and whatever is printed goes into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def write_any_text() -> None:
    """Write UTF-8 whatever the locale, and every name of a file, also one that is not UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(encoding="utf-8", errors="surrogateescape")
