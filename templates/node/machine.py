"""The machine's settings and files, its journal, and running programs without a secret in the journal."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("DUALSTACK_ROOT", "/"))
"""The folder below which all files are read and written. Only tests set another."""

TOKEN = re.compile(r"\b([a-z0-9]{6})\.[a-z0-9]{16}\b")
WRONG = re.compile(r"\s*(error|\[ERROR|fatal|panic)", re.IGNORECASE)


class Failure(Exception):
    """The reason why the machine cannot go on, in words for an operator."""


def path(absolute):
    """The path of a file of the machine below `ROOT`."""
    return ROOT / absolute.lstrip("/")


def settings():
    """The settings in the user data."""
    return json.loads(path("/etc/dualstack/node.json").read_text())


def redacted(text):
    """The text with the secret half of join tokens removed."""
    return TOKEN.sub(r"\1.[secret]", text)


def say(text):
    """Write a line to the journal."""
    sys.stdout.write(redacted(text) + "\n")
    sys.stdout.flush()


def write(absolute, text, mode):
    """Write a file atomically. Its permissions are never wider than `mode`, not even while it is written."""
    target = path(absolute)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(mode)
    partial.replace(target)
    # Its name is in the folder, which power that fails would lose by itself.
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def run(*command, seconds=900):
    """Run a program with its output in the journal; a `Failure` with its own messages if it fails."""
    lines = []
    with subprocess.Popen(
        ["timeout", "--kill-after=30", str(seconds), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        pem = False
        for line in process.stdout:
            # No program should print a private key. If one does, those lines are dropped.
            pem = pem or "-----BEGIN" in line
            if not pem:
                lines.append(line.strip())
                say(line.rstrip())
            pem = pem and "-----END" not in line
    if process.returncode == 124:
        raise Failure(f"{' '.join(command[:2])}: did not end within {seconds} seconds")
    if process.returncode:
        wrong = [line for line in lines if WRONG.match(line)] or lines[-1:] or ["it said nothing"]
        raise Failure(
            f"{' '.join(command[:2])}: {'; '.join(wrong)[:1000]} (exit {process.returncode})"
        )
