"""What AWS says of an existing VPC, looked up before anything is made."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TypeVar

import pulumi
from pulumi_aws import ec2

from .config.check import Fault
from .config.forms import comes_later
from .permissions.denials import unanswered
from .rules.existing_account import (
    FoundRoutes,
    FoundSubnet,
    FoundVpc,
    subnets_as_written,
    vpc_as_written,
    ways_out,
)
from .spec.existing_network import ExistingNetworkSection

T = TypeVar("T")

ABSENT = ("no matching", "NotFound", "couldn't find resource")
"""What the provider's errors say of something that does not exist."""

PERMISSIONS = (
    "ec2:DescribeVpcs, ec2:DescribeVpcAttribute, ec2:DescribeRouteTables and ec2:DescribeSubnets"
)

TAKEN_AWAY = ("disassociating", "disassociated")
"""The states of a range that AWS still lists for some time."""


class UnansweredError(Exception):
    """AWS was asked and said neither what there is nor that there is nothing. The message is its own."""


def account_faults(
    network: ExistingNetworkSection, opts: pulumi.InvokeOptions, warn: Callable[[Fault], None]
) -> Iterator[Fault]:
    """The differences between what is written of a VPC and what AWS says of it. `warn` gets missing routes, as warnings.

    An id that another resource gives cannot be asked for. Where the account may not ask, a warning says so.
    """
    by_path = {
        path: subnet.id for path, subnet in network.by_path.items() if not comes_later(subnet.id)
    }
    if comes_later(network.vpc_id) or len(by_path) < len(network.by_path):
        pulumi.log.info(
            f"{network.SECTION}: ids that other resources give are not compared with what AWS says of them"
        )
    subnets: dict[str, FoundSubnet] = {}
    try:
        if not comes_later(network.vpc_id):
            where = f"{network.SECTION}.vpcId"
            vpc = yield from _asked(where, network.vpc_id, lambda: _vpc(network.vpc_id, opts))
            if vpc:
                yield from vpc_as_written(network, vpc)
        for path, identity in by_path.items():
            subnet = yield from _asked(
                f"{path}.id", identity, lambda identity=identity: _subnet(identity, opts)
            )
            if subnet:
                subnets[path] = subnet
        yield from subnets_as_written(network, subnets)
    except UnansweredError as error:
        pulumi.log.warn(
            f"{network.SECTION}: what AWS says of it cannot be looked up, so only what is written was checked. "
            f"{unanswered(error, PERMISSIONS)}"
        )
        return
    for missing in ways_out(network, _tables(network, subnets, opts)):
        warn(missing)


def _tables(
    network: ExistingNetworkSection, subnets: Mapping[str, FoundSubnet], opts: pulumi.InvokeOptions
) -> dict[str, FoundRoutes]:
    """The route tables of the subnets by path: of all that AWS tells completely."""
    found: dict[str, FoundRoutes] = {}
    try:
        for path, subnet in subnets.items():
            table = _table(network.by_path[path].id, subnet.vpc_id, opts)
            # What is in a prefix list is not known here.
            if not any(route.destination_prefix_list_id for route in table.routes):
                ranges = [(route.cidr_block, route.ipv6_cidr_block) for route in table.routes]
                destinations = {one for pair in ranges for one in pair if one}
                found[path] = FoundRoutes(table.route_table_id, destinations)
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        pulumi.log.warn(
            f"{network.SECTION}: the routes of its subnets cannot be looked up, so they were not checked: {error}"
        )
        return {}
    return found


def _table(subnet: str, vpc: str, opts: pulumi.InvokeOptions) -> ec2.GetRouteTableResult:
    """The route table of a subnet: its own, or the main one of its VPC."""
    try:
        return ec2.get_route_table(subnet_id=subnet, opts=opts)
    except Exception as error:
        if not any(word in str(error) for word in ABSENT):
            raise
    main = ec2.GetRouteTableFilterArgs(name="association.main", values=["true"])
    return ec2.get_route_table(vpc_id=vpc, filters=[main], opts=opts)


def _asked(path: str, identity: str, ask: Callable[[], T]) -> Generator[Fault, None, T | None]:
    """The answer, or None and a fault if AWS has no such thing here."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        if not any(word in str(error) for word in ABSENT):
            raise UnansweredError(str(error)) from None
    yield Fault(path, f"{identity} is not in this account and region; name one that is")
    return None


def _vpc(identity: str, opts: pulumi.InvokeOptions) -> FoundVpc:
    found = ec2.get_vpc(id=identity, opts=opts)
    ranges = {
        one.cidr_block for one in found.cidr_block_associations or () if one.state not in TAKEN_AWAY
    }
    return FoundVpc(
        ranges or {found.cidr_block},
        [
            one.ipv6_cidr_block
            for one in found.ipv6_cidr_block_associations or ()
            if one.state not in TAKEN_AWAY
        ],
        bool(found.enable_dns_support),
        bool(found.enable_dns_hostnames),
    )


def _subnet(identity: str, opts: pulumi.InvokeOptions) -> FoundSubnet:
    found = ec2.get_subnet(id=identity, opts=opts)
    return FoundSubnet(
        found.vpc_id, found.availability_zone, found.cidr_block, found.ipv6_cidr_block or ""
    )
