"""Private ways from a network to AWS services."""

import pytest

from components import Network

ZONES = ["eu-west-1a", "eu-west-1b"]


def network(**endpoints):
    """A program that makes a network with these endpoints."""
    return lambda: Network("net", {"zones": ZONES, "endpoints": endpoints})


def test_s3_is_in_every_route_table(deploy):
    deployment = deploy(network())

    assert deployment.one("VpcEndpoint") == {
        "vpcId": "Vpc net",
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": [
            "RouteTable net-public",
            "RouteTable net-private-eu-west-1a",
            "RouteTable net-private-eu-west-1b",
        ],
        "tags": {"Name": "net-s3-gateway"},
    }


def test_without_endpoints_there_is_no_group_for_them(deploy):
    deployment = deploy(network(s3=False))

    assert deployment.all("VpcEndpoint") == {}
    assert deployment.all("SecurityGroup") == {}
    assert deployment.looked_up == []


def test_an_endpoint_has_both_families_where_the_service_offers_them(deploy):
    deployment = deploy(network(interfaces=["ssm"]))

    assert deployment.all("VpcEndpoint")["net-ssm"] == {
        "vpcId": "Vpc net",
        "serviceName": "com.amazonaws.eu-west-1.ssm",
        "vpcEndpointType": "Interface",
        "subnetIds": ["Subnet net-private-eu-west-1a", "Subnet net-private-eu-west-1b"],
        "securityGroupIds": ["SecurityGroup net-endpoints"],
        "privateDnsEnabled": True,
        "ipAddressType": "dualstack",
        "dnsOptions": {"dnsRecordIpType": "dualstack"},
        "tags": {"Name": "net-ssm"},
    }


def test_an_endpoint_has_ipv4_alone_where_the_service_offers_no_more(deploy):
    deployment = deploy(network(interfaces=["ecr.dkr"]))

    endpoint = deployment.all("VpcEndpoint")["net-ecr.dkr"]

    assert endpoint["ipAddressType"] == "ipv4"
    assert endpoint["dnsOptions"] == {"dnsRecordIpType": "ipv4"}


def test_each_service_is_asked_for_its_full_name(deploy):
    deployment = deploy(network(interfaces=["ssm", "ec2"]))

    asked = sorted(
        (call.token, call.args["service"], call.args["serviceType"])
        for call in deployment.looked_up
    )

    assert asked == [
        ("aws:ec2/getVpcEndpointService:getVpcEndpointService", "ec2", "Interface"),
        ("aws:ec2/getVpcEndpointService:getVpcEndpointService", "ssm", "Interface"),
    ]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ssm", "com.amazonaws.cn-north-1.ssm"),
        ("logs", "com.amazonaws.cn-north-1.logs"),
        ("ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"),
        ("sts", "cn.com.amazonaws.cn-north-1.sts"),
        ("s3", "cn.com.amazonaws.cn-north-1.s3"),
        (
            "cn.com.amazonaws.cn-north-1.transcribe.cn",
            "cn.com.amazonaws.cn-north-1.transcribe.cn",
        ),
        ("com.amazonaws.cn-north-1.kms", "com.amazonaws.cn-north-1.kms"),
    ],
)
def test_in_china_a_service_is_asked_for_by_the_name_that_it_has_there(deploy, written, asked):
    args = {"zones": ["cn-north-1a"], "endpoints": {"interfaces": [written]}}

    deployment = deploy(lambda: Network("net", args))

    [call] = deployment.looked_up
    assert (call.args.get("service"), call.args["serviceName"]) == (None, asked)
    made = deployment.all("VpcEndpoint")
    [interface] = [one for one in made.values() if one["vpcEndpointType"] == "Interface"]
    assert interface["serviceName"] == asked
    assert made["net-s3-gateway"]["serviceName"] == "com.amazonaws.cn-north-1.s3"


def test_a_full_name_and_a_short_one_make_the_same_endpoint(deploy):
    def names(service):
        args = {"zones": ["cn-north-1a"], "endpoints": {"interfaces": [service]}}
        return set(deploy(lambda: Network("net", args)).resources)

    assert names("ecr.api") == names("cn.com.amazonaws.cn-north-1.ecr.api")


def test_an_endpoint_has_ipv4_alone_where_aws_tells_the_name_of_a_service_alone(deploy):
    deployment = deploy(network(interfaces=["kms"]))

    assert deployment.all("VpcEndpoint")["net-kms"]["ipAddressType"] == "ipv4"


def test_endpoints_admit_https_from_the_vpc_in_both_families(deploy):
    deployment = deploy(network(interfaces=["ssm", "ec2"]))

    assert deployment.all("SecurityGroup") == {
        "net-endpoints": {
            "vpcId": "Vpc net",
            "description": "Endpoints of AWS services",
            "tags": {"Name": "net-endpoints"},
        }
    }
    assert deployment.all("SecurityGroupIngressRule") == {
        "net-endpoints-https-ipv4": {
            "securityGroupId": "SecurityGroup net-endpoints",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/16",
            "description": "HTTPS from the VPC",
            "tags": {"Name": "net-endpoints-https-ipv4"},
        },
        "net-endpoints-https-ipv6": {
            "securityGroupId": "SecurityGroup net-endpoints",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv6": "2600:1f14:db8::/56",
            "description": "HTTPS from the VPC",
            "tags": {"Name": "net-endpoints-https-ipv6"},
        },
    }


def test_an_endpoint_that_is_added_leaves_the_others_alone(deploy):
    before = deploy(network(interfaces=["ssm"])).inputs()
    after = deploy(network(interfaces=["ec2", "ssm"])).inputs()

    assert {key for key in before if before[key] != after[key]} == {"Network net"}
    assert after.keys() - before.keys() == {"VpcEndpoint net-ec2"}


def test_s3_may_have_an_interface_beside_its_gateway(deploy):
    deployment = deploy(network(s3=True, interfaces=["s3"]))

    kinds = {name: made["vpcEndpointType"] for name, made in deployment.all("VpcEndpoint").items()}

    assert kinds == {"net-s3": "Interface", "net-s3-gateway": "Gateway"}
