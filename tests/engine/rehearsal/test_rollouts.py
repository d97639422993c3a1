"""How a pool's machines are replaced, on the real engine: what is said before, and what `up` waits for."""

import threading

import pytest

from tests.engine.rehearsal.test_pools import groups, members, workers
from tests.support.patience import PATIENCE_SECONDS


def said(run, word):
    return [note for note in run.notes if word in note]


class Machines:
    """The machines of pools, which say that they have joined, or why they have not."""

    def __init__(self, client):
        self.ec2, self.ssm = client("ec2"), client("ssm")
        self.words = "joined"
        self.heard: set[str] = set()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._speak, daemon=True)
        self.thread.start()

    def _speak(self):
        while not self.ended.wait(0.2):
            found = self.ec2.describe_instances(
                Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
            )
            for one in (one for page in found["Reservations"] for one in page["Instances"]):
                if one["InstanceId"] not in self.heard:
                    self.heard.add(one["InstanceId"])
                    name = f"/dualstack/dev/status/{one['InstanceId']}"
                    self.ssm.put_parameter(
                        Name=name, Value=self.words, Type="String", Overwrite=True
                    )

    def end(self):
        self.ended.set()
        self.thread.join(PATIENCE_SECONDS)


@pytest.fixture
def machines(client):
    made = Machines(client)
    yield made
    made.end()


def template_versions(client):
    found = client("ec2").describe_launch_templates()["LaunchTemplates"]
    return [template["LatestVersionNumber"] for template in found]


def test_up_waits_for_a_new_pool_and_says_what_a_change_replaces(rig, client, machines):
    stack = rig(workers(min=2, max=3, labels={"tier": "web"}, rollout={"wait_for_nodes": True}))

    run = stack.up()

    assert members(client, run) <= machines.heard
    changed = workers(min=2, max=3, labels={"tier": "data"}, rollout={"wait_for_nodes": True})
    line = (
        "pool general: its 2 machines are replaced, 1 at a time, each after the new one has joined: "
        "labels.tier web -> data"
    )
    assert said(stack.becomes(changed).preview(), "pool general") == [line]
    before = members(client, run)
    again = stack.up()
    assert said(again, "are replaced") == [line]
    # It has ended when none of before is left.
    assert members(client, again).isdisjoint(before)
    quiet = stack.up()
    assert (quiet.counts["created"], quiet.counts["updated"]) == (0, 0)
    assert said(quiet, "pool general") == []


def test_user_data_that_matters_to_no_machine_makes_no_version(rig, client, monkeypatch):
    program = workers(min=1, max=1)
    stack = rig(program)
    stack.up()
    monkeypatch.setattr(
        "components.workers.worker_text", lambda _: "#cloud-config\n# other bytes\n"
    )

    run = stack.up()

    assert (run.counts["updated"], run.counts["replaced"]) == (0, 0)
    assert template_versions(client) == [1]
    stack.becomes(workers(min=1, max=1, labels={"tier": "web"})).up()
    assert template_versions(client) == [2]


def test_a_pool_whose_machines_do_not_join_fails_with_their_words(
    rig, client, machines, monkeypatch
):
    machines.words = "failed, attempt 3: the API does not answer"
    monkeypatch.setattr("components.joining.patience", lambda *_, **__: 1)

    [failure] = rig(workers(min=1, max=1, rollout={"wait_for_nodes": True})).refused()

    [machine] = machines.heard
    assert (
        f"0 of 1 machines have joined; {machine}: failed, attempt 3: the API does not answer"
        in failure
    )
    assert len(groups(client)) == 1
