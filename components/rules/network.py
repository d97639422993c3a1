"""Rules for networks: the source of IPv6 ranges, flow logs, and the region of zones."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.forms import known
from ..config.section import Section
from ..facts.choices import FlowLogDestination, Ipv6Source
from ..facts.endpoint_services import region_named, short_name
from ..facts.regions import partition, region_of
from ..spec.network import FlowLogsSection, Ipv6Section, NetworkSection, NetworkSpec

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
    regions = list(dict.fromkeys(region_of(zone) for zone in network.zones))
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


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    Ipv6Section: (ipv6_source, ipv6_pool, ipv6_size, ipv6_range),
    FlowLogsSection: (flow_log_bucket, flow_log_retention),
    NetworkSection: (bucket_partition, endpoint_regions),
    NetworkSpec: (one_region,),
}
"""The rules for each kind of section."""
