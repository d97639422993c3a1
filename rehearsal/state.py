"""The folder for everything that must outlive a command, outside of every checkout."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platformdirs.unix import Unix


@dataclass(frozen=True, slots=True)
class State:
    """One folder: the engine's state, the passphrase that encrypts it, and the records of daemons."""

    folder: Path

    @classmethod
    def of_user(cls) -> "State":
        """The folder of this user, or the folder that DUALSTACK_STATE names."""
        chosen = os.environ.get("DUALSTACK_STATE")
        if chosen:
            return cls(Path(chosen).resolve())
        return cls(user_folders().user_state_path)

    def place(self, *parts: str) -> Path:
        """A path in the folder, whose parent folder is made if it is missing."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def backend(self) -> Path:
        """The engine's backend: the folder with its stacks."""
        folder = self.place("backend")
        folder.mkdir(exist_ok=True)
        return folder

    def passphrase(self) -> str:
        """The passphrase that encrypts secrets in the engine's state. It is made once, and only the user can read it."""
        path = self.place("passphrase")
        with suppress(FileNotFoundError):
            # A full disk may have left an empty one, which never encrypted anything.
            if known := path.read_text():
                return known
            path.unlink(missing_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        try:
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(32))
            # Unlike a rename, a link fails if another command was first.
            with suppress(FileExistsError):
                path.hardlink_to(made)
        finally:
            made.unlink(missing_ok=True)
        return path.read_text()


def user_folders() -> "Unix":
    """The XDG folders of this user, on macOS too: rehearsal/environment.sh uses the same cache folder."""
    from platformdirs.unix import Unix  # noqa: PLC0415

    return Unix("dualstack", appauthor=False)


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically: a reader finds the whole old text or the whole new text, even if this process is killed."""
    written = path.with_suffix(f".{os.getpid()}")
    try:
        written.write_text(text)
        written.rename(path)
    except OSError:
        # On a full disk, half of it would take the room that is left.
        written.unlink(missing_ok=True)
        raise
