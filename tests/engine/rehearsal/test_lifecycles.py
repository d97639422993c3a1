"""Resource types that have no rule of their own here: made, read, changed and taken away."""

import json

import pytest
from botocore.exceptions import ClientError

from rehearsal.providers.aws.dns import RecordResource
from rehearsal.providers.aws.endpoints import VpcEndpointResource
from rehearsal.providers.aws.functions import get_parameter, get_vpc_endpoint_service
from rehearsal.providers.aws.gateways import (
    EipResource,
    InternetGatewayResource,
    NatGatewayResource,
)
from rehearsal.providers.aws.iam import InstanceProfileResource, RolePolicyResource, RoleResource
from rehearsal.providers.aws.logs import FlowLogResource, LogGroupResource
from rehearsal.providers.aws.parameters import ParameterResource
from rehearsal.providers.aws.session import Aws, is_gone
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.vpc import VpcResource

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
READ = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
    }
)


def refusal(action, *args):
    with pytest.raises(ClientError) as raised:
        action(*args)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def absent(kind, aws, identity, properties):
    """Whether AWS knows the resource no more, in either of its two ways to say so."""
    try:
        return kind.read(aws, identity, properties) is None
    except ClientError as error:
        return is_gone(error)


@pytest.fixture(scope="module")
def vpc(aws):
    return VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})


@pytest.fixture(scope="module")
def subnet(aws, vpc):
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-west-1a"}
    return SubnetResource().create(aws, inputs)


def test_a_nat_gateway_frees_its_address_and_interface_when_it_goes(aws, ec2, subnet):
    address = EipResource().create(aws, {})
    gateway = NatGatewayResource().create(
        aws, {"subnetId": subnet.id, "allocationId": address.id, "tags": {"Name": "nat"}}
    )
    code, _ = refusal(EipResource().delete, aws, address.id, address.outputs)

    NatGatewayResource().delete(aws, gateway.id, gateway.outputs)
    EipResource().delete(aws, address.id, address.outputs)

    where = [{"Name": "subnet-id", "Values": [subnet.id]}]
    assert code == "InvalidIPAddress.InUse"
    assert gateway.outputs["publicIp"] == address.outputs["publicIp"]
    assert absent(NatGatewayResource(), aws, gateway.id, {})
    assert ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"] == []


def test_an_internet_gateway_stays_while_an_address_is_mapped(aws, vpc, subnet):
    gateway = InternetGatewayResource().create(aws, {"vpcId": vpc.id})
    address = EipResource().create(aws, {})
    nat = NatGatewayResource().create(aws, {"subnetId": subnet.id, "allocationId": address.id})

    code, _ = refusal(InternetGatewayResource().delete, aws, gateway.id, {"vpcId": vpc.id})
    NatGatewayResource().delete(aws, nat.id, nat.outputs)
    InternetGatewayResource().delete(aws, gateway.id, {"vpcId": vpc.id})

    assert code == "DependencyViolation"
    assert absent(InternetGatewayResource(), aws, gateway.id, {})


def test_a_gateway_endpoint_is_in_the_tables_it_is_given(aws, ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    other = ec2.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
    first = {
        "vpcId": vpc.id,
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "routeTableIds": [table],
    }
    second = first | {"routeTableIds": [table, other]}
    endpoint = VpcEndpointResource().create(aws, first)

    VpcEndpointResource().update(aws, endpoint.id, first, second)
    routes = ec2.describe_route_tables(RouteTableIds=[other])["RouteTables"][0]["Routes"]
    [both] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint.id])["VpcEndpoints"]
    VpcEndpointResource().update(aws, endpoint.id, second, first)
    left = ec2.describe_route_tables(RouteTableIds=[other])["RouteTables"][0]["Routes"]
    [one] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint.id])["VpcEndpoints"]
    VpcEndpointResource().delete(aws, endpoint.id, endpoint.outputs)

    assert sorted(both["RouteTableIds"]) == sorted([table, other])
    assert endpoint.id in [route.get("GatewayId") for route in routes]
    assert one["RouteTableIds"] == [table]
    assert endpoint.id not in [route.get("GatewayId") for route in left]
    assert absent(VpcEndpointResource(), aws, endpoint.id, {})


def test_an_interface_endpoint_of_both_families_needs_subnets_of_both(aws, vpc, subnet):
    inputs = {
        "vpcId": vpc.id,
        "serviceName": "com.amazonaws.eu-west-1.ssm",
        "vpcEndpointType": "Interface",
        "subnetIds": [subnet.id],
        "ipAddressType": "dualstack",
        "dnsOptions": {"dnsRecordIpType": "dualstack"},
    }

    code, message = refusal(VpcEndpointResource().create, aws, inputs)

    assert code == "InvalidParameter"
    assert f"Subnet {subnet.id} does not have an IPv6 CIDR block" in message


def test_private_dns_of_an_endpoint_needs_host_names_in_the_vpc(aws):
    bare = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    inputs = {
        "vpcId": bare.id,
        "serviceName": "com.amazonaws.eu-west-1.ssm",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
    }

    code, message = refusal(VpcEndpointResource().create, aws, inputs)

    assert code == "InvalidParameter"
    assert bare.id in message


def test_a_role_keeps_its_policies_until_they_are_taken_from_it(aws, client):
    role, there = RoleResource(), client("iam")
    made = role.create(aws, {"name": "node", "assumeRolePolicy": TRUST, "tags": {"a": "1"}})
    read_only = there.create_policy(PolicyName="read", PolicyDocument=READ)["Policy"]["Arn"]
    inline = RolePolicyResource().create(aws, {"name": "inline", "role": "node", "policy": READ})
    there.attach_role_policy(RoleName="node", PolicyArn=read_only)
    profile = InstanceProfileResource().create(aws, {"name": "node", "role": "node"})

    code, _ = refusal(role.delete, aws, made.id, {})
    InstanceProfileResource().delete(aws, profile.id, {"role": "node"})
    there.detach_role_policy(RoleName="node", PolicyArn=read_only)
    RolePolicyResource().delete(aws, inline.id, {})
    there.delete_policy(PolicyArn=read_only)
    role.delete(aws, made.id, {})

    assert code == "DeleteConflict"
    assert made.outputs["arn"] == "arn:aws:iam::123456789012:role/node"
    assert absent(role, aws, "node", {})


def test_a_policy_that_is_no_json_is_refused(aws):
    code, message = refusal(RoleResource().create, aws, {"name": "bad", "assumeRolePolicy": "{"})

    assert code == "MalformedPolicyDocument"
    assert message.startswith("This policy contains invalid Json")


def test_a_parameter_is_written_over_and_counted(aws, client):
    kind = ParameterResource()
    inputs = {"name": "/node/token", "type": "SecureString", "value": "one"}
    made = kind.create(aws, inputs)

    outputs = kind.update(
        aws, made.id, inputs | made.outputs, inputs | {"value": "two", "tags": {"a": "1"}}
    )

    stored = client("ssm").get_parameter(Name="/node/token", WithDecryption=True)["Parameter"]
    sealed = client("ssm").get_parameter(Name="/node/token")["Parameter"]
    assert (stored["Value"], stored["Version"], outputs["version"]) == ("two", 2, 2)
    assert sealed["Value"] != "two"
    assert made.outputs["arn"] == "arn:aws:ssm:eu-west-1:123456789012:parameter/node/token"
    kind.delete(aws, made.id, inputs)
    assert absent(kind, aws, made.id, inputs)


def test_a_parameter_is_made_once(aws):
    inputs = {"name": "/node/once", "type": "String", "value": "one"}
    ParameterResource().create(aws, inputs)

    code, _ = refusal(ParameterResource().create, aws, inputs)

    assert code == "ParameterAlreadyExists"


@pytest.mark.parametrize(("tier", "size"), [("Standard", 4097), ("Advanced", 8193)])
def test_a_value_that_a_parameter_cannot_hold_is_refused_without_repeating_it(aws, tier, size):
    inputs = {"name": "/node/long", "type": "SecureString", "value": "x" * size, "tier": tier}

    code, message = refusal(ParameterResource().create, aws, inputs)

    assert code == "ValidationException"
    assert f"/node/long has {size}" in message
    assert "xxxx" not in message


def test_a_value_that_looks_like_another_parameter_is_refused(aws):
    inputs = {"name": "/node/nested", "type": "String", "value": "{{ ssm:other }}"}

    code, message = refusal(ParameterResource().create, aws, inputs)

    assert code == "ValidationException"
    assert "/node/nested" in message


def test_an_alias_of_both_families_is_made_and_taken_away(aws, client):
    made_zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="alias")
    zone = made_zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
    target = {"name": "api.elb.amazonaws.com", "zoneId": "Z1", "evaluateTargetHealth": True}
    records = [
        {"zoneId": zone, "name": "api", "type": kind, "aliases": [target]} for kind in ("A", "AAAA")
    ]

    made = [RecordResource().create(aws, record) for record in records]
    listed = client("route53").list_resource_record_sets(HostedZoneId=zone)
    again, _ = refusal(RecordResource().create, aws, records[0])
    for record, inputs in zip(made, records, strict=True):
        RecordResource().delete(aws, record.id, inputs)
    client("route53").delete_hosted_zone(Id=zone)

    aliases = [r["Type"] for r in listed["ResourceRecordSets"] if "AliasTarget" in r]
    assert sorted(aliases) == ["A", "AAAA"]
    assert made[0].outputs["fqdn"] == "api.example.com"
    assert again == "InvalidChangeBatch"


def test_flow_logs_go_to_a_log_group_or_a_bucket(aws, client, ec2, vpc):
    group = LogGroupResource().create(aws, {"name": "/flow", "retentionInDays": 30})
    role = RoleResource().create(aws, {"name": "flow", "assumeRolePolicy": TRUST})
    there = {"LocationConstraint": "eu-west-1"}
    client("s3").create_bucket(Bucket="flow-logs-of-a-test", CreateBucketConfiguration=there)
    to_group = {
        "vpcId": vpc.id,
        "trafficType": "ALL",
        "logDestination": group.outputs["arn"],
        "iamRoleArn": role.outputs["arn"],
    }
    to_bucket = {
        "vpcId": vpc.id,
        "trafficType": "REJECT",
        "logDestinationType": "s3",
        "logDestination": "arn:aws:s3:::flow-logs-of-a-test",
    }

    made = [FlowLogResource().create(aws, inputs) for inputs in (to_group, to_bucket)]
    listed = ec2.describe_flow_logs(FlowLogIds=[flow.id for flow in made])["FlowLogs"]
    for flow in made:
        FlowLogResource().delete(aws, flow.id, {})
    LogGroupResource().delete(aws, group.id, {})
    client("s3").delete_bucket(Bucket="flow-logs-of-a-test")

    assert {flow["LogDestinationType"] for flow in listed} == {"cloud-watch-logs", "s3"}
    assert absent(FlowLogResource(), aws, made[0].id, {})
    assert absent(LogGroupResource(), aws, group.id, {})


def test_a_service_tells_which_families_it_offers(aws):
    both = get_vpc_endpoint_service(aws, {"service": "ssm", "serviceType": "Interface"})
    one = get_vpc_endpoint_service(aws, {"service": "sns", "serviceType": "Interface"})

    assert both["serviceName"] == "com.amazonaws.eu-west-1.ssm"
    assert both["supportedIpAddressTypes"] == ["ipv4", "ipv6"]
    assert one["supportedIpAddressTypes"] == ["ipv4"]


def test_a_service_that_is_none_is_refused(aws):
    code, _ = refusal(get_vpc_endpoint_service, aws, {"service": "nothing"})

    assert code == "InvalidServiceName"


@pytest.mark.parametrize(
    ("name", "kind", "there"),
    [
        ("cn.com.amazonaws.cn-north-1.ecr.api", "Interface", True),
        ("com.amazonaws.cn-north-1.ecr.api", "Interface", False),
        ("com.amazonaws.cn-north-1.ssm", "Interface", True),
        ("cn.com.amazonaws.cn-north-1.ssm", "Interface", False),
        ("cn.com.amazonaws.cn-north-1.s3", "Interface", True),
        ("com.amazonaws.cn-north-1.s3", "Interface", False),
        ("com.amazonaws.cn-north-1.s3", "Gateway", True),
        ("com.amazonaws.eu-west-1.ssm", "Interface", False),
    ],
)
def test_in_china_a_service_is_there_by_one_name(aws, name, kind, there):
    china = Aws(aws.clients, "cn-north-1", {})
    asked = {"serviceName": name, "serviceType": kind}

    if there:
        assert get_vpc_endpoint_service(china, asked)["serviceName"] == name
    else:
        assert refusal(get_vpc_endpoint_service, china, asked) == (
            "InvalidServiceName",
            f"The Vpc Endpoint Service '{name}' does not exist",
        )


def test_in_govcloud_a_service_tells_no_families(aws):
    there = Aws(aws.clients, "us-gov-west-1", {})

    assert "supportedIpAddressTypes" not in get_vpc_endpoint_service(there, {"service": "ssm"})


def test_a_parameter_that_is_not_there_is_told(aws):
    code, _ = refusal(get_parameter, aws, {"name": "/nowhere"})

    assert code == "ParameterNotFound"


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_every_partition_is_in_names_and_arns(aws, region, partition, suffix):
    there = Aws(aws.clients, region, {})

    vpc = VpcResource().create(there, {"cidrBlock": "10.0.0.0/16"})
    role = RoleResource().create(there, {"name": f"node-{partition}", "assumeRolePolicy": TRUST})

    service = get_vpc_endpoint_service(there, {"service": "ssm", "serviceType": "Interface"})
    assert there.partition == partition
    assert service["privateDnsName"] == f"ssm.{region}.{suffix}"
    assert vpc.outputs["arn"].startswith(f"arn:{partition}:ec2:{region}:")
    assert role.outputs["arn"] == f"arn:{partition}:iam::123456789012:role/node-{partition}"
