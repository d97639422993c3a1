"""Attempts of this machine to become a node: their number, the pause before each, and the report of how one ended."""

import time

from aws import Refused
from machine import Failure, path, redacted, say, write

JOINED = "/var/lib/dualstack/joined"
COUNT = "/run/dualstack/attempts"


def begin():
    """Count an attempt, and wait before it; its number since the machine started.

    Each attempt waits longer, so that a lasting fault burdens neither AWS nor the journal.
    """
    attempt = count()
    time.sleep(pause(attempt - 1))
    return attempt


def count():
    """Count an attempt; its number since the machine started."""
    file = path(COUNT)
    attempt = int(file.read_text()) + 1 if file.exists() else 1
    write(COUNT, str(attempt), 0o644)
    return attempt


def pause(failed):
    """The seconds to wait after so many attempts have failed."""
    return min(10 * failed, 120)


def failure(attempt, error):
    """The outcome of an attempt that ended with this error."""
    return f"failed, attempt {attempt}: {reason(error)}"


def reason(error):
    """An error in one line for operators, without the secret half of a join token."""
    text = (
        str(error) if isinstance(error, (Failure, Refused)) else f"{type(error).__name__}: {error}"
    )
    return " ".join(redacted(text).split())


def report(aws, settings, name, outcome):
    """Write an outcome into a status parameter, such as the machine's, which operators read. An error of AWS is only logged."""
    if not name:
        return
    try:
        # SSM refuses doubled braces, because it reads them as a reference to a parameter.
        aws.overwrite(
            f"{settings['parameters']['status']}/{name}",
            redacted(outcome)[:2000].replace("{{", "{ {"),
        )
    except (Failure, Refused) as error:
        say(f"cannot report: {error}")
