"""The launch hook: a worker completes it when its Node is Ready, and never before."""

import pytest

from tests.unit.node.conftest import Cluster
from tests.unit.node.kubernetes import Kubernetes
from tests.unit.node.machine import Machine
from tests.unit.node.scaling import Scaling


def test_a_ready_worker_completes_its_launch_hook(worker: Machine, groups: Scaling):
    ended = worker.run("ready.py")

    assert ended.returncode == 0, ended.stdout
    assert groups.said == [("CompleteLifecycleAction", "joined", worker.instance, "CONTINUE")]
    assert (worker.root / "var/lib/dualstack/ready").exists()


def test_a_worker_waits_until_its_node_is_ready_and_its_status_says_why(
    worker: Machine, groups: Scaling, api: Kubernetes, cluster: Cluster
):
    api.ready_after = 10**6

    process = worker.start("ready.py")
    worker.wait_until_it_says("not ready: Kubelet: it says so")
    early, status = list(groups.said), cluster.status(worker)
    api.ready_after = 0
    ended = worker.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert (early, status) == ([], "joined, but not ready: Kubelet: it says so")
    assert cluster.status(worker) == "joined"
    assert groups.said == [("CompleteLifecycleAction", "joined", worker.instance, "CONTINUE")]


def test_a_ready_worker_that_no_cloud_controller_has_initialised_waits_and_its_status_says_why(
    worker: Machine, groups: Scaling, api: Kubernetes, cluster: Cluster
):
    taint = {"key": "node.cloudprovider.kubernetes.io/uninitialized", "effect": "NoSchedule"}
    api.nodes[worker.instance]["spec"]["taints"] = [taint]

    process = worker.start("ready.py")
    worker.wait_until_it_says("not ready: no cloud controller has initialised its Node")
    early, status = list(groups.said), cluster.status(worker)
    api.nodes[worker.instance]["spec"]["taints"] = []
    ended = worker.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert early == []
    assert status == "joined, but not ready: no cloud controller has initialised its Node"
    assert len(groups.said) == 1


def test_a_worker_whose_kubelet_asks_for_a_certificate_counts_when_it_has_one(
    worker: Machine, groups: Scaling
):
    kubelet = worker.root / "var/lib/kubelet"
    (kubelet / "config.yaml").write_text("serverTLSBootstrap: true\n")
    (kubelet / "pki").mkdir(exist_ok=True)
    (kubelet / "pki/kubelet-server-current.pem").touch()

    ended = worker.run("ready.py")

    assert "no certificate" not in ended.stdout
    assert groups.said == [("CompleteLifecycleAction", "joined", worker.instance, "CONTINUE")]


def test_a_worker_whose_kubelet_gets_no_certificate_counts_in_the_end_and_says_so(
    worker: Machine, groups: Scaling
):
    (worker.root / "var/lib/kubelet/config.yaml").write_text("serverTLSBootstrap: true\n")

    ended = worker.run("ready.py")

    assert "its kubelet has no certificate yet: see `kubectl get csr`" in ended.stdout
    assert groups.said == [("CompleteLifecycleAction", "joined", worker.instance, "CONTINUE")]


def test_a_worker_whose_api_is_away_waits_for_it(worker: Machine, groups: Scaling, api: Kubernetes):
    conf = worker.root / "etc/kubernetes/kubelet.conf"
    text = conf.read_text()
    conf.write_text(text.replace(f":{api.port}", ":1"))

    process = worker.start("ready.py")
    worker.wait_until_it_says("not ready: the API does not answer")
    conf.write_text(text)
    ended = worker.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert len(groups.said) == 1


def test_a_worker_that_has_not_joined_completes_nothing(worker: Machine, groups: Scaling):
    joined = worker.root / "var/lib/dualstack/joined"
    joined.rename(joined.with_name("kept"))

    process = worker.start("ready.py")
    worker.crash(process)

    assert groups.said == []


def test_a_worker_with_commands_counts_when_the_last_one_has_succeeded(
    worker: Machine, groups: Scaling
):
    settings = worker.root / "etc/dualstack/node.json"
    settings.write_text(
        settings.read_text()[:-1] + ', "commands": {"pre": {}, "post": {"a": "true"}}}'
    )

    process = worker.start("ready.py")
    early = list(groups.said)
    (worker.root / "var/lib/dualstack/finished").touch()
    ended = worker.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert early == []
    assert len(groups.said) == 1


def test_a_worker_that_is_earlier_than_its_hook_waits_for_it(worker: Machine, groups: Scaling):
    groups.later = ["Pending", "Pending"]

    worker.run("ready.py")

    assert groups.said == [("CompleteLifecycleAction", "joined", worker.instance, "CONTINUE")]


@pytest.mark.parametrize("state", ["InService", None], ids=["a group without hooks", "no group"])
def test_a_worker_for_which_no_hook_waits_completes_none(
    worker: Machine, groups: Scaling, state: str | None
):
    groups.states = {worker.instance: ("prod-general", state)} if state else {}

    ended = worker.run("ready.py")

    assert ended.returncode == 0, ended.stdout
    assert groups.said == []


def test_a_worker_starts_to_look_before_it_joins(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()

    machine.run()

    started = [call["arguments"] for call in machine.calls("systemctl")]
    assert ["enable", "--now", "dualstack-ready.service"] in started
