"""Rules for machines that reach no IPv4 destination outside: what they download must answer over IPv6."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv4Address

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section
from ..facts.choices import ImageFamily
from ..spec.cluster import Spec
from ..spec.hosts import host_of
from ..spec.ranges import is_public_ipv4


def without_ipv4(spec: Spec) -> Iterator[Fault]:
    """Without NAT, machines reach the internet over IPv6 only, so they need mirrors of software that IPv6 cannot reach.

    GitHub (containerd, runc, CNI plugins) has no IPv6 address. registry.k8s.io redirects clients to storage servers, and
    some of these have none. Amazon Linux has its packages in S3, under dual-stack names.
    """
    cut_off = spec.vpc.cut_off_from_ipv4
    if cut_off is None or spec.software.proxy:
        return
    if spec.software.release_server is None and not spec.software.prebaked:
        yield Fault(
            "software.releaseServer",
            f"missing: {cut_off}, and GitHub, where containerd and runc come from, has no IPv6 address; "
            "name a mirror that machines reach over IPv6, or set prebaked and nodes.image",
        )
    if spec.software.image_repository is None:
        yield Fault(
            "software.imageRepository",
            f"missing: {cut_off}, and registry.k8s.io is not wholly reachable over IPv6; "
            "name a repository that machines reach over IPv6",
        )
    from_ubuntu = spec.nodes.image == ImageFamily.UBUNTU and not spec.software.prebaked
    if from_ubuntu and spec.software.package_mirror is None:
        yield Fault(
            "software.packageMirror",
            f"missing: {cut_off}, and Ubuntu's archives in EC2, where conntrack and other packages come from, have no "
            "IPv6 address; name a mirror that machines reach over IPv6, or a nodes.image that holds the packages",
        )
    elif spec.nodes.family is ImageFamily.UBUNTU and spec.software.package_mirror is None:
        for place in _with_packages(spec):
            yield Fault(
                "software.packageMirror",
                f"missing: {cut_off}, and Ubuntu's archives in EC2, where {place}.packages come from, have no IPv6 address; "
                "name a mirror that machines reach over IPv6, or leave the packages out and name an image that holds them",
            )


def _with_packages(spec: Spec) -> Iterator[str]:
    """The places that add packages to machines."""
    pools = {f"workers.{name}": pool for name, pool in spec.workers.items()}
    for place, added in {
        "nodes": spec.nodes,
        "controlPlane": spec.control_plane,
        **pools,
    }.items():
        with suppress(Unsound):
            if added.packages:
                yield place


ONLY_IPV4 = ("github.com", "ghcr.io", "registry.k8s.io", "k8s.gcr.io", "ec2.archive.ubuntu.com")
"""Hosts that machines do not reach over IPv6, or not wholly, each with all below it."""


def servers_of_ipv4(spec: Spec) -> Iterator[Fault]:
    """Servers that are named must not answer over IPv4 alone. A private address may have a route of its own."""
    cut_off = spec.vpc.cut_off_from_ipv4
    if cut_off is None:
        return
    servers = {
        "releaseServer": "release_server",
        "imageRepository": "image_repository",
        "packageMirror": "package_mirror",
    }
    asked = {"proxy": "proxy"} if spec.software.proxy else servers
    for field, name in asked.items():
        with suppress(Unsound):
            host = host_of(getattr(spec.software, name) or "")
            below = any(f".{host}".endswith(f".{known}") for known in ONLY_IPV4)
            if below or (is_public_ipv4(host) and not _inside(spec, host)):
                yield Fault(
                    f"software.{field}",
                    f"{host} answers over IPv4, and {cut_off}; name a server that machines reach over IPv6",
                )


def _inside(spec: Spec, address: str) -> bool:
    """Whether an IPv4 address is of the VPC, whose ranges may be public if it exists already."""
    return any(IPv4Address(address) in one for one in spec.vpc.ranges.values())


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {Spec: (without_ipv4, servers_of_ipv4)}
"""The rules for each kind of section."""
