"""Attachments of VPCs to transit gateways, with the checks that moto lacks."""

from typing import Any

from ..resource_type import Made, Properties
from .resource import Ec2Resource, changed, inputs_from, request, retag, settings, tag_list, tags_of
from .session import Aws, refusal

OPTIONS = ("applianceModeSupport", "dnsSupport", "ipv6Support")


class VpcAttachmentResource(Ec2Resource):
    """An attachment of a VPC to a transit gateway, with a subnet in each zone."""

    engine_type = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
    kind = "transit-gateway-attachment"
    replaces = frozenset({"transitGatewayId", "vpcId", "region"})
    computed = frozenset(
        {"arn", "vpcOwnerId", "securityGroupReferencingSupport"}
        | {"transitGatewayDefaultRouteTableAssociation"}
        | {"transitGatewayDefaultRouteTablePropagation"}
    )
    defaults = {"applianceModeSupport": "disable", "dnsSupport": "enable", "ipv6Support": "disable"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        wanted = self.defaults | inputs
        _check_subnets(aws, "CreateTransitGatewayVpcAttachment", wanted)
        made = aws.ec2.create_transit_gateway_vpc_attachment(
            **request(inputs, "transitGatewayId", "vpcId", "subnetIds"), Options=_options(wanted)
        )["TransitGatewayVpcAttachment"]
        identity = made["TransitGatewayAttachmentId"]
        if tags := aws.tags_all(inputs.get("tags")):
            # moto does not read tags of this kind in the request.
            aws.ec2.create_tags(Resources=[identity], Tags=tag_list(tags))
        found = self.state(aws, identity, inputs) or {}
        return Made(identity, {name: found[name] for name in self.computed})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        listed = [one for one in attachments(aws) if one["TransitGatewayAttachmentId"] == identity]
        if not listed:
            return None
        [found] = listed
        options = found["Options"]
        return {
            **inputs_from(found, "transitGatewayId", "vpcId", "subnetIds", "vpcOwnerId"),
            **inputs_from(options, *OPTIONS, "securityGroupReferencingSupport"),
            # moto associates each attachment with the default table, and propagates to none.
            "transitGatewayDefaultRouteTableAssociation": True,
            "transitGatewayDefaultRouteTablePropagation": True,
            "arn": aws.arn("ec2", f"transit-gateway-attachment/{identity}"),
            "tagsAll": tags_of(found),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        before, after = self.defaults | old, self.defaults | new
        if changed(before, after, "subnetIds", *OPTIONS):
            _check_subnets(aws, "ModifyTransitGatewayVpcAttachment", after)
            had, has = set(before["subnetIds"]), set(after["subnetIds"])
            aws.ec2.modify_transit_gateway_vpc_attachment(
                TransitGatewayAttachmentId=identity,
                AddSubnetIds=sorted(has - had),
                RemoveSubnetIds=sorted(had - has),
                Options=_options(after),
            )
        retag(aws, identity, old, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if any(one["TransitGatewayAttachmentId"] == identity for one in attachments(aws)):
            aws.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=identity)


def attachments(aws: Aws) -> list[dict[str, Any]]:
    """The attachments of VPCs to transit gateways."""
    return aws.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]


def check_attached(aws: Aws, operation: str, table: str, gateway: str) -> None:
    """Refuse a route to a transit gateway that the table's VPC is not attached to."""
    vpc_id = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["VpcId"]
    if not any(
        (one["VpcId"], one["TransitGatewayId"]) == (vpc_id, gateway) for one in attachments(aws)
    ):
        raise refusal(
            operation,
            "InvalidTransitGatewayID.NotFound",
            f"The transitGateway ID '{gateway}' does not exist.",
        )


def _options(inputs: Properties) -> dict[str, Any]:
    return settings({name: inputs[name] for name in OPTIONS})


def _check_subnets(aws: Aws, operation: str, inputs: Properties) -> None:
    subnets = aws.ec2.describe_subnets(SubnetIds=inputs["subnetIds"])["Subnets"]
    zones = [subnet["AvailabilityZone"] for subnet in subnets]
    if len(set(zones)) < len(zones):
        raise refusal(
            operation,
            "DuplicateSubnetsInSameZone",
            "The subnets of an attachment must be in different availability zones.",
        )
    without = [
        subnet["SubnetId"] for subnet in subnets if not subnet.get("Ipv6CidrBlockAssociationSet")
    ]
    if inputs["ipv6Support"] == "enable" and without:
        raise refusal(
            operation,
            "InvalidParameterValue",
            f"IPv6 support needs subnets with an IPv6 CIDR block, and {without[0]} has none.",
        )


RESOURCES = (VpcAttachmentResource(),)
