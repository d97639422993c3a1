"""Programs of the host, run for their effect. The output of a program that fails becomes the error."""

import subprocess
from pathlib import Path

from ..failures import Explained


class LiveError(Explained):
    """What went wrong. The message is written for people."""


def run(*command: str | Path, text: str | None = None, seconds: float = 60) -> str:
    """Run a program to its end; its standard output."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, input=text, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise LiveError(f"{' '.join(words[:6])} did not end within {seconds:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit {done.returncode}"
        raise LiveError(f"{' '.join(words)}: {said}")
    return done.stdout


def attempt(*command: str | Path, seconds: float = 60) -> bool:
    """Run a program whose failure means that there was nothing to do; whether it succeeded."""
    try:
        run(*command, seconds=seconds)
    except LiveError:
        return False
    return True
