"""What AWS's cloud controller takes for an instance's id in the name of a node that has no provider id yet.

Only the newest of the pinned releases runs in the rehearsal. This table says of each what it would ask EC2 for.
"""

from collections.abc import Callable, Mapping


def whole(name: str) -> str | None:
    """The whole name, with the domain that it may have."""
    return name if name.startswith("i-") else None


def first_word(name: str) -> str | None:
    """The name up to its first dot."""
    return name.partition(".")[0] if name.startswith("i-") else None


def none(name: str) -> str | None:  # noqa: ARG001 (it is a rule like the others)
    """No part of the name: such a release searches for an instance whose private DNS name is the node's name."""
    return None


RULES: Mapping[str, Callable[[str], str | None]] = {
    "1.20.0": none,
    "1.22.0": whole,
    "1.26.11": first_word,
    "1.27.0": whole,
    "1.27.2": first_word,
    "1.27.3": whole,
    "1.28.0": first_word,
}
"""The releases from which a rule holds, up to the next of them, in order of versions.

Read in `pkg/providers/v1/aws.go` at each tag of github.com/kubernetes/cloud-provider-aws up to 1.37.1: `nodeNameToProviderID`,
and from 1.23 on `nodeNameToInstanceID`. Commit dce57f7ca9a5 cuts at the first dot. It is in 1.26.11 and 1.27.2; the tags of
1.27.3 to 1.27.10 are on a branch without it."""


def instance_of(name: str, release: str) -> str | None:
    """What a release takes for the instance's id in a node's name; None if it searches by private DNS name."""
    held = [rule for start, rule in RULES.items() if _order(start) <= _order(release)]
    return held[-1](name) if held else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
