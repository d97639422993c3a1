"""Leaving: pods go as their budgets allow, the Node after them, and then the group hears that the machine may end."""

import json
import time

import pytest

from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster
from tests.unit.node.kubernetes import Kubernetes, let_in, pod
from tests.unit.node.machine import Machine
from tests.unit.node.scaling import Scaling


@pytest.fixture
def leaver(worker: Machine, groups: Scaling, api: Kubernetes) -> Machine:
    """A worker that its group ends, with two pods of its own, in a cluster whose control planes delete Nodes."""
    groups.states[worker.instance] = ("prod-general", "Terminating:Wait")
    worker.metadata.values["autoscaling/target-lifecycle-state"] = "Terminated"
    api.pods = [pod("web-1", worker.instance), pod("web-2", worker.instance)]
    api.deleted_after = 0
    return worker


def test_a_worker_that_is_ended_leaves_in_order(leaver: Machine, groups: Scaling, api: Kubernetes):
    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert api.did == ["cordons", "evicts web-1", "evicts web-2", "says it has left"]
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]
    assert "all pods have left" in ended.stdout


def test_a_worker_whose_node_a_restore_has_taken_away_leaves_all_the_same(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    del api.nodes[leaver.instance]
    api.pods = []

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]


def test_a_node_says_again_that_it_is_empty_until_the_api_has_taken_it(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.marks_refused = 3

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert api.did[-1] == "says it has left"
    assert leaver.instance not in api.nodes
    assert len(groups.said) == 1


def test_pods_that_belong_to_the_machine_stay(leaver: Machine, api: Kubernetes):
    mirror = {"kubernetes.io/config.mirror": "abc"}
    api.pods = [
        pod("agent", leaver.instance, owner="DaemonSet"),
        pod("proxy", leaver.instance, owner="Node", annotations=mirror),
        pod("done", leaver.instance) | {"status": {"phase": "Succeeded"}},
        pod("elsewhere", "i-0123456789abcdef0"),
        pod("web-1", leaver.instance),
    ]

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert [act for act in api.did if act.startswith("evicts")] == ["evicts web-1"]


def test_a_budget_is_asked_again_until_it_allows(leaver: Machine, api: Kubernetes):
    api.refusals = {"web-2": 3}

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert [act for act in api.did if "web-2" in act] == ["asks for web-2"] * 3 + ["evicts web-2"]
    assert ended.stdout.count("default/web-2 stays for now: Cannot evict pod") == 1


def test_a_pod_that_never_may_leave_holds_the_machine_for_the_drain_time(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.refusals = {"web-2": 10**6}

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert "the time is over, and these pods have not left: default/web-2" in ended.stdout
    # Ten minutes, an attempt each six seconds: the pause is two, and a budget is asked again after five.
    assert 90 <= api.did.count("asks for web-2") <= 110
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]


def test_the_drain_time_is_that_of_the_pool(leaver: Machine, api: Kubernetes):
    settings = leaver.root / "etc/dualstack/node.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"drainSeconds": 60}))
    api.refusals = {"web-2": 10**6}

    leaver.run("leave.py")

    assert 8 <= api.did.count("asks for web-2") <= 12


def test_user_data_from_before_the_setting_drains_for_ten_minutes(leaver: Machine, groups: Scaling):
    settings = leaver.root / "etc/dualstack/node.json"
    known = json.loads(settings.read_text())
    assert known.pop("drainSeconds") == 600
    settings.write_text(json.dumps(known))

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert len(groups.said) == 1


def test_minors_before_1_22_get_the_eviction_that_they_know(leaver: Machine, api: Kubernetes):
    api.old = True

    leaver.run("leave.py")

    assert [act for act in api.did if act.startswith("evicts")] == ["evicts web-1", "evicts web-2"]


def test_a_worker_waits_until_its_volumes_are_detached(leaver: Machine, api: Kubernetes):
    state = api.nodes[leaver.instance]["status"]
    state["volumesAttached"] = [{"name": "kubernetes.io/csi/ebs.csi.aws.com^vol-1"}]

    process = leaver.start("leave.py")
    leaver.wait_until_it_says("all pods have left")
    early = list(api.did)
    del state["volumesAttached"]
    ended = leaver.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert "says it has left" not in early
    assert "says it has left" in api.did


def test_volumes_that_never_detach_hold_the_machine_for_a_minute(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.nodes[leaver.instance]["status"]["volumesInUse"] = ["kubernetes.io/csi/x^vol-1"]

    ended = leaver.run("leave.py")

    assert "volumes are still attached" in ended.stdout
    assert len(groups.said) == 1


def test_a_node_that_nobody_deletes_holds_the_machine_for_a_minute(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.deleted_after = None

    ended = leaver.run("leave.py")

    assert "no control plane has deleted the Node" in ended.stdout
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]


def test_an_api_that_is_away_holds_the_machine_for_a_minute_in_all(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.marks_refused = 10**6
    api.deleted_after = None

    ended = leaver.run("leave.py")

    # Two seconds between two looks. The mark was tried for the whole minute, so the Node is looked for once.
    assert 29 <= 10**6 - api.marks_refused <= 32
    assert "no control plane has deleted the Node" in ended.stdout
    assert api.asked[-1] == f"/api/v1/nodes/{leaver.instance}"
    assert len(groups.said) == 1


def test_a_machine_that_never_joined_is_let_go_at_once(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    (leaver.root / "etc/kubernetes/kubelet.conf").unlink()

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert api.did == []
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]


def test_a_worker_that_nobody_ends_only_watches(leaver: Machine, groups: Scaling, api: Kubernetes):
    leaver.metadata.values["autoscaling/target-lifecycle-state"] = "InService"

    process = leaver.start("leave.py")
    while leaver.metadata.asked.count("autoscaling/target-lifecycle-state") < 3:
        time.sleep(0.02)
    leaver.crash(process)

    assert (api.did, groups.said) == ([], [])


def test_a_run_that_was_cut_off_after_the_node_was_deleted_still_completes_the_hook(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    api.nodes.clear()
    api.pods = []

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert len(groups.said) == 1


def test_a_hook_that_is_over_is_not_completed(leaver: Machine, groups: Scaling):
    groups.states[leaver.instance] = ("prod-general", "Terminating:Proceed")

    ended = leaver.run("leave.py")

    assert ended.returncode == 0, ended.stdout
    assert groups.said == []


LOOK = "autoscaling/target-lifecycle-state"
"""What a worker asks for at each look."""
SPOT = {"instance-life-cycle": "spot", LOOK: "InService"}


def notice(seconds: float) -> str:
    """The notice of an interruption in so many seconds."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    return json.dumps({"action": "terminate", "time": at})


def test_a_spot_notice_empties_the_node_and_completes_nothing(
    leaver: Machine, groups: Scaling, api: Kubernetes
):
    leaver.metadata.values |= SPOT | {"spot/instance-action": notice(120)}

    process = leaver.start("leave.py")
    leaver.wait_until_it_says("all pods have left")
    leaver.metadata.values["autoscaling/target-lifecycle-state"] = "Terminated"
    ended = leaver.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert "is interrupted" in ended.stdout
    assert api.did[:3] == ["cordons", "evicts web-1", "evicts web-2"]
    assert groups.said == [("CompleteLifecycleAction", "left", leaver.instance, "CONTINUE")]


def test_metadata_that_misses_an_answer_at_the_start_makes_no_spot_machine_deaf(
    leaver: Machine, api: Kubernetes
):
    leaver.metadata.values |= SPOT | {"spot/instance-action": notice(120)}
    leaver.metadata.appears_after["instance-life-cycle"] = 1

    process = leaver.start("leave.py")
    wait_until(lambda: leaver.metadata.asked.count(LOOK) > 2, "three looks")
    leaver.crash(process)

    assert api.did[:1] == ["cordons"]


def test_a_spot_notice_leaves_only_what_is_left_of_it_to_a_budget(leaver: Machine, api: Kubernetes):
    # The notice is all but over. The clock of the machine stands still, so only the notice can end the drain.
    leaver.metadata.values |= SPOT | {"spot/instance-action": notice(20)}
    api.refusals = {"web-1": 10**6, "web-2": 10**6}

    process = leaver.start("leave.py")
    leaver.wait_until_it_says("the time is over")
    leaver.crash(process)

    assert api.did.count("asks for web-1") >= 1


def test_a_recommendation_empties_a_spot_machine_before_the_notice(
    leaver: Machine, api: Kubernetes, groups: Scaling
):
    leaver.metadata.values |= SPOT | {
        "events/recommendations/rebalance": '{"noticeTime": "2026-11-29T08:22:00Z"}'
    }

    process = leaver.start("leave.py")
    leaver.wait_until_it_says("all pods have left")
    leaver.crash(process)

    assert api.did == ["cordons", "evicts web-1", "evicts web-2"]
    assert groups.said == []


# what control planes do for it


@pytest.fixture
def keeper(cluster: Cluster, groups: Scaling, api: Kubernetes, worker: Machine) -> Machine:
    """A control plane, and a worker whose Node says that it has left."""
    made = cluster.control_plane()
    made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
    let_in(made, api, cluster.authority)
    api.nodes[worker.instance]["metadata"]["labels"]["dualstack/left"] = ""
    cluster.put(f"/dualstack/{cluster.name}/status/{worker.instance}", "joined")
    return made


def looks(machine: Machine) -> None:
    """Let it look three times."""
    process = machine.start("left_nodes.py")
    while machine.metadata.asked.count("iam/security-credentials/") < 12 and process.poll() is None:
        time.sleep(0.02)
    machine.crash(process)


@pytest.fixture(params=["Terminating", "Terminating:Wait", "Terminating:Proceed"])
def ended_by_its_group(request: pytest.FixtureRequest, worker: Machine, groups: Scaling) -> Machine:
    """A worker in each state of its end."""
    groups.states[worker.instance] = ("prod-general", request.param)
    return worker


def test_a_node_that_has_left_and_whose_group_ends_it_is_deleted_with_its_status(
    keeper: Machine, ended_by_its_group: Machine, api: Kubernetes, cluster: Cluster
):
    worker = ended_by_its_group

    process = keeper.start("left_nodes.py")
    keeper.wait_until_it_says(f"deleted the Node {worker.instance}")
    while cluster.status(worker):
        time.sleep(0.02)
    keeper.crash(process)

    assert worker.instance not in api.nodes


def test_a_node_that_only_says_so_is_kept(
    keeper: Machine, worker: Machine, groups: Scaling, api: Kubernetes, cluster: Cluster
):
    groups.states[worker.instance] = ("prod-general", "InService")

    looks(keeper)

    assert worker.instance in api.nodes
    assert cluster.status(worker) == "joined"


def test_a_node_whose_machine_ec2_has_ended_is_deleted(
    keeper: Machine, worker: Machine, groups: Scaling, api: Kubernetes, cluster: Cluster
):
    groups.states.clear()
    cluster.terminate(worker)

    process = keeper.start("left_nodes.py")
    keeper.wait_until_it_says(f"deleted the Node {worker.instance}")
    keeper.crash(process)

    assert worker.instance not in api.nodes


def test_a_node_that_says_nothing_is_kept_whatever_happens_to_its_machine(
    keeper: Machine, worker: Machine, api: Kubernetes, cluster: Cluster
):
    api.nodes[worker.instance]["metadata"]["labels"].clear()
    cluster.terminate(worker)
    api.nodes["i-0123456789abcdef0"] = api.nodes[worker.instance] | {
        "metadata": {"name": "i-0123456789abcdef0", "labels": {"dualstack/left": ""}}
    }

    process = keeper.start("left_nodes.py")
    keeper.wait_until_it_says("deleted the Node i-0123456789abcdef0")
    keeper.crash(process)

    assert worker.instance in api.nodes
