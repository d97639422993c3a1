"""Commands of the configuration: before kubeadm and after it, each until it has succeeded, and named if it fails."""

import json
from typing import Any

import pytest
import yaml

from components.config.check import check
from components.facts.role import Role
from components.machine.fetched_programs import fetched_files
from components.machine.user_data import control_plane_text, worker_text
from components.spec.cluster import Spec
from tests.unit.node.conftest import Cluster
from tests.unit.node.machine import Machine

COMMANDS = "/usr/local/lib/dualstack/commands.py"


def spec_of(name: str, **sections: Any) -> Spec:
    """A cluster with additions."""
    given = {
        "region": "eu-west-1",
        "project": "dualstack",
        "stack": "test",
        "cluster": {"name": name, "kubernetesVersion": "1.37"},
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
        "workers": {"general": {}},
    }
    return check(Spec, {**given, **sections})


def files_of(text: str) -> dict[str, dict[str, str]]:
    """The files of a cloud-config, by path."""
    return {file["path"]: file for file in yaml.safe_load(text)["write_files"]}


def worker_with(cluster: Cluster, **sections: Any) -> Machine:
    """A worker with additions. It runs its commands, and no script that would change this host."""
    machine = cluster.worker()
    text = worker_text(spec_of(cluster.name, **sections).pool("general"))
    settings = json.loads(files_of(text)["/etc/dualstack/node.json"]["content"])
    own = [str(machine.root / COMMANDS.lstrip("/"))] if COMMANDS in settings["scripts"] else []
    machine.boot(text, apiPort=cluster.api_port, scripts=own)
    return machine


def noting(word: str) -> str:
    """A command that writes a word into a file of the machine."""
    return f'echo {word} >> "$DUALSTACK_ROOT/noted"'


def noted(machine: Machine) -> list[str]:
    file = machine.root / "noted"
    return file.read_text().split() if file.exists() else []


def test_commands_for_before_kubeadm_run_in_order_once_the_software_is_there():
    spec = spec_of(
        "prod",
        nodes={"preKubeadmCommands": ["echo all"], "packages": ["jq"]},
        workers={"general": {"preKubeadmCommands": ["echo one", "echo two"]}},
    )
    files = files_of(worker_text(spec.pool("general")))

    settings = json.loads(files["/etc/dualstack/node.json"]["content"])

    assert settings["scripts"] == [
        "/usr/local/lib/dualstack/prepare-host.sh",
        "/usr/local/lib/dualstack/apt-packages.sh",
        "/usr/local/lib/dualstack/install-software.sh",
        COMMANDS,
    ]
    assert settings["commands"]["pre"] == {
        "nodes.preKubeadmCommands[0]": "echo all",
        "workers.general.preKubeadmCommands[0]": "echo one",
        "workers.general.preKubeadmCommands[1]": "echo two",
    }
    [program] = [file for file in fetched_files(Role.WORKER) if file.path == COMMANDS]
    assert program.mode == "0755"
    assert program.content.startswith("#!/usr/bin/python3\n")


def test_a_worker_runs_its_commands_before_it_joins(cluster: Cluster):
    cluster.api_up.set()
    both = [noting("first"), noting("second")]
    machine = worker_with(cluster, nodes={"preKubeadmCommands": both})

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert noted(machine) == ["first", "second"]
    assert machine.verbs() == ["join"]
    assert cluster.status(machine) == "joined"


def test_a_command_that_fails_is_named_and_keeps_kubeadm_from_running(cluster: Cluster):
    cluster.api_up.set()
    commands = [noting("first"), "echo 'error: no such disk' >&2; exit 3", noting("third")]
    machine = worker_with(cluster, nodes={"preKubeadmCommands": commands})

    ended = machine.run()

    assert ended.returncode == 1
    assert noted(machine) == ["first"]
    assert machine.verbs() == []
    status = cluster.status(machine) or ""
    assert status.startswith("failed, attempt 1: ")
    assert "error: nodes.preKubeadmCommands[1]: error: no such disk (exit 3)" in status


def test_a_token_that_a_command_prints_is_not_in_the_status(cluster: Cluster):
    cluster.api_up.set()
    commands = ["echo 'error: abcdef.0123456789abcdef is no good'; exit 3"]
    machine = worker_with(cluster, nodes={"postKubeadmCommands": commands})

    ended = machine.run_after()

    assert ended.returncode == 1
    assert cluster.status(machine) == (
        "failed after joining: nodes.postKubeadmCommands[0]: error: abcdef.[secret] is no good (exit 3)"
    )


def test_a_command_that_has_succeeded_does_not_run_in_the_next_attempt(cluster: Cluster):
    cluster.api_up.set()
    flag = '"$DUALSTACK_ROOT/repaired"'
    commands = [noting("first"), f"test -e {flag}", noting("third")]
    machine = worker_with(cluster, nodes={"preKubeadmCommands": commands})
    assert machine.run().returncode == 1
    (machine.root / "repaired").touch()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert noted(machine) == ["first", "third"]
    assert machine.verbs() == ["join"]


@pytest.mark.parametrize(
    "command",
    ["false\necho went on", "false | cat", 'echo "$no_such_variable"'],
    ids=["a line in the middle", "the start of a pipe", "a variable that is not set"],
)
def test_a_command_fails_as_a_careful_script_does(cluster: Cluster, command: str):
    machine = worker_with(cluster, nodes={"preKubeadmCommands": [command]})

    assert machine.run().returncode == 1
    assert "nodes.preKubeadmCommands[0]: " in (cluster.status(machine) or "")


def test_commands_for_afterwards_run_when_the_machine_has_joined(cluster: Cluster):
    cluster.api_up.set()
    machine = worker_with(
        cluster,
        workers={
            "general": {"postKubeadmCommands": ['test -e "$DUALSTACK_ROOT/calls"', noting("done")]}
        },
    )

    ended = machine.run_after()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["join"]
    assert noted(machine) == ["done"]
    assert cluster.status(machine) == "joined"
    assert (machine.root / "var/lib/dualstack/finished").exists()


def test_a_join_that_fails_runs_nothing_of_what_comes_afterwards(cluster: Cluster):
    cluster.api_up.set()
    machine = worker_with(cluster, nodes={"postKubeadmCommands": [noting("done")]})
    machine.arrange("kubeadm join", {"exit": 1, "complains": "error: no route\n"})

    ended = machine.run_after()

    assert ended.returncode == 1
    assert noted(machine) == []
    assert cluster.status(machine) == "failed, attempt 1: kubeadm join: error: no route (exit 1)"


def test_a_command_that_fails_afterwards_is_tried_again_without_another_join(cluster: Cluster):
    cluster.api_up.set()
    flag = '"$DUALSTACK_ROOT/repaired"'
    machine = worker_with(
        cluster, nodes={"postKubeadmCommands": [noting("first"), f"test -e {flag}"]}
    )

    first = machine.run_after()
    failed = cluster.status(machine)
    (machine.root / "repaired").touch()
    second = machine.run_after()

    assert (first.returncode, second.returncode) == (1, 0)
    assert failed == "failed after joining: nodes.postKubeadmCommands[1]: it said nothing (exit 1)"
    assert noted(machine) == ["first"]
    assert machine.verbs() == ["join"]
    assert cluster.status(machine) == "joined"


def test_the_unit_of_a_machine_goes_on_until_the_last_command_has_succeeded():
    spec = spec_of("prod", controlPlane={"postKubeadmCommands": ["true"]})
    unit = "/etc/systemd/system/dualstack-bootstrap.service.d/commands.conf"

    assert files_of(control_plane_text(spec))[unit]["content"] == (
        "[Unit]\nConditionPathExists=\nConditionPathExists=!/var/lib/dualstack/finished\n\n"
        "[Service]\nExecStart=\nExecStart=/usr/bin/python3 /usr/local/lib/dualstack/commands.py post\n"
    )
    assert unit not in files_of(worker_text(spec.pool("general")))
