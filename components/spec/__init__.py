"""What a cluster is: every field, its default and the reason for it."""

from .cluster import Spec

__all__ = ["Spec"]
