"""Machines that AWS takes, or moves, without a request."""

import pytest

from rehearsal.cloud import interruptions
from tests.engine.rehearsal.conftest import REGION
from tests.engine.rehearsal.groups import described, ids, states


@pytest.fixture
def happens(tell):
    """Something happens in the region; the notices of each instance."""
    return lambda event, **what: tell(
        interruptions.PATH, {"event": event, "region": REGION, **what}
    )


def zones(aws, group):
    return sorted(
        one["AvailabilityZone"]
        for one in described(aws, group)["Instances"]
        if one["LifecycleState"] == "InService"
    )


def test_a_spot_instance_has_two_minutes_and_its_group_replaces_it(
    aws, make_group, happens, passes
):
    group = make_group()
    [first] = ids(aws, group)

    notices = happens("spot-interruption", instance=first)
    passes(110)
    during = ids(aws, group)
    passes(20)

    assert notices[first]["instance-action"]["action"] == "terminate"
    assert during == [first]
    assert len(ids(aws, group)) == 1
    assert first not in ids(aws, group)


def test_a_recommendation_launches_before_it_ends_where_the_group_rebalances(
    aws, make_group, happens
):
    group = make_group(capacityRebalance=True)
    [first] = ids(aws, group)

    notices = happens("rebalance-recommendation", instance=first)

    assert "noticeTime" in notices[first]["rebalance"]
    assert states(aws, group) == ["Terminating", "InService"]


def test_a_group_that_rebalances_from_now_on_does_so(aws, make_group, happens):
    group = make_group()
    [first] = ids(aws, group)
    update = aws.client("autoscaling").update_auto_scaling_group

    update(AutoScalingGroupName=group["name"], CapacityRebalance=True)
    update(AutoScalingGroupName=group["name"], MaxSize=3)
    happens("rebalance-recommendation", instance=first)

    assert described(aws, group)["CapacityRebalance"]
    assert states(aws, group) == ["Terminating", "InService"]


def test_a_recommendation_is_only_told_where_the_group_does_not_rebalance(aws, make_group, happens):
    group = make_group()
    [first] = ids(aws, group)

    happens("rebalance-recommendation", instance=first)

    assert ids(aws, group) == [first]


def test_a_zone_with_too_many_machines_loses_one_to_the_other(aws, make_group, happens, subnets):
    group = make_group(minSize=2, vpcZoneIdentifiers=subnets[:1])
    aws.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group["name"], VPCZoneIdentifier=",".join(subnets)
    )

    before = zones(aws, group)
    happens("zone-rebalancing", group=group["name"])

    assert before == ["eu-west-1a", "eu-west-1a"]
    assert zones(aws, group) == ["eu-west-1a", "eu-west-1b"]


def test_a_machine_at_the_end_of_its_life_is_replaced(aws, make_group, happens):
    group = make_group()
    [first] = ids(aws, group)

    happens("end-of-lifetime", group=group["name"], instance=first)

    assert states(aws, group) == ["Terminating", "InService"]
