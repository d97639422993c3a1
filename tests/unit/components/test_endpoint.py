"""The API endpoint, as AWS is asked for it."""

import pytest

from components import ApiEndpoint

ARGS = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "security_group_id": "sg-1",
    "ip_families": ["IPv4", "IPv6"],
}


def endpoint(**args):
    """A program that makes one endpoint and returns its outputs."""

    def program():
        made = ApiEndpoint("api", {**ARGS, **args})
        return {"host": made.host, "target_group_arn": made.target_group_arn}

    return program


@pytest.mark.parametrize(
    ("scheme", "internal"),
    [({}, True), ({"scheme": "internal"}, True), ({"scheme": "internet-facing"}, False)],
    ids=["default", "internal", "internet-facing"],
)
def test_the_load_balancer_has_both_families_whether_inside_or_outside(deploy, scheme, internal):
    deployment = deploy(endpoint(**scheme))

    assert deployment.one("LoadBalancer") == {
        "loadBalancerType": "network",
        "internal": internal,
        "ipAddressType": "dualstack",
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "enableCrossZoneLoadBalancing": True,
        "enableDeletionProtection": False,
        "tags": {"Name": "api"},
    }


@pytest.mark.parametrize(
    ("families", "family"), [(["IPv4", "IPv6"], "ipv4"), (["IPv6", "IPv4"], "ipv6")]
)
def test_api_servers_are_reached_in_the_primary_family(deploy, families, family):
    deployment = deploy(endpoint(ip_families=families))

    assert deployment.one("TargetGroup") == {
        "vpcId": "vpc-1",
        "targetType": "instance",
        "ipAddressType": family,
        "protocol": "TCP",
        "port": 6443,
        "preserveClientIp": "false",
        "deregistrationDelay": 30,
        "targetHealthStates": [
            {"enableUnhealthyConnectionTermination": False, "unhealthyDrainingInterval": 20}
        ],
        "healthCheck": {
            "protocol": "HTTPS",
            "path": "/readyz",
            "matcher": "200-403",
            "port": "6443",
            "interval": 5,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        },
        "tags": {"Name": "api"},
    }


def test_the_listener_hands_every_connection_to_the_api_servers(deploy):
    deployment = deploy(endpoint())

    assert deployment.one("Listener") == {
        "loadBalancerArn": "arn:api",
        "protocol": "TCP",
        "port": 6443,
        "defaultActions": [{"type": "forward", "targetGroupArn": "arn:api"}],
        "tags": {"Name": "api"},
    }


def test_without_a_name_of_its_own_the_endpoint_is_called_as_its_load_balancer(deploy):
    deployment = deploy(endpoint())

    assert deployment.outputs == {
        "host": "api.elb.eu-west-1.amazonaws.com",
        "target_group_arn": "arn:api",
    }
    assert deployment.all("Record") == {}


def test_a_name_of_its_own_leads_to_the_load_balancer_in_both_families(deploy):
    deployment = deploy(endpoint(hosted_zone_id="Z0123456789ABC", dns_name="api.example.com"))

    def record(kind):
        return {
            "zoneId": "Z0123456789ABC",
            "name": "api.example.com",
            "type": kind,
            "aliases": [
                {
                    "name": "api.elb.eu-west-1.amazonaws.com",
                    "zoneId": "Z2IFOLAFXWLO4F",
                    "evaluateTargetHealth": False,
                }
            ],
        }

    assert deployment.all("Record") == {"api-ipv4": record("A"), "api-ipv6": record("AAAA")}
    assert deployment.outputs["host"] == "api.example.com"


def test_a_protected_load_balancer_is_protected_on_both_sides(deploy):
    deployment = deploy(endpoint(protect=True))

    assert [key for key, made in deployment.resources.items() if made.protect] == [
        "LoadBalancer api"
    ]
    assert deployment.one("LoadBalancer")["enableDeletionProtection"] is True


def test_every_part_is_a_child_of_the_endpoint(deploy):
    deployment = deploy(endpoint(hosted_zone_id="Z0123456789ABC", dns_name="api.example.com"))

    parents = {key: made.parent for key, made in deployment.resources.items()}

    assert parents == {
        "ApiEndpoint api": "Stack dualstack-test",
        "LoadBalancer api": "ApiEndpoint api",
        "TargetGroup api": "ApiEndpoint api",
        "Listener api": "ApiEndpoint api",
        "Record api-ipv4": "ApiEndpoint api",
        "Record api-ipv6": "ApiEndpoint api",
    }


@pytest.mark.parametrize(
    "named", [{}, {"hosted_zone_id": "Z0123456789ABC", "dns_name": "api.example.com"}]
)
def test_a_preview_shows_every_part_before_the_load_balancer_has_a_name(deploy, named):
    deployed = deploy(endpoint(**named))
    previewed = deploy(endpoint(**named), preview=True)

    assert sorted(previewed.resources) == sorted(deployed.resources)


def test_arguments_in_camel_case_make_the_same_endpoint(deploy):
    def program():
        ApiEndpoint(
            "api",
            {
                "vpc_id": "vpc-1",
                "subnet_ids": ["subnet-1", "subnet-2"],
                "security_group_id": "sg-1",
                "ipFamilies": ["IPv6", "IPv4"],
                "hostedZoneId": "Z0123456789ABC",
                "dnsName": "api.example.com",
            },
        )

    of_camel = deploy(program).inputs()
    of_snake = deploy(
        endpoint(
            ip_families=["IPv6", "IPv4"],
            hosted_zone_id="Z0123456789ABC",
            dns_name="api.example.com",
        )
    ).inputs()

    of_camel.pop("ApiEndpoint api")
    of_snake.pop("ApiEndpoint api")
    assert of_camel == of_snake
