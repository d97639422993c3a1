"""Load balancers, with the checks of dualstack ones that moto lacks."""

import re
from collections.abc import Iterable
from typing import Any

from components.facts.families import ANYWHERE, Family

from ..resource_type import Made, Properties
from .resource import AwsResource, changed, inputs_from, request, tag_changes, tag_list, tags_of
from .session import Aws, refusal
from .vpc import subnet_blocks

ATTRIBUTES = {
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
"""Inputs that are attributes of the load balancer in AWS."""

NAME = re.compile(r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")


class LoadBalancerResource(AwsResource):
    """A network or application load balancer."""

    engine_type = "aws:lb/loadBalancer:LoadBalancer"
    autoname = "name"
    name_limit = 32
    replaces = frozenset({"name", "namePrefix", "internal", "loadBalancerType", "region"})
    computed = frozenset(
        {"arn", "arnSuffix", "dnsName", "vpcId", "zoneId", "securityGroups", "subnets"}
    )
    defaults = {
        "enableDeletionProtection": False,
        "internal": False,
        "ipAddressType": "ipv4",
        "loadBalancerType": "application",
    }

    def replaced_by(self, old: Properties, new: Properties, changed: Iterable[str]) -> set[str]:
        replaced = super().replaced_by(old, new, changed)
        if new.get("loadBalancerType") == "network":
            before, after = old.get("securityGroups"), new.get("securityGroups")
            # A network load balancer created without security groups can never have any, and the reverse.
            if bool(before) != bool(after):
                replaced.add("securityGroups")
            if set(_subnets(old)) - set(_subnets(new)):
                replaced.add("subnetMappings" if new.get("subnetMappings") else "subnets")
        return replaced

    def create(self, aws: Aws, inputs: Properties) -> Made:
        inputs = self.defaults | inputs
        _check_name(inputs["name"])
        _check_subnets(aws, "CreateLoadBalancer", inputs)
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        balancer = aws.client("elbv2").create_load_balancer(
            **request(inputs, "name", "ipAddressType", "securityGroups", "subnets"),
            **request(inputs, loadBalancerType="Type"),
            **_mappings(inputs),
            Scheme="internal" if inputs["internal"] else "internet-facing",
            **({"Tags": tags} if tags else {}),
        )["LoadBalancers"][0]
        arn = balancer["LoadBalancerArn"]
        set_attributes(aws, arn, {}, inputs)
        return Made(arn, _outputs(balancer))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("elbv2")
        balancer = _describe(aws, identity)
        found = client.describe_load_balancer_attributes(LoadBalancerArn=identity)
        return {
            "name": balancer["LoadBalancerName"],
            "internal": balancer["Scheme"] == "internal",
            **inputs_from(balancer, "ipAddressType", loadBalancerType="Type"),
            **_outputs(balancer),
            **attributes_of(ATTRIBUTES, found["Attributes"]),
            "tagsAll": tags_at(aws, identity),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        new = self.defaults | new
        elb = aws.client("elbv2")
        if changed(old, new, "ipAddressType", "subnets", "subnetMappings"):
            _check_subnets(aws, "SetSubnets", new)
            where = request(new, "subnets") | _mappings(new)
            elb.set_subnets(LoadBalancerArn=identity, IpAddressType=new["ipAddressType"], **where)
            elb.set_ip_address_type(LoadBalancerArn=identity, IpAddressType=new["ipAddressType"])
        if changed(old, new, "securityGroups") and new.get("securityGroups"):
            elb.set_security_groups(LoadBalancerArn=identity, SecurityGroups=new["securityGroups"])
        set_attributes(aws, identity, old, new)
        retag(aws, identity, old, new)
        return _outputs(_describe(aws, identity))

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        protected = properties.get("enableDeletionProtection")
        if protected and not aws.clients.lift_protection:
            raise refusal(
                "DeleteLoadBalancer",
                "OperationNotPermitted",
                f"Load balancer '{identity}' cannot be deleted because deletion protection is enabled",
            )
        aws.client("elbv2").delete_load_balancer(LoadBalancerArn=identity)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        found = aws.client("elbv2").describe_load_balancers(Names=[properties["name"]])
        return [balancer["LoadBalancerArn"] for balancer in found["LoadBalancers"]]


def retag(aws: Aws, arn: str, old: Properties, new: Properties) -> None:
    """Change the tags of a load balancer, listener or target group from the old ones to the new ones."""
    changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
    if changed_tags:
        aws.client("elbv2").add_tags(ResourceArns=[arn], Tags=tag_list(changed_tags))
    if removed:
        aws.client("elbv2").remove_tags(ResourceArns=[arn], TagKeys=removed)


def set_attributes(aws: Aws, arn: str, old: Properties, new: Properties) -> None:
    attributes = attribute_list(ATTRIBUTES, old, new)
    if attributes:
        aws.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=attributes
        )


def attribute_list(names: dict[str, str], old: Properties, new: Properties) -> list[dict[str, str]]:
    """The attributes whose value is set and has changed."""
    return [
        {"Key": key, "Value": _written(new[name])}
        for name, key in names.items()
        if new.get(name) is not None and new[name] != old.get(name)
    ]


def attributes_of(names: dict[str, str], found: list[dict[str, str]]) -> Properties:
    """The inputs that are among the attributes, with values as the program has them."""
    values = {one["Key"]: one["Value"] for one in found}
    return {name: _value(values[key]) for name, key in names.items() if key in values}


def tags_at(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of a load balancer, listener or target group."""
    found = aws.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return tags_of(found[0]) if found else {}


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _subnets(inputs: Properties) -> list[str]:
    mapped = [mapping["subnetId"] for mapping in inputs.get("subnetMappings") or ()]
    return mapped or inputs.get("subnets") or []


def _mappings(inputs: Properties) -> Properties:
    mappings = [
        request(
            mapping,
            "subnetId",
            "allocationId",
            privateIpv4Address="PrivateIPv4Address",
            ipv6Address="IPv6Address",
        )
        for mapping in inputs.get("subnetMappings") or ()
    ]
    return {"SubnetMappings": mappings} if mappings else {}


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise refusal(
            "CreateLoadBalancer",
            "ValidationError",
            f"The load balancer name '{name}' must be at most 32 letters, digits and hyphens, "
            "neither start nor end with a hyphen, and not start with 'internal-'",
        )


def _check_subnets(aws: Aws, operation: str, inputs: Properties) -> None:
    subnets = aws.ec2.describe_subnets(SubnetIds=_subnets(inputs))["Subnets"]
    zones = [subnet["AvailabilityZone"] for subnet in subnets]
    if len(set(zones)) != len(zones):
        raise refusal(
            operation,
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    vpc_id = subnets[0]["VpcId"]
    if not inputs["internal"] and not _has_internet(aws, vpc_id):
        raise refusal(operation, "InvalidSubnet", f"VPC {vpc_id} has no internet gateway")
    if inputs["ipAddressType"] == "ipv4":
        return
    for subnet in subnets:
        if not subnet_blocks(subnet):
            raise refusal(
                operation,
                "InvalidSubnet",
                f"Subnet {subnet['SubnetId']} has no IPv6 CIDR block: "
                "every subnet of a dualstack load balancer must have one",
            )
    if inputs["internal"] and inputs["loadBalancerType"] == "network":
        _check_internal(aws, operation, subnets)


def _check_internal(aws: Aws, operation: str, subnets: list[dict[str, Any]]) -> None:
    """Refuse subnets with an IPv6 route to an internet gateway. AWS accepts them, and the load balancer stays in provisioning."""
    where = [{"Name": "vpc-id", "Values": [subnets[0]["VpcId"]]}]
    tables = aws.ec2.describe_route_tables(Filters=where)["RouteTables"]
    for subnet in subnets:
        for route in _table_of(tables, subnet["SubnetId"])["Routes"]:
            target = route.get("GatewayId", "")
            block = route.get("DestinationIpv6CidrBlock")
            if block == ANYWHERE[Family.IPV6] and target.startswith("igw-"):
                raise refusal(
                    operation,
                    "InvalidSubnet",
                    f"Subnet {subnet['SubnetId']} routes {block} to {target}: an internal dualstack "
                    f"network load balancer needs subnets that do not route {block} to an internet gateway",
                )


def _table_of(tables: list[dict[str, Any]], subnet_id: str) -> dict[str, Any]:
    main = tables[0]
    for table in tables:
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main"):
                main = table
    return main


def _has_internet(aws: Aws, vpc_id: str) -> bool:
    where = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    return bool(aws.ec2.describe_internet_gateways(Filters=where)["InternetGateways"])


def _describe(aws: Aws, arn: str) -> dict[str, Any]:
    found = aws.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])
    return found["LoadBalancers"][0]


def _outputs(balancer: dict[str, Any]) -> Properties:
    arn = balancer["LoadBalancerArn"]
    return {
        "arn": arn,
        "arnSuffix": arn.partition(":loadbalancer/")[2],
        "dnsName": balancer["DNSName"],
        "vpcId": balancer["VpcId"],
        "zoneId": balancer["CanonicalHostedZoneId"],
        "securityGroups": balancer.get("SecurityGroups", []),
        "subnets": [zone["SubnetId"] for zone in balancer["AvailabilityZones"]],
    }


RESOURCES = (LoadBalancerResource(),)
