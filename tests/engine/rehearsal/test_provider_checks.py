"""Inputs that the provider refuses before it calls AWS, on the real engine: a preview says so."""

import pytest
from pulumi_aws import cloudwatch, ec2

from rehearsal.engine.engine import RunFailedError


def refused_in_preview(stack):
    with pytest.raises(RunFailedError):
        stack.preview()
    return "\n".join(stack.progress.failures)


def test_a_security_group_whose_name_begins_like_an_id_is_refused(rig):
    def program():
        network = ec2.Vpc("net", cidr_block="10.0.0.0/16")
        ec2.SecurityGroup("nodes", name="sg-prod-nodes", vpc_id=network.id)

    assert 'cannot begin with "sg-"' in refused_in_preview(rig(program))


def test_a_name_that_the_provider_makes_up_is_refused_too(rig):
    def program():
        network = ec2.Vpc("net", cidr_block="10.0.0.0/16")
        ec2.SecurityGroup("sg-prod-nodes", vpc_id=network.id)

    assert 'cannot begin with "sg-"' in refused_in_preview(rig(program))


def test_a_retention_that_cloudwatch_does_not_have_is_refused(rig):
    def program():
        cloudwatch.LogGroup("flows", retention_in_days=8)

    assert "8 is not a retention time" in refused_in_preview(rig(program))


def test_a_retention_without_an_end_is_accepted(rig):
    def program():
        cloudwatch.LogGroup("flows", retention_in_days=0)

    assert rig(program).up().counts["created"] == 1
