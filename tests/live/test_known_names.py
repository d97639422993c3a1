"""The tables of arguments and feature gates have all that the components which run say of themselves."""

import json
import re

import pytest

from components.facts.component_flags import flags_of
from components.facts.feature_gates import gates_of
from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster

CONTAINERS = {
    "apiServerArgs": "kube-apiserver",
    "controllerManagerArgs": "kube-controller-manager",
    "schedulerArgs": "kube-scheduler",
    "etcdArgs": "etcd",
}
NAMED_AND_REFUSED = {"runonce"}
"""What the kubelet names since 1.32, and does not start with."""

FLAG = re.compile(r"^ +(?:-\w, )?--([a-z0-9-]+)", re.MULTILINE)
GATE = re.compile(r"^ *(?:--feature-gates .* )?(?:kube:)?([A-Z]\w+)=true\|false \(", re.MULTILINE)


@pytest.fixture
def minor(cluster: Cluster) -> int:
    said = json.loads(cluster.api.run("get", "--raw=/version"))
    return int(said["minor"].rstrip("+"))


@pytest.fixture
def control_plane(cluster: Cluster) -> Machine:
    return cluster.machine(cluster.nodes("control plane")[0])


@pytest.mark.parametrize("field", [*CONTAINERS, "kubeletArgs"])
def test_every_argument_and_gate_that_a_component_names_is_known(
    control_plane, minor: int, field: str
):
    said = _help(control_plane, field)

    flags, gates = set(FLAG.findall(said)), set(GATE.findall(said))
    assert len(flags) > 40
    assert flags - set(flags_of(field, minor)) - NAMED_AND_REFUSED == set()
    if field != "etcdArgs":
        assert len(gates) > 40
        assert gates - set(gates_of(minor)) == set()


def _help(machine: Machine, field: str) -> str:
    if field == "kubeletArgs":
        return machine.run("kubelet", "--help")
    name = CONTAINERS[field]
    [container] = machine.run(
        "crictl", "ps", "--quiet", "--label", f"io.kubernetes.container.name={name}"
    ).split()
    return machine.run("crictl", "exec", container, name, "--help")
