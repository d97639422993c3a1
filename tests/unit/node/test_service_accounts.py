"""The keys of tokens on a control plane: another is accepted by all before one signs with it, and an earlier one goes last."""

import json
import time
from typing import Any

import pytest

from components.facts import ssm_paths
from tests.support.patience import wait_until
from tests.unit.node import test_upgrade
from tests.unit.node.conftest import Cluster
from tests.unit.node.etcd import Etcd
from tests.unit.node.kubernetes import Kubernetes, node
from tests.unit.node.machine import Machine
from tests.unit.node.test_encryption import NODE, container, settled
from tests.unit.node.test_upgrade import LABEL, annotations, kubeadm, plan, reach

machine = test_upgrade.machine

OTHER = "i-fffffffffffffffff"
PRIVATE, PUBLIC = "etc/kubernetes/pki/sa.key", "etc/kubernetes/pki/sa.pub"
COMPONENTS = ("kube-apiserver", "kube-controller-manager")


def key(number: int, half: str) -> str:
    kind = "PRIVATE" if half == "key" else "PUBLIC"
    return f"-----BEGIN {kind} KEY-----\nkey{number}\n-----END {kind} KEY-----\n"


@pytest.fixture(autouse=True)
def keys(cluster: Cluster) -> None:
    """SSM has three keys."""
    for half in ("key", "pub"):
        cluster.put(ssm_paths.pki_file(cluster.name, f"sa.{half}"), key(1, half))
        for number in (2, 3):
            place = ssm_paths.service_account_key(cluster.name, number, half)
            cluster.put(place, key(number, half))


def asked(machine: Machine, *numbers: int) -> dict[str, str]:
    """The settings of a plan with these keys."""
    settings = json.loads((machine.root / NODE[1:]).read_text())
    return {NODE: json.dumps(settings | {"serviceAccountKeys": numbers})}


def runs(machine: Machine, api: Kubernetes, *numbers: int) -> None:
    """The components run with these keys. After a restart each is ready in another container."""
    settled(machine)
    (machine.root / PRIVATE).write_text(key(numbers[0], "key"))
    (machine.root / PUBLIC).write_text("".join(key(number, "pub") for number in numbers))
    machine.arrange("crictl ps", *[says(container("first", time.time_ns()))] * 60)
    api.pods = pods(machine)


def pods(machine: Machine) -> list[dict[str, Any]]:
    return [
        {
            "metadata": {"name": f"{component}-{machine.instance}"},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"ready": True, "containerID": "containerd://another"}],
            },
        }
        for component in COMPONENTS
    ]


def says(*containers: dict[str, Any]) -> dict[str, str]:
    return {"says": json.dumps({"containers": containers})}


def here(machine: Machine) -> tuple[str, list[str]]:
    """The key that signs, and those that are accepted."""
    public = (machine.root / PUBLIC).read_text()
    found = [line for line in public.splitlines() if "KEY-----" not in line]
    return (machine.root / PRIVATE).read_text().splitlines()[1], found


def restarts(machine: Machine) -> list[str]:
    words = "restarts the "
    lines = (machine.root / "journal").read_text().splitlines()
    return [line.partition(words)[2] for line in lines if words in line]


def test_a_new_control_plane_has_the_keys_before_kubeadm_runs(cluster: Cluster):
    made = cluster.control_plane(serviceAccountKeys=[2, 1])

    ended = made.run()

    assert ended.returncode == 0, ended.stdout
    assert here(made) == ("key2", ["key2", "key1"])
    assert oct((made.root / PRIVATE).stat().st_mode & 0o777) == "0o600"
    assert "key2" not in ended.stdout


def test_a_control_plane_of_a_cluster_with_its_first_key_has_that(cluster: Cluster):
    made = cluster.control_plane()

    made.run()

    assert here(made) == ("key1", ["key1"])


def test_another_key_is_accepted_first_and_then_signs(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api, 1)
    digest = plan(cluster, machine, **asked(machine, 2, 1))

    reach(cluster, machine, digest)

    assert here(machine) == ("key2", ["key2", "key1"])
    assert restarts(machine) == [
        "API server for its keys",
        "controller manager for its keys",
    ]
    assert kubeadm(machine) == ["init phase kubelet-start"]
    assert annotations(api, machine)["dualstack/encryption-plan"] == digest


def test_before_another_machine_signs_by_a_new_key_this_one_accepts_it_and_signs_as_before(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api, 1)
    second = node(OTHER)
    second["metadata"]["labels"][LABEL] = ""
    api.nodes[OTHER] = second
    digest = plan(cluster, machine, **asked(machine, 2, 1))

    process = machine.start("upgrade.py")
    machine.wait_until_it_says(f"waits for {OTHER}, whose turn it is")
    machine.crash(process)

    assert here(machine) == ("key1", ["key1", "key2"])
    assert restarts(machine) == ["API server for its keys"]
    assert annotations(api, machine)["dualstack/plan"] == digest
    assert annotations(api, machine)["dualstack/encryption-plan"] == "0" * 64


def test_an_earlier_key_that_is_taken_away_is_accepted_no_more(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api, 2, 1)
    digest = plan(cluster, machine, **asked(machine, 2))

    reach(cluster, machine, digest)

    assert here(machine) == ("key2", ["key2"])
    assert restarts(machine) == ["API server for its keys"]


def test_a_component_that_does_not_start_has_its_keys_from_before_again(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api, 1)
    api.pods = []
    first = container("first", time.time_ns())
    broken = container("second", time.time_ns() * 2, attempt=5) | {"state": "CONTAINER_EXITED"}
    # The ones that are older than the files, the ones before the restart, the one to stop, and then one that fails again and again.
    machine.arrange("crictl ps", *[says(first)] * 4, *[says(first, broken)] * 20)
    machine.arrange("crictl logs", *[{"says": "Error: no such key\n"}] * 4)
    plan(cluster, machine, **asked(machine, 2, 1))

    process = machine.start("upgrade.py")
    wait_until(lambda: here(machine)[1] == ["key1", "key2"], "the new key")
    wait_until(lambda: here(machine)[1] == ["key1"], "the old one alone")
    api.pods = pods(machine)
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: kube-apiserver does not start: Error: no such key; the keys from before are back"
    )
    assert here(machine) == ("key1", ["key1"])
