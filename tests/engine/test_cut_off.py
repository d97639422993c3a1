"""Runs that end in the middle, and what stands where afterwards; by the command line, as a person uses it."""

import base64
import gzip
import signal
from types import SimpleNamespace

import pytest

from rehearsal.cloud import running_cloud, stop_cloud
from rehearsal.state import State
from tests.engine.conftest import Desk, clients
from tests.engine.inventory import counted, instances, inventory
from tests.support.patience import PATIENCE_SECONDS, wait_until

REGION = "eu-west-1"
MIDDLE = 40
"""Of the hundred resources of dev, how many a run makes or deletes before it is cut off."""

OF_DEV = {"Vpcs": 2, "Instances": 2, "LoadBalancers": 1, "AutoScalingGroups": 1, "NatGateways": 1}
"""Among them the VPC that every region has."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """dev: its up killed, its next one stopped, run again and once more; its down killed, and run again."""
    desk = Desk(State(tmp_path_factory.mktemp("cut") / "state"))
    seen = SimpleNamespace(desk=desk)
    seen.killed = stop(desk, "up", signal.SIGKILL)
    seen.files = contents(desk)
    seen.stopped = stop(desk, "up", signal.SIGINT)
    seen.up = desk.run("up", "dev")
    seen.again = desk.run("up", "dev")
    client = clients(running_cloud(desk.state).endpoint)
    seen.whole = inventory(client, REGION)
    seen.user_data = user_data(client)
    seen.secrets = secrets(client)
    seen.files |= contents(desk)
    seen.down_killed = stop(desk, "down", signal.SIGKILL)
    seen.down = desk.run("down", "dev")
    yield seen
    stop_cloud(desk.state)


def stop(desk, action, number):
    """Send a signal to a run that is held in its middle; its exit code, and what it said."""
    process, held = desk.hold(MIDDLE, action, "dev")
    wait_until(lambda: held.exists() or process.poll() is not None)
    process.send_signal(number)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said


def contents(desk):
    """Every file of the state folder but the key that seals the rest."""
    files = (file for file in desk.state.folder.rglob("*") if file.is_file())
    return {(str(file), file.read_bytes()) for file in files if file.name != "passphrase"}


def user_data(client):
    """What every machine was and will be started with."""
    ec2 = client("ec2", REGION)
    given = [
        ec2.describe_instance_attribute(InstanceId=one["InstanceId"], Attribute="userData")
        for one in instances(client, REGION)
    ]
    encoded = [answer["UserData"]["Value"] for answer in given]
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        versions = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"]
        )
        encoded += [
            version["LaunchTemplateData"]["UserData"]
            for version in versions["LaunchTemplateVersions"]
        ]
    return [gzip.decompress(base64.b64decode(text)) for text in encoded]


def secrets(client):
    """A line out of the middle of every key and token the machines read, which nothing else may hold."""
    pages = client("ssm", REGION).get_paginator("get_parameters_by_path")
    found = {
        parameter["Name"]: parameter["Value"]
        for page in pages.paginate(Path="/dualstack/dev/", Recursive=True, WithDecryption=True)
        for parameter in page["Parameters"]
        if parameter["Name"].endswith((".key", "/token"))
    }
    return {name: telling(value).encode() for name, value in found.items()}


def telling(value):
    lines = value.strip().splitlines()
    return lines[len(lines) // 2]


def test_a_killed_up_is_taken_over_and_ends_whole_with_nothing_doubled(cut):
    assert cut.killed[0] == -signal.SIGKILL
    assert cut.up[0] == 0
    assert "nothing changed" in cut.again[1]
    assert {kind: counted(cut.whole)[kind] for kind in OF_DEV} == OF_DEV


def test_ctrl_c_ends_a_run_in_good_order(cut):
    assert cut.stopped[0] == 130
    assert "stopped; what was under way has been finished and written down" in cut.stopped[1]


def test_a_killed_down_is_finished_by_the_next(cut):
    assert cut.down_killed[0] == -signal.SIGKILL
    assert cut.down[0] == 0
    assert "nothing of dev is left in AWS" in cut.down[1]


def test_no_secret_stands_in_a_file_of_the_rehearsal(cut):
    assert len(cut.secrets) == 5

    told = {
        (name, file)
        for name, secret in cut.secrets.items()
        for file, text in cut.files
        if secret in text
    }
    assert told == set()
    assert not [file for file, text in cut.files if b"PRIVATE KEY-----" in text]
    assert not [file for file, text in cut.files if b"client-key-data" in text]


def test_no_secret_is_said(cut):
    said = "".join(
        run[1] for run in (cut.killed, cut.stopped, cut.up, cut.again, cut.down)
    ).encode()

    assert [name for name, secret in cut.secrets.items() if secret in said] == []
    assert b"PRIVATE KEY" not in said
    assert b"kubeconfig  " in said


def test_no_secret_stands_in_user_data(cut):
    assert len(cut.user_data) == 3

    told = [
        name for name, secret in cut.secrets.items() for text in cut.user_data if secret in text
    ]
    assert told == []
    assert not [text for text in cut.user_data if b"PRIVATE KEY-----" in text]


def test_what_is_no_terminal_gets_plain_lines_that_are_not_cut(cut):
    said = cut.up[1]

    assert "\x1b" not in said
    assert "…" not in said
    assert ".elb.amazonaws.com:6443" in said


def test_a_run_whose_reader_has_gone_ends_whole(desk):
    process = desk.begin("up", "dev")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE_SECONDS) == 0

    code, said = desk.run("up", "dev")
    assert code == 0, said
    assert "nothing changed" in said
    assert desk.run("down", "dev")[0] == 0
