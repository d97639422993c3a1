"""Peering connections between two VPCs of the account, with the checks that moto lacks."""

from ipaddress import ip_network
from typing import Any

from ..resource_type import Made, Properties, ProviderError
from .resource import Ec2Resource, changed, request, retag, tags_of
from .session import Aws, refusal

SIDES = {"requester": "RequesterVpcInfo", "accepter": "AccepterVpcInfo"}
"""The blocks of options of both sides, and where AWS has them."""

PENDING, ACTIVE = "pending-acceptance", "active"


class VpcPeeringConnectionResource(Ec2Resource):
    """A peering connection, which the stack accepts itself if it is asked to.

    The provider takes a connection that has failed or was deleted for one that is not there.
    """

    engine_type = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
    kind = "vpc-peering-connection"
    replaces = frozenset({"vpcId", "peerVpcId", "peerOwnerId", "peerRegion", "region"})
    computed = frozenset({"acceptStatus", "peerOwnerId", "peerRegion", *SIDES})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        _check(aws, inputs)
        made = aws.ec2.create_vpc_peering_connection(
            **request(inputs, "vpcId", "peerVpcId", "peerOwnerId", "peerRegion"),
            **self.tag_specification(aws, inputs),
        )["VpcPeeringConnection"]
        identity = made["VpcPeeringConnectionId"]
        self._settle(aws, identity, {}, inputs)
        found = self.state(aws, identity, inputs) or {}
        return Made(identity, {name: found[name] for name in self.computed})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = next((one for one in connections(aws) if _id(one) == identity), None)
        if found is None:
            return None
        there = found["AccepterVpcInfo"]
        return {
            "acceptStatus": found["Status"]["Code"],
            "vpcId": found["RequesterVpcInfo"]["VpcId"],
            "peerVpcId": there["VpcId"],
            "peerOwnerId": there["OwnerId"],
            "peerRegion": there["Region"],
            **{side: _options(found[info]) for side, info in SIDES.items()},
            "tagsAll": tags_of(found),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._settle(aws, identity, old, new)
        retag(aws, identity, old, new)
        found = self.state(aws, identity, new) or {}
        return {name: found[name] for name in self.computed if name in found}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if self.state(aws, identity, properties):
            aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=identity)

    def _settle(self, aws: Aws, identity: str, old: Properties, new: Properties) -> None:
        """Accept the connection if the stack does that, and set the options of both sides."""
        [status] = [one["Status"]["Code"] for one in connections(aws) if _id(one) == identity]
        if new.get("autoAccept") and status == PENDING:
            aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=identity)
            status = ACTIVE
        sides = [side for side in SIDES if new.get(side) and changed(old, new, side)]
        if sides and status != ACTIVE:
            raise ProviderError(
                f"Unable to modify EC2 VPC Peering Connection Options. EC2 VPC Peering Connection ({identity}) is not "
                f"active (current status: {status}). Please set the `auto_accept` attribute to `true` or activate the "
                "EC2 VPC Peering Connection manually."
            )
        for side in sides:
            allowed = bool(new[side].get("allowRemoteVpcDnsResolution"))
            options = {"AllowDnsResolutionFromRemoteVpc": allowed}
            aws.ec2.modify_vpc_peering_connection_options(
                VpcPeeringConnectionId=identity,
                **{f"{side.capitalize()}PeeringConnectionOptions": options},
            )


def connections(aws: Aws) -> list[dict[str, Any]]:
    """The peering connections that are active, or may become it."""
    listed = aws.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    return [one for one in listed if one["Status"]["Code"] in (PENDING, ACTIVE)]


def check_peered(aws: Aws, operation: str, table: str, connection: str) -> None:
    """Refuse a route to a peering connection that is not there, or is of other VPCs than the table's."""
    found = next((one for one in connections(aws) if _id(one) == connection), None)
    if found is None:
        raise refusal(
            operation,
            "InvalidVpcPeeringConnectionID.NotFound",
            f"The vpcPeeringConnection ID '{connection}' does not exist",
        )
    vpc_id = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["VpcId"]
    if vpc_id not in _pair(found):
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"route table {table} and network gateway {connection} belong to different networks",
        )


def _check(aws: Aws, inputs: Properties) -> None:
    """Refuse what the provider or AWS refuses of a new connection."""
    if inputs.get("peerRegion") and inputs.get("autoAccept"):
        raise ProviderError(
            "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection"
        )
    here, there = inputs["vpcId"], inputs["peerVpcId"]
    if {here, there} in [_pair(one) for one in connections(aws)]:
        raise refusal(
            "CreateVpcPeeringConnection",
            "VpcPeeringConnectionAlreadyExists",
            f"A VPC peering connection between {here} and {there} already exists.",
        )
    beyond = aws.at(inputs.get("peerRegion"))
    if any(a.overlaps(b) for a in _ranges(aws, here) for b in _ranges(beyond, there)):
        # AWS makes a connection that has failed, at which the provider ends its wait.
        raise ProviderError(
            "waiting for EC2 VPC Peering Connection create: unexpected state 'failed', wanted target 'active, "
            "pending-acceptance'. last error: failed: Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR "
            "range"
        )


def _ranges(aws: Aws, vpc_id: str) -> list[Any]:
    """The IPv4 ranges of a VPC. Its IPv6 ranges are compared by nobody: each is AWS's own or its owner's."""
    [vpc] = aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return [ip_network(one["CidrBlock"]) for one in vpc["CidrBlockAssociationSet"]]


def _pair(connection: dict[str, Any]) -> set[str]:
    return {connection[info]["VpcId"] for info in SIDES.values()}


def _id(connection: dict[str, Any]) -> str:
    return connection["VpcPeeringConnectionId"]


def _options(side: dict[str, Any]) -> dict[str, bool]:
    allowed = side.get("PeeringOptions", {}).get("AllowDnsResolutionFromRemoteVpc", False)
    return {"allowRemoteVpcDnsResolution": allowed}


RESOURCES = (VpcPeeringConnectionResource(),)
