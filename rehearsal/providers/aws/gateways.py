"""Gateways: internet, egress-only internet and NAT, and Elastic IP addresses."""

from typing import Any

from components.facts.regions import dns_suffix

from ..resource_type import Made, Properties
from .resource import Ec2Resource, inputs_from, request, tags_of
from .session import Aws, refusal


class InternetGatewayResource(Ec2Resource):
    """An internet gateway: both directions, both families."""

    engine_type = "aws:ec2/internetGateway:InternetGateway"
    kind = "internet-gateway"
    replaces = frozenset({"region"})
    computed = frozenset({"arn", "ownerId"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        made = aws.ec2.create_internet_gateway(**self.tag_specification(aws, inputs))
        gateway = made["InternetGateway"]
        identity = gateway["InternetGatewayId"]
        if inputs.get("vpcId"):
            aws.ec2.attach_internet_gateway(InternetGatewayId=identity, VpcId=inputs["vpcId"])
        arn = aws.arn("ec2", f"internet-gateway/{identity}")
        return Made(identity, {"arn": arn, "ownerId": gateway["OwnerId"]})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_internet_gateways(InternetGatewayIds=[identity])
        gateway = found["InternetGateways"][0]
        attached = [one["VpcId"] for one in gateway["Attachments"]]
        return {
            "arn": aws.arn("ec2", f"internet-gateway/{identity}"),
            "ownerId": gateway["OwnerId"],
            "tagsAll": tags_of(gateway),
            "vpcId": attached[0] if attached else "",
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if old.get("vpcId") != new.get("vpcId"):
            if old.get("vpcId"):
                self._detach(aws, identity, old["vpcId"])
            if new.get("vpcId"):
                aws.ec2.attach_internet_gateway(InternetGatewayId=identity, VpcId=new["vpcId"])
        return super().update(aws, identity, old, new)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        found = aws.ec2.describe_internet_gateways(InternetGatewayIds=[identity])
        for attachment in found["InternetGateways"][0]["Attachments"]:
            self._detach(aws, identity, attachment["VpcId"])
        aws.ec2.delete_internet_gateway(InternetGatewayId=identity)

    def _detach(self, aws: Aws, identity: str, vpc_id: str) -> None:
        where = [{"Name": "vpc-id", "Values": [vpc_id]}]
        interfaces = aws.ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]
        balancers = aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
        public = [b for b in balancers if b["VpcId"] == vpc_id and b["Scheme"] != "internal"]
        if public or any(interface.get("Association") for interface in interfaces):
            raise refusal(
                "DetachInternetGateway",
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway.",
            )
        aws.ec2.detach_internet_gateway(InternetGatewayId=identity, VpcId=vpc_id)


class EgressOnlyInternetGatewayResource(Ec2Resource):
    """An egress-only internet gateway: IPv6 connections to the internet, and none from it."""

    engine_type = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    kind = "egress-only-internet-gateway"
    replaces = frozenset({"vpcId", "region"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        made = aws.ec2.create_egress_only_internet_gateway(
            VpcId=inputs["vpcId"], **self.tag_specification(aws, inputs)
        )
        return Made(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"], {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_egress_only_internet_gateways(
            EgressOnlyInternetGatewayIds=[identity]
        )["EgressOnlyInternetGateways"]
        if not found:
            return None
        return {"vpcId": found[0]["Attachments"][0]["VpcId"], "tagsAll": tags_of(found[0])}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=identity)


class EipResource(Ec2Resource):
    """An Elastic IP address: public, IPv4."""

    engine_type = "aws:ec2/eip:Eip"
    kind = "elastic-ip"
    replaces = frozenset(
        {"address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool", "region"}
    )
    computed = frozenset(
        {"allocationId", "arn", "associationId", "privateDns", "privateIp", "publicDns"}
        | {"publicIp", "ptrRecord", "carrierIp", "customerOwnedIp"}
    )
    defaults = {"domain": "vpc"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        made = aws.ec2.allocate_address(Domain="vpc", **self.tag_specification(aws, inputs))
        identity, address = made["AllocationId"], made["PublicIp"]
        target = request(
            inputs, instance="InstanceId", networkInterface="NetworkInterfaceId"
        ) | request(inputs, associateWithPrivateIp="PrivateIpAddress")
        association = ""
        if target:
            association = aws.ec2.associate_address(AllocationId=identity, **target)[
                "AssociationId"
            ]
        name = f"ec2-{address.replace('.', '-')}.{aws.region}.compute.{dns_suffix(aws.region)}"
        return Made(
            identity,
            {
                "allocationId": identity,
                "arn": aws.arn("ec2", f"elastic-ip/{identity}"),
                "associationId": association,
                "publicIp": address,
                "publicDns": name,
                "privateIp": "",
                "privateDns": "",
                "ptrRecord": "",
                "carrierIp": "",
                "customerOwnedIp": "",
            },
        )

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        address = aws.ec2.describe_addresses(AllocationIds=[identity])["Addresses"][0]
        return inputs_from(address, "domain", "allocationId", "publicIp") | {
            "tagsAll": tags_of(address)
        }

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if properties.get("associationId"):
            aws.ec2.disassociate_address(AssociationId=properties["associationId"])
        address = aws.ec2.describe_addresses(AllocationIds=[identity])["Addresses"][0]
        if address.get("AssociationId"):
            raise refusal(
                "ReleaseAddress",
                "InvalidIPAddress.InUse",
                f"Address {address['PublicIp']} is in use.",
            )
        aws.ec2.release_address(AllocationId=identity)


class NatGatewayResource(Ec2Resource):
    """A NAT gateway: IPv4 connections to the internet."""

    engine_type = "aws:ec2/natGateway:NatGateway"
    kind = "natgateway"
    replaces = frozenset(
        {"allocationId", "connectivityType", "privateIp", "subnetId", "vpcId", "region"}
        | {"availabilityMode"}
    )
    computed = frozenset({"associationId", "networkInterfaceId", "privateIp", "publicIp"})
    defaults = {"connectivityType": "public", "availabilityMode": "zonal"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        if inputs.get("availabilityMode") == "regional":
            raise refusal(
                "CreateNatGateway",
                "InvalidParameterValue",
                "the rehearsal has no regional NAT gateways; choose availabilityMode zonal",
            )
        gateway = aws.ec2.create_nat_gateway(
            **request(inputs, "allocationId", "connectivityType", "subnetId"),
            **self.tag_specification(aws, inputs),
        )["NatGateway"]
        return Made(gateway["NatGatewayId"], _nat(gateway))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.ec2.describe_nat_gateways(NatGatewayIds=[identity])["NatGateways"]
        if not found or found[0]["State"] == "deleted":
            return None
        return _nat(found[0]) | inputs_from(found[0], "subnetId", "connectivityType")

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        gateways = aws.ec2.describe_nat_gateways(NatGatewayIds=[identity])["NatGateways"]
        aws.ec2.delete_nat_gateway(NatGatewayId=identity)
        # AWS frees the interface and the address of the gateway; moto does not.
        for address in gateways[0]["NatGatewayAddresses"]:
            if address.get("AllocationId"):
                eip = aws.ec2.describe_addresses(AllocationIds=[address["AllocationId"]])
                association = eip["Addresses"][0].get("AssociationId")
                if association:
                    aws.ec2.disassociate_address(AssociationId=association)
            aws.ec2.delete_network_interface(NetworkInterfaceId=address["NetworkInterfaceId"])


def _nat(gateway: dict[str, Any]) -> Properties:
    address = gateway["NatGatewayAddresses"][0]
    return {
        "allocationId": address.get("AllocationId", ""),
        "associationId": address.get("AssociationId", ""),
        "networkInterfaceId": address["NetworkInterfaceId"],
        "privateIp": address["PrivateIp"],
        "publicIp": address.get("PublicIp", ""),
        "tagsAll": tags_of(gateway),
    }


RESOURCES = (
    InternetGatewayResource(),
    EgressOnlyInternetGatewayResource(),
    EipResource(),
    NatGatewayResource(),
)
