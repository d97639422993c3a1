"""VPC endpoints: access to AWS services without leaving the VPC."""

from typing import Any

from ..resource_type import Made, Properties
from .resource import Ec2Resource, changed, inputs_from, request, retag, tags_of
from .session import Aws, refusal
from .subnets import subnet_blocks

IN_PLACE = {
    "routeTableIds": "RouteTableIds",
    "subnetIds": "SubnetIds",
    "securityGroupIds": "SecurityGroupIds",
}


class VpcEndpointResource(Ec2Resource):
    """A gateway or interface endpoint."""

    engine_type = "aws:ec2/vpcEndpoint:VpcEndpoint"
    kind = "vpc-endpoint"
    replaces = frozenset({"vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "region"})
    computed = frozenset(
        {"arn", "cidrBlocks", "dnsEntries", "networkInterfaceIds", "ownerId", "prefixListId"}
        | {"requesterManaged", "state", "policy", "routeTableIds", "subnetIds"}
        | {"securityGroupIds"}
    )
    defaults = {"vpcEndpointType": "Gateway", "privateDnsEnabled": False}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        inputs = self.defaults | inputs
        self._check(aws, "CreateVpcEndpoint", inputs)
        endpoint = aws.ec2.create_vpc_endpoint(
            **request(inputs, "vpcId", "serviceName", "vpcEndpointType", "ipAddressType"),
            **request(inputs, "routeTableIds", "subnetIds", "securityGroupIds"),
            **request(inputs, policy="PolicyDocument"),
            **_dns(inputs),
            **self.tag_specification(aws, inputs),
            PrivateDnsEnabled=inputs["privateDnsEnabled"],
        )["VpcEndpoint"]
        return Made(endpoint["VpcEndpointId"], self._outputs(aws, endpoint))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        endpoint = _describe(aws, identity)
        return None if endpoint["State"] == "deleted" else self._outputs(aws, endpoint)

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        self._check(aws, "ModifyVpcEndpoint", self.defaults | new)
        asked: dict[str, Any] = {}
        for name, aws_name in IN_PLACE.items():
            before, after = old.get(name) or [], new.get(name) or []
            if name not in new:
                continue
            asked |= {
                f"Add{aws_name}": [part for part in after if part not in before],
                f"Remove{aws_name}": [part for part in before if part not in after],
            }
        if changed(old, new, "policy") and new.get("policy"):
            asked["PolicyDocument"] = new["policy"]
        asked = {name: value for name, value in asked.items() if value}
        if changed(old, new, "privateDnsEnabled"):
            asked["PrivateDnsEnabled"] = new["privateDnsEnabled"]
        if changed(old, new, "ipAddressType", "dnsOptions"):
            asked |= request(new, "ipAddressType") | _dns(new)
        if asked:
            aws.ec2.modify_vpc_endpoint(VpcEndpointId=identity, **asked)
        retag(aws, identity, old, new)
        return self._outputs(aws, _describe(aws, identity))

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])

    def _check(self, aws: Aws, operation: str, inputs: Properties) -> None:
        """Refuse a dualstack interface endpoint in subnets without IPv6, and private DNS in a VPC without DNS."""
        if inputs["vpcEndpointType"] != "Interface":
            return
        subnet_ids = inputs.get("subnetIds") or []
        subnets = aws.ec2.describe_subnets(SubnetIds=subnet_ids)["Subnets"] if subnet_ids else []
        if inputs.get("ipAddressType") in ("dualstack", "ipv6"):
            for subnet in subnets:
                if not subnet_blocks(subnet):
                    raise refusal(
                        operation,
                        "InvalidParameter",
                        f"Subnet {subnet['SubnetId']} does not have an IPv6 CIDR block, which an "
                        f"endpoint of type {inputs['ipAddressType']} needs",
                    )
        if inputs["privateDnsEnabled"]:
            for attribute in ("enableDnsSupport", "enableDnsHostnames"):
                _check_dns(aws, operation, inputs["vpcId"], attribute)

    def _outputs(self, aws: Aws, endpoint: dict[str, Any]) -> Properties:
        return {
            **inputs_from(endpoint, "vpcId", "serviceName", "vpcEndpointType", "ipAddressType"),
            **inputs_from(endpoint, "privateDnsEnabled", "dnsOptions"),
            "tagsAll": tags_of(endpoint),
            "arn": aws.arn("ec2", f"vpc-endpoint/{endpoint['VpcEndpointId']}"),
            "cidrBlocks": [],
            "dnsEntries": [
                {"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")}
                for entry in endpoint.get("DnsEntries") or ()
            ],
            "networkInterfaceIds": endpoint.get("NetworkInterfaceIds") or [],
            "ownerId": endpoint["OwnerId"],
            "policy": endpoint.get("PolicyDocument", ""),
            "prefixListId": self._prefix_list(aws, endpoint),
            "requesterManaged": False,
            "routeTableIds": endpoint.get("RouteTableIds") or [],
            "subnetIds": endpoint.get("SubnetIds") or [],
            "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups") or ()],
            "state": "available",
        }

    def _prefix_list(self, aws: Aws, endpoint: dict[str, Any]) -> str:
        if endpoint["VpcEndpointType"] != "Gateway":
            return ""
        lists = aws.ec2.describe_prefix_lists()["PrefixLists"]
        named = [part for part in lists if part["PrefixListName"] == endpoint["ServiceName"]]
        return named[0]["PrefixListId"] if named else ""


def _describe(aws: Aws, identity: str) -> dict[str, Any]:
    return aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[identity])["VpcEndpoints"][0]


def _check_dns(aws: Aws, operation: str, vpc_id: str, attribute: str) -> None:
    found = aws.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    if not found[attribute[0].upper() + attribute[1:]]["Value"]:
        raise refusal(
            operation,
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames "
            f"VPC attributes set to true for {vpc_id}",
        )


def _dns(inputs: Properties) -> dict[str, Any]:
    options = inputs.get("dnsOptions")
    if not options:
        return {}
    return {
        "DnsOptions": request(
            options, "dnsRecordIpType", "privateDnsOnlyForInboundResolverEndpoint"
        )
    }


RESOURCES = (VpcEndpointResource(),)
