"""Programs from SSM: a machine starts with those of its role, and never with parts of two versions."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.facts.role import Role
from components.facts.ssm_paths import programs_folder
from components.machine.fetched_programs import in_parts, parameter_values
from tests.unit.node.conftest import Cluster
from tests.unit.node.machine import PROGRAMS, Machine


def store(cluster: Cluster, role: Role, values: list[str] | None = None) -> None:
    """Set the parameters of a role's programs, as the stack does."""
    for part, value in enumerate(values or parameter_values(role), 1):
        cluster.ssm.put_parameter(
            Name=f"{programs_folder(cluster.name, role)}/{part}",
            Value=value,
            Type="String",
            Overwrite=True,
        )


def bare(machine: Machine) -> Machine:
    """A machine with nothing but its user data."""
    core = {"machine.py", "imds.py", "aws.py", "attempts.py", "fetch.py", "prepare-host.sh"}
    for file in (machine.root / PROGRAMS).iterdir():
        if file.name not in core:
            file.unlink()
    for file in (machine.root / "etc/systemd/system").glob("dualstack-*"):
        if file.name not in {"dualstack-host.service", "dualstack-bootstrap.service"}:
            file.unlink()
    return machine


def programs(machine: Machine) -> set[str]:
    return {file.name for file in (machine.root / PROGRAMS).iterdir() if file.is_file()}


OF_EVERY_MACHINE = {
    *("machine.py", "imds.py", "aws.py", "attempts.py", "fetch.py", "prepare-host.sh"),
    *("proxy.py", "api.py", "kubeadm.py", "bootstrap.py", "commands.py", "registry_login.py"),
    *("install-software.sh", "apt-packages.sh", "dnf-packages.sh"),
}


def test_a_worker_with_nothing_but_its_user_data_fetches_its_programs_and_joins(cluster: Cluster):
    cluster.api_up.set()
    store(cluster, Role.WORKER)
    machine = bare(cluster.worker())

    fetched, joined = machine.run("fetch.py"), machine.run("bootstrap.py")

    assert fetched.returncode == 0, fetched.stdout
    assert joined.returncode == 0, joined.stdout
    assert OF_EVERY_MACHINE | {"worker.py"} <= programs(machine)
    assert "control_plane.py" not in programs(machine)
    assert (machine.root / PROGRAMS / "install-software.sh").stat().st_mode & 0o777 == 0o755
    assert machine.verbs() == ["join"]
    assert cluster.status(machine) == "joined"


def test_a_control_plane_fetches_its_timers_too_and_systemd_reads_them(cluster: Cluster):
    store(cluster, Role.CONTROL_PLANE)
    machine = bare(cluster.control_plane())

    ended = machine.run("fetch.py")

    assert ended.returncode == 0, ended.stdout
    assert {"control_plane.py", "election.py", "etcd_members.py"} <= programs(machine)
    assert (machine.root / "etc/systemd/system/dualstack-members.timer").exists()
    assert [call["arguments"] for call in machine.calls("systemctl")] == [["daemon-reload"]]


def test_programs_that_are_there_already_are_not_written_again(cluster: Cluster):
    store(cluster, Role.WORKER)
    machine = bare(cluster.worker())
    machine.run("fetch.py")
    before = {file: file.stat().st_ino for file in (machine.root / PROGRAMS).glob("*.py")}

    ended = machine.run("fetch.py")

    assert "0 files changed" in ended.stdout
    assert {file: file.stat().st_ino for file in before} == before


def test_a_changed_program_arrives_the_next_time(cluster: Cluster):
    store(cluster, Role.WORKER)
    machine = bare(cluster.worker())
    machine.run("fetch.py")
    (machine.root / PROGRAMS / "worker.py").write_text("an older version\n")

    machine.run("fetch.py")

    assert "def enter(" in (machine.root / PROGRAMS / "worker.py").read_text()


def test_programs_are_of_one_version_although_one_of_them_cannot_be_written(cluster: Cluster):
    store(cluster, Role.WORKER)
    machine = cluster.worker()
    folder = machine.root / PROGRAMS
    for name in ("api.py", "worker.py"):
        (folder / name).write_text("an older version\n")
    # Power that fails, and a full disk, end it in the middle too.
    (folder / "worker.py.new.partial").mkdir()

    ended = machine.run("fetch.py")

    assert ended.returncode == 1
    assert "IsADirectoryError" in ended.stdout
    assert (folder / "api.py").read_text() == "an older version\n"


def test_a_machine_waits_until_the_stack_has_stored_the_programs(cluster: Cluster):
    machine = bare(cluster.worker())

    process = machine.start("fetch.py")
    machine.wait_until_it_says(f"waiting for /dualstack/{cluster.name}/programs/worker")
    store(cluster, Role.WORKER)
    ended = machine.end_of(process)

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("missing", ["1", "2", "4"])
def test_a_machine_waits_for_a_part_that_is_missing(cluster: Cluster, missing: str):
    store(cluster, Role.WORKER)
    part = f"/dualstack/{cluster.name}/programs/worker/{missing}"
    value = cluster.ssm.get_parameter(Name=part)["Parameter"]["Value"]
    cluster.ssm.delete_parameter(Name=part)
    machine = bare(cluster.worker())

    process = machine.start("fetch.py")
    machine.wait_until_it_says("waiting for")
    cluster.ssm.put_parameter(Name=part, Value=value, Type="String")
    ended = machine.end_of(process)

    assert ended.returncode == 0, ended.stdout


def test_parts_of_two_versions_are_never_put_together(cluster: Cluster):
    older = parameter_values(Role.CONTROL_PLANE)
    store(cluster, Role.WORKER, [older[0], *parameter_values(Role.WORKER)[1:]])
    machine = bare(cluster.worker())

    process = machine.start("fetch.py")
    machine.wait_until_it_says("waiting for")
    early = programs(machine)
    store(cluster, Role.WORKER)
    ended = machine.end_of(process)

    assert "worker.py" not in early
    assert ended.returncode == 0, ended.stdout
    assert "worker.py" in programs(machine)


def test_a_beginning_that_names_no_length_is_no_set_of_programs(cluster: Cluster):
    store(cluster, Role.WORKER, ["damaged by hand"])
    machine = bare(cluster.worker())

    process = machine.start("fetch.py")
    machine.wait_until_it_says("waiting for")
    store(cluster, Role.WORKER)
    ended = machine.end_of(process)

    assert ended.returncode == 0, ended.stdout


def test_what_a_longer_version_left_behind_is_ignored(cluster: Cluster):
    store(cluster, Role.WORKER, [*parameter_values(Role.WORKER), "left"])
    machine = bare(cluster.worker())

    ended = machine.run("fetch.py")

    assert ended.returncode == 0, ended.stdout


def test_a_machine_that_finds_no_programs_says_so_in_its_status(cluster: Cluster):
    machine = bare(cluster.worker())

    ended = machine.run_out_of_patience("fetch.py")

    assert ended.returncode == 1
    assert cluster.status(machine) == (
        f"failed, attempt 1: SSM has no whole set of programs in /dualstack/{cluster.name}/programs/worker "
        "after 900 seconds; did `pulumi up` end well?"
    )


def test_a_node_that_fetches_in_vain_keeps_its_status_and_its_programs(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()
    machine.run()

    ended = machine.run_out_of_patience("fetch.py")

    assert ended.returncode == 1
    assert cluster.status(machine) == "joined"
    assert "worker.py" in programs(machine)


@pytest.mark.parametrize("role", Role)
def test_the_programs_of_a_role_are_such_as_ssm_holds(role: Role):
    values = parameter_values(role)

    # A standard parameter holds 4096 characters.
    assert max(map(len, values)) <= 4096
    # SSM reads doubled braces as a reference to a parameter.
    assert not [value for value in values if "{{" in value]


def test_the_same_programs_give_the_same_parameters_in_another_process():
    program = (
        "import json; from components.facts.role import Role;"
        " from components.machine.fetched_programs import in_parts, parameter_values;"
        " print(json.dumps(parameter_values(Role.WORKER)))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(printed) == parameter_values(Role.WORKER)


def test_more_parts_than_one_request_may_name_are_read(cluster: Cluster):
    machine = cluster.control_plane()
    # Text that cannot be compressed: a part has 4096 characters.
    text = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(2000))
    values = in_parts({"/etc/large": ["0644", text]})
    store(cluster, Role.CONTROL_PLANE, values)

    ended = machine.run("fetch.py")

    assert len(values) > 20
    assert ended.returncode == 0, ended.stdout
    assert (machine.root / "etc/large").read_text() == text
