"""Instances on their way, as EC2 shows them: they start, shut down, stop and get another type."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.cloud.pace import SPEED
from rehearsal.providers.aws.instances import InstanceResource


@pytest.fixture
def instance(ec2, image, subnets):
    """An instance that was just launched."""
    launched = ec2.run_instances(
        ImageId=image, InstanceType="t3.small", SubnetId=subnets[0], MinCount=1, MaxCount=1
    )
    return launched["Instances"][0]["InstanceId"]


def described(ec2, instance):
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def state(ec2, instance):
    return described(ec2, instance)["State"]["Name"]


def test_an_instance_runs_after_a_while(ec2, instance, passes):
    before = state(ec2, instance)
    passes(4)

    assert (before, state(ec2, instance)) == ("pending", "running")


def test_an_instance_has_its_interface_until_it_has_shut_down(ec2, instance, passes):
    passes(4)

    ec2.terminate_instances(InstanceIds=[instance])
    shutting_down = described(ec2, instance)
    [interface] = shutting_down["NetworkInterfaces"]
    where = [{"Name": "network-interface-id", "Values": [interface["NetworkInterfaceId"]]}]
    during = ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"]
    passes(6)

    assert shutting_down["State"] == {"Code": 32, "Name": "shutting-down"}
    assert len(during) == 1
    assert state(ec2, instance) == "terminated"
    assert ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"] == []


@pytest.mark.parametrize(
    "seen", [("shutting-down", "terminated"), ("stopping", "stopped")], ids=lambda seen: seen[0]
)
def test_ec2_waits_until_the_machine_has_no_power(ec2, instance, hosted, passes, seen):
    passes(4)
    hosted(instance)

    end = ec2.stop_instances if seen[1] == "stopped" else ec2.terminate_instances
    end(InstanceIds=[instance])
    passes(100 * SPEED)
    waiting = state(ec2, instance)
    hosted()
    passes(2)

    assert (waiting, state(ec2, instance)) == seen


def test_ec2_takes_the_power_away_when_its_patience_is_over(ec2, instance, hosted, passes):
    passes(4)
    hosted(instance)
    ec2.terminate_instances(InstanceIds=[instance])

    passes(179 * SPEED)
    waiting = state(ec2, instance)
    passes(2 * SPEED)

    assert (waiting, state(ec2, instance)) == ("shutting-down", "terminated")


def test_only_a_stopped_instance_gets_another_type(ec2, instance, passes):
    passes(4)

    with pytest.raises(ClientError, match="is not in the 'stopped' state"):
        ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.large"})

    ec2.stop_instances(InstanceIds=[instance])
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[instance])


def test_an_instance_that_is_stopped_and_retyped_keeps_its_disk_and_its_addresses(
    aws, ec2, image, subnets
):
    inputs = {"ami": image, "instanceType": "t3.small", "subnetId": subnets[0]}
    made = InstanceResource().create(aws, inputs)
    before = described(ec2, made.id)

    InstanceResource().update(aws, made.id, inputs, inputs | {"instanceType": "t3.large"})

    after = described(ec2, made.id)
    assert (before["InstanceType"], after["InstanceType"]) == ("t3.small", "t3.large")
    assert after["State"]["Name"] == "running"
    for kept in ("BlockDeviceMappings", "PrivateIpAddress", "PrivateDnsName"):
        assert after[kept] == before[kept]


def test_an_instance_that_was_terminated_twice_ends_once(ec2, instance, passes):
    passes(4)
    ec2.terminate_instances(InstanceIds=[instance])

    again = ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
    passes(6)

    assert [one["PreviousState"]["Name"] for one in again] == ["shutting-down"]
    assert state(ec2, instance) == "terminated"
