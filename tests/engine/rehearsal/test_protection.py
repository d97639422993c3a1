"""Protected machines on the real engine: what is refused, and how one machine is replaced all the same."""

import pulumi
import pytest
from pulumi_aws import ec2, ssm

from rehearsal.engine.engine import RunFailedError

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


def network():
    vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16")
    return ec2.Subnet("net", vpc_id=vpc.id, cidr_block="10.0.0.0/20")


def machine():
    """A program with one protected machine."""
    made = ec2.Instance(
        "one",
        ami=ssm.get_parameter(name=NOBLE).insecure_value,
        instance_type="t3.small",
        subnet_id=network().id,
        opts=pulumi.ResourceOptions(protect=True),
    )
    pulumi.export("id", made.id)


def replaced(stack):
    """Replace the machine; the words of the engine if it refuses."""
    try:
        stack.engine.up(stack.progress.on_event, replace=["one"])
    except RunFailedError:
        return "\n".join(stack.progress.failures)
    return ""


@pytest.fixture
def stack(rig):
    made = rig(machine)
    made.up()
    return made


def protected(stack):
    return [r["type"] for r in stack.engine.checkpoint.resources if r.get("protect")]


def running(ec2):
    found = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    return [i["InstanceId"] for part in found["Reservations"] for i in part["Instances"]]


def test_a_protected_machine_is_not_replaced_and_the_refusal_says_how_it_can_be(stack, ec2):
    before = running(ec2)

    said = replaced(stack)

    urn = f"urn:pulumi:{stack.engine.stack_name}::small::aws:ec2/instance:Instance::one"
    assert f'unable to replace resource "{urn}"' in said
    assert f"on AWS: pulumi state unprotect '{urn}'" in said
    assert f"here:   .venv/bin/python -m rehearsal unprotect {stack.engine.stack_name} one" in said
    assert running(ec2) == before


def test_a_protected_machine_that_the_program_drops_stays_and_the_refusal_says_the_way(stack, ec2):
    before = running(ec2)

    said = "\n".join(stack.becomes(network).refused())

    assert "cannot be deleted" in said
    assert "here:   .venv/bin/python -m rehearsal unprotect" in said
    assert running(ec2) == before


def test_without_its_protection_a_machine_is_replaced_and_the_same_run_protects_the_new_one(
    stack, ec2
):
    before = running(ec2)

    stack.engine.unprotect("one")
    there = protected(stack)

    assert there == []
    assert replaced(stack) == ""
    assert protected(stack) == ["aws:ec2/instance:Instance"]
    [after] = running(ec2)
    assert [after] != before


def test_protection_that_was_taken_off_comes_back_with_the_next_up(stack):
    stack.engine.unprotect("one")

    stack.up()

    assert protected(stack) == ["aws:ec2/instance:Instance"]
