"""What the user data told this machine, and how it runs programs without a secret in the journal."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("DUALSTACK_ROOT", "/"))
"""Everything is read and written below it. Only tests name another."""

TOKEN = re.compile(r"\b([a-z0-9]{6})\.[a-z0-9]{16}\b")
PEM = re.compile(r"-----BEGIN [A-Z ]*KEY-----.*?(-----END [A-Z ]*KEY-----|\Z)", re.DOTALL)
REASON = re.compile(r"^\s*(error|\[ERROR|fatal|panic)", re.IGNORECASE)


class Failure(Exception):
    """Why the machine cannot go on, in words for an operator."""


def path(absolute):
    """Where a file of the machine is."""
    return ROOT / absolute.lstrip("/")


def settings():
    """What the user data told."""
    return json.loads(path("/etc/dualstack/node.json").read_text())


def redacted(text):
    """The text without bootstrap tokens and private keys; a token's public half stays."""
    return PEM.sub("[private key]", TOKEN.sub(r"\1.[secret]", text))


def say(text):
    """Write one line to the journal."""
    sys.stdout.write(redacted(text) + "\n")
    sys.stdout.flush()


def write(absolute, text, mode):
    """Put a file in place whole, never readable by more than its mode allows."""
    target = path(absolute)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink() if partial.exists() else None
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(mode)
    partial.replace(target)


def run(*command, seconds=900):
    """Run a program, its output to the journal; a `Failure` with its own words when it fails."""
    lines = []
    with subprocess.Popen(
        ["timeout", "--kill-after=30", str(seconds), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            say(line.rstrip())
    if process.returncode:
        raise Failure(f"{' '.join(command[:2])}: {_reason(lines, process.returncode, seconds)}")


def _reason(lines, code, seconds):
    """What a failed program said of it, in one line."""
    if code == 124:
        return f"did not end within {seconds} seconds"
    wrong = [line.strip() for line in lines if REASON.match(line)] or [
        line.strip() for line in lines[-1:]
    ]
    return redacted("; ".join(wrong))[:1000] or f"ended with {code} and said nothing"
