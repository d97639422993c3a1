"""A command of the rehearsal while it runs; its lines are shown as they come."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parent.parent.parent


class Run:
    """One command, begun."""

    def __init__(self, *words: str, state: Path) -> None:
        self.words = words
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=CHECKOUT,
            env={
                "DUALSTACK_STATE": str(state),
                "PATH": "/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(Path.home()),
                "PYTHONUNBUFFERED": "1",
                "COLUMNS": "200",
            },
        )
        _show(f"\n  {' '.join(words)}")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.append(line)
            _show(f"    {line.rstrip()}")

    @property
    def said(self) -> str:
        """What a person has read so far."""
        return "".join(self._lines)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing running behind a test that has failed."""
        if self.runs:
            self.kill()

    def kill(self) -> None:
        """End it as a crash does. What it started may go on for a while, and still writes where it wrote."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Wait for its end; how it went, as a number."""
        try:
            code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self._reader.join(10)
        return code

    def succeed(self) -> str:
        """Wait for its good end; what it said."""
        code = self.end()
        assert code == 0, f"{' '.join(self.words)} ended with {code}"
        return self.said


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
