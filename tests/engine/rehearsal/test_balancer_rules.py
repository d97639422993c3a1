"""Rules of AWS on dual-stack load balancers that moto does not know."""

import itertools
from ipaddress import IPv6Network

import pytest
from botocore.exceptions import ClientError

from rehearsal.providers.aws.instances import InstanceResource
from rehearsal.providers.aws.load_balancers import LoadBalancerResource
from rehearsal.providers.aws.security_groups import IngressRuleResource, SecurityGroupResource
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.target_groups import (
    ListenerResource,
    TargetGroupAttachmentResource,
    TargetGroupResource,
)
from rehearsal.providers.aws.vpc import VpcResource

NAMES = (f"balancer-{number}" for number in itertools.count())


def refusal(action, *args):
    with pytest.raises(ClientError) as raised:
        action(*args)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


class Place:
    """A VPC with a dual-stack subnet in each of two zones, and one with IPv4 alone."""

    def __init__(self, aws, ec2):
        self.vpc = VpcResource().create(
            aws, {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True}
        )
        blocks = IPv6Network(self.vpc.outputs["ipv6CidrBlock"]).subnets(new_prefix=64)
        self.dual = [
            self._subnet(aws, number, zone, str(next(blocks)))
            for number, zone in enumerate(("eu-west-1a", "eu-west-1b"))
        ]
        self.ipv4 = self._subnet(aws, 9, "eu-west-1c", None)
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc.id)

    def _subnet(self, aws, number, zone, ipv6):
        inputs = {
            "vpcId": self.vpc.id,
            "cidrBlock": f"10.0.{number}.0/24",
            "availabilityZone": zone,
        }
        if ipv6:
            inputs |= {"ipv6CidrBlock": ipv6, "assignIpv6AddressOnCreation": True}
        return SubnetResource().create(aws, inputs).id


@pytest.fixture(scope="module")
def place(aws, ec2):
    return Place(aws, ec2)


def balancer(subnets, **inputs):
    return {
        "name": next(NAMES),
        "loadBalancerType": "network",
        "ipAddressType": "dualstack",
        "subnets": subnets,
    } | inputs


def group(place, **inputs):
    return {
        "name": next(NAMES),
        "port": 6443,
        "protocol": "TCP",
        "vpcId": place.vpc.id,
        "targetType": "instance",
    } | inputs


def forward(arn, target):
    return {
        "loadBalancerArn": arn,
        "port": 6443,
        "protocol": "TCP",
        "defaultActions": [{"type": "forward", "targetGroupArn": target}],
    }


def test_a_dualstack_balancer_is_what_aws_lists(aws, client, place):
    made = LoadBalancerResource().create(
        aws, balancer(place.dual, enableCrossZoneLoadBalancing=True, tags={"Name": "api"})
    )

    elb = client("elbv2")
    [listed] = elb.describe_load_balancers(LoadBalancerArns=[made.id])["LoadBalancers"]
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=made.id)["Attributes"]
    assert (listed["IpAddressType"], listed["Type"]) == ("dualstack", "network")
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in attributes
    assert listed["DNSName"] == made.outputs["dnsName"]


def test_a_dualstack_balancer_in_a_subnet_without_ipv6_is_refused(aws, place):
    code, message = refusal(
        LoadBalancerResource().create, aws, balancer([place.dual[0], place.ipv4])
    )

    assert code == "InvalidSubnet"
    assert message.startswith(f"Subnet {place.ipv4} has no IPv6 CIDR block")


def test_an_ipv4_balancer_in_a_subnet_without_ipv6_is_taken(aws, place):
    made = LoadBalancerResource().create(aws, balancer([place.ipv4], ipAddressType="ipv4"))

    assert made.outputs["subnets"] == [place.ipv4]


def test_a_balancer_of_the_internet_needs_a_gateway(aws):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    subnet = SubnetResource().create(aws, {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})

    said = refusal(LoadBalancerResource().create, aws, balancer([subnet.id], ipAddressType="ipv4"))

    assert said == ("InvalidSubnet", f"VPC {vpc.id} has no internet gateway")


def test_an_internal_dualstack_balancer_is_refused_where_ipv6_goes_to_the_internet(aws, ec2, place):
    table = ec2.create_route_table(VpcId=place.vpc.id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=place.gateway)
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=place.dual[1])

    code, message = refusal(LoadBalancerResource().create, aws, balancer(place.dual, internal=True))

    ec2.disassociate_route_table(AssociationId=association["AssociationId"])
    assert code == "InvalidSubnet"
    assert f"Subnet {place.dual[1]} routes ::/0 to {place.gateway}" in message


def test_an_internal_dualstack_balancer_is_taken_elsewhere(aws, place):
    made = LoadBalancerResource().create(aws, balancer(place.dual, internal=True))

    assert made.outputs["subnets"] == place.dual


@pytest.mark.parametrize("name", ["internal-api", "-api", "api-", "a" * 33, "api_1"])
def test_a_name_that_balancers_cannot_have_is_refused(aws, place, name):
    code, message = refusal(LoadBalancerResource().create, aws, balancer(place.dual, name=name))

    assert code == "ValidationError"
    assert f"'{name}'" in message


def test_a_first_security_group_replaces_a_network_balancer():
    before = {"loadBalancerType": "network", "subnets": ["a"]}
    after = before | {"securityGroups": ["sg-1"]}

    replaced = LoadBalancerResource().replaced_by(before, after, ["securityGroups"])

    assert replaced == {"securityGroups"}


def test_another_security_group_changes_a_network_balancer_in_place():
    before = {"loadBalancerType": "network", "subnets": ["a"], "securityGroups": ["sg-1"]}
    after = before | {"securityGroups": ["sg-1", "sg-2"]}

    assert LoadBalancerResource().replaced_by(before, after, ["securityGroups"]) == set()


def test_a_zone_more_changes_a_network_balancer_in_place_and_a_zone_less_replaces_it():
    two = {"loadBalancerType": "network", "subnets": ["a", "b"]}
    three = two | {"subnets": ["a", "b", "c"]}

    assert LoadBalancerResource().replaced_by(two, three, ["subnets"]) == set()
    assert LoadBalancerResource().replaced_by(three, two, ["subnets"]) == {"subnets"}


def test_a_target_group_of_ipv6_instances_needs_primary_addresses(aws, client, place):
    image = client("ec2").describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    machine = {"ami": image, "instanceType": "t3.small", "subnetId": place.dual[0]}
    plain = InstanceResource().create(aws, machine)
    primary = InstanceResource().create(aws, machine | {"enablePrimaryIpv6": True})
    targets = TargetGroupResource().create(aws, group(place, ipAddressType="ipv6"))

    code, message = refusal(
        TargetGroupAttachmentResource().create,
        aws,
        {"targetGroupArn": targets.id, "targetId": plain.id},
    )
    TargetGroupAttachmentResource().create(
        aws, {"targetGroupArn": targets.id, "targetId": primary.id}
    )

    health = client("elbv2").describe_target_health(TargetGroupArn=targets.id)
    [registered] = health["TargetHealthDescriptions"]
    assert code == "InvalidTarget"
    assert plain.id in message
    assert registered["Target"]["Id"] == primary.id


@pytest.mark.parametrize("associate", [False, True])
def test_an_instance_that_says_whether_it_has_a_public_address_gets_no_primary_one(
    aws, client, place, associate
):
    image = client("ec2").describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    machine = {"ami": image, "instanceType": "t3.small", "subnetId": place.dual[0]}
    asked = {"enablePrimaryIpv6": True, "associatePublicIpAddress": associate}
    made = InstanceResource().create(aws, machine | asked)
    targets = TargetGroupResource().create(aws, group(place, ipAddressType="ipv6"))

    code, message = refusal(
        TargetGroupAttachmentResource().create,
        aws,
        {"targetGroupArn": targets.id, "targetId": made.id},
    )

    assert code == "InvalidTarget"
    assert made.id in message


def test_ipv6_targets_are_refused_behind_an_ipv4_balancer(aws, place):
    made = LoadBalancerResource().create(aws, balancer(place.dual, ipAddressType="ipv4"))
    targets = TargetGroupResource().create(aws, group(place, ipAddressType="ipv6"))

    code, _ = refusal(ListenerResource().create, aws, forward(made.id, targets.id))

    assert code == "InvalidConfigurationRequest"


def test_a_target_group_keeps_its_attributes_and_health_check(aws, client, place):
    made = TargetGroupResource().create(
        aws,
        group(
            place,
            preserveClientIp="false",
            deregistrationDelay=30,
            targetHealthStates=[
                {"enableUnhealthyConnectionTermination": False, "unhealthyDrainingInterval": 20}
            ],
            healthCheck={"protocol": "HTTPS", "path": "/readyz", "port": "6443"},
        ),
    )

    elb = client("elbv2")
    [listed] = elb.describe_target_groups(TargetGroupArns=[made.id])["TargetGroups"]
    attributes = elb.describe_target_group_attributes(TargetGroupArn=made.id)["Attributes"]
    assert (listed["HealthCheckProtocol"], listed["HealthCheckPath"]) == ("HTTPS", "/readyz")
    assert {"Key": "preserve_client_ip.enabled", "Value": "false"} in attributes
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "30"} in attributes
    of_unhealthy = "target_health_state.unhealthy"
    cut = {"Key": f"{of_unhealthy}.connection_termination.enabled", "Value": "false"}
    interval = {"Key": f"{of_unhealthy}.draining_interval_seconds", "Value": "20"}
    assert cut in attributes
    assert interval in attributes


def test_a_subnet_and_a_security_group_of_a_balancer_are_not_deleted(aws, place):
    guard = SecurityGroupResource().create(aws, {"name": next(NAMES), "vpcId": place.vpc.id})
    LoadBalancerResource().create(aws, balancer(place.dual, securityGroups=[guard.id]))

    subnet_code, _ = refusal(SubnetResource().delete, aws, place.dual[0], {})
    group_code, _ = refusal(SecurityGroupResource().delete, aws, guard.id, {})

    assert (subnet_code, group_code) == ("DependencyViolation", "DependencyViolation")


def test_a_new_security_group_lets_nothing_out(aws, ec2, place):
    made = SecurityGroupResource().create(aws, {"name": next(NAMES), "vpcId": place.vpc.id})

    [listed] = ec2.describe_security_groups(GroupIds=[made.id])["SecurityGroups"]

    assert listed["IpPermissionsEgress"] == []


def test_a_rule_names_one_source(aws, place):
    made = SecurityGroupResource().create(aws, {"name": next(NAMES), "vpcId": place.vpc.id})
    rule = {
        "securityGroupId": made.id,
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrIpv4": "10.0.0.0/16",
        "cidrIpv6": "::/0",
    }

    code, _ = refusal(IngressRuleResource().create, aws, rule)

    assert code == "InvalidParameterCombination"


def test_a_rule_for_everything_takes_no_ports(aws, place):
    made = SecurityGroupResource().create(aws, {"name": next(NAMES), "vpcId": place.vpc.id})
    rule = {
        "securityGroupId": made.id,
        "ipProtocol": "-1",
        "fromPort": 0,
        "toPort": 0,
        "cidrIpv6": "::/0",
    }

    code, message = refusal(IngressRuleResource().create, aws, rule)

    assert (code, message) == ("InvalidParameterValue", "protocol -1 takes no ports")


def test_a_rule_is_there_once(aws, place):
    made = SecurityGroupResource().create(aws, {"name": next(NAMES), "vpcId": place.vpc.id})
    rule = {
        "securityGroupId": made.id,
        "ipProtocol": "icmpv6",
        "fromPort": 2,
        "toPort": 0,
        "cidrIpv6": "::/0",
    }
    IngressRuleResource().create(aws, rule)

    code, _ = refusal(IngressRuleResource().create, aws, rule)

    assert code == "InvalidPermission.Duplicate"
