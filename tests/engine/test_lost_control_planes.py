"""A stack whose control planes have all ended, on the real engine. Its keys and ranges are those of the snapshot that brings it back."""

import pytest

from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import Run, configuration

REGION = "eu-west-1"
PLAN = "/dualstack/dev/control-plane/plan/1"


@pytest.fixture(scope="module")
def refusals(life, client):
    """What a preview with fewer keys and another range of pods said, when no control plane was left."""
    stack = life("lost", configuration("dev"))
    ssm, ec2 = client("ssm", REGION), client("ec2", REGION)
    stack.config["dualstack:encryption"] = {"key": 2}
    stack.run("up")
    digest = ssm.get_parameter(Name=PLAN)["Parameter"]["Value"].partition(" ")[0]
    reached = {"Name": "/dualstack/dev/join/reached", "Value": f"{digest} 1.36.5"}
    ssm.put_parameter(**reached, Type="String", Overwrite=True)
    [planes] = ec2.describe_instances(
        Filters=[
            {"Name": "tag:Name", "Values": ["dev-control-plane-0"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )["Reservations"]
    ec2.terminate_instances(InstanceIds=[planes["Instances"][0]["InstanceId"]])
    stack.config["dualstack:encryption"] = {"key": 1}
    stack.config["dualstack:pods"] = {"ipv4Range": "10.200.0.0/16"}
    run = Run()
    with pytest.raises(RunFailedError):
        stack.engine.preview(run.on_event)
    # Machines write it, so a stack does not take it away. Another stack of this name would wait for what it says.
    ssm.delete_parameter(Name=reached["Name"])
    stack.run("down")
    [failure] = run.progress.failures
    return failure


def test_a_key_without_which_the_snapshot_cannot_be_read_stays(refusals):
    assert "encryption.key: 1 is asked for and the cluster has keys up to 2" in refusals


def test_the_ranges_stay_as_the_snapshot_has_them(refusals):
    assert "pods.ipv4Range" in refusals
