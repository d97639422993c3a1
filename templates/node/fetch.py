"""Fetch this machine's programs from SSM, where the stack keeps those of its role.

User data has this program and what it imports. It fetches them too, so a machine that fetches again gets all of another version.
"""

import base64
import gzip
import hashlib
import json
import sys
import time

import attempts
import imds
import machine
from aws import PATIENCE_SECONDS, Aws
from machine import Failure, path, run, say, write

AT_ONCE = 10
"""The most names that one request to SSM may have."""


def main():
    """Fetch the programs once. Until the machine has joined, its status says why that failed."""
    settings = machine.settings()
    aws = Aws(settings)
    instance = None
    try:
        if "proxy" in settings:
            import proxy  # noqa: PLC0415 (only machines behind a proxy have it)

            proxy.use(settings["proxy"])
        instance = imds.require("instance-id")
        changed = place(fetched(aws, settings["parameters"]["programs"]))
        if any(file.startswith("/etc/systemd/") for file in changed):
            run("systemctl", "daemon-reload", seconds=60)
    except Exception as error:  # noqa: BLE001 (operators find every error in the same place)
        attempt = attempts.count()
        outcome = attempts.failure(attempt, error)
        say(f"programs: {outcome}")
        if not path(attempts.JOINED).exists():
            attempts.report(aws, settings, instance, outcome)
            time.sleep(attempts.pause(attempt))
        return 1
    say(f"programs: {len(changed)} files changed")
    return 0


def fetched(aws, folder):
    """The files in a folder of parameters, by path, each with its mode and its text. Waits until the parts are there and fit together."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        text = whole(parts(aws, folder))
        if text:
            return json.loads(gzip.decompress(base64.b64decode(text)))
        if time.monotonic() > deadline:
            raise Failure(
                f"SSM has no whole set of programs in {folder} after {PATIENCE_SECONDS} seconds; did `pulumi up` end well?"
            )
        say(f"waiting for {folder}")
        time.sleep(5)


def parts(aws, folder):
    """The parts in a folder, in their order."""
    read = []
    while True:
        names = [f"{folder}/{len(read) + number}" for number in range(1, AT_ONCE + 1)]
        found = aws.get(*names)
        read += [found[name] for name in names if name in found]
        if len(found) < AT_ONCE:
            return read


def whole(parts):
    """The text of all parts; None if parts are missing, or some are of another version, as they are while `pulumi up` changes them.

    The text's digest and length are before it. What follows is left of a longer version.
    """
    digest, _, rest = "".join(parts).partition(" ")
    length, _, rest = rest.partition(" ")
    text = rest[: int(length)] if length.isdecimal() else ""
    return text if hashlib.sha256(text.encode()).hexdigest() == digest else None


def place(files):
    """Write the files that differ from those of the machine, and return their paths.

    All are on the disk before the first one takes its place, so power that fails leaves programs of one version.
    """
    changed = [
        file
        for file, (_, text) in files.items()
        if not path(file).exists() or path(file).read_text() != text
    ]
    for file in changed:
        mode, text = files[file]
        write(f"{file}.new", text, int(mode, 8))
    for file in changed:
        path(f"{file}.new").replace(path(file))
    return changed


if __name__ == "__main__":
    sys.exit(main())
