"""A VPC that exists already, with the outputs of a network that is made."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi_aws import ec2

from .address_plan import existing_rows
from .config.wording import Later
from .facts.subnet_plan import Tier
from .facts.tags import balancers_in, shared_with
from .outputs import by_name
from .spec.existing_network import ExistingNetworkSection, ExistingSubnetSection


class ExistingNetwork:
    """A VPC that exists already, in the place of a `Network` and with its outputs.

    What is made in it are tags, if its spec allows them. Its route tables and gateways are its owner's, and not known here.
    """

    vpc_id: pulumi.Output[str]
    """The VPC."""
    ipv4_range: pulumi.Output[str]
    """The VPC's primary IPv4 range."""
    ipv6_range: pulumi.Output[str]
    """The VPC's IPv6 range."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """The public subnet of each zone."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """The private subnet of each zone."""
    public_route_table_id: pulumi.Output[str | None]
    private_route_table_ids: pulumi.Output[dict[str, str]]
    internet_gateway_id: pulumi.Output[str | None]
    egress_only_gateway_id: pulumi.Output[str | None]
    transit_attachment_id: pulumi.Output[str | None]
    nat_gateway_ids: pulumi.Output[dict[str, str]]
    tier_subnet_ids: pulumi.Output[dict[str, dict[str, str]]]
    tier_route_table_ids: pulumi.Output[dict[str, dict[str, str]]]
    """None, and empty maps."""
    nat_addresses: pulumi.Output[dict[str, str]]
    """The public addresses of nodes' IPv4 traffic outside the VPC, by name."""
    address_plan: pulumi.Output[list[dict[str, str]]]
    """Every subnet with its tier, zone and both ranges."""

    def __init__(
        self, cluster: pulumi.Resource, name: str, cluster_name: str, spec: ExistingNetworkSection
    ) -> None:
        self.vpc_id = _text(spec.vpc_id)
        self.ipv4_range = _text(spec.ipv4_ranges[0])
        self.ipv6_range = _text(spec.ipv6_range)
        self.public_subnet_ids = _ids(spec.public_subnets)
        self.private_subnet_ids = _ids(spec.private_subnets)
        self.public_route_table_id = pulumi.Output.from_input(None)
        self.private_route_table_ids = by_name({})
        self.internet_gateway_id = pulumi.Output.from_input(None)
        self.egress_only_gateway_id = pulumi.Output.from_input(None)
        self.transit_attachment_id = pulumi.Output.from_input(None)
        self.nat_gateway_ids = by_name({})
        self.tier_subnet_ids = by_name({})
        self.tier_route_table_ids = by_name({})
        self.nat_addresses = by_name(
            {key: _text(address) for key, address in (spec.nat_addresses or {}).items()}
        )
        rows = existing_rows(spec)
        blocks = [_text(subnet.ipv6_range) for _, _, subnet in spec.subnets]
        self.address_plan = pulumi.Output.all(*blocks).apply(
            lambda known: [{**row, "ipv6": block} for row, block in zip(rows, known, strict=True)]
        )
        if spec.tag_subnets:
            for tier, zone, subnet in spec.subnets:
                for word, tag in (
                    ("cluster", shared_with(cluster_name)),
                    ("role", balancers_in(public=tier is Tier.PUBLIC)),
                ):
                    _tag(cluster, f"{name}-{tier}-{zone}-{word}", subnet, tag)


def _tag(
    cluster: pulumi.Resource, name: str, subnet: ExistingSubnetSection, tag: Mapping[str, str]
) -> None:
    """A resource for one tag. The subnet's other tags stay as they are."""
    [(key, value)] = tag.items()
    ec2.Tag(
        name,
        resource_id=_text(subnet.id),
        key=key,
        value=value,
        opts=pulumi.ResourceOptions(parent=cluster),
    )


def _ids(subnets: Mapping[str, ExistingSubnetSection]) -> pulumi.Output[dict[str, str]]:
    return by_name({zone: _text(subnet.id) for zone, subnet in subnets.items()})


def _text(value: Any) -> pulumi.Output[str]:
    """A text or a range of the spec, or the output that was given in its place."""
    if isinstance(value, Later):
        return cast("pulumi.Output[str]", value.output)
    return pulumi.Output.from_input(str(value))
