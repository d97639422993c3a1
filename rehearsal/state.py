"""Where a rehearsal keeps what must outlive a command, outside every checkout."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platformdirs.unix import Unix


@dataclass(frozen=True, slots=True)
class State:
    """One folder: the engine's state, the secret that seals it, and the cloud that runs."""

    folder: Path

    @classmethod
    def of_user(cls) -> "State":
        """The folder of this user, or the one that DUALSTACK_STATE names."""
        chosen = os.environ.get("DUALSTACK_STATE")
        if chosen:
            return cls(Path(chosen).resolve())
        return cls(user_folders().user_state_path)

    def place(self, *parts: str) -> Path:
        """A path in the folder, whose parent is there."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def backend(self) -> Path:
        """Where the engine keeps its stacks."""
        folder = self.place("backend")
        folder.mkdir(exist_ok=True)
        return folder

    def passphrase(self) -> str:
        """What secrets in the engine's state are sealed with: made once, readable by the user alone."""
        path = self.place("passphrase")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
        return path.read_text()


def user_folders() -> "Unix":
    """The XDG folders of this user's programs, on macOS too: rehearsal/environment.sh uses the same cache."""
    from platformdirs.unix import Unix  # noqa: PLC0415

    return Unix("dualstack", appauthor=False)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it, meanwhile or after a kill, finds all of the old text or all of the new."""
    written = path.with_suffix(f".{os.getpid()}")
    written.write_text(text)
    written.rename(path)
