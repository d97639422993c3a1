"""What a controller in a cluster has made, when the cluster is taken down."""

import pytest

from rehearsal.machines.leftovers import remove_load_balancers

TAG = "elbv2.k8s.aws/cluster"


@pytest.fixture
def vpc(ec2):
    vpc_id = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    yield vpc_id
    ec2.delete_vpc(VpcId=vpc_id)


@pytest.fixture
def subnet(ec2, vpc):
    subnet_id = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.0.0/24")["Subnet"]["SubnetId"]
    yield subnet_id
    ec2.delete_subnet(SubnetId=subnet_id)


def group(ec2, vpc, name, **tags):
    made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[made], Tags=tagged(tags) or [{"Key": "Name", "Value": name}])
    return made


def tagged(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def balancer(elb, subnet, vpc, name, **tags):
    listed = tagged(tags) or [{"Key": "Name", "Value": name}]
    made = elb.create_load_balancer(
        Name=name, Type="network", Subnets=[subnet], Scheme="internal", Tags=listed
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elb.create_target_group(
        Name=name, Protocol="TCP", Port=30080, VpcId=vpc, Tags=listed
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=made,
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
    )
    return made, targets


def test_what_was_made_for_services_goes_before_the_vpc_and_nothing_else_does(
    client, ec2, vpc, subnet
):
    elb = client("elbv2")
    api = balancer(elb, subnet, vpc, "prod-api")
    balancer(elb, subnet, vpc, "k8s-web", **{TAG: "prod"})
    other = balancer(elb, subnet, vpc, "k8s-other", **{TAG: "staging"})
    machines = group(ec2, vpc, "machines")
    theirs = group(ec2, vpc, "k8s-traffic", **{TAG: "prod"})
    by_node_port = {"IpProtocol": "tcp", "FromPort": 30080, "ToPort": 30080}
    let_in = {**by_node_port, "UserIdGroupPairs": [{"GroupId": theirs}]}
    of_vpc = {**by_node_port, "IpRanges": [{"CidrIp": "10.77.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=machines, IpPermissions=[let_in, of_vpc])

    names = remove_load_balancers(elb, ec2, "prod")

    assert names == ["k8s-web"]
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    assert {api[0], other[0]} == {
        one["LoadBalancerArn"] for one in balancers if one["VpcId"] == vpc
    }
    targets = elb.describe_target_groups()["TargetGroups"]
    assert {api[1], other[1]} == {one["TargetGroupArn"] for one in targets if one["VpcId"] == vpc}
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    left = {one["GroupName"]: one["IpPermissions"] for one in groups["SecurityGroups"]}
    assert sorted(left) == ["default", "machines"]
    (rule,) = left["machines"]
    assert (rule["IpRanges"], rule["UserIdGroupPairs"]) == ([{"CidrIp": "10.77.0.0/16"}], [])
    for arn, targets_arn in (api, other):
        elb.delete_load_balancer(LoadBalancerArn=arn)
        elb.delete_target_group(TargetGroupArn=targets_arn)
    ec2.delete_security_group(GroupId=machines)
