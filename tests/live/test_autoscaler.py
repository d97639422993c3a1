"""The cluster autoscaler with the arguments of its add-on: a pool without machines gets one for a pod, and loses it after the pod.

CLUSTER_AUTOSCALER names the program of 1.36, in a folder of this host's root file system, which machines have below theirs. It is not
built here, because no Go module proxy has its module.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from components.catalog import needed
from components.catalog.addon import Chart
from components.permissions.statements import document
from components.roles import of_controllers
from components.rules import load
from components.spec.cluster import Spec
from rehearsal.machines.image import AWS
from rehearsal.machines.machine import Machine
from rehearsal.render import configuration
from rehearsal.workspace import Project
from tests.live.cluster import Cluster, eventually
from tests.live.workload import IMAGE, SLEEP

PROGRAM = os.environ.get("CLUSTER_AUTOSCALER", "")
pytestmark = [
    pytest.mark.stacks("ipv4first"),
    pytest.mark.skipif(not PROGRAM, reason="CLUSTER_AUTOSCALER names no program"),
]

POOL = "spare"
LABELS = {"example.com/pool": POOL}
NAME = "asks-for-a-machine"
REGION = "eu-west-1"
ENDPOINTS = "/run/autoscaler-endpoints"
QUICK = (
    *("--scan-interval=5s", "--scale-down-unneeded-time=30s", "--scale-down-delay-after-add=10s"),
    *("--kubeconfig=/etc/kubernetes/admin.conf", "--address=127.0.0.1:8085"),
    f"--cloud-config={ENDPOINTS}",
)
"""Arguments of the test alone. The rest is what the chart makes of the add-on's values."""


@pytest.fixture(scope="module")
def with_pool(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster with a second pool, which may be empty and is. Later tests have a cluster with one pool again."""
    pool = {"instanceTypes": ["t3.large"], "min": 0, "max": 2, "labels": LABELS}
    changed = cluster.changed("workers", **{POOL: pool})
    with changed.begin("live") as run:
        run.succeed()
    assert nodes(changed) == []
    yield changed
    with cluster.begin("live") as run:
        run.succeed()


@pytest.fixture(scope="module")
def autoscaler(with_pool: Cluster) -> Iterator[None]:
    """The autoscaler, as a program of the control plane, with the role of its machine."""
    machine = with_pool.machine(with_pool.nodes("control plane")[0])
    log, spec = with_pool.folder / "autoscaler.log", wanted(with_pool)
    with (
        _allowed(with_pool, document(of_controllers(spec.roles_part()))),
        log.open("w") as output,
        _running(machine, arguments(spec), output) as process,
    ):
        yield
        assert process.poll() is None, f"it has ended: {log}"
        process.terminate()


@contextmanager
def _allowed(cluster: Cluster, policy: dict[str, Any]) -> Iterator[None]:
    """The role of control planes with the policy that the add-on gives it."""
    iam = cluster.aws("iam")
    [role] = [
        one["RoleName"]
        for one in iam.list_roles()["Roles"]
        if one["RoleName"].startswith(f"{cluster.name}-control-plane")
    ]
    name = {"RoleName": role, "PolicyName": "autoscaler"}
    iam.put_role_policy(**name, PolicyDocument=json.dumps(policy))
    try:
        yield
    finally:
        iam.delete_role_policy(**name)


def _running(machine: Machine, words: list[str], output: Any) -> subprocess.Popen[bytes]:
    assert machine.leader is not None
    machine.run("bash", "-c", f"cat > {ENDPOINTS} <<'END'\n{endpoints()}END")
    environment = ("env", f"AWS_ENDPOINT_URL={AWS}", f"AWS_REGION={REGION}")
    command = machine.entered(machine.leader, *environment, PROGRAM, *words)
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


def endpoints() -> str:
    """The file with the endpoints of EC2 and of groups: for these the program reads no variable of its environment."""
    return "".join(
        f'[ServiceOverride "{service}"]\nService = {service}\nRegion = {REGION}\nURL = {AWS}\nSigningRegion = {REGION}\n'
        for service in ("autoscaling", "ec2")
    )


def wanted(cluster: Cluster) -> Spec:
    """The cluster's configuration with the add-on, whose chart and image are not here."""
    project = Project.of_checkout(cluster.config, overrides={"addons": {"clusterAutoscaler": True}})
    return load(Spec, configuration(project, cluster.name, None))


def arguments(spec: Spec) -> list[str]:
    """The arguments of the program: those that the chart makes of our values, and `QUICK`."""
    chart = needed(spec)["cluster-autoscaler"]
    assert isinstance(chart, Chart)
    prefix = "k8s.io/cluster-autoscaler"
    tags = f"{prefix}/enabled,{prefix}/{chart.values['autoDiscovery']['clusterName']}"
    given = {
        "cloud-provider": chart.values["cloudProvider"],
        "node-group-auto-discovery": f"asg:tag={tags}",
        **chart.values["extraArgs"],
    }
    return [*(f"--{name}={str(value).lower()}" for name, value in given.items()), *QUICK]


def nodes(cluster: Cluster) -> list[str]:
    """The nodes of the pool."""
    [(key, value)] = LABELS.items()
    found = cluster.get("nodes", f"--selector={key}={value}")["items"]
    return [node["metadata"]["name"] for node in found]


def test_a_pod_gets_a_machine_from_a_pool_of_none_and_the_pool_is_empty_after_it(
    with_pool, autoscaler
):
    with_pool.apply(pod())
    assert eventually(lambda: with_pool.get("pod", NAME)["status"]["phase"] == "Running")
    [node] = nodes(with_pool)
    ran_on = with_pool.get("pod", NAME)["spec"]["nodeName"]

    with_pool.api.run("delete", "pod", NAME, "--wait=false")
    assert eventually(lambda: nodes(with_pool) == [])

    assert ran_on == node
    gone = with_pool.machine(node).instance
    assert eventually(lambda: with_pool.instances()[gone]["State"]["Name"] == "terminated")


def pod() -> dict[str, Any]:
    """A pod that only a machine of the pool may run."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME},
        "spec": {
            "nodeSelector": LABELS,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": IMAGE, "command": SLEEP}],
        },
    }
