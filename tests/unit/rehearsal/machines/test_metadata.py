"""What instance metadata says."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rehearsal.machines.network.metadata import (
    credentials_document,
    identity_document,
    look_up,
    tree,
)
from rehearsal.machines.view.survey import noticed
from tests.unit.rehearsal.machines.sample import CONTROL_PLANE, PRIVATE, SURVEY, VPC

TOLD = tree(CONTROL_PLANE, VPC, PRIVATE, "control-plane")


def test_a_machine_is_told_both_its_addresses():
    assert look_up(TOLD, "local-ipv4") == "10.0.0.4"
    assert look_up(TOLD, "ipv6") == "2600:1f00:0:8::4"


def test_its_name_is_by_resource():
    name = "i-0123456789abcdef0.eu-west-1.compute.internal"

    assert look_up(TOLD, "local-hostname") == name


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_it_is_told_the_partition_of_its_region(region, partition, domain):
    there = tree(replace(CONTROL_PLANE, region=region), VPC, PRIVATE, "control-plane")

    assert look_up(there, "services/partition") == partition
    assert look_up(there, "services/domain") == domain


def test_its_interface_is_described_by_its_hardware_address():
    found = look_up(TOLD, "network/interfaces/macs/02:00:00:00:00:04/subnet-ipv6-cidr-blocks")

    assert found == "2600:1f00:0:8::/64"


def test_a_folder_lists_what_is_in_it():
    assert look_up(TOLD, "placement/") == "availability-zone\nregion"
    assert look_up(TOLD, "network") == "interfaces/"


def test_what_is_not_there_is_not_told():
    assert look_up(TOLD, "public-ipv4") is None
    assert look_up(TOLD, "local-ipv4/more") is None


@pytest.mark.parametrize(
    ("state", "told"), [("Terminated", "Terminated"), ("InService", "InService"), ("", None)]
)
def test_a_machine_of_a_group_is_told_the_state_that_it_is_going_to(state, told):
    there = tree(replace(CONTROL_PLANE, target_state=state), VPC, PRIVATE, "control-plane")

    assert look_up(there, "autoscaling/target-lifecycle-state") == told


def test_a_machine_is_told_that_it_will_be_interrupted():
    notice = {"action": "terminate", "time": "2026-11-29T03:00:00Z"}
    found = noticed(SURVEY, {CONTROL_PLANE.id: {"instance-action": notice, "rebalance": {}}})
    there = tree(found.by_id[CONTROL_PLANE.id], VPC, PRIVATE, "control-plane")

    assert json.loads(look_up(there, "spot/instance-action") or "") == notice
    assert look_up(there, "events/recommendations/rebalance") == "{}"
    assert look_up(TOLD, "spot/instance-action") is None


def test_a_machine_without_a_profile_has_no_role():
    assert look_up(tree(CONTROL_PLANE, VPC, PRIVATE, ""), "iam") is None


def test_the_identity_names_instance_and_region():
    told = json.loads(identity_document(CONTROL_PLANE))

    assert (told["instanceId"], told["region"]) == ("i-0123456789abcdef0", "eu-west-1")


def test_keys_are_handed_on_with_the_end_of_their_life():
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    keys = {
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": moment,
    }

    told = json.loads(credentials_document(keys, moment))

    assert (told["Code"], told["Token"]) == ("Success", "t")
    assert told["Expiration"] == "2030-01-02T03:04:05Z"
