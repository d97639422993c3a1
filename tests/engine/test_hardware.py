"""A whole stack whose machines have further disks, a key, a placement group and hosts of their own, on the real engine."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from pulumi.automation import OpType

from rehearsal.engine.engine import RunFailedError
from tests.engine.conftest import Run
from tests.engine.inventory import instances, inventory

REGION = "eu-west-1"
ZONES = ["eu-west-1a", "eu-west-1b"]


def configuration(name, key, group, **tenancy):
    """A stack's file that names a key and a placement group of its account."""
    return {
        "aws:region": REGION,
        "dualstack:cluster": {"name": name, "kubernetesVersion": "1.36"},
        "dualstack:network": {"zones": ZONES, "nat": "single"},
        "dualstack:api": {"allowedCidrs": ["10.40.0.0/16", "2001:db8:1::/48"]},
        "dualstack:addons": {"cni": False, "cloudController": False},
        "dualstack:nodes": {"diskKmsKeyArn": key},
        "dualstack:controlPlane": {
            "count": 1,
            "volumes": {"/dev/sdf": {"sizeGib": 20}},
            "placementGroup": group,
            **tenancy,
        },
        "dualstack:workers": {
            "databases": {
                "instanceTypes": ["m6i.large"],
                "min": 1,
                "max": 2,
                "volumes": {
                    "/dev/sdp": {"sizeGib": 100, "type": "io2", "iops": 4000},
                    "/dev/sdf": {"sizeGib": 50, "iops": 6000, "throughput": 500},
                },
                "placementGroup": group,
                **tenancy,
            }
        },
    }


def machines(client):
    """The machines by their names, each with its place and its disks, as AWS has them."""
    found = {}
    for machine in instances(client, REGION):
        where = [{"Name": "attachment.instance-id", "Values": [machine["InstanceId"]]}]
        volumes = client("ec2", REGION).describe_volumes(Filters=where)["Volumes"]
        [name] = [tag["Value"] for tag in machine["Tags"] if tag["Key"] == "Name"]
        found[name] = {
            "place": (machine["Placement"]["GroupName"], machine["Placement"]["Tenancy"]),
            "disks": {
                volume["Attachments"][0]["Device"]: (
                    volume["VolumeType"],
                    volume["Size"],
                    volume["Iops"],
                    volume.get("Throughput"),
                )
                for volume in volumes
            },
            "keys": {volume["KmsKeyId"] for volume in volumes if volume["Encrypted"]},
            "encrypted": all(volume["Encrypted"] for volume in volumes),
        }
    return found


@pytest.fixture(scope="module")
def account(client):
    """A key, and a placement group of each strategy, which are not the stack's."""
    ec2, kms = client("ec2", REGION), client("kms", REGION)
    for strategy in ("cluster", "spread", "partition"):
        ec2.create_placement_group(GroupName=f"my-{strategy}", Strategy=strategy)
    key = kms.create_key()["KeyMetadata"]
    yield SimpleNamespace(key=key["Arn"], kms=kms, ec2=ec2)
    for strategy in ("cluster", "spread", "partition"):
        ec2.delete_placement_group(GroupName=f"my-{strategy}")


@pytest.fixture(scope="module")
def seen(life, client, account):
    """The stack: brought up, left alone, read back, changed in its pool alone, and taken down."""
    found = SimpleNamespace(key=account.key, before=inventory(client, REGION))
    config = configuration("hardware", account.key, "my-partition", tenancy="dedicated")
    stack = life("hardware", config)
    found.up, found.machines = stack.run("up"), machines(client)
    found.preview, found.refreshed = stack.run("preview"), stack.run("refresh")
    stack.section("workers")["databases"]["volumes"]["/dev/sdg"] = {"sizeGib": 10}
    found.more = stack.run("up")
    with pytest.raises(ClientError, match="is in use and may not be deleted"):
        account.ec2.delete_placement_group(GroupName="my-partition")
    stack.run("down")
    found.after = inventory(client, REGION)
    return found


def test_every_machine_stands_where_and_on_what_the_file_says(seen):
    place = {"place": ("my-partition", "dedicated"), "keys": {seen.key}, "encrypted": True}

    assert seen.machines == {
        "hardware-control-plane-0": {
            "disks": {
                "/dev/sda1": ("gp3", 40, 3000, 125),
                "/dev/sdf": ("gp3", 20, 3000, 125),
            },
            **place,
        },
        "hardware-databases": {
            "disks": {
                "/dev/sda1": ("gp3", 80, 3000, 125),
                "/dev/sdf": ("gp3", 50, 6000, 500),
                "/dev/sdp": ("io2", 100, 4000, None),
            },
            **place,
        },
    }


def test_a_second_preview_and_a_refresh_change_nothing(seen):
    assert (seen.preview.changes, seen.refreshed.changes) == ({}, {})


def test_a_further_disk_of_a_pool_makes_a_version_of_its_template_and_replaces_nothing(seen):
    assert seen.more.changes.keys() == {OpType.UPDATE}
    assert "LaunchTemplate hardware-databases" in seen.more[OpType.UPDATE]
    assert not [name for name in seen.more[OpType.UPDATE] if name.startswith("Instance")]


def test_nothing_is_left(seen):
    assert seen.after == seen.before


def refused(life, name, config):
    """What an `up` says that must fail. The stack is taken down."""
    stack, run = life(name, config), Run()
    with pytest.raises(RunFailedError):
        stack.engine.up(run.on_event)
    stack.run("down")
    return "\n".join(run.progress.failures)


def test_a_cluster_placement_group_takes_no_burstable_machines(life, account):
    said = refused(life, "tight", configuration("tight", account.key, "my-cluster"))

    assert "Cluster placement groups are not supported by the 't3.medium' instance type." in said


def test_a_spread_placement_group_takes_no_dedicated_machines(life, account):
    config = configuration("apart", account.key, "my-spread", tenancy="dedicated")

    said = refused(life, "apart", config)

    assert "Spread placement groups are not supported for Dedicated Instances." in said


def test_disks_are_not_made_with_a_key_that_is_disabled(life, account):
    key = account.kms.create_key()["KeyMetadata"]
    account.kms.disable_key(KeyId=key["KeyId"])

    said = refused(life, "locked", configuration("locked", key["Arn"], "my-partition"))

    assert "The KMS key provided is in an incorrect state" in said
