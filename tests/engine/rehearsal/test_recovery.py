"""Runs that were cut off, and clouds that were lost."""

import contextlib
import json
import os
import signal
import socket
import subprocess

import pulumi
import pytest
from pulumi_aws import ec2, iam

from rehearsal.cloud import running_cloud, start_cloud, stop_cloud, stop_unused_cloud, used_cloud
from rehearsal.daemons import command_line_of, process_of
from rehearsal.engine.engine import Engine, RunFailedError
from rehearsal.engine.recovery import BusyError
from rehearsal.providers.journal import JournalEntry
from rehearsal.providers.provider import Provider
from rehearsal.providers.urn import name_of
from rehearsal.state import State
from tests.support.patience import wait_until

pytestmark = pytest.mark.usefixtures("slow_provider")

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def network():
    vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", assign_generated_ipv6_cidr_block=True)
    pulumi.export("vpc", vpc.id)


def role_of(stack):
    return f"node-{stack}"[:64]


@pytest.fixture
def gate(tmp_path):
    """A file that lets a slow part end; it is there at the end of the test at the latest."""
    file = tmp_path / "gate"
    yield file
    file.touch()


@pytest.fixture
def gate_of_an_interrupt(gate, monkeypatch):
    """The same, and it is there once the engine has told a provider of an interrupt."""
    cancel = Provider.Cancel

    def told(*said):
        gate.touch()
        return cancel(*said)

    monkeypatch.setattr(Provider, "Cancel", told)
    return gate


def slow(gate):
    """A role, and beside it something that goes on until the gate is there."""

    def program():
        role = iam.Role("node", name=role_of(pulumi.get_stack()), assume_role_policy=TRUST)
        pulumi.CustomResource(
            "slow:index:Wait",
            "wait",
            {"gate": str(gate)},
            pulumi.ResourceOptions(depends_on=[role]),
        )
        pulumi.export("role", role.name)

    return program


def begin(stack):
    """Begin to bring a stack up, and wait until its slow part is under way."""
    begun = stack.begin_up()
    wait_until(lambda: "wait" in under_way(stack))
    return begun


def under_way(stack):
    """The names of what the engine has begun and not finished."""
    try:
        pending = stack.engine.checkpoint.pending
    except ValueError:
        return []  # the engine is writing the file at this moment
    return [name_of(operation["resource"]["urn"]) for operation in pending]


def test_a_lost_cloud_is_noticed_and_everything_is_made_again(tmp_path, project):
    state = State(tmp_path / "state")
    notices = []
    engine = Engine("dev", project=project, program=network, state=state, notice=notices.append)
    engine.up(lambda _: None)
    first = engine.cloud
    os.kill(first.pid, signal.SIGKILL)

    engine.up(lambda _: None)

    assert notices == ["the cloud of the last run is gone; everything will be made again"]
    assert engine.cloud.identity != first.identity
    [vpc] = engine.checkpoint.resources
    assert vpc["outputs"]["cidrBlock"] == "10.0.0.0/16"
    engine.down(lambda _: None)
    assert engine.cloud is None


def test_down_works_when_the_cloud_was_lost(tmp_path, project):
    state = State(tmp_path / "state")
    engine = Engine("dev", project=project, program=network, state=state, notice=lambda _: None)
    engine.up(lambda _: None)
    os.kill(engine.cloud.pid, signal.SIGKILL)

    engine.down(lambda _: None)

    assert not engine.checkpoint.exists()


def test_a_cloud_stays_while_another_stack_needs_it(tmp_path, project):
    state = State(tmp_path / "state")
    dev, prod = (
        Engine(name, project=project, program=network, state=state, notice=lambda _: None)
        for name in ("dev", "prod")
    )
    dev.up(lambda _: None)
    prod.up(lambda _: None)

    dev.down(lambda _: None)

    assert prod.cloud is not None
    prod.down(lambda _: None)
    assert prod.cloud is None


def test_a_cloud_that_another_run_is_at_work_in_is_not_ended(tmp_path):
    state = State(tmp_path / "state")

    with used_cloud(state, in_use=False) as cloud:
        stop_unused_cloud(state)
        during = running_cloud(state)
    stop_unused_cloud(state)

    assert during == cloud
    assert running_cloud(state) is None


def test_a_cloud_of_other_sources_is_replaced_unless_it_is_in_use(tmp_path, monkeypatch):
    state = State(tmp_path / "state")
    first = start_cloud(state, in_use=False)
    monkeypatch.setattr("rehearsal.cloud.process.release", lambda: "another")

    kept = start_cloud(state, in_use=True)
    replaced = start_cloud(state, in_use=False)

    assert kept == first
    assert replaced.identity != first.identity
    stop_cloud(state)


def test_an_interrupted_up_finishes_what_is_under_way_and_can_be_run_again(
    rig, gate_of_an_interrupt
):
    stack = rig(slow(gate_of_an_interrupt))
    run = begin(stack)

    stack.engine.interrupt()
    wait_until(gate_of_an_interrupt.exists)
    failure = run.exception()
    made = [name_of(r["urn"]) for r in stack.engine.checkpoint.resources]
    again = stack.up()

    assert isinstance(failure, RunFailedError)
    assert made == ["node", "wait"]
    assert stack.engine.checkpoint.pending == []
    assert again.changed == 0


def test_an_interrupt_before_the_engine_has_begun_is_not_forgotten(rig):
    stack = rig(network)
    stack.engine.interrupt()

    with pytest.raises(RunFailedError, match="stopped before anything was begun"):
        stack.up()

    assert stack.engine.checkpoint.resources == []


def test_of_a_stack_the_engine_keeps_no_file_that_a_kill_could_leave_by_halves(rig):
    stack = rig(network)

    stack.up()

    assert list(stack.engine.state.backend().rglob("*.attrs")) == []


def test_a_stack_that_the_engine_cannot_read_is_told_in_its_words(rig):
    stack = rig(network)
    stack.up()
    path = stack.engine.checkpoint.path
    path.with_name(f"{path.name}.attrs").touch()

    with pytest.raises(RunFailedError, match="failed to load checkpoint"):
        stack.up()

    path.with_name(f"{path.name}.attrs").unlink()


def test_an_up_whose_engine_was_killed_can_be_run_again(rig, client, gate):
    stack = rig(slow(gate))
    run = begin(stack)

    os.kill(stack.engine.command.running, signal.SIGKILL)
    gate.touch()
    failure = run.exception()
    again = stack.up()

    assert isinstance(failure, RunFailedError)
    assert again.outputs["role"] == role_of(stack.engine.stack_name)
    assert stack.engine.checkpoint.pending == []
    assert "was cut off; taking over from it" in stack.notices[0]
    stack.down()
    names = [role["RoleName"] for role in client("iam").list_roles()["Roles"]]
    assert role_of(stack.engine.stack_name) not in names


def test_what_a_killed_run_made_and_did_not_write_down_is_removed_first(rig, client, gate):
    gate.touch()
    stack = rig(slow(gate))
    iam_client = client("iam")
    name = role_of(stack.engine.stack_name)
    iam_client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    urn = f"urn:pulumi:{stack.engine.stack_name}::small::aws:iam/role:Role::node"
    stack.engine.journal.record(
        JournalEntry("aws", {"region": "eu-west-1"}, urn, name, {"name": name})
    )

    stack.up()

    assert stack.notices == ["removed what the last run had made and not written down: 1 resources"]
    assert iam_client.get_role(RoleName=name)["Role"]["RoleName"] == name


def test_a_stack_that_another_run_holds_is_left_to_it(rig, gate):
    stack = rig(slow(gate))
    run = begin(stack)

    with pytest.raises(BusyError, match=r"another run of .* is under way"):
        stack.engine.up(lambda _: None)

    gate.touch()
    assert run.exception() is None


@pytest.fixture
def holder():
    """Start a process called so that has lost its parent, and holds a stack; its number."""
    started = []

    def start(stack, name):
        script = f"exec -a '{name}' sleep 600 > /dev/null 2>&1 & echo $!"
        pid = int(subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout)
        started.append(pid)
        # Until it is called so and has nothing to do, it is still the shell.
        wait_until(
            lambda: command_line_of(pid) == f"{name} 600" and process_of(pid).status() == "sleeping"
        )
        locks = stack.engine.checkpoint.locks
        locks.mkdir(parents=True, exist_ok=True)
        held = {"pid": pid, "username": "root", "hostname": socket.gethostname()}
        (locks / "held.json").write_text(json.dumps(held | {"timestamp": "2026-01-01T00:00:00Z"}))
        return pid

    yield start
    for pid in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_an_engine_that_waits_for_ever_for_a_command_that_was_killed_is_ended(
    rig, holder, monkeypatch
):
    monkeypatch.setattr("rehearsal.engine.recovery.ORPHAN_SECONDS", 0.5)
    stack = rig(network)
    stack.up()
    pid = holder(stack, f"pulumi up --yes --stack {stack.engine.stack_name}")

    stack.up()

    assert process_of(pid) is None
    assert stack.notices == [
        f"the last run of {stack.engine.stack_name} was cut off; taking over from it"
    ]


def test_a_process_that_has_the_number_of_a_dead_engine_neither_holds_the_stack_nor_is_ended(
    rig, holder
):
    stack = rig(network)
    stack.up()
    pid = holder(stack, "a daemon")

    stack.up()

    assert process_of(pid).status() == "sleeping"


def test_the_passphrase_is_made_once_and_kept_from_others(tmp_path):
    state = State(tmp_path / "state")

    first, second = state.passphrase(), State(tmp_path / "state").passphrase()

    assert first == second
    assert (tmp_path / "state" / "passphrase").stat().st_mode & 0o777 == 0o600
    assert len(first) >= 40


def test_the_passphrase_is_in_no_process_argument(rig, state, gate):
    stack = rig(slow(gate))
    run = begin(stack)

    arguments = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(stack.engine.command.running)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    gate.touch()
    run.result()
    assert "up" in arguments.split()
    assert state.passphrase() not in arguments
