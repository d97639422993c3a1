"""Rules for machines: sizes of pools, images, zones and subnets."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations

from ..config.check import Fault, Rule, Unsound
from ..config.section import Section, sound
from ..config.wording import short
from ..facts.choices import ImageFamily
from ..facts.ecr import LIKE, ecr_registry
from ..facts.instance_types import Architecture, describe
from ..facts.regions import dns_suffix, partition, region_of
from ..facts.versions import Runtime
from ..spec.cluster import NodeSpec, Spec
from ..spec.machines import NodesSection, PoolSection, SoftwareSection
from ..spec.rollout import RolloutSection

MOST_APART = 100
"""The most that lies between the two percentages of a refresh."""

SUBNET_RESERVED = 5
"""The number of addresses that AWS reserves in every IPv4 subnet."""


def pool_size(pool: PoolSection) -> Iterator[Fault]:
    """A pool's min must not exceed its max."""
    if pool.min > pool.max:
        yield Fault("min", f"{pool.min} is more than max, {pool.max}; lower min or raise max")


def rollout_steps(rollout: RolloutSection) -> Iterator[Fault]:
    """AWS's limits of an instance refresh: percentages that go together, and pauses in order.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
    """
    least, most = rollout.min_healthy_percentage, rollout.max_healthy_percentage
    if most - least > MOST_APART:
        yield Fault(
            "maxHealthyPercentage",
            f"{most} is more than {MOST_APART} above minHealthyPercentage, {least}, which AWS refuses; "
            f"write at most {least + MOST_APART}",
        )
    pauses = rollout.pause_at_percentages
    if pauses != sorted(pauses):
        ordered = ", ".join(map(str, sorted(pauses)))
        yield Fault(
            "pauseAtPercentages",
            f"{', '.join(map(str, pauses))} are not ascending; write {ordered}",
        )


def pool_architecture(pool: PoolSection) -> Iterator[Fault]:
    """A pool's instance types must have one architecture, because its machines boot one image."""
    types = sound(pool.instance_types).values()
    by_architecture = {describe(name).architecture: name for name in reversed([*types])}
    if len(by_architecture) > 1:
        examples = " and ".join(
            f"{name} is {kind}" for kind, name in sorted(by_architecture.items())
        )
        yield Fault("instanceTypes", f"{examples}; give each architecture a pool of its own")


def pool_taints(pool: PoolSection) -> Iterator[Fault]:
    """Two taints of a pool must not have the same key and effect: the kubelet refuses that."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(pool.taints):
        with suppress(Unsound):
            if (taint.key, taint.effect) in seen:
                yield Fault(
                    f"taints[{index}]",
                    f"{taint.key} with {taint.effect} is there already; keep one of the two",
                )
            seen.add((taint.key, taint.effect))


def image_family(nodes: NodesSection) -> Iterator[Fault]:
    """A family is named beside an AMI alone: the other images are of the family that they are named by."""
    if nodes.looks_up and nodes.image_family and nodes.image_family != nodes.image:
        yield Fault(
            "imageFamily",
            f"{nodes.image_family} is another family than that of the image, {nodes.image}; leave it out, or name an AMI in image",
        )


def followed_image(nodes: NodesSection) -> Iterator[Fault]:
    """An AMI has no newer one."""
    if nodes.newest_image and not nodes.looks_up:
        yield Fault(
            "newestImage",
            f"{nodes.image} is one image, so there is none to follow; leave it out, or name ubuntu or amazon-linux-2023 in image",
        )


def cgroups_of_image(spec: NodeSpec) -> Iterator[Fault]:
    """Amazon Linux 2023 boots with cgroup v2, which kubelets support from 1.25.

    https://docs.aws.amazon.com/linux/al2023/ug/cgroupv2.html
    """
    if spec.nodes.family is ImageFamily.AMAZON_LINUX_2023 and not spec.kubernetes.runs_on_cgroup_v2:
        yield Fault(
            "nodes.image" if spec.nodes.looks_up else "nodes.imageFamily",
            f"{spec.nodes.family} has cgroup v2 alone, which kubelets of {spec.kubernetes.name} do not support; choose ubuntu, or "
            "Kubernetes 1.25 or later",
        )


def prebaked_image(spec: NodeSpec) -> Iterator[Fault]:
    """`software.prebaked` needs an AMI that contains the software, which no image of a distribution does."""
    if spec.software.prebaked and spec.nodes.looks_up:
        yield Fault(
            "nodes.image",
            f"{spec.nodes.image} holds no kubelet, yet software.prebaked says that nothing is downloaded; "
            "name the AMI that holds it, or leave prebaked out",
        )


def zones_in_region(spec: Spec) -> Iterator[Fault]:
    """The network's zones must be in the region in which resources are created."""
    for path, zone in spec.vpc.zone_paths.items():
        if region_of(zone) != spec.region:
            yield Fault(
                path,
                f"{zone} is no zone of {spec.region}; choose zones of that region, or change aws:region",
            )


def pool_zones(spec: Spec) -> Iterator[Fault]:
    """A pool's zones must be zones of the network, which alone has subnets."""
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            for index, zone in sound(pool.zones or ()).items():
                if zone not in spec.vpc.zones:
                    yield Fault(
                        f"workers.{name}.zones[{index}]",
                        f"the network has no zone {zone}; choose among {', '.join(spec.vpc.zones)}, or add it to "
                        f"{spec.vpc.SECTION}.{spec.vpc.ZONES}",
                    )


def pool_subnets(spec: Spec) -> Iterator[Fault]:
    """A pool's max must not exceed the IPv4 addresses of its subnets."""
    rooms = {
        zone: subnet.num_addresses - SUBNET_RESERVED
        for zone, subnet in spec.vpc.private_ranges.items()
    }
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            room = sum(rooms[zone] for zone in pool.zones or rooms if zone in rooms)
            if rooms and pool.max > room and {*(pool.zones or ())} <= rooms.keys():
                yield Fault(
                    f"workers.{name}.max",
                    f"{pool.max} machines do not fit into the {room} IPv4 addresses of its subnets; "
                    f"lower max, add zones, or choose {spec.vpc.more_room}",
                )


def all_subnets(spec: Spec) -> Iterator[Fault]:
    """Control planes and pools at their max must fit together into the IPv4 addresses of each zone, and of all zones."""
    ranges, zones = spec.vpc.private_ranges, spec.vpc.zones
    if not zones or any(pool_subnets(spec)):
        return
    rooms = {zone: ranges[zone].num_addresses - SUBNET_RESERVED for zone in zones}
    control_planes = [zones[number % len(zones)] for number in range(spec.control_plane.count)]
    pools: dict[str, tuple[int, set[str]]] = {}
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            pools[name] = pool.max, {*(pool.zones or zones)}
    # What may stand nowhere else must fit: https://en.wikipedia.org/wiki/Hall%27s_marriage_theorem
    for among in (
        set(some) for size in range(len(zones)) for some in combinations(zones, size + 1)
    ):
        fixed = sum(zone in among for zone in control_planes)
        within = {name: most for name, (most, of_pool) in pools.items() if of_pool <= among}
        room, machines = sum(rooms[zone] for zone in among), fixed + sum(within.values())
        if machines > room:
            counted = " and ".join(
                [
                    *([f"{fixed} control plane{'s' if fixed > 1 else ''}"] if fixed else []),
                    *([f"the max of {', '.join(within)}"] if within else []),
                ]
            )
            yield Fault(
                "workers",
                f"{machines} machines ({counted}) do not fit together into the {room} IPv4 addresses of the subnets in "
                f"{', '.join(sorted(among))}; lower max, add zones, or choose {spec.vpc.more_room}",
            )
            return


def _architectures(spec: Spec) -> dict[str, Architecture]:
    """The architecture of each kind of machine, by its place in the configuration."""
    found = {"controlPlane": describe(spec.control_plane.instance_type).architecture}
    for name, pool in spec.workers.items():
        with suppress(Unsound):
            found[f"workers.{name}"] = pool.architecture
    return found


def one_image(spec: Spec) -> Iterator[Fault]:
    """With an AMI all machines must have one architecture. Other images are looked up for each architecture."""
    kinds = {} if spec.nodes.looks_up else _architectures(spec)
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{place} is {kind}" for place, kind in kinds.items())
        yield Fault(
            "nodes.image",
            f"{spec.nodes.image} is of one architecture, but {listed}; choose instance types of one, or image {spec.nodes.family}",
        )


def one_mirror(spec: Spec) -> Iterator[Fault]:
    """A repository of Amazon Linux is of one architecture. dnf writes a machine's own in place of a variable."""
    mirror = spec.software.package_mirror
    if mirror is None or spec.nodes.family is not ImageFamily.AMAZON_LINUX_2023:
        return
    kinds = _architectures(spec)
    if len(set(kinds.values())) > 1 and not re.search(r"\$\{?(basearch|arch)\b", mirror):
        listed = ", ".join(f"{place} is {kind}" for place, kind in kinds.items())
        yield Fault(
            "software.packageMirror",
            f"{mirror} is a repository of one architecture, but {listed}; write $basearch in it where the architecture's folder is",
        )


def ecr_repository(spec: NodeSpec) -> Iterator[Fault]:
    """A repository in ECR must be named in full, in the cluster's partition, and pulled by containerd."""
    repository = spec.software.image_repository or ""
    host = repository.split("/")[0]
    if not LIKE.fullmatch(host):
        return
    registry = ecr_registry(repository)
    if registry is None:
        yield Fault(
            "software.imageRepository",
            f"{host} is no registry of ECR; write 12 digits of the account and a region, like "
            f"123456789012.dkr.ecr.{spec.region}.{dns_suffix(spec.region)}",
        )
    elif partition(registry.region) != partition(spec.region):
        yield Fault(
            "software.imageRepository",
            f"{host} lies in another partition than {spec.region}, and a machine's role is unknown there; "
            "copy the images into a registry of the cluster's partition",
        )
    elif spec.kubernetes.runtime(spec.cluster.cni) is Runtime.DOCKER:
        yield Fault(
            "software.imageRepository",
            f"{host} wants a login that changes, which machines can give containerd and not Docker, the runtime of kubenet; "
            "choose another cluster.cni, or a registry without a login",
        )


def proxy_exceptions(software: SoftwareSection) -> Iterator[Fault]:
    """Without a proxy everything is reached directly."""
    if software.no_proxy and software.proxy is None:
        yield Fault(
            "noProxy",
            f"{short(', '.join(software.no_proxy))} has no effect without a proxy; leave it out, or set software.proxy",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    SoftwareSection: (proxy_exceptions,),
    NodesSection: (image_family, followed_image),
    PoolSection: (pool_size, pool_architecture, pool_taints),
    RolloutSection: (rollout_steps,),
    NodeSpec: (
        cgroups_of_image,
        prebaked_image,
        ecr_repository,
    ),
    Spec: (zones_in_region, pool_zones, pool_subnets, all_subnets, one_image, one_mirror),
}
"""The rules for each kind of section."""
