"""Control planes replaced and counted in one `up`, on the real engine: each joins before the next, and all before one ends."""

import os
import signal
import threading

import pulumi
import pytest
from botocore.exceptions import ClientError
from pulumi_aws import ec2, iam, lb

from components import ControlPlane
from rehearsal.engine.engine import RunFailedError
from tests.engine.rehearsal.test_pools import TRUST
from tests.support.patience import PATIENCE_SECONDS, wait_until

LEAVES = "joined, and leaves etcd by itself"
JAMMY = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
ALIVE = ("pending", "running")
PROTECTED = {"cluster": {"name": "dev", "kubernetes_version": "1.37", "protect": True}}


def planes(count=3, kind="t3.medium", **sections):
    """A program with a control plane."""

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
        targets = lb.TargetGroup("net", port=6443, protocol="TCP", vpc_id=network.id)
        made = ControlPlane(
            "cp",
            {
                "region": "eu-west-1",
                "cluster": {"name": "dev", "kubernetes_version": "1.37"},
                "control_plane": {"count": count, "instance_type": kind},
                "subnet_ids": {"eu-west-1a": subnet.id},
                "security_group_id": group.id,
                "instance_profile_name": profile.name,
                "target_group_arn": targets.arn,
                **sections,
            },
        )
        pulumi.export("machines", made.instance_ids)

    return program


class Members:
    """The machines of control planes: each says a while after its start that it has joined. What happened is kept in order."""

    def __init__(self, client):
        self.ec2, self.ssm = client("ec2"), client("ssm")
        self.silent: set[str] = set()
        """The names of those that do not join."""
        self.happened: list[tuple[str, str]] = []
        """The machine and what happened, in order."""
        self.seen: dict[str, str] = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def _live(self):
        while not self.ended.wait(0.1):
            pages = self.ec2.describe_instances(
                Filters=[{"Name": "tag:kubernetes.io/cluster/dev", "Values": ["owned"]}]
            )["Reservations"]
            for one in (one for page in pages for one in page["Instances"]):
                self._follow(one["InstanceId"], one["State"]["Name"], one["Tags"])

    def _follow(self, identity, state, tags):
        name = next(tag["Value"] for tag in tags if tag["Key"] == "Name")
        before = self.seen.get(identity)
        if before is None and state in ALIVE:
            self.seen[identity] = "made"
            self.happened.append((identity, f"{name} is made"))
        elif before == "made" and state == "running" and name not in self.silent:
            self.seen[identity] = "joined"
            self.happened.append((identity, f"{name} joins"))
            self.ssm.put_parameter(
                Name=f"/dualstack/dev/status/{identity}", Value=LEAVES, Type="String"
            )
        elif before in ("made", "joined") and state not in ALIVE:
            self.seen[identity] = "ended"
            how = "ends" if before == "joined" else "is given up"
            self.happened.append((identity, f"{name} {how}"))

    def wait_for(self, *events):
        """Wait until all that is to happen has happened."""
        for _ in range(int(PATIENCE_SECONDS * 10)):
            if len(self.happened) >= len(events):
                return
            self.ended.wait(0.1)

    def happen(self, *machines):
        """What has happened since the last question, to these machines or to all."""
        happened, self.happened = self.happened, []
        return [text for one, text in happened if not machines or one in machines]

    def end(self):
        self.ended.set()
        self.thread.join(PATIENCE_SECONDS)


@pytest.fixture
def members(client, monkeypatch):
    monkeypatch.setattr("components.waiting.PAUSE_SECONDS", 0.1)
    made = Members(client)
    yield made
    made.end()


def settle(members, count):
    """All machines of a new cluster have joined."""
    while sum(state == "joined" for state in members.seen.values()) < count:
        members.ended.wait(0.1)
    members.happen()


def said(run):
    return [note for note in run.notes if "control plane" in note and "joins:" not in note]


def test_control_planes_are_retyped_one_after_the_other(rig, members):
    stack = rig(planes())
    before = stack.up().outputs["machines"]
    settle(members, 3)

    changed = stack.becomes(planes(kind="m6i.large"))
    line = (
        "3 control planes are replaced, one after the other: instance type m6i.large. Each new machine joins etcd before the next "
        "is made. Then the machines of before leave etcd and end, the last first"
    )
    assert said(changed.preview()) == [line]
    assert members.happen() == []
    run = changed.up()

    assert set(run.outputs["machines"]).isdisjoint(before)
    assert members.happen() == [
        *("cp-0 is made", "cp-0 joins", "cp-1 is made", "cp-1 joins", "cp-2 is made", "cp-2 joins"),
        *("cp-2 ends", "cp-1 ends", "cp-0 ends"),
    ]
    again = stack.up()
    assert (again.counts["created"], again.counts["updated"], said(again)) == (0, 0, [])


def test_control_planes_are_counted_up_and_down(rig, members):
    stack = rig(planes(1))
    stack.up()
    settle(members, 1)

    for count, line, events in (
        (
            3,
            "2 control planes are added, one after the other: cp-1, cp-2",
            ["cp-1 is made", "cp-1 joins", "cp-2 is made", "cp-2 joins"],
        ),
        (
            5,
            "2 control planes are added, one after the other: cp-3, cp-4",
            ["cp-3 is made", "cp-3 joins", "cp-4 is made", "cp-4 joins"],
        ),
        (
            3,
            "2 control planes are ended, one after the other: cp-4, cp-3",
            ["cp-4 ends", "cp-3 ends"],
        ),
        (
            1,
            "2 control planes are ended, one after the other: cp-2, cp-1",
            ["cp-2 ends", "cp-1 ends"],
        ),
    ):
        run = stack.becomes(planes(count)).up()
        assert said(run) == [line]
        members.wait_for(*events)
        assert members.happen() == events


def test_the_only_control_plane_is_replaced_by_another_image(rig, members, client):
    stack = rig(planes(1))
    [before] = stack.up().outputs["machines"]
    settle(members, 1)
    image = client("ssm").get_parameter(Name=JAMMY)["Parameter"]["Value"]

    run = stack.becomes(planes(1, nodes={"image": image})).up()

    assert said(run)[0].startswith(f"1 control plane is replaced: image {image}. ")
    assert members.happen() == ["cp-0 is made", "cp-0 joins", "cp-0 ends"]
    assert members.seen[before] == "ended"


def test_where_a_machine_does_not_join_none_ends_and_the_next_run_goes_on(
    rig, members, monkeypatch
):
    stack = rig(planes())
    before = stack.up().outputs["machines"]
    settle(members, 3)
    members.silent = {"cp-0"}
    monkeypatch.setattr("components.succession.PATIENCE_SECONDS", 3)

    [failure] = stack.becomes(planes(kind="m6i.large")).refused()

    assert "did not join within" in failure
    assert "has said nothing yet. No control plane was ended" in failure
    members.wait_for("cp-0 is made")
    assert members.happen() == ["cp-0 is made"]
    members.silent = set()
    monkeypatch.setattr("components.succession.PATIENCE_SECONDS", 600)
    run = stack.up()
    assert members.happen() == [
        *("cp-0 joins", "cp-1 is made", "cp-1 joins", "cp-2 is made", "cp-2 joins"),
        *("cp-2 ends", "cp-1 ends", "cp-0 ends"),
    ]
    assert [members.seen[one] for one in before] == ["ended"] * 3
    assert [members.seen[one] for one in run.outputs["machines"]] == ["joined"] * 3


def refusal(client, machine):
    """What EC2 says to somebody who terminates a protected machine by hand."""
    with pytest.raises(ClientError) as refused:
        client("ec2").terminate_instances(InstanceIds=[machine])
    return refused.value.response["Error"]["Code"]


def protected(stack):
    """The control planes that the engine protects."""
    kept = [one["urn"] for one in stack.engine.checkpoint.resources if one.get("protect")]
    return sorted(urn.rpartition("::")[2] for urn in kept)


def test_protected_control_planes_are_replaced_and_nobody_ends_them_by_hand(rig, members, client):
    stack = rig(planes(**PROTECTED))
    before = stack.up().outputs["machines"]
    settle(members, 3)
    assert protected(stack) == ["cp-0", "cp-1", "cp-2"]
    assert {refusal(client, one) for one in before} == {"OperationNotPermitted"}

    after = stack.becomes(planes(kind="m6i.large", **PROTECTED)).up().outputs["machines"]

    assert members.happen()[-3:] == ["cp-2 ends", "cp-1 ends", "cp-0 ends"]
    assert {refusal(client, one) for one in after} == {"OperationNotPermitted"}
    again = stack.up()
    assert protected(stack) == ["cp-0", "cp-1", "cp-2"]
    assert (again.counts["created"], again.counts["updated"], members.happen()) == (0, 0, [])


def test_protected_control_planes_are_counted_down_when_their_protection_is_off(
    rig, members, client
):
    stack = rig(planes(**PROTECTED))
    machines = stack.up().outputs["machines"]
    settle(members, 3)

    for program in (planes(1, **PROTECTED), planes(1)):
        assert "cannot be deleted" in stack.becomes(program).refused()[0]
        assert members.happen() == []

    stack.becomes(planes()).up()
    assert (protected(stack), members.happen()) == ([], [])
    stack.becomes(planes(1)).up()
    assert members.happen() == ["cp-2 ends", "cp-1 ends"]
    kept = client("ec2").describe_instance_attribute(
        InstanceId=machines[0], Attribute="disableApiTermination"
    )
    assert kept["DisableApiTermination"] == {"Value": False}


RETYPED = [
    *("cp-0 joins", "cp-1 joins", "cp-2 joins"),
    *("cp-2 ends", "cp-1 ends", "cp-0 ends"),
]

CUTS = {
    "three-get-a-type-at-a-birth": (planes(), planes(kind="m6i.large"), "cp-1 is made", RETYPED),
    "three-get-a-type-at-an-end": (planes(), planes(kind="m6i.large"), "cp-2 ends", RETYPED),
    "three-become-one": (planes(), planes(1), "cp-2 ends", ["cp-2 ends", "cp-1 ends"]),
    "one-is-replaced": (
        *(planes(1), planes(1, "m6i.large"), "cp-0 is made"),
        ["cp-0 joins", "cp-0 ends"],
    ),
}
"""The program before and after, what happens when the run is cut off, and all joins and ends in order."""


def cut_off(stack, members, event, number):
    """Bring a stack up, and send its engine a signal when something has happened. The run fails."""
    run = stack.begin_up()
    wait_until(lambda: event in [text for _, text in members.happened])
    os.kill(stack.engine.command.running, number)
    assert isinstance(run.exception(), RunFailedError)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
@pytest.mark.parametrize("case", CUTS)
def test_the_next_up_ends_where_one_that_was_cut_off_would(rig, members, client, case, number):
    before, after, event, joins_and_ends = CUTS[case]
    stack = rig(before)
    old = stack.up().outputs["machines"]
    settle(members, len(old))
    members.silent = {event.removesuffix(" is made")}

    cut_off(stack.becomes(after), members, event, number)
    members.silent = set()
    machines = stack.up().outputs["machines"]

    # A machine that the killed run did not write down is removed here, and made again.
    happened = members.happen(*old, *machines)
    assert [one for one in happened if one.endswith((" joins", " ends"))] == joins_and_ends
    running = [one for one, state in members.seen.items() if state != "ended"]
    assert sorted(running) == sorted(machines)
    again = stack.up()
    assert (again.counts["created"], again.counts["updated"], members.happen()) == (0, 0, [])
