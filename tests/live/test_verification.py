"""The verifier finds nothing wrong with a whole cluster, and what is wrong with one that was broken on purpose."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.live.verification import prepare_pods, questions
from rehearsal.releases.prepare import row_of

from .cluster import Cluster, eventually
from .outage import without_port

CHECKOUT = Path(__file__).parents[2]
VXLAN = 8472
FLANNEL = ("daemonset/flannel", "--namespace=kube-system")


@pytest.fixture(scope="session")
def image() -> str:
    return prepare_pods(row_of("1.36"), print)


def verified(cluster: Cluster, image: str) -> tuple[int, dict[str, set[str]]]:
    """The verifier's exit code, and the verdicts of each check."""
    kubeconfig = ("--kubeconfig", str(cluster.api.kubeconfig))
    with questions(image) as words:
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
    assert eventually(lambda: verified(cluster, image)[0] == 0, 240)


def test_pods_that_nobody_masquerades_are_found_by_their_way_out(cluster, image):
    def run_flannel(*, anywhere: bool) -> None:
        selector = {"dualstack/nowhere": None if anywhere else ""}
        pods = {"spec": {"template": {"spec": {"nodeSelector": selector}}}}
        cluster.api.run("patch", *FLANNEL, "--type=merge", "--patch", json.dumps(pods))
        cluster.api.run("rollout", "status", *FLANNEL, "--timeout=120s", seconds=130)

    # flannel writes its rules anew every few seconds, so first it goes; routes and tunnels stay.
    run_flannel(anywhere=False)
    try:
        assert eventually(
            lambda: (
                not cluster.get("pods", "--namespace=kube-system", "--selector=app=flannel")[
                    "items"
                ]
            ),
            60,
        )
        for machine in cluster.machines():
            for program in ("iptables", "ip6tables"):
                machine.run(program, "-w", "-t", "nat", "-F", "FLANNEL-POSTRTG")
        code, verdicts = verified(cluster, image)
    finally:
        run_flannel(anywhere=True)

    assert (code, faulty(verdicts)) == (1, {"egress"})
    assert eventually(lambda: verified(cluster, image)[0] == 0, 240)
