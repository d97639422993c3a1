"""The cloud of the rehearsal: moto as a process of its own, put right where it differs from AWS."""

from .process import (
    INTERRUPTIONS,
    Cloud,
    has_ended,
    running_cloud,
    start_cloud,
    stop_cloud,
    stop_unused_cloud,
    used_cloud,
)

__all__ = [
    "INTERRUPTIONS",
    "Cloud",
    "has_ended",
    "running_cloud",
    "start_cloud",
    "stop_cloud",
    "stop_unused_cloud",
    "used_cloud",
]
