"""Rules for the cluster itself: its minor, and the network plugins and cloud providers that the minor supports."""

from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.choices import CloudProvider, Cni
from ..facts.families import Family
from ..facts.versions import MINORS, NEWEST, OLDEST, minor_number
from ..spec.backups import BackupsSection, KeptSection
from ..spec.cluster import NodeSpec

CONTROLLER_OF_BOTH_FAMILIES = 22
"""The first minor whose AWS cloud controller manager can report IPv6 addresses of nodes (`NodeIPFamilies`)."""


def version(spec: NodeSpec) -> Iterator[Fault]:
    """The cluster's minor must have a row in the table of versions."""
    if message := unknown_version(spec.cluster.kubernetes_version):
        yield Fault("cluster.kubernetesVersion", message)


def unknown_version(version: str) -> str | None:
    """The message for a version whose minor has no row, or that was never released; None for any other."""
    minor = minor_number(version)
    known = f"choose a version from 1.{OLDEST} to 1.{NEWEST}"
    if minor < OLDEST:
        return f"{version} has no dual-stack, which begins with 1.{OLDEST}; {known}"
    if minor not in MINORS:
        return f"{version} is newer than what this program knows; {known}"
    last, patch = MINORS[minor].last, version.split(".")[2:]
    if last is not None and patch and int(patch[0]) > last:
        return f"{version} was never released: 1.{minor} ended with 1.{minor}.{last}; write that, or a later minor"
    return None


def kubenet(spec: NodeSpec) -> Iterator[Fault]:
    """kubenet needs 1.23 or earlier, because it ended with dockershim. It needs IPv4 first, because it lists that address first."""
    minor = spec.kubernetes
    if spec.cluster.cni is not Cni.KUBENET:
        return
    if not minor.has_kubenet:
        yield Fault(
            "cluster.cni",
            f"kubenet ended with 1.23, and this is {minor.name}; choose flannel, which is for every minor",
        )
    elif spec.families[0] is Family.IPV6:
        yield Fault(
            "cluster.ipFamilies",
            f"kubenet of {minor.name} names a pod's IPv4 address first; write [IPv4, IPv6], or choose flannel, which is for every minor",
        )


def cloud_provider(spec: NodeSpec) -> Iterator[Fault]:
    """If IPv6 is primary, the minor's AWS cloud controller must be able to report IPv6 addresses of nodes."""
    minor = spec.kubernetes
    external = spec.cluster.cloud_provider is CloudProvider.EXTERNAL
    if external and spec.families[0] is Family.IPV6 and minor.minor < CONTROLLER_OF_BOTH_FAMILIES:
        yield Fault(
            "cluster.cloudProvider",
            f"AWS's cloud controller names nodes' IPv6 addresses from 1.{CONTROLLER_OF_BOTH_FAMILIES} on, and in {minor.name} IPv6-first nodes would "
            "have none; write none, or [IPv4, IPv6] in ipFamilies",
        )


def kept_backups(backups: BackupsSection) -> Iterator[Fault]:
    """Without backups there is nothing to keep."""
    if backups.enabled:
        return
    for name in KeptSection.model_fields:
        value = getattr(backups, name)
        if value != KeptSection.model_fields[name].default:
            yield Fault(
                to_camel(name),
                f"{value} has no effect, because enabled is false; leave it out, or turn backups on",
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    BackupsSection: (kept_backups,),
    NodeSpec: (version, kubenet, cloud_provider),
}
"""The rules for each kind of section."""
