"""Rules for the keys that encrypt Secrets: none may be taken away, and a configuration of the user's own decides alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..config.check import Fault, Rule
from ..config.section import Section
from ..machine.node_settings import planned_settings
from ..spec.cluster import ENCRYPTION_FLAG, ControlPlaneSpec
from ..spec.encryption import EncryptionSection


def decided_twice(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """A configuration that an argument of the API server names decides alone, so `encryption` would say what nobody does."""
    if not spec.composes_encryption and spec.encryption != EncryptionSection():
        yield Fault(
            "encryption",
            f"kubeadm.apiServerArgs.{ENCRYPTION_FLAG} names a configuration of your own, which decides; leave one of the two out",
        )


def planned_encryption(files: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    """Whether control planes encrypt, as `enabled`, and their `keys`, the newest first. None where their plan says nothing of it."""
    return planned_settings(files).get("encryption")


def lost_keys(files: Mapping[str, Sequence[str]], spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The faults of a configuration without a key that running control planes have. `files` are those of their plan."""
    keys = (planned_encryption(files) or {"keys": []})["keys"]
    if spec.composes_encryption and len(keys) > spec.encryption.key:
        yield Fault(
            "encryption.key",
            f"{spec.encryption.key} is asked for and the cluster has keys up to {len(keys)}, and Secrets that only they can read; "
            f"write {len(keys)}, or the next number for another key",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {ControlPlaneSpec: (decided_twice,)}
"""The rules for each kind of section."""
