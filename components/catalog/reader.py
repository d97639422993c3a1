"""The rights of the read-only kubeconfig."""

from ..facts.readers import READERS
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, manifest


def content(_: AddonsSpec, version: str) -> Manifest:
    """The roles of the group of readers."""
    return manifest("readers", api=f"rbac.authorization.k8s.io/{version}", group=READERS)


READER = Addon(
    chosen_by="addons.reader",
    instead="turn it off",
    needed=lambda spec: spec.addons.reader,
    on=lambda switches: switches.reader,
    releases=releases.READER,
    content=content,
)
