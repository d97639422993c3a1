"""Rules for networks: the source of IPv6 ranges, flow logs, and the region of zones."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from ..config.check import Fault, Rule
from ..config.forms import known
from ..config.section import Section, sound
from ..facts.choices import FlowLogDestination, Ipv6Source, Scheme
from ..facts.endpoint_services import region_named, short_name
from ..facts.regions import partition, region_of
from ..facts.subnet_plan import SHARE_BITS
from ..spec.cluster import Spec
from ..spec.network import FlowLogsSection, Ipv6Section, NetworkSection, NetworkSpec
from ..spec.ranges import PRIVATE, UNIQUE_LOCAL, is_public_ipv6, overlaps

SHARED = PRIVATE[-1]
"""The range of RFC 6598, of which AWS adds ranges to every VPC."""

REFUSED_BESIDE = (
    (IPv4Network("10.0.0.0/16"), IPv4Network("10.0.0.0/15")),
    (IPv4Network("172.31.0.0/16"), IPv4Network("172.16.0.0/12")),
)
"""Ranges of which AWS adds none to a VPC whose range is in the second:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions"""

LONGEST_SUBNET = 27
"""The longest prefix of a load balancer's subnet:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer"""

POOL_IDS = {Ipv6Source.IPAM: "ipam-pool-", Ipv6Source.BYOIP: "ipv6pool-ec2-"}
"""The prefix of the ids of each kind of pool."""


def ipv6_source(ipv6: Ipv6Section) -> Iterator[Fault]:
    """With the source amazon, fields about a pool have no effect: Amazon chooses the range."""
    if ipv6.source is Ipv6Source.AMAZON:
        for key, value in (
            ("poolId", ipv6.pool_id),
            ("netmaskLength", ipv6.netmask_length),
            ("range", ipv6.range),
        ):
            if value is not None:
                yield Fault(
                    key,
                    f"{value} has no effect, because Amazon chooses the range; "
                    "leave it out, or set source to ipam or byoip",
                )


def ipv6_pool(ipv6: Ipv6Section) -> Iterator[Fault]:
    """The other sources need the id of a pool, with the prefix of their kind."""
    if ipv6.source is Ipv6Source.AMAZON:
        return
    start = POOL_IDS[ipv6.source]
    if ipv6.pool_id is None:
        yield Fault(
            "poolId",
            f"missing: name the pool of source {ipv6.source}, like {start}0123456789abcdef0",
        )
    elif not known(ipv6.pool_id).startswith(start):
        yield Fault(
            "poolId",
            f"{ipv6.pool_id} is no pool of source {ipv6.source}; its id starts with {start}",
        )


def ipv6_size(ipv6: Ipv6Section) -> Iterator[Fault]:
    """IPAM takes a range or a size, not both. A BYOIP pool takes a range only."""
    if ipv6.source is Ipv6Source.BYOIP and ipv6.netmask_length is not None:
        yield Fault(
            "netmaskLength",
            f"{ipv6.netmask_length} has no effect, because a BYOIP pool is asked for a range; leave it out",
        )
    if ipv6.source is Ipv6Source.IPAM and ipv6.range and ipv6.netmask_length is not None:
        yield Fault(
            "netmaskLength",
            f"{ipv6.netmask_length} and the range {ipv6.range} both choose the size; leave one out",
        )


def ipv6_range(ipv6: Ipv6Section) -> Iterator[Fault]:
    """A BYOIP pool needs the range to take from it; IPAM needs a range or a size."""
    if ipv6.source is Ipv6Source.BYOIP and ipv6.range is None:
        yield Fault("range", "missing: choose the range to take from the BYOIP pool")
    if ipv6.source is Ipv6Source.IPAM and ipv6.range is None and ipv6.netmask_length is None:
        yield Fault("netmaskLength", "missing: choose a size, like 56, or fix the range")
    if ipv6.source is Ipv6Source.BYOIP and ipv6.range and not is_public_ipv6(ipv6.range):
        yield Fault(
            "range",
            f"{ipv6.range} is not public, and AWS takes only public ranges of one's own; write the range of the pool, or set "
            "source to ipam for private ones",
        )


def public_endpoint(spec: Spec) -> Iterator[Fault]:
    """An internet-facing API has IPv6 addresses of the VPC, so they must be public.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcIpv6CidrBlockAssociation.html: AWS announces no private ones.
    """
    path, known_range = spec.vpc.known_ipv6_range
    if spec.api.scheme is not Scheme.INTERNET_FACING or known_range is None:
        return
    if known_range.subnet_of(UNIQUE_LOCAL):
        yield Fault(
            path,
            f"{known_range} is private, and api.scheme is internet-facing: clients would not reach the API over IPv6; "
            "choose a public range, or write internal there",
        )


def flow_log_bucket(logs: FlowLogsSection) -> Iterator[Fault]:
    """The destination s3 needs a bucket; with another destination a bucket has no effect."""
    if logs.destination is FlowLogDestination.S3 and logs.bucket_arn is None:
        yield Fault("bucketArn", "missing: name the bucket, like arn:aws:s3:::my-flow-logs")
    if logs.destination is not FlowLogDestination.S3 and logs.bucket_arn is not None:
        yield Fault(
            "bucketArn",
            f"{logs.bucket_arn} has no effect with the destination {logs.destination}; "
            "leave it out, or set destination to s3",
        )


def flow_log_retention(logs: FlowLogsSection) -> Iterator[Fault]:
    """The retention of logs has an effect in CloudWatch only."""
    changed = logs.retention_days != FlowLogsSection.model_fields["retention_days"].default
    if changed and logs.destination is not FlowLogDestination.CLOUD_WATCH:
        lifecycle = " and give the bucket a lifecycle rule"
        yield Fault(
            "retentionDays",
            f"{logs.retention_days} has no effect with the destination {logs.destination}; leave it out"
            + (lifecycle if logs.destination is FlowLogDestination.S3 else ""),
        )


def one_region(network: NetworkSpec) -> Iterator[Fault]:
    """All zones of a network must be in one region. A network used alone takes its region from them."""
    regions = list(dict.fromkeys(region_of(zone) for zone in sound(network.zones).values()))
    if len(regions) > 1:
        yield Fault(
            "zones", f"the zones lie in {' and '.join(regions)}; a network lies in one region"
        )


def bucket_partition(network: NetworkSection) -> Iterator[Fault]:
    """The bucket for flow logs must be in the partition of the zones."""
    arn, zone = network.flow_logs.bucket_arn, network.zones[0]
    wanted = partition(region_of(zone))
    if arn is not None and known(arn).split(":")[1] != wanted:
        yield Fault(
            "flowLogs.bucketArn",
            f"{arn} lies in another partition than {region_of(zone)}; it must start with arn:{wanted}:s3:::",
        )


def endpoint_regions(network: NetworkSection) -> Iterator[Fault]:
    """A service by its full name must be of the region of the zones, and not be there by its short name too."""
    region = region_of(network.zones[0])
    services = network.endpoints.interfaces
    for index, service in enumerate(services):
        named = region_named(service)
        if named is not None and named != region:
            yield Fault(
                f"endpoints.interfaces[{index}]",
                f"{service} is of {named}, and the zones lie in {region}; write {short_name(service)}",
            )
        twins = [one for one in services[:index] if short_name(one) == short_name(service)]
        if twins:
            yield Fault(
                f"endpoints.interfaces[{index}]",
                f"{service} and {twins[0]} are one service; leave one out",
            )


def vpc_ranges(network: NetworkSection) -> Iterator[Fault]:
    """The ranges of a VPC do not overlap, and AWS adds none of another private space than the first's but RFC 6598's."""
    first = network.ipv4_range
    named = [("ipv4Range", first)]
    for index, further in enumerate(network.further_ipv4_ranges or ()):
        path = f"furtherIpv4Ranges[{index}]"
        for other_path, other in named:
            if overlaps(further, other):
                yield Fault(
                    path, f"{further} overlaps {other}, which is {other_path}; choose another"
                )
        named.append((path, further))
        space = next(space for space in PRIVATE if first.subnet_of(space))
        if not any(further.subnet_of(allowed) for allowed in (space, SHARED)):
            allowed = " or ".join(map(str, dict.fromkeys((space, SHARED))))
            yield Fault(
                path, f"{further} is none that AWS adds to {first}; choose one in {allowed}"
            )
        for refused, beside in REFUSED_BESIDE:
            if (
                further.subnet_of(refused)
                and first.subnet_of(beside)
                and not overlaps(further, first)
            ):
                yield Fault(
                    path,
                    f"{further} is in {refused}, of which AWS adds none to a VPC in {beside}; choose another",
                )


def subnet_sizes(network: NetworkSection) -> Iterator[Fault]:
    """A subnet is in its zone's share, and has room for a load balancer: AWS asks for a /27."""
    chosen = network.sizes
    for tier, size in chosen.items():
        share = network.ipv4_range.prefixlen + SHARE_BITS[tier]
        if not share <= size <= LONGEST_SUBNET:
            yield Fault(
                f"subnets.{tier}Size",
                f"a /{size} is no {tier} subnet of {network.ipv4_range}, whose share of a zone is a /{share}; "
                f"write {share} to {LONGEST_SUBNET}",
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    Ipv6Section: (ipv6_source, ipv6_pool, ipv6_size, ipv6_range),
    FlowLogsSection: (flow_log_bucket, flow_log_retention),
    NetworkSection: (vpc_ranges, subnet_sizes, bucket_partition, endpoint_regions),
    NetworkSpec: (one_region,),
    Spec: (public_endpoint,),
}
"""The rules for each kind of section."""
