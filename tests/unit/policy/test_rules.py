"""The rules of the policy pack, on resources written by hand."""

import pytest

from policy.rule import UNKNOWN, Resource
from policy.rules import RULES

BY_NAME = {rule.name: rule for rule in RULES}
URN = "urn:pulumi:dev::program::{type}::{name}"


def resource(kind, name="one", depends=None, **properties):
    """A resource; `depends` names others by property, as type and name."""
    made_of = {
        key: frozenset({URN.format(type=t, name=n)}) for key, (t, n) in (depends or {}).items()
    }
    return Resource(kind, name, properties, URN.format(type=kind, name=name), made_of)


VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
GROUP, OLD = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INSTANCE, TEMPLATE = "aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate"
BALANCER, TARGETS = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
LISTENER, CLUSTER = "aws:lb/listener:Listener", "aws:eks/cluster:Cluster"

IN_VPC = {"vpcId": (VPC, "net")}
OF_TABLE = {"routeTableId": (TABLE, "table")}
OF_GROUP = {"securityGroupId": (GROUP, "group")}
HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
ANY4, ANY6 = "0.0.0.0/0", "::/0"
TOO_BIG = {"protocol": "icmpv6", "fromPort": 2, "toPort": 0, "ipv6CidrBlocks": [ANY6]}


def https(kind, name, **source):
    return resource(kind, name, OF_GROUP, ipProtocol="tcp", fromPort=443, toPort=443, **source)


BAD = {
    "a VPC of IPv4": (
        "vpc-ipv6",
        [resource(VPC, cidrBlock="10.0.0.0/16")],
        "one: the VPC 10.0.0.0/16 has no IPv6 range; set assignGeneratedIpv6CidrBlock to true, "
        "or name a pool in ipv6IpamPoolId.",
    ),
    "a subnet of IPv4": (
        "subnet-ipv6",
        [resource(SUBNET, cidrBlock="10.0.1.0/24")],
        "one: the subnet 10.0.1.0/24 has no IPv6 range; set ipv6CidrBlock to a /64 of the VPC's IPv6 range.",
    ),
    "a public subnet that assigns IPv4 alone": (
        "subnet-assigns-ipv6",
        [resource(SUBNET, ipv6CidrBlock=UNKNOWN, mapPublicIpOnLaunch=True)],
        "one: new interfaces get a public IPv4 address and no IPv6 address "
        "(assignIpv6AddressOnCreation is false); set it to true.",
    ),
    "an inline default route of IPv4": (
        "route-ipv6",
        [resource(TABLE, routes=[{"cidrBlock": ANY4, "gatewayId": "igw-1"}])],
        "one: the route table has a route to 0.0.0.0/0 and none to ::/0; add a route to ::/0, "
        "or take the other away.",
    ),
    "a separate default route of IPv4": (
        "route-ipv6",
        [resource(ROUTE, depends=OF_TABLE, destinationCidrBlock=ANY4)],
        "one: the route table has a route to 0.0.0.0/0 and none to ::/0; add a route to ::/0, "
        "or take the other away.",
    ),
    "a default route of IPv6 alone": (
        "route-ipv4",
        [resource(ROUTE, destinationIpv6CidrBlock=ANY6, routeTableId="rtb-1")],
        "one: the route table has a route to ::/0 and none to 0.0.0.0/0; add a route to 0.0.0.0/0, "
        "or take the other away.",
    ),
    "NAT without an egress-only gateway": (
        "egress-only-gateway",
        [
            resource(SUBNET, "public", IN_VPC),
            resource("aws:ec2/natGateway:NatGateway", depends={"subnetId": (SUBNET, "public")}),
        ],
        "one: its VPC has a NAT gateway for IPv4 and no egress-only internet gateway for IPv6; make one, "
        "and route ::/0 of the private subnets to it.",
    ),
    "an endpoint of IPv4": (
        "endpoint-families",
        [
            resource(
                "aws:ec2/vpcEndpoint:VpcEndpoint",
                vpcEndpointType="Interface",
                serviceName="com.amazonaws.eu-west-1.ssm",
            )
        ],
        "one: the endpoint of com.amazonaws.eu-west-1.ssm is reached by IPv4 alone; "
        "set ipAddressType to dualstack if the service offers it.",
    ),
    "an inline rule of IPv4": (
        "traffic-families",
        [resource(GROUP, ingress=[HTTPS | {"cidrBlocks": [ANY4]}])],
        "one: the ingress rule allows tcp port 443 from 0.0.0.0/0 and nothing alike from ::/0; "
        "add the rule for ::/0, or narrow this one.",
    ),
    "an older separate rule of IPv4": (
        "traffic-families",
        [
            resource(
                OLD,
                depends=OF_GROUP,
                type="egress",
                protocol="-1",
                fromPort=0,
                toPort=0,
                cidrBlocks=[ANY4],
            )
        ],
        "one: the egress rule allows all traffic to 0.0.0.0/0 and nothing alike to ::/0; "
        "add the rule for ::/0, or narrow this one.",
    ),
    "a separate rule of IPv6": (
        "traffic-families",
        [https(INGRESS, "one", cidrIpv6=ANY6), https(EGRESS, "other", cidrIpv4="10.0.0.0/8")],
        "one: the ingress rule allows tcp port 443 from ::/0 and nothing alike from 0.0.0.0/0; "
        "add the rule for 0.0.0.0/0, or narrow this one.",
    ),
    "a rule whose pair is of another group": (
        "traffic-families",
        [
            https(INGRESS, "one", cidrIpv4=ANY4),
            resource(
                INGRESS,
                "two",
                ipProtocol="tcp",
                fromPort=443,
                toPort=443,
                cidrIpv6=ANY6,
                securityGroupId="sg-2",
            ),
            resource(
                INGRESS,
                "three",
                ipProtocol="tcp",
                fromPort=443,
                toPort=443,
                cidrIpv4=ANY4,
                securityGroupId="sg-2",
            ),
        ],
        "one: the ingress rule allows tcp port 443 from 0.0.0.0/0 and nothing alike from ::/0; "
        "add the rule for ::/0, or narrow this one.",
    ),
    "no packet too big": (
        "packet-too-big",
        [resource(GROUP, ingress=[HTTPS | {"ipv6CidrBlocks": ["2001:db8::/32"]}])],
        "one: the group lets tcp port 443 from 2001:db8::/32 in and drops ICMPv6 type 2 (packet too big); "
        "add an ingress rule for icmpv6, fromPort 2, toPort 0, from ::/0.",
    ),
    "packets too big from one range": (
        "packet-too-big",
        [
            https(INGRESS, "one", cidrIpv6="2001:db8::/32"),
            resource(
                INGRESS,
                "icmp",
                OF_GROUP,
                ipProtocol="58",
                fromPort=2,
                toPort=0,
                cidrIpv6="2001:db8::/32",
            ),
        ],
        "one: the group lets tcp port 443 from 2001:db8::/32 in and drops ICMPv6 type 2 (packet too big); "
        "add an ingress rule for icmpv6, fromPort 2, toPort 0, from ::/0.",
    ),
    "an open API": (
        "api-not-open",
        [
            resource(
                GROUP,
                ingress=[
                    {"protocol": "tcp", "fromPort": 6000, "toPort": 7000, "cidrBlocks": [ANY4]}
                ],
            )
        ],
        "one: tcp ports 6000-7000 from 0.0.0.0/0 opens port 6443 to everybody; "
        "name the ranges of your offices and VPNs, in both families.",
    ),
    "an open API of EKS": (
        "api-not-open",
        [resource(CLUSTER, vpcConfig={"subnetIds": UNKNOWN})],
        "one: its API is open to everybody (vpcConfig.publicAccessCidrs); "
        "name the ranges of your offices and VPNs, or set endpointPublicAccess to false.",
    ),
    "EKS of IPv4": (
        "eks-families",
        [resource(CLUSTER, kubernetesNetworkConfig={"serviceIpv4Cidr": "10.96.0.0/16"})],
        "one: the pods of the EKS cluster have IPv4 alone (ipFamily is ipv4); "
        "set kubernetesNetworkConfig.ipFamily to ipv6; it cannot be changed later.",
    ),
    "a load balancer of IPv4": (
        "load-balancer-families",
        [resource(BALANCER, loadBalancerType="network")],
        "one: the load balancer has IPv4 alone (ipAddressType is not set); set ipAddressType to dualstack.",
    ),
    "IPv6 targets behind IPv4": (
        "target-group-reachable",
        [
            resource(BALANCER, "front", ipAddressType="ipv4"),
            resource(TARGETS, "one", ipAddressType="ipv6"),
            resource(
                LISTENER,
                "listener",
                {"loadBalancerArn": (BALANCER, "front"), "defaultActions": (TARGETS, "one")},
            ),
        ],
        "one: its targets are of IPv6, and the load balancer front has IPv4 alone; "
        "set ipAddressType of the load balancer to dualstack.",
    ),
    "metadata without tokens": (
        "metadata-v2",
        [resource(INSTANCE, metadataOptions={"httpTokens": "optional"})],
        "one: its metadata answers without a token (httpTokens is optional); "
        "set metadataOptions.httpTokens to required.",
    ),
    "metadata of a template": (
        "metadata-v2",
        [resource(TEMPLATE)],
        "one: its metadata answers without a token (httpTokens is not set); "
        "set metadataOptions.httpTokens to required.",
    ),
    "metadata by IPv4": (
        "metadata-ipv6",
        [resource(INSTANCE, metadataOptions={"httpTokens": "required"})],
        "one: its metadata is not at fd00:ec2::254 (httpProtocolIpv6 is not set); "
        "set metadataOptions.httpProtocolIpv6 to enabled.",
    ),
    "a plain root disk": (
        "disk-encrypted",
        [resource(INSTANCE)],
        "one: the root disk (rootBlockDevice) is not encrypted; set encrypted to true.",
    ),
    "a plain disk of a template": (
        "disk-encrypted",
        [
            resource(
                TEMPLATE,
                blockDeviceMappings=[{"deviceName": "/dev/sdb", "ebs": {"encrypted": "false"}}],
            )
        ],
        "one: the disk /dev/sdb is not encrypted; set encrypted to true.",
    ),
    "a plain volume": (
        "disk-encrypted",
        [resource("aws:ebs/volume:Volume", size=10)],
        "one: the volume is not encrypted; set encrypted to true.",
    ),
    "a public IPv4 address alone": (
        "public-ipv4",
        [resource(TEMPLATE, networkInterfaces=[{"associatePublicIpAddress": "true"}])],
        "one: it asks for a public IPv4 address and for no IPv6 address; set ipv6AddressCount to 1.",
    ),
}

GOOD = {
    "vpc-ipv6": [
        resource(VPC, "net", cidrBlock="10.0.0.0/16"),
        resource("aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation", "more", IN_VPC),
        resource(VPC, "other", assignGeneratedIpv6CidrBlock=True),
    ],
    "subnet-ipv6": [
        resource(SUBNET, ipv6CidrBlock=UNKNOWN),
        resource(SUBNET, "v6", ipv6Native=True),
    ],
    "subnet-assigns-ipv6": [
        resource(SUBNET, ipv6CidrBlock=UNKNOWN, assignIpv6AddressOnCreation=True)
    ],
    "route-ipv6": [
        resource(TABLE, "table", routes=[{"cidrBlock": ANY4}]),
        resource(ROUTE, "six", OF_TABLE, destinationIpv6CidrBlock=ANY6),
        resource(ROUTE, "unknown", OF_TABLE, destinationCidrBlock=UNKNOWN),
    ],
    "route-ipv4": [resource(TABLE, routes=[{"cidrBlock": ANY4}, {"ipv6CidrBlock": ANY6}])],
    "egress-only-gateway": [
        resource(SUBNET, "public", IN_VPC),
        resource("aws:ec2/natGateway:NatGateway", "nat", {"subnetId": (SUBNET, "public")}),
        resource("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "out", IN_VPC),
    ],
    "endpoint-families": [
        resource("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway"),
        resource(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "two",
            vpcEndpointType="Interface",
            ipAddressType="dualstack",
        ),
    ],
    "traffic-families": [
        https(INGRESS, "four", cidrIpv4=ANY4),
        https(INGRESS, "six", cidrIpv6=ANY6),
        https(INGRESS, "narrow", cidrIpv4="10.0.0.0/8"),
        resource(
            GROUP,
            "inline",
            egress=[{"protocol": "-1", "cidrBlocks": [ANY4], "ipv6CidrBlocks": [ANY6]}],
        ),
        resource(INGRESS, "echo", OF_GROUP, ipProtocol="icmp", fromPort=8, toPort=0, cidrIpv4=ANY4),
    ],
    "packet-too-big": [
        resource(GROUP, ingress=[HTTPS | {"ipv6CidrBlocks": [ANY6]}, TOO_BIG]),
        https(INGRESS, "four", cidrIpv4=ANY4),
    ],
    "api-not-open": [
        https(INGRESS, "web", cidrIpv4=ANY4),
        resource(
            GROUP,
            "api",
            ingress=[
                {
                    "protocol": "tcp",
                    "fromPort": 6443,
                    "toPort": 6443,
                    "cidrBlocks": ["203.0.113.0/24"],
                }
            ],
        ),
        resource(GROUP, "unknown", ingress=UNKNOWN),
        resource(CLUSTER, "closed", vpcConfig={"endpointPublicAccess": False}),
    ],
    "eks-families": [resource(CLUSTER, kubernetesNetworkConfig={"ipFamily": "ipv6"})],
    "load-balancer-families": [
        resource(BALANCER, ipAddressType="dualstack-without-public-ipv4"),
        resource(BALANCER, "later", ipAddressType=UNKNOWN),
    ],
    "target-group-reachable": [
        resource(BALANCER, "front", ipAddressType="dualstack"),
        resource(TARGETS, "one", ipAddressType="ipv6"),
        resource(
            LISTENER,
            "l",
            {"loadBalancerArn": (BALANCER, "front"), "defaultActions": (TARGETS, "one")},
        ),
    ],
    "metadata-v2": [
        resource(INSTANCE, metadataOptions={"httpTokens": "required"}),
        resource(TEMPLATE, metadataOptions={"httpEndpoint": "disabled"}),
    ],
    "metadata-ipv6": [resource(INSTANCE, metadataOptions={"httpProtocolIpv6": "enabled"})],
    "disk-encrypted": [
        resource(INSTANCE, rootBlockDevice={"encrypted": True}),
        resource(TEMPLATE, blockDeviceMappings=[{"ebs": {"encrypted": "true"}}, {"noDevice": "x"}]),
        resource("aws:ebs/volume:Volume", encrypted=UNKNOWN),
    ],
    "public-ipv4": [
        resource(INSTANCE, associatePublicIpAddress=True, ipv6AddressCount=1),
        resource(TEMPLATE, networkInterfaces=[{"associatePublicIpAddress": "false"}]),
    ],
}


def messages(rule, resources, settings=None):
    """What a rule says: of the whole stack, or of each resource by itself as the engine asks."""
    looks = [resources] if rule.whole else [[one] for one in resources]
    return [finding.message for look in looks for finding in rule.check(look, settings or {})]


@pytest.mark.parametrize(("name", "resources", "message"), BAD.values(), ids=BAD)
def test_a_rule_says_what_is_wrong_with_its_value_and_the_cure(name, resources, message):
    assert messages(BY_NAME[name], resources) == [message]


@pytest.mark.parametrize("name", GOOD)
def test_a_rule_says_nothing_of_what_is_right(name):
    assert messages(BY_NAME[name], GOOD[name]) == []


def test_every_rule_has_a_bad_and_a_good_example():
    assert {name for name, _, _ in BAD.values()} == BY_NAME.keys()
    assert GOOD.keys() == BY_NAME.keys()


def test_no_rule_fails_over_resources_of_any_other_type_or_without_properties():
    every = [resource(kind) for kind in (VPC, SUBNET, TABLE, ROUTE, GROUP, OLD, INGRESS, INSTANCE)]
    every += [resource("kubernetes:core/v1:Service"), resource("pulumi:pulumi:Stack")]

    for rule in RULES:
        assert all(isinstance(text, str) for text in messages(rule, every))


def test_the_ports_of_an_api_are_chosen():
    opened = [resource(GROUP, ingress=[HTTPS | {"cidrBlocks": [ANY4]}])]

    assert messages(BY_NAME["api-not-open"], opened) == []
    assert messages(BY_NAME["api-not-open"], opened, {"ports": [443.0]}) == [
        "one: tcp port 443 from 0.0.0.0/0 opens port 443 to everybody; "
        "name the ranges of your offices and VPNs, in both families."
    ]


def test_a_group_is_named_once_whatever_the_form_of_its_rules():
    group = resource(GROUP, "group", ingress=[HTTPS | {"ipv6CidrBlocks": ["2001:db8::/32"]}])
    rule = https(INGRESS, "one", cidrIpv6="2001:db8:1::/48")

    assert len(messages(BY_NAME["packet-too-big"], [group, rule])) == 1


def test_disks_are_left_to_an_account_that_encrypts_by_default():
    assert (
        messages(BY_NAME["disk-encrypted"], [resource(INSTANCE)], {"accountEncrypts": True}) == []
    )
