"""Warnings: settings that are valid, but that their author may not have intended."""

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network

from ..catalog import any_installed
from ..config.check import Fault
from ..facts.choices import CloudProvider, Cni, Nat, Scheme, TaintEffect
from ..facts.ecr import ecr_registry
from ..facts.ports import EPHEMERAL
from ..facts.versions import MINORS
from ..spec.cluster import Spec
from ..spec.ranges import IpRange
from ..spec.values import port_range
from .cluster import CONTROLLER_OF_BOTH_FAMILIES
from .fitting_numbers import usual_pods_and_addresses

WITHOUT_IPV4_SERVICES = ("ec2", "elasticloadbalancing", "ec2messages", "ssm", "ssmmessages")
"""AWS services whose clients on a machine (cloud controller, Session Manager's agent) use names with IPv4 addresses only, by default."""

ELASTIC_ADDRESSES = 5
INTERFACE_ENDPOINTS = 50
"""What a new account may have: Elastic IP addresses in a region, and interface endpoints in a VPC.
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""

BARRING = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)
"""Taint effects that keep pods off a node. The third, PreferNoSchedule, only makes the node the last choice."""


def warnings(spec: Spec) -> Iterator[Fault]:
    """The warnings about a configuration in which all rules hold."""
    yield from _open_api(spec)
    yield from _unreached_api(spec)
    yield from _control_plane(spec)
    yield from _network(spec)
    yield from _untagged(spec)
    yield from _quotas(spec)
    yield from _foreign_ranges(spec)
    yield from _node_ports(spec)
    yield from usual_pods_and_addresses(spec)
    yield from _pools(spec)
    yield from _software(spec)
    yield from _addons(spec)


def _open_api(spec: Spec) -> Iterator[Fault]:
    if spec.api.scheme is not Scheme.INTERNET_FACING:
        return
    for allowed in spec.api.allowed_cidrs:
        if allowed.prefixlen == 0:
            yield Fault(
                "api.allowedCidrs",
                f"{allowed} lets the whole internet try the API; name the ranges of those who use it",
            )


def _unreached_api(spec: Spec) -> Iterator[Fault]:
    if spec.api.scheme is Scheme.INTERNAL and any_installed(spec):
        yield Fault(
            "api.scheme",
            "internal, and add-ons are installed through the API: outside the VPC `up` waits 30 minutes and fails. Run it on a "
            "machine inside or over a VPN; or write internet-facing, which api.allowedCidrs limits; or turn the add-ons off and "
            "install what `make render` writes",
        )


def _control_plane(spec: Spec) -> Iterator[Fault]:
    count, zones = spec.control_plane.count, spec.vpc.zones
    path = f"{spec.vpc.SECTION}.{spec.vpc.ZONES}"
    if count == 1 and spec.cluster.protect:
        yield Fault(
            "controlPlane.count",
            "1 control plane holds the only copy of etcd, though cluster.protect says that it must not be lost; write 3",
        )
    if count > 1 and len(zones) == 1:
        yield Fault(path, f"{count} control planes all fail with {zones[0]}; name three zones")
    if count > 1 and len(zones) == 2:
        yield Fault(
            path,
            f"of {count} control planes most stand in {zones[0]}, and etcd stops with it; name three zones",
        )


def _network(spec: Spec) -> Iterator[Fault]:
    network = spec.network
    if network and network.nat is Nat.SINGLE and len(network.zones) > 1:
        yield Fault(
            "network.nat",
            f"if {network.zones[0]} fails, machines in {', '.join(network.zones[1:])} lose IPv4 egress; perZone avoids it",
        )
    if network and network.transit:
        both = network.transit.ipv6
        yield Fault(
            "network.transit",
            f"machines leave by the transit gateway's own routes, which are not seen here. It needs a default route of "
            f"{'both families' if both else 'IPv4'}, and one back to {network.ipv4_range}"
            f"{' and the IPv6 range of the VPC' if both else ''}, before machines can join",
        )
    if spec.vpc.cut_off_from_ipv4 and not spec.software.proxy:
        registry = ecr_registry(spec.software.image_repository)
        of_ecr = ("ecr.api", "ecr.dkr") if registry and not registry.dual_stack else ()
        # Pods change their tokens for credentials there.
        of_roles = ("sts",) if spec.addons_have_roles else ()
        asked = (*WITHOUT_IPV4_SERVICES, *of_ecr, *of_roles)
        missing = [name for name in asked if name not in spec.vpc.services]
        if missing:
            yield Fault(
                f"{spec.vpc.SECTION}.{spec.vpc.SERVICES}",
                f"without NAT, what asks {', '.join(missing)} by an IPv4 name gets no answer; add endpoints for those in use",
            )


def _untagged(spec: Spec) -> Iterator[Fault]:
    existing = spec.existing_network
    if existing and not existing.tag_subnets and spec.addons.load_balancer_controller:
        yield Fault(
            "existingNetwork.tagSubnets",
            "false, and the load balancer controller finds subnets by their tags: set it, let the VPC's owner tag them, or name "
            "subnets in each Service",
        )


def _quotas(spec: Spec) -> Iterator[Fault]:
    if spec.network is None:
        return
    zones, interfaces = len(spec.network.zones), len(spec.network.endpoints.interfaces)
    if spec.network.nat is Nat.PER_ZONE and zones > ELASTIC_ADDRESSES:
        yield Fault(
            "network.nat",
            f"{zones} NAT gateways take {zones} Elastic IP addresses, and an account has {ELASTIC_ADDRESSES} in a region unless "
            "AWS raised its quota; request more before you bring the stack up, or write single",
        )
    if interfaces > INTERFACE_ENDPOINTS:
        yield Fault(
            "network.endpoints.interfaces",
            f"{interfaces} interface endpoints are more than the {INTERFACE_ENDPOINTS} that a VPC has unless AWS raised the quota; "
            "request more before you bring the stack up",
        )


def _foreign_ranges(spec: Spec) -> Iterator[Fault]:
    ranges: dict[str, IpRange | None] = {
        "pods.ipv4Range": spec.pods.ipv4_range,
        "pods.ipv6Range": spec.pods.ipv6_range,
        "services.ipv4Range": spec.services.ipv4_range,
        "services.ipv6Range": spec.services.ipv6_range,
    }
    for path, value in ranges.items():
        if value is not None and value.is_global:
            private = "10.0.0.0/8" if isinstance(value, IPv4Network) else "fd00::/8"
            yield Fault(
                path,
                f"{value} is public space, so pods cannot reach its real owners; choose one within {private}",
            )


def _node_ports(spec: Spec) -> Iterator[Fault]:
    chosen = port_range(spec.services.node_ports)
    if chosen[0] < EPHEMERAL.stop and chosen[-1] >= EPHEMERAL.start:
        yield Fault(
            "services.nodePorts",
            f"{spec.services.node_ports} holds ports from {EPHEMERAL.start} to {EPHEMERAL[-1]}, which a node gives connections "
            f"of its own, and a Service could find its port taken; end below {EPHEMERAL.start}",
        )


def _pools(spec: Spec) -> Iterator[Fault]:
    for name, pool in spec.workers.items():
        if pool.spot and len(pool.instance_types) == 1:
            yield Fault(
                f"workers.{name}.instanceTypes",
                f"{pool.instance_types[0]} alone may find no spot capacity; name several types of its size",
            )
        # Once a machine runs, the autoscaler reads the taints of its node, so only empty pools are concerned. PreferNoSchedule does
        # not keep pods off a node, so no machine is started in vain.
        keeping_away = [taint for taint in pool.taints if taint.effect in BARRING]
        for key, count in Counter(taint.key for taint in keeping_away).items():
            if count > 1 and pool.min == 0:
                yield Fault(
                    f"workers.{name}.taints",
                    f"an empty pool tells the autoscaler of one effect of {key}, which is NoExecute, and a pod that tolerates "
                    "that alone starts machines it cannot run on; let pods tolerate both, or raise min to 1",
                )


def _software(spec: Spec) -> Iterator[Fault]:
    repository = spec.software.image_repository or ""
    if repository.split("/")[0] == "k8s.gcr.io":
        yield Fault(
            "software.imageRepository",
            f"{repository} is frozen since April 2023 and has no newer images; leave it out, or name a mirror",
        )
    if spec.software.prebaked and spec.software.release_server:
        yield Fault(
            "software.releaseServer",
            f"{spec.software.release_server} is never asked, because prebaked says that nothing is downloaded",
        )


def _addons(spec: Spec) -> Iterator[Fault]:
    cni, minor = spec.cluster.cni, MINORS[spec.minor]
    if cni is Cni.KUBENET:
        yield Fault(
            "cluster.cni",
            "kubenet makes no way between machines: add a route for each node's pod ranges to the private route tables, and "
            "switch off the source/destination check of workers; or choose flannel, which needs neither",
        )
    external = spec.cluster.cloud_provider is CloudProvider.EXTERNAL
    if external and not spec.addons.cloud_controller and minor.minor < CONTROLLER_OF_BOTH_FAMILIES:
        yield Fault(
            "addons.cloudController",
            f"AWS's cloud controller of {minor.name} names IPv4 addresses alone, so nodes would show no other; install that of "
            f"1.{CONTROLLER_OF_BOTH_FAMILIES}, with NodeIPFamilies for both, or turn addons.cloudController on, which does",
        )
