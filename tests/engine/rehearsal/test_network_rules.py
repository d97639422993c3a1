"""Rules of AWS on IPv6 networks that moto does not know."""

from ipaddress import IPv6Network

import pytest
from botocore.exceptions import ClientError

from rehearsal.providers.aws.functions import get_route_table
from rehearsal.providers.aws.ipv4_blocks import VpcIpv4CidrBlockAssociationResource
from rehearsal.providers.aws.peering import VpcPeeringConnectionResource
from rehearsal.providers.aws.routes import (
    RouteResource,
    RouteTableAssociationResource,
    RouteTableResource,
)
from rehearsal.providers.aws.security_groups import (
    EgressRuleResource,
    IngressRuleResource,
    SecurityGroupResource,
)
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.transit_attachments import VpcAttachmentResource
from rehearsal.providers.aws.vpc import VpcIpv6CidrBlockAssociationResource, VpcResource
from rehearsal.providers.resource_type import ProviderError


def refusal(action, *args):
    """What AWS would have said: the code, and the message."""
    with pytest.raises(ClientError) as raised:
        action(*args)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def vpc(aws):
    """A VPC with a block of Amazon's."""
    inputs = {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True}
    return VpcResource().create(aws, inputs)


@pytest.fixture
def pooled(aws):
    """A VPC with a block that is known beforehand."""
    block = next(BLOCKS)
    inputs = {"cidrBlock": "10.0.0.0/16", "ipv6IpamPoolId": "ipam-pool-1", "ipv6CidrBlock": block}
    made = VpcResource().create(aws, inputs)
    yield made
    VpcResource().delete(aws, made.id, made.outputs)


BLOCKS = (str(block) for block in IPv6Network("2001:db8::/44").subnets(new_prefix=56))


def subnet(vpc, ipv6, cidr="10.0.0.0/24"):
    return {
        "vpcId": vpc.id,
        "cidrBlock": cidr,
        "ipv6CidrBlock": ipv6,
        "availabilityZone": "eu-west-1a",
    }


def within(vpc, number, length=64):
    blocks = list(IPv6Network(vpc.outputs["ipv6CidrBlock"]).subnets(new_prefix=length))
    return str(blocks[number])


def test_the_block_of_a_vpc_is_written_as_ipv6_is_written_and_is_a_56(vpc, ec2):
    block = vpc.outputs["ipv6CidrBlock"]

    [listed] = ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]

    assert block == str(IPv6Network(block))
    assert IPv6Network(block).prefixlen == 56
    assert listed["Ipv6CidrBlock"] == block
    assert listed["AssociationId"] == vpc.outputs["ipv6AssociationId"]


def test_a_subnets_block_outside_the_vpcs_is_refused(aws, vpc):
    said = refusal(SubnetResource().create, aws, subnet(vpc, "2001:db8:ffff::/64"))

    assert said == ("InvalidSubnet.Range", "The CIDR '2001:db8:ffff::/64' is invalid.")


def test_a_subnets_block_that_another_subnet_has_is_refused(aws, vpc):
    taken = within(vpc, 3)
    SubnetResource().create(aws, subnet(vpc, taken))

    said = refusal(SubnetResource().create, aws, subnet(vpc, taken, "10.0.1.0/24"))

    assert said == (
        "InvalidSubnet.Conflict",
        f"The CIDR '{taken}' conflicts with another subnet",
    )


def test_a_subnets_block_around_that_of_another_is_refused(aws, vpc):
    SubnetResource().create(aws, subnet(vpc, within(vpc, 3)))

    code, _ = refusal(SubnetResource().create, aws, subnet(vpc, within(vpc, 0, 60), "10.0.1.0/24"))

    assert code == "InvalidSubnet.Conflict"


def test_a_60_is_taken_for_a_subnet(aws, vpc, ec2):
    block = within(vpc, 5, 60)

    made = SubnetResource().create(aws, subnet(vpc, block))

    [listed] = ec2.describe_subnets(SubnetIds=[made.id])["Subnets"]
    [association] = listed["Ipv6CidrBlockAssociationSet"]
    assert association["Ipv6CidrBlock"] == block
    assert association["Ipv6CidrBlockState"] == {"State": "associated"}


@pytest.mark.parametrize("length", [57, 62, 65])
def test_a_length_that_subnets_do_not_come_in_is_refused(aws, vpc, length):
    code, message = refusal(SubnetResource().create, aws, subnet(vpc, within(vpc, 0, length)))

    assert code == "InvalidSubnet.Range"
    assert "a subnet takes a /44 to /64 in increments of 4" in message


def test_a_block_with_host_bits_is_refused(aws, vpc):
    code, message = refusal(SubnetResource().create, aws, subnet(vpc, "2001:db8::1/64"))

    assert code == "InvalidParameterValue"
    assert message.startswith("Value (2001:db8::1/64) for parameter ipv6CidrBlock is invalid.")


def test_ipv6_on_creation_needs_a_block(aws, vpc):
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "assignIpv6AddressOnCreation": True}

    code, _ = refusal(SubnetResource().create, aws, inputs)

    assert code == "InvalidParameterValue"


def test_what_a_subnet_is_asked_to_be_is_what_aws_lists(aws, vpc, ec2):
    asked = subnet(vpc, within(vpc, 0)) | {
        "assignIpv6AddressOnCreation": True,
        "mapPublicIpOnLaunch": False,
        "tags": {"Name": "a"},
    }

    made = SubnetResource().create(aws, asked)

    [listed] = ec2.describe_subnets(SubnetIds=[made.id])["Subnets"]
    assert listed["AssignIpv6AddressOnCreation"] is True
    assert listed["MapPublicIpOnLaunch"] is False
    assert listed["Tags"] == [{"Key": "Name", "Value": "a"}]


def test_a_fixed_block_of_a_pool_is_known_to_everyone(aws, pooled, ec2):
    [listed] = ec2.describe_vpcs(VpcIds=[pooled.id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]

    assert listed["Ipv6CidrBlock"] == pooled.outputs["ipv6CidrBlock"]
    assert listed["Ipv6CidrBlock"].startswith("2001:db8:")


def test_a_block_of_a_pool_is_given_once(aws, pooled):
    again = {
        "cidrBlock": "10.0.0.0/16",
        "ipv6IpamPoolId": "ipam-pool-1",
        "ipv6CidrBlock": pooled.outputs["ipv6CidrBlock"],
    }

    code, message = refusal(VpcResource().create, aws, again)

    assert code == "InvalidParameterValue"
    assert "is already allocated from the pool" in message


def test_a_pool_gives_the_next_block_of_the_length_asked_for(aws):
    inputs = {"cidrBlock": "10.0.0.0/16", "ipv6IpamPoolId": "ipam-pool-2", "ipv6NetmaskLength": 52}

    first = IPv6Network(VpcResource().create(aws, inputs).outputs["ipv6CidrBlock"])
    second = IPv6Network(VpcResource().create(aws, inputs).outputs["ipv6CidrBlock"])

    assert (first.prefixlen, second.prefixlen) == (52, 52)
    assert int(second.network_address) - int(first.network_address) == 2 ** (128 - 52)


@pytest.mark.parametrize("length", [43, 50, 64])
def test_a_length_that_pools_do_not_give_is_refused(aws, length):
    inputs = {
        "cidrBlock": "10.0.0.0/16",
        "ipv6IpamPoolId": "ipam-pool-3",
        "ipv6NetmaskLength": length,
    }

    code, message = refusal(VpcResource().create, aws, inputs)

    assert code == "InvalidParameterValue"
    assert f"Value ({length})" in message


def test_a_vpc_takes_one_source_of_its_block(aws):
    inputs = {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": True,
        "ipv6IpamPoolId": "ipam-pool-4",
    }

    code, _ = refusal(VpcResource().create, aws, inputs)

    assert code == "InvalidParameterCombination"


def test_a_block_needs_an_ipam_pool_when_a_vpc_is_made(aws):
    code, message = refusal(
        VpcResource().create, aws, {"cidrBlock": "10.0.0.0/16", "ipv6CidrBlock": "2001:db8::/56"}
    )

    assert code == "MissingParameter"
    assert "Ipv6IpamPoolId" in message


def test_a_block_of_ones_own_is_attached_to_a_vpc_that_is_there(aws, ec2):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    block = next(BLOCKS)

    made = VpcIpv6CidrBlockAssociationResource().create(
        aws, {"vpcId": vpc.id, "ipv6Pool": "ipv6pool-ec2-1", "ipv6CidrBlock": block}
    )

    [listed] = ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    assert (listed["Ipv6CidrBlock"], listed["Ipv6Pool"]) == (block, "ipv6pool-ec2-1")
    assert listed["AssociationId"] == made.id
    assert made.outputs["ipSource"] == "byoip"


def test_a_block_that_a_subnet_uses_is_not_taken_away(aws):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    inputs = {"vpcId": vpc.id, "ipv6Pool": "ipv6pool-ec2-1", "ipv6CidrBlock": next(BLOCKS)}
    made = VpcIpv6CidrBlockAssociationResource().create(aws, inputs)
    first = str(next(IPv6Network(inputs["ipv6CidrBlock"]).subnets(new_prefix=64)))
    SubnetResource().create(aws, subnet(vpc, first))

    code, _ = refusal(
        VpcIpv6CidrBlockAssociationResource().delete, aws, made.id, inputs | made.outputs
    )

    assert code == "InvalidCidrBlock.InUse"


def test_a_further_ipv4_block_is_attached_and_taken_away(aws, ec2):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    inputs = {"vpcId": vpc.id, "cidrBlock": "100.64.0.0/20"}
    made = VpcIpv4CidrBlockAssociationResource().create(aws, inputs)

    def listed():
        return {
            one["CidrBlock"]
            for one in ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"][0]["CidrBlockAssociationSet"]
            if one["CidrBlockState"]["State"] == "associated"
        }

    assert listed() == {"10.0.0.0/16", "100.64.0.0/20"}

    VpcIpv4CidrBlockAssociationResource().delete(aws, made.id, inputs | made.outputs)

    assert listed() == {"10.0.0.0/16"}
    assert VpcIpv4CidrBlockAssociationResource().read(aws, made.id, inputs) is None


@pytest.mark.parametrize("block", ["10.0.128.0/20", "172.16.0.0/16", "192.168.0.0/24"])
def test_a_further_ipv4_block_is_apart_and_of_the_vpcs_private_space(aws, block):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})

    code, message = refusal(
        VpcIpv4CidrBlockAssociationResource().create, aws, {"vpcId": vpc.id, "cidrBlock": block}
    )

    assert code == "InvalidVpc.Range"
    assert block in message


def test_a_further_ipv4_block_that_a_subnet_uses_is_not_taken_away(aws, ec2):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    inputs = {"vpcId": vpc.id, "cidrBlock": "100.64.0.0/20"}
    made = VpcIpv4CidrBlockAssociationResource().create(aws, inputs)
    ec2.create_subnet(VpcId=vpc.id, CidrBlock="100.64.1.0/24")

    code, _ = refusal(
        VpcIpv4CidrBlockAssociationResource().delete, aws, made.id, inputs | made.outputs
    )

    assert code == "InvalidCidrBlock.InUse"


def test_a_subnet_has_the_main_route_table_until_it_has_its_own(aws, vpc, ec2):
    made = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.id)
    for destination in (
        {"destinationCidrBlock": "0.0.0.0/0"},
        {"destinationIpv6CidrBlock": "::/0"},
    ):
        RouteResource().create(aws, {"routeTableId": table.id, "gatewayId": gateway, **destination})

    with pytest.raises(ProviderError, match="no matching EC2 Route Table found"):
        get_route_table(aws, {"subnetId": made.id})
    main = {"name": "association.main", "values": ["true"]}
    of_vpc = get_route_table(aws, {"vpcId": vpc.id, "filters": [main]})
    RouteTableAssociationResource().create(aws, {"routeTableId": table.id, "subnetId": made.id})
    own = get_route_table(aws, {"subnetId": made.id})

    assert (of_vpc["routeTableId"], of_vpc["routes"]) == (vpc.outputs["mainRouteTableId"], [])
    assert own["routeTableId"] == table.id
    assert [
        (one["cidrBlock"], one["ipv6CidrBlock"], one["gatewayId"]) for one in own["routes"]
    ] == [
        ("0.0.0.0/0", "", gateway),
        ("", "::/0", gateway),
    ]


def attached(aws, ec2, vpc, *subnets, ipv6="enable"):
    """What is asked for of an attachment to a new transit gateway."""
    return {
        "transitGatewayId": ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"],
        "vpcId": vpc.id,
        "subnetIds": [one.id for one in subnets],
        "ipv6Support": ipv6,
    }


def test_a_route_to_a_transit_gateway_needs_the_attachment_of_the_vpc(aws, vpc, ec2):
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    inputs = attached(aws, ec2, vpc, SubnetResource().create(aws, subnet(vpc, within(vpc, 0))))
    route = {
        "routeTableId": table.id,
        "destinationIpv6CidrBlock": "::/0",
        "transitGatewayId": inputs["transitGatewayId"],
    }

    code, message = refusal(RouteResource().create, aws, route)
    VpcAttachmentResource().create(aws, inputs)
    RouteResource().create(aws, route)

    assert code == "InvalidTransitGatewayID.NotFound"
    assert inputs["transitGatewayId"] in message


def test_a_subnet_that_is_attached_to_a_transit_gateway_is_not_deleted(aws, vpc, ec2):
    made = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    inputs = attached(aws, ec2, vpc, made)
    attachment = VpcAttachmentResource().create(aws, inputs)

    code, _ = refusal(SubnetResource().delete, aws, made.id, made.outputs)
    VpcAttachmentResource().delete(aws, attachment.id, inputs)
    SubnetResource().delete(aws, made.id, made.outputs)

    assert code == "DependencyViolation"
    assert VpcAttachmentResource().read(aws, attachment.id, inputs) is None


def test_an_attachment_has_one_subnet_of_a_zone_and_ipv6_where_all_have_it(aws, vpc, ec2):
    both = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    ipv4 = {"vpcId": vpc.id, "cidrBlock": "10.0.1.0/24", "availabilityZone": "eu-west-1a"}
    alone = SubnetResource().create(aws, ipv4)

    twice, _ = refusal(
        VpcAttachmentResource().create, aws, attached(aws, ec2, vpc, both, alone, ipv6="disable")
    )
    without, message = refusal(VpcAttachmentResource().create, aws, attached(aws, ec2, vpc, alone))

    assert twice == "DuplicateSubnetsInSameZone"
    assert without == "InvalidParameterValue"
    assert alone.id in message


@pytest.fixture
def peers(aws):
    """Two VPCs of ranges that do not overlap, as a peering connection names them."""
    here, there = (
        VpcResource().create(aws, {"cidrBlock": block}).id
        for block in ("10.81.0.0/16", "10.82.0.0/16")
    )
    return {"vpcId": here, "peerVpcId": there}


def test_a_route_to_a_peering_connection_leaves_one_of_its_two_vpcs(aws, peers, vpc):
    peering = VpcPeeringConnectionResource().create(aws, peers | {"autoAccept": True})
    tables = [
        RouteTableResource().create(aws, {"vpcId": one}).id for one in (*peers.values(), vpc.id)
    ]
    here, there, elsewhere = (
        {
            "routeTableId": table,
            "destinationIpv6CidrBlock": "2001:db8:82::/56",
            "vpcPeeringConnectionId": peering.id,
        }
        for table in tables
    )

    for route in (here, there):
        RouteResource().create(aws, route)
    refused = refusal(RouteResource().create, aws, elsewhere)
    for route in (here, there):
        RouteResource().delete(aws, "", route)
    VpcPeeringConnectionResource().delete(aws, peering.id, peers)
    gone, _ = refusal(RouteResource().create, aws, here)

    assert refused == (
        "InvalidParameterValue",
        f"route table {tables[2]} and network gateway {peering.id} belong to different networks",
    )
    assert gone == "InvalidVpcPeeringConnectionID.NotFound"


def test_a_peering_connection_waits_until_it_is_accepted_and_takes_options_then(aws, peers):
    kind, options = (
        VpcPeeringConnectionResource(),
        {"accepter": {"allowRemoteVpcDnsResolution": True}},
    )
    waiting = kind.create(aws, peers)

    with pytest.raises(ProviderError, match=r"not active \(current status: pending-acceptance\)"):
        kind.update(aws, waiting.id, peers, peers | options)
    accepted = kind.update(aws, waiting.id, peers, peers | options | {"autoAccept": True})

    assert waiting.outputs["acceptStatus"] == "pending-acceptance"
    assert accepted["acceptStatus"] == "active"
    assert accepted["accepter"] == {"allowRemoteVpcDnsResolution": True}
    assert accepted["requester"] == {"allowRemoteVpcDnsResolution": False}


def test_two_vpcs_have_one_peering_connection_and_ranges_of_their_own(aws, peers):
    kind = VpcPeeringConnectionResource()
    kind.create(aws, peers | {"autoAccept": True})
    reverse = {"vpcId": peers["peerVpcId"], "peerVpcId": peers["vpcId"]}
    same = VpcResource().create(aws, {"cidrBlock": "10.81.128.0/20"}).id

    twice, _ = refusal(kind.create, aws, reverse)
    with pytest.raises(ProviderError, match="overlapping CIDR range"):
        kind.create(aws, peers | {"peerVpcId": same})
    with pytest.raises(ProviderError, match="`peer_region` cannot be set"):
        kind.create(aws, reverse | {"autoAccept": True, "peerRegion": "eu-west-1"})

    assert twice == "VpcPeeringConnectionAlreadyExists"


@pytest.mark.parametrize("block", ["fd00:ec2::/32", "fd00:ec2::/48", "fd00:ec2:0:5::/64"])
def test_a_route_to_ec2s_own_services_is_refused(aws, vpc, ec2, block):
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc.id)
    inputs = {
        "routeTableId": table.id,
        "destinationIpv6CidrBlock": block,
        "egressOnlyGatewayId": gateway["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"],
    }

    code, message = refusal(RouteResource().create, aws, inputs)

    assert code == "InvalidParameterValue"
    assert block in message


def test_a_second_default_route_for_ipv6_is_refused(aws, vpc, ec2):
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc.id)
    inputs = {
        "routeTableId": table.id,
        "destinationIpv6CidrBlock": "::/0",
        "egressOnlyGatewayId": gateway["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"],
    }
    RouteResource().create(aws, inputs)

    code, _ = refusal(RouteResource().create, aws, inputs)

    assert code == "RouteAlreadyExists"


def test_a_subnet_has_one_route_table(aws, vpc):
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    other = RouteTableResource().create(aws, {"vpcId": vpc.id})
    made = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    RouteTableAssociationResource().create(aws, {"routeTableId": table.id, "subnetId": made.id})

    code, _ = refusal(
        RouteTableAssociationResource().create, aws, {"routeTableId": other.id, "subnetId": made.id}
    )

    assert code == "Resource.AlreadyAssociated"


def test_an_association_is_taken_away_after_it_was_moved_to_another_table(aws, vpc, ec2):
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    other = RouteTableResource().create(aws, {"vpcId": vpc.id})
    made = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    before = {"routeTableId": table.id, "subnetId": made.id}
    after = before | {"routeTableId": other.id}
    kind = RouteTableAssociationResource()
    association = kind.create(aws, before)

    kind.update(aws, association.id, before, after)
    moved = kind.read(aws, association.id, after)
    kind.delete(aws, association.id, after)

    assert moved is not None
    assert kind.read(aws, association.id, after) is None


def test_a_vpc_with_a_gateway_is_not_deleted(aws, vpc, ec2):
    ec2.create_egress_only_internet_gateway(VpcId=vpc.id)

    code, message = refusal(VpcResource().delete, aws, vpc.id, vpc.outputs)

    assert code == "DependencyViolation"
    assert message == f"The vpc '{vpc.id}' has dependencies and cannot be deleted."


def test_a_subnet_with_an_interface_is_not_deleted(aws, vpc, ec2):
    made = SubnetResource().create(aws, subnet(vpc, within(vpc, 0)))
    ec2.create_network_interface(SubnetId=made.id)

    code, _ = refusal(SubnetResource().delete, aws, made.id, made.outputs)

    assert code == "DependencyViolation"


def test_a_rule_that_a_killed_run_was_making_is_found_by_what_it_lets_in(vpc, aws):
    group = SecurityGroupResource().create(
        aws, {"vpcId": vpc.id, "description": "machines", "name": "alike"}
    )
    inputs = {
        "securityGroupId": group.id,
        "referencedSecurityGroupId": group.id,
        "description": "kubelet from machines",
        "ipProtocol": "tcp",
        "fromPort": 10250,
        "toPort": 10250,
    }
    rule = IngressRuleResource().create(aws, inputs)

    assert IngressRuleResource().alike(aws, inputs) == [rule.id]
    assert IngressRuleResource().alike(aws, inputs | {"fromPort": 10249}) == []


def test_inline_rules_for_ipv6_change_while_their_vpc_has_no_ipv6_range(aws):
    without = VpcResource().create(aws, {"cidrBlock": "10.9.0.0/16"})
    everything = {"protocol": "-1", "fromPort": 0, "toPort": 0}
    old = {
        "vpcId": without.id,
        "name": "ipv6",
        "egress": [{**everything, "cidrBlocks": ["0.0.0.0/0"], "ipv6CidrBlocks": ["::/0"]}],
    }
    group = SecurityGroupResource().create(aws, old)
    https = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "ipv6CidrBlocks": ["::/0"]}

    SecurityGroupResource().update(aws, group.id, old, old | {"ingress": [https]})
    SecurityGroupResource().update(aws, group.id, old | {"ingress": [https]}, old | {"egress": []})

    read = SecurityGroupResource().read(aws, group.id, old)
    assert read is not None
    assert (read["ingress"], read["egress"]) == ([], [])


def test_a_rule_for_everything_is_found_again_too(vpc, aws):
    group = SecurityGroupResource().create(
        aws, {"vpcId": vpc.id, "description": "out", "name": "all-out"}
    )
    inputs = {"securityGroupId": group.id, "cidrIpv6": "::/0", "ipProtocol": "-1"}
    rule = EgressRuleResource().create(aws, inputs)

    assert EgressRuleResource().alike(aws, inputs) == [rule.id]
