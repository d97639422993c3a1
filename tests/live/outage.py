"""Networks that are cut: nothing, or not all, crosses the borders of subnets any more, or reaches a machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.cluster import Cluster

EVERYWHERE = ({"CidrBlock": "0.0.0.0/0"}, {"Ipv6CidrBlock": "::/0"})


@contextmanager
def cut_off(cluster: Cluster, zone: str) -> Iterator[None]:
    """Let nothing into or out of a zone's subnets until the block ends."""
    with _under(cluster, [{"Name": "availability-zone", "Values": [zone]}], []):
        yield


@contextmanager
def without_port(cluster: Cluster, port: int) -> Iterator[None]:
    """Let no datagram to a port into any subnet until the block ends."""
    ports = {"From": port, "To": port}
    denied = {"Protocol": "17", "RuleAction": "deny", "PortRange": ports}
    allowed = {"Protocol": "-1", "RuleAction": "allow"}
    rules = [rule | everywhere for rule in (denied, allowed) for everywhere in EVERYWHERE]
    with _under(cluster, [], rules):
        yield


@contextmanager
def alone(cluster: Cluster, instance: str) -> Iterator[None]:
    """Let nothing into or out of a machine until the block ends, unless the machine has ended by then."""
    ec2 = cluster.aws("ec2")
    told = cluster.instances()[instance]
    own = [group["GroupId"] for group in told["SecurityGroups"]]
    where = [
        {"Name": "vpc-id", "Values": [told["VpcId"]]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    # The program keeps the default group of its VPC empty.
    empty = ec2.describe_security_groups(Filters=where)["SecurityGroups"][0]["GroupId"]
    interface = told["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[empty])
    try:
        yield
    finally:
        if cluster.instances()[instance]["State"]["Name"] == "running":
            ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=own)


@contextmanager
def _under(
    cluster: Cluster, which: list[dict[str, Any]], rules: list[dict[str, Any]]
) -> Iterator[None]:
    """Put subnets of the cluster under a network ACL of these rules, which first has none and lets nothing pass."""
    ec2 = cluster.aws("ec2")
    vpc = next(iter(cluster.instances().values()))["VpcId"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    found = ec2.describe_subnets(Filters=[*of_vpc, *which])["Subnets"]
    subnets = [subnet["SubnetId"] for subnet in found]
    before = [
        (association["NetworkAclAssociationId"], acl["NetworkAclId"])
        for acl in ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]
        for association in acl["Associations"]
        if association["SubnetId"] in subnets
    ]
    made = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    for number, rule in enumerate(rules, 1):
        for egress in (True, False):
            ec2.create_network_acl_entry(
                NetworkAclId=made, RuleNumber=number, Egress=egress, **rule
            )

    def associate(association: str, acl: str) -> str:
        changed = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
        return changed["NewAssociationId"]

    now = [(associate(association, made), acl) for association, acl in before]
    try:
        yield
    finally:
        for association, acl in now:
            associate(association, acl)
        ec2.delete_network_acl(NetworkAclId=made)
