"""What the machines of a rehearsal download: a release server and an image registry, filled with programs built here."""

from .prepare import prepare
from .serve import Host, Releases, offered, serve, stop

__all__ = ["Host", "Releases", "offered", "prepare", "serve", "stop"]
