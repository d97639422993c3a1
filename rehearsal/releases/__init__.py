"""What the machines of a rehearsal download: a release server and an image registry, filled with programs built here."""

from .prepare import prepare
from .serve import Releases, serve, stop

__all__ = ["Releases", "prepare", "serve", "stop"]
