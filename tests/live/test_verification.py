"""The verifier finds nothing wrong with a whole cluster, and what is wrong with one that was broken on purpose."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.machines.verification import prepare_pods, questions
from rehearsal.mirror.prepare import row_of
from tests.live.cluster import Cluster, eventually
from tests.live.misconfiguration import names_without_hosts, one_address, one_pod_range
from tests.live.outage import without_port
from tests.support.patience import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
VXLAN = 8472
FLANNEL = ("daemonset/flannel", "--namespace=kube-system")


@pytest.fixture(scope="session")
def image() -> str:
    return prepare_pods(row_of("1.36"), print)


def verified(cluster: Cluster, image: str) -> tuple[int, dict[str, set[str]]]:
    """The verifier's exit code, and the verdicts of each check, pods made and asked."""
    with questions(image) as words:
        return read(cluster, *words)


def read(cluster: Cluster, *words: str) -> tuple[int, dict[str, set[str]]]:
    """The same, of a cluster that is only read."""
    kubeconfig = ("--kubeconfig", str(cluster.api.kubeconfig))
    done = subprocess.run(
        [sys.executable, "-m", "components", "verify", *kubeconfig, "--json", *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    verdicts: dict[str, set[str]] = {}
    for found in json.loads(done.stdout)["findings"]:
        verdicts.setdefault(found["check"], set()).add(found["verdict"])
    return done.returncode, verdicts


def faulty(verdicts: dict[str, set[str]]) -> set[str]:
    return {check for check, found in verdicts.items() if "fault" in found}


def test_nothing_is_wrong_with_a_cluster_that_is_as_it_was_made(cluster, image):
    code, verdicts = verified(cluster, image)

    assert (code, faulty(verdicts)) == (0, set())
    assert {
        check
        for check in ("node addresses", "pod to pod", "large packets", "DNS", "NodePort", "egress")
        if verdicts[check] == {"good"}
    } == {"node addresses", "pod to pod", "large packets", "DNS", "NodePort", "egress"}


def test_a_closed_overlay_port_is_found_by_the_way_it_closes(cluster, image):
    with without_port(cluster, VXLAN):
        code, verdicts = verified(cluster, image)

    assert code == 1
    assert {"pod to pod", "ClusterIP"} <= faulty(verdicts)
    assert "node addresses" not in faulty(verdicts)
    assert eventually(lambda: verified(cluster, image)[0] == 0)


def test_pods_that_nobody_masquerades_are_found_by_their_way_out(cluster, image):
    def run_flannel(*, anywhere: bool) -> None:
        selector = {"dualstack/nowhere": None if anywhere else ""}
        pods = {"spec": {"template": {"spec": {"nodeSelector": selector}}}}
        cluster.api.run("patch", *FLANNEL, "--type=merge", "--patch", json.dumps(pods))
        cluster.api.run(
            "rollout",
            "status",
            *FLANNEL,
            f"--timeout={PATIENCE_SECONDS}s",
            seconds=PATIENCE_SECONDS,
        )

    # flannel writes its rules again every few seconds, so first it goes; routes and tunnels stay.
    run_flannel(anywhere=False)
    try:
        assert eventually(
            lambda: (
                not cluster.get("pods", "--namespace=kube-system", "--selector=app=flannel")[
                    "items"
                ]
            )
        )
        for machine in cluster.machines():
            for program in ("iptables", "ip6tables"):
                machine.run(program, "-w", "-t", "nat", "-F", "FLANNEL-POSTRTG")
        code, verdicts = verified(cluster, image)
    finally:
        run_flannel(anywhere=True)

    assert (code, faulty(verdicts)) == (1, {"egress"})
    assert eventually(lambda: verified(cluster, image)[0] == 0)


def test_a_node_whose_kubelet_was_told_one_address_is_found(cluster, image):
    with one_address(cluster, cluster.nodes("worker")[0]["metadata"]["name"]):
        code, verdicts = verified(cluster, image)

    assert (code, faulty(verdicts)) == (1, {"node addresses"})
    assert eventually(lambda: verified(cluster, image)[0] == 0)


def test_a_node_with_one_pod_range_is_found(cluster, image):
    with one_pod_range(cluster, cluster.nodes("worker")[0]["metadata"]["name"]):
        code, verdicts = read(cluster)

    # Pods that run there keep an address that is in none of its ranges now.
    assert faulty(verdicts) - {"pod inside its node's ranges"} == {"node pod ranges"}
    assert code == 1
    assert eventually(lambda: verified(cluster, image)[0] == 0)


def test_names_of_ipv4_hosts_with_ipv6_addresses_that_lead_nowhere_are_found(cluster, image):
    with names_without_hosts(cluster):
        code, verdicts = verified(cluster, image)

    assert (code, faulty(verdicts)) == (1, {"DNS64"})
    assert eventually(lambda: verified(cluster, image)[0] == 0)
