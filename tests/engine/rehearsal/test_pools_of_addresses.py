"""IPv6 ranges from pools, in the life of a network: what the provider reads back must not take them away."""

from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2

from components import Network

BYOIP = {
    "source": "byoip",
    "pool_id": "ipv6pool-ec2-0a1b2c3d4e5f60718",
    "range": "2600:1f14:db8::/56",
}
IPAM = {"source": "ipam", "pool_id": "ipam-pool-0a1b2c3d4e5f60718"}


def network(ipv6: dict[str, Any], **tags: str):
    """A network of one zone with an IPv6 range from a pool."""

    def program() -> None:
        made = Network("net", {"zones": ["eu-west-1a"], "nat": "none", "ipv6": ipv6, "tags": tags})
        pulumi.export("vpc", made.vpc_id)
        pulumi.export("range", made.ipv6_range)

    return program


def careless(**tags: str):
    """A VPC that lets the provider want what it has read back gone."""

    def program() -> None:
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", tags=tags)
        block = ec2.VpcIpv6CidrBlockAssociation(
            "net", vpc_id=vpc.id, ipv6_pool=BYOIP["pool_id"], ipv6_cidr_block=BYOIP["range"]
        )
        ec2.Subnet(
            "net",
            vpc_id=vpc.id,
            cidr_block="10.0.0.0/24",
            ipv6_cidr_block=block.ipv6_cidr_block.apply(lambda found: f"{found[:-3]}/64"),
        )

    return program


def ranges(client: Any, vpc_id: str) -> list[str]:
    [found] = client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return [
        one["Ipv6CidrBlock"]
        for one in found["Ipv6CidrBlockAssociationSet"]
        if one["Ipv6CidrBlockState"]["State"] == "associated"
    ]


@pytest.mark.parametrize(
    ("ipv6", "length"),
    [
        pytest.param(BYOIP, 56, id="byoip"),
        pytest.param(IPAM | {"range": "2600:1f14:db9::/52"}, 52, id="ipam-by-range"),
        pytest.param(IPAM | {"netmask_length": 48}, 48, id="ipam-by-size"),
    ],
)
def test_a_range_of_a_pool_outlives_every_change_of_its_vpc(rig, ec2, ipv6, length):
    stack = rig(network(ipv6))
    first = stack.up().outputs

    again = stack.up()
    changed = stack.becomes(network(ipv6, owner="me")).up()
    after = stack.becomes(network(ipv6, owner="you")).up()
    last = stack.up()

    assert (again.changed, last.changed) == (0, 0)
    assert first["range"].endswith(f"/{length}")
    assert {run.outputs["range"] for run in (changed, after, last)} == {first["range"]}
    assert ranges(ec2, first["vpc"]) == [first["range"]]


def test_the_provider_wants_a_range_gone_that_it_has_read_back_and_nobody_ignores(rig):
    stack = rig(careless())
    stack.up()
    stack.becomes(careless(owner="me")).up()

    [said] = stack.becomes(careless(owner="me")).refused()

    assert "InvalidCidrBlock.InUse" in said
    assert "The vpc CIDR block 2600:1f14:db8::/56 is in use by subnet" in said
