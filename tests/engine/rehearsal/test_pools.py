"""A pool of workers on the real engine: what a failed launch and a changed template do to it, and to the run."""

import json
import urllib.request

import pulumi
import pytest
from pulumi_aws import ec2, iam

from components import WorkerPool
from rehearsal.cloud import shortages

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
            }
        ],
    }
)


def workers(*, waits=False, **sizes):
    """A program with one pool; `waits` lets the provider wait for its machines, as it does by default."""

    def waiting(args):
        if waits and args.type_ == "aws:autoscaling/group:Group":
            props = {n: v for n, v in args.props.items() if n != "wait_for_capacity_timeout"}
            return pulumi.ResourceTransformResult(
                props | {"waitForCapacityTimeout": "10m"}, args.opts
            )
        return None

    def program():
        network = ec2.Vpc("net", cidr_block="10.0.0.0/16", assign_generated_ipv6_cidr_block=True)
        subnet = ec2.Subnet(
            "net",
            vpc_id=network.id,
            cidr_block="10.0.0.0/20",
            ipv6_cidr_block=network.ipv6_cidr_block.apply(
                lambda block: block.replace("/56", "/64")
            ),
            availability_zone="eu-west-1a",
        )
        group = ec2.SecurityGroup("net", vpc_id=network.id)
        role = iam.Role("net", assume_role_policy=TRUST)
        profile = iam.InstanceProfile("net", role=role.name)
        pool = WorkerPool(
            "pool",
            {
                "region": "eu-west-1",
                "cluster": {"name": "dev", "kubernetes_version": "1.37"},
                "pool_name": "general",
                "pool": {"instance_types": ["m6i.large"], **sizes},
                "subnet_ids": {"eu-west-1a": subnet.id},
                "security_group_id": group.id,
                "instance_profile_name": profile.name,
            },
            pulumi.ResourceOptions(transforms=[waiting]),
        )
        pulumi.export("group", pool.group_name)

    return program


@pytest.fixture
def short(cloud):
    """EC2 has no capacity for these instance types."""

    def say(*kinds):
        body = json.dumps(dict.fromkeys(kinds, "VcpuLimitExceeded")).encode()
        url = f"{cloud.endpoint}{shortages.PATH}"
        urllib.request.urlopen(urllib.request.Request(url, body, method="PUT")).close()

    yield say
    say()


def members(client, run):
    """The instances of the group."""
    found = client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[run.outputs["group"]]
    )
    return {one["InstanceId"] for one in found["AutoScalingGroups"][0]["Instances"]}


def groups(client):
    return client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]


def test_a_failed_launch_does_not_fail_the_run_and_the_group_says_why(rig, client, short):
    short("m6i.large")

    run = rig(workers(min=1, max=3)).up()

    assert members(client, run) == set()
    activities = client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=run.outputs["group"]
    )["Activities"]
    assert {one["StatusCode"] for one in activities} == {"Failed"}
    assert "VcpuLimitExceeded" in activities[0]["StatusMessage"]


def test_a_run_that_waits_for_capacity_fails_and_keeps_the_group(rig, client, short):
    short("m6i.large")
    stack = rig(workers(min=1, max=3, waits=True))

    said = "\n".join(stack.refused())

    assert "scaling activity" in said
    assert "VcpuLimitExceeded" in said
    short()
    run = stack.up()
    # The two hooks and the record, which wait for their group.
    assert (run.counts["created"], run.counts["replaced"]) == (3, 0)
    assert [g["AutoScalingGroupName"] for g in groups(client)] == [run.outputs["group"]]


def test_a_pool_of_one_keeps_its_machine_until_another_has_started(rig, client, passes):
    stack = rig(workers(min=1, max=1, disk_gib=50))
    before = members(client, stack.up())
    # The machine joins.
    passes(60)

    after = members(client, stack.becomes(workers(min=1, max=1, disk_gib=60)).up())

    assert len(before) == 1
    assert before < after
    assert len(after) == 2


def test_the_least_changes_beside_the_size_that_the_autoscaler_chose(rig, client):
    stack = rig(workers(min=1, max=5))
    run = stack.up()
    client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=run.outputs["group"], DesiredCapacity=3
    )

    run = stack.becomes(workers(min=2, max=5)).up()

    assert len(members(client, run)) == 3
    assert [group["MinSize"] for group in groups(client)] == [2]


def test_a_stack_goes_while_its_machines_are_being_replaced(rig, client):
    stack = rig(workers(min=2, max=3, disk_gib=50))
    stack.up()
    stack.becomes(workers(min=2, max=3, disk_gib=60)).up()

    stack.down()

    assert groups(client) == []
