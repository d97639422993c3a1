"""Route tables, routes, and the association of tables with subnets and gateways."""

from ipaddress import IPv6Network
from zlib import crc32

from ..resource_type import Made, Properties
from .peering import check_peered
from .resource import AwsResource, Ec2Resource, NamedResource, inputs_from, request, tags_of
from .session import Aws, refusal
from .transit_attachments import check_attached

RESERVED = IPv6Network("fd00:ec2::/32")
"""Range of EC2's own services. AWS refuses routes to it or to a part of it."""

DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}

TARGETS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "vpcEndpointId": "VpcEndpointId",
    "carrierGatewayId": "CarrierGatewayId",
}

INLINE = {"cidrBlock": "destinationCidrBlock", "ipv6CidrBlock": "destinationIpv6CidrBlock"}
"""Names of a destination in an inline route, and in a separate Route resource."""


class RouteTableResource(Ec2Resource):
    """A route table, with its inline routes."""

    engine_type = "aws:ec2/routeTable:RouteTable"
    kind = "route-table"
    replaces = frozenset({"vpcId", "region"})
    computed = frozenset({"arn", "ownerId"})
    defaults = {"propagatingVgws": []}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        table = aws.ec2.create_route_table(
            VpcId=inputs["vpcId"], **self.tag_specification(aws, inputs)
        )["RouteTable"]
        for route in inputs.get("routes") or ():
            create_route(aws, table["RouteTableId"], _spelt(route))
        arn = aws.arn("ec2", f"route-table/{table['RouteTableId']}")
        return Made(table["RouteTableId"], {"arn": arn, "ownerId": table["OwnerId"]})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        table = aws.ec2.describe_route_tables(RouteTableIds=[identity])["RouteTables"][0]
        found = inputs_from(table, "vpcId", "ownerId") | {"tagsAll": tags_of(table)}
        if "routes" in known:
            found["routes"] = [_inline(route) for route in table["Routes"] if is_programs(route)]
        return found

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        before, after = old.get("routes") or [], new.get("routes") or []
        for route in [route for route in before if route not in after]:
            delete_route(aws, identity, _spelt(route))
        for route in [route for route in after if route not in before]:
            create_route(aws, identity, _spelt(route))
        return super().update(aws, identity, old, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_route_table(RouteTableId=identity)


class RouteResource(NamedResource):
    """One route of a table, as a separate resource."""

    engine_type = "aws:ec2/route:Route"
    tagged = False
    replaces = frozenset({"routeTableId", "region", *DESTINATIONS})
    computed = frozenset({"instanceId", "instanceOwnerId", "origin", "state"})
    read_back = frozenset(TARGETS)

    def identity(self, aws: Aws, inputs: Properties) -> str:
        destination = next(inputs[name] for name in DESTINATIONS if inputs.get(name))
        return f"r-{inputs['routeTableId']}{crc32(destination.encode())}"

    def create(self, aws: Aws, inputs: Properties) -> Made:
        create_route(aws, inputs["routeTableId"], inputs)
        outputs = {"origin": "CreateRoute", "state": "active"}
        return Made(self.identity(aws, inputs), outputs | {"instanceId": "", "instanceOwnerId": ""})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_route_tables(RouteTableIds=[known["routeTableId"]])
        wanted = request(known, **DESTINATIONS)
        for route in found["RouteTables"][0]["Routes"]:
            if wanted.items() <= route.items():
                return inputs_from(route, "origin", "state", **TARGETS, **DESTINATIONS)
        return None

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        targets = _targets("ReplaceRoute", new)
        _check_target(aws, "ReplaceRoute", new["routeTableId"], new)
        destination = request(new, **DESTINATIONS)
        aws.ec2.replace_route(RouteTableId=new["routeTableId"], **destination, **targets)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        delete_route(aws, properties["routeTableId"], properties)


class RouteTableAssociationResource(AwsResource):
    """The association of a route table with a subnet or a gateway."""

    engine_type = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    tagged = False
    replaces = frozenset({"subnetId", "gatewayId", "region"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        if inputs.get("subnetId"):
            where = [{"Name": "association.subnet-id", "Values": [inputs["subnetId"]]}]
            taken = aws.ec2.describe_route_tables(Filters=where)["RouteTables"]
            if taken:
                raise refusal(
                    "AssociateRouteTable",
                    "Resource.AlreadyAssociated",
                    f"the specified association for route table {inputs['routeTableId']} "
                    f"conflicts with an existing association of {taken[0]['RouteTableId']}",
                )
        made = aws.ec2.associate_route_table(
            **request(inputs, "routeTableId", "subnetId", "gatewayId")
        )
        return Made(made["AssociationId"], {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        # A subnet that somebody gave another table has another association. The provider misses its own.
        return {} if self._current(aws, known) else None

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        # AWS replaces the association by one with a new id, and an update cannot report a new id to the engine.
        # Later calls therefore find it by its table and its subnet or gateway.
        found = self._current(aws, old)
        aws.ec2.replace_route_table_association(
            AssociationId=found or identity, RouteTableId=new["routeTableId"]
        )
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        found = self._current(aws, properties)
        if found:
            aws.ec2.disassociate_route_table(AssociationId=found)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        found = self._current(aws, properties)
        return [found] if found else []

    def _current(self, aws: Aws, properties: Properties) -> str | None:
        table = aws.ec2.describe_route_tables(RouteTableIds=[properties["routeTableId"]])
        target = request(properties, "subnetId", "gatewayId")
        for association in table["RouteTables"][0]["Associations"]:
            if target.items() <= association.items():
                return association["RouteTableAssociationId"]
        return None


def create_route(aws: Aws, table: str, route: Properties) -> None:
    destination = request(route, **DESTINATIONS)
    targets = _targets("CreateRoute", route)
    if len(destination) != 1:
        raise refusal("CreateRoute", "MissingParameter", "The request must contain one destination")
    block = route.get("destinationIpv6CidrBlock")
    if block:
        _check_ipv6(aws, table, block)
    _check_target(aws, "CreateRoute", table, route)
    aws.ec2.create_route(RouteTableId=table, **destination, **targets)


def delete_route(aws: Aws, table: str, route: Properties) -> None:
    aws.ec2.delete_route(RouteTableId=table, **request(route, **DESTINATIONS))


def _check_ipv6(aws: Aws, table: str, block: str) -> None:
    try:
        wanted = IPv6Network(block)
    except ValueError:
        raise refusal(
            "CreateRoute",
            "InvalidParameterValue",
            f"Value ({block}) for parameter destinationIpv6CidrBlock is invalid. "
            "This is not a valid IPv6 CIDR block.",
        ) from None
    if wanted.subnet_of(RESERVED):
        raise refusal(
            "CreateRoute",
            "InvalidParameterValue",
            f"The destination CIDR block {block} is equal to or more specific than "
            f"{RESERVED}, which EC2 keeps for itself.",
        )
    routes = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    present = [r["DestinationIpv6CidrBlock"] for r in routes if "DestinationIpv6CidrBlock" in r]
    if wanted in map(IPv6Network, present):
        raise refusal(
            "CreateRoute",
            "RouteAlreadyExists",
            f"The route identified by {block} already exists.",
        )


def _targets(operation: str, route: Properties) -> Properties:
    targets = request(route, **TARGETS)
    if len(targets) != 1:
        raise refusal(
            operation,
            "InvalidParameterCombination",
            f"The request must contain exactly one target, and has {len(targets)}",
        )
    return targets


def _check_target(aws: Aws, operation: str, table: str, route: Properties) -> None:
    """Refuse a target that the table's VPC is not connected with."""
    if gateway := route.get("transitGatewayId"):
        check_attached(aws, operation, table, gateway)
    if connection := route.get("vpcPeeringConnectionId"):
        check_peered(aws, operation, table, connection)


def is_programs(route: Properties) -> bool:
    """Whether a route is neither the VPC's own nor that of a gateway endpoint."""
    target = route.get("GatewayId", "")
    return target != "local" and not target.startswith("vpce-")


def _inline(route: Properties) -> Properties:
    """A route of AWS as an inline route."""
    found = inputs_from(route, **TARGETS) | {
        n: route.get(DESTINATIONS[o]) for n, o in INLINE.items()
    }
    return {name: value for name, value in found.items() if value}


def _spelt(route: Properties) -> Properties:
    """An inline route with the names of a separate Route resource."""
    return {INLINE.get(name, name): value for name, value in route.items()}


RESOURCES = (RouteTableResource(), RouteResource(), RouteTableAssociationResource())
