"""The mirror that machines download from: a release server and an image registry, filled with programs built here."""

from .prepare import prepare
from .servers import MirrorEndpoints, Releases, offered, serve, stop

__all__ = ["MirrorEndpoints", "Releases", "offered", "prepare", "serve", "stop"]
