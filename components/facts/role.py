"""The parts that machines have in a cluster."""

from enum import StrEnum


class Role(StrEnum):
    """The part that a machine has in its cluster."""

    CONTROL_PLANE = "control-plane"
    WORKER = "worker"
