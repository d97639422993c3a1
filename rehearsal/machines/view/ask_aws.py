"""Asks AWS for everything in a survey."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from .survey import (
    Acl,
    BalancerView,
    GroupView,
    HealthCheck,
    InstanceView,
    ListenerView,
    Permission,
    SubnetView,
    Survey,
    VpcView,
)

Clients = Mapping[str, Any]

PROTOCOLS = {"6": "tcp", "17": "udp"}
"""Names of the protocols that network ACLs give by number."""

UNHEALTHY = "target_health_state.unhealthy."
"""The attributes of a target group that say what becomes of the connections to an unhealthy target."""

TARGETS = {
    "Pending": "InService",
    "InService": "InService",
    "EnteringStandby": "Standby",
    "Standby": "Standby",
    "Detaching": "Detached",
    "Detached": "Detached",
    "Terminating": "Terminated",
    "Terminated": "Terminated",
}
"""Lifecycle states, up to their colon, and the state that each leads to."""


def survey(clients: Clients, region: str) -> Survey:
    """Ask AWS for everything in a region."""
    ec2 = clients["ec2"]
    targets = _target_states(clients["autoscaling"])
    instances = tuple(_instances(ec2, region, targets))
    used = {instance.vpc for instance in instances}
    balancers = tuple(_balancers(clients["elbv2"]))
    used |= {balancer.vpc for balancer in balancers}
    return Survey(
        vpcs=tuple(_vpcs(ec2, used)),
        instances=instances,
        groups=tuple(_groups(ec2)) if used else (),
        balancers=balancers,
    )


def user_data(ec2: Any, instance: str) -> bytes:
    """The user data that an instance was launched with."""
    answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    return base64.b64decode(answer.get("UserData", {}).get("Value", "") or "")


def _target_states(autoscaling: Any) -> dict[str, str]:
    """The state that each machine of an Auto Scaling group is going to, by instance.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
    """
    pages = autoscaling.get_paginator("describe_auto_scaling_instances").paginate()
    return {
        found["InstanceId"]: TARGETS[found["LifecycleState"].partition(":")[0]]
        for found in pages.search("AutoScalingInstances[]")
    }


def _instances(ec2: Any, region: str, targets: Mapping[str, str]) -> Iterator[InstanceView]:
    for reservation in ec2.describe_instances()["Reservations"]:
        for found in reservation["Instances"]:
            if found["State"]["Name"] == "terminated" or not found.get("NetworkInterfaces"):
                continue
            interface, metadata = found["NetworkInterfaces"][0], found.get("MetadataOptions", {})
            ipv6 = interface.get("Ipv6Addresses") or [{}]
            yield InstanceView(
                id=found["InstanceId"],
                state=found["State"]["Name"],
                vpc=found["VpcId"],
                subnet=found["SubnetId"],
                zone=found["Placement"]["AvailabilityZone"],
                region=region,
                ipv4=found["PrivateIpAddress"],
                ipv6=ipv6[0].get("Ipv6Address", ""),
                public_ipv4=interface.get("Association", {}).get("PublicIp", ""),
                mac=_unicast(interface["MacAddress"]),
                interface=interface["NetworkInterfaceId"],
                groups=tuple(group["GroupId"] for group in interface["Groups"]),
                type=found["InstanceType"],
                image=found["ImageId"],
                profile=found.get("IamInstanceProfile", {}).get("Arn", ""),
                hop_limit=metadata.get("HttpPutResponseHopLimit", 1),
                needs_token=metadata.get("HttpTokens") == "required",
                checks_source=found.get("SourceDestCheck", True),
                launched=found["LaunchTime"].timestamp(),
                tags=tuple((tag["Key"], tag["Value"]) for tag in found.get("Tags", ())),
                target_state=targets.get(found["InstanceId"], ""),
                life_cycle=found.get("InstanceLifecycle") or "on-demand",
            )


def _unicast(mac: str) -> str:
    """A unicast address, as a link needs one: moto's are random, and half of them are multicast."""
    first, rest = mac.split(":", 1)
    return f"{int(first, 16) & 0xFE | 0x02:02x}:{rest.lower()}"


def _vpcs(ec2: Any, used: set[str]) -> Iterator[VpcView]:
    if not used:
        return
    where = [{"Name": "vpc-id", "Values": sorted(used)}]
    subnets = ec2.describe_subnets(Filters=where)["Subnets"]
    tables = ec2.describe_route_tables(Filters=where)["RouteTables"]
    acls = ec2.describe_network_acls(Filters=where)["NetworkAcls"]
    nats = {
        nat["NatGatewayId"]: nat["NatGatewayAddresses"][0].get("PublicIp", "")
        for nat in ec2.describe_nat_gateways(Filters=where)["NatGateways"]
        if nat["State"] in ("available", "pending")
    }
    for found in ec2.describe_vpcs(VpcIds=sorted(used))["Vpcs"]:
        yield VpcView(
            id=found["VpcId"],
            ipv4=IPv4Network(found["CidrBlock"]),
            ipv6=tuple(_ipv6_blocks(found)),
            subnets=tuple(
                _subnet(subnet, _table(tables, subnet), nats, _acl(acls, subnet))
                for subnet in subnets
                if subnet["VpcId"] == found["VpcId"]
            ),
        )


def _ipv6_blocks(found: dict[str, Any]) -> Iterator[IPv6Network]:
    for association in found.get("Ipv6CidrBlockAssociationSet", ()):
        if association["Ipv6CidrBlockState"]["State"] in ("associated", "associating"):
            yield IPv6Network(association["Ipv6CidrBlock"])


def _table(tables: list[dict[str, Any]], subnet: dict[str, Any]) -> dict[str, Any]:
    """The subnet's route table: its own, or the main one of its VPC."""
    of_vpc = [table for table in tables if table["VpcId"] == subnet["VpcId"]]
    for table in of_vpc:
        if any(a.get("SubnetId") == subnet["SubnetId"] for a in table["Associations"]):
            return table
    return next((t for t in of_vpc if any(a.get("Main") for a in t["Associations"])), {})


def _acl(acls: list[dict[str, Any]], subnet: dict[str, Any]) -> Acl:
    """The subnet's network ACL."""
    found = next(
        acl for acl in acls if any(a["SubnetId"] == subnet["SubnetId"] for a in acl["Associations"])
    )
    entries = sorted(found["Entries"], key=lambda entry: entry["RuleNumber"])
    return Acl(
        ingress=tuple(_rule(entry) for entry in entries if not entry["Egress"]),
        egress=tuple(_rule(entry) for entry in entries if entry["Egress"]),
    )


def _rule(entry: dict[str, Any]) -> tuple[Permission, bool]:
    ports, icmp = entry.get("PortRange", {}), entry.get("IcmpTypeCode", {})
    protocol: str = entry["Protocol"]
    permission = Permission(
        protocol=PROTOCOLS.get(protocol, protocol),
        first=ports.get("From", icmp.get("Type")),
        last=ports.get("To", icmp.get("Code")),
        range=entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
    )
    return permission, entry["RuleAction"] == "allow"


def _subnet(
    found: dict[str, Any], table: dict[str, Any], nats: Mapping[str, str], acl: Acl
) -> SubnetView:
    ipv4_way = ipv6_way = ""
    for route in table.get("Routes", ()):
        gateway = route.get("GatewayId", "")
        if route.get("DestinationCidrBlock") == "0.0.0.0/0":
            ipv4_way = nats.get(route.get("NatGatewayId", ""), "")
            ipv4_way = "internet" if gateway.startswith("igw-") else ipv4_way
        if route.get("DestinationIpv6CidrBlock") == "::/0":
            ipv6_way = "egress" if route.get("EgressOnlyInternetGatewayId") else ""
            ipv6_way = "internet" if gateway.startswith("igw-") else ipv6_way
    blocks = list(_ipv6_blocks(found))
    return SubnetView(
        id=found["SubnetId"],
        vpc=found["VpcId"],
        zone=found["AvailabilityZone"],
        ipv4=IPv4Network(found["CidrBlock"]),
        ipv6=blocks[0] if blocks else None,
        ipv4_way=ipv4_way,
        ipv6_way=ipv6_way,
        acl=acl,
    )


def _groups(ec2: Any) -> Iterator[GroupView]:
    for found in ec2.describe_security_groups()["SecurityGroups"]:
        yield GroupView(
            id=found["GroupId"],
            ingress=tuple(_permissions(found["IpPermissions"])),
            egress=tuple(_permissions(found["IpPermissionsEgress"])),
        )


def _permissions(found: Iterable[dict[str, Any]]) -> Iterator[Permission]:
    for rule in found:
        what = (rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"))
        for source in rule.get("IpRanges", ()):
            yield Permission(*what, range=source["CidrIp"])
        for source in rule.get("Ipv6Ranges", ()):
            yield Permission(*what, range=source["CidrIpv6"])
        for source in rule.get("UserIdGroupPairs", ()):
            yield Permission(*what, group=source["GroupId"])


def _balancers(elb: Any) -> Iterator[BalancerView]:
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    described = elb.describe_target_groups()["TargetGroups"] if balancers else []
    groups = {group["TargetGroupArn"]: group for group in described}
    for found in balancers:
        if found["Type"] != "network":
            continue
        yield BalancerView(
            arn=found["LoadBalancerArn"],
            name=found["LoadBalancerName"],
            host=found["DNSName"].lower(),
            vpc=found["VpcId"],
            internal=found["Scheme"] == "internal",
            dual_stack=found.get("IpAddressType") == "dualstack",
            subnets=tuple(zone["SubnetId"] for zone in found["AvailabilityZones"]),
            groups=tuple(found.get("SecurityGroups", ())),
            listeners=tuple(_listeners(elb, found["LoadBalancerArn"], groups)),
        )


def _listeners(
    elb: Any, balancer: str, groups: Mapping[str, dict[str, Any]]
) -> Iterator[ListenerView]:
    for found in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
        group = groups.get(found["DefaultActions"][0].get("TargetGroupArn", ""))
        if group is None:
            continue
        health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        targets = [description["Target"] for description in health["TargetHealthDescriptions"]]
        yield ListenerView(
            port=found["Port"],
            ipv6_targets=group.get("IpAddressType") == "ipv6",
            targets=tuple((target["Id"], target["Port"]) for target in targets),
            check=HealthCheck(
                protocol=group.get("HealthCheckProtocol", "TCP"),
                path=group.get("HealthCheckPath") or "/",
                seconds=group.get("HealthCheckIntervalSeconds", 10),
                timeout=group.get("HealthCheckTimeoutSeconds", 10),
                codes=(group.get("Matcher") or {}).get("HttpCode") or "200-399",
            ),
            draining=_draining(elb, group["TargetGroupArn"]),
        )


def _draining(elb: Any, group: str) -> int:
    found = elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    attributes = {one["Key"].removeprefix(UNHEALTHY): one["Value"] for one in found}
    if attributes.get("connection_termination.enabled", "true") == "true":
        return 0
    return int(attributes.get("draining_interval_seconds", 0))
