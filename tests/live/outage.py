"""A zone whose network is cut: nothing crosses the borders of its subnets any more."""

from collections.abc import Iterator
from contextlib import contextmanager

from .cluster import Cluster


@contextmanager
def cut_off(cluster: Cluster, zone: str) -> Iterator[None]:
    """Close the network ACLs of a zone's subnets until the block ends."""
    ec2 = cluster.aws("ec2")
    vpc = next(iter(cluster.instances().values()))["VpcId"]
    where = [
        {"Name": "vpc-id", "Values": [vpc]},
        {"Name": "availability-zone", "Values": [zone]},
    ]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=where)["Subnets"]]
    # A new one has no rule, and so lets nothing pass.
    closed = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    before = [
        (association["NetworkAclAssociationId"], acl["NetworkAclId"])
        for acl in ec2.describe_network_acls(Filters=where[:1])["NetworkAcls"]
        for association in acl["Associations"]
        if association["SubnetId"] in subnets
    ]

    def associate(association: str, acl: str) -> str:
        changed = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
        return changed["NewAssociationId"]

    now = [(associate(association, closed), acl) for association, acl in before]
    try:
        yield
    finally:
        for association, acl in now:
            associate(association, acl)
        ec2.delete_network_acl(NetworkAclId=closed)
