"""The CIS benchmark, by kube-bench on each kind of machine: what fails has its reason in the page on hardening.

KUBE_BENCH names a folder of this host's root file system with kube-bench and its `cfg`: machines have that file system below theirs.
"""

import json
import os
import re

import pytest

from rehearsal.builds.kubernetes import kubernetes
from rehearsal.daemons import CHECKOUT
from tests.live.cluster import Cluster

FOLDER = os.environ.get("KUBE_BENCH", "")
PAGE = CHECKOUT / "docs/reference/hardening.md"
BENCHMARK = "cis-1.12"
"""The newest one of kube-bench that is for clusters of kubeadm."""
TARGETS = {"control plane": "master,etcd,controlplane,policies,node", "worker": "node"}
RUN = """
unset COLUMNS
mkdir -p /run/kube-bench && ln -sf {kubectl} /run/kube-bench/kubectl && cd {folder} &&
PATH=/run/kube-bench:$PATH KUBECONFIG=/etc/kubernetes/admin.conf ./kube-bench run --config-dir cfg --config cfg/config.yaml \
  --benchmark {benchmark} --targets {targets} --json
"""
"""kube-bench reads the flags of processes from ps, which cuts its lines at COLUMNS. Python's readline sets it for what pytest starts."""
PATIENCE_SECONDS = 300


@pytest.mark.skipif(not FOLDER, reason="KUBE_BENCH names no folder with kube-bench")
@pytest.mark.parametrize("role", TARGETS)
def test_what_fails_of_the_benchmark_is_explained(cluster, role):
    found = measured(cluster, role)

    failed = {result["test_number"] for result in found if result["status"] == "FAIL"}
    print(figures(cluster, role, found))  # noqa: T201 (the page has them)
    assert len(found) >= (100 if role == "control plane" else 20)
    assert failed - explained() == set()


def measured(cluster: Cluster, role: str) -> list[dict[str, str]]:
    """What kube-bench says of each control, on one machine of a kind."""
    script = RUN.format(
        kubectl=kubernetes("kubectl", "1.36"),
        folder=FOLDER,
        benchmark=BENCHMARK,
        targets=TARGETS[role],
    )
    machine = cluster.machine(cluster.nodes(role)[0])
    said = json.loads(machine.run("sh", "-c", script, seconds=PATIENCE_SECONDS))
    return [
        {**result, "section": section["section"]}
        for control in said["Controls"]
        for section in control["tests"]
        for result in section["results"]
    ]


def figures(cluster: Cluster, role: str, found: list[dict[str, str]]) -> str:
    """Passed, failed and warned of, by section."""
    lines = [f"{cluster.name}, {role}: {BENCHMARK}"]
    for section in dict.fromkeys(result["section"] for result in found):
        states = [result["status"] for result in found if result["section"] == section]
        counts = ", ".join(f"{states.count(s)} {s}" for s in ("PASS", "FAIL", "WARN"))
        lines.append(f"  {section}: {counts}")
    return "\n".join(lines)


def explained() -> set[str]:
    """The controls whose failure the page explains."""
    section = PAGE.read_text().partition("## What fails\n")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| ([0-9.]+) \|", section, re.MULTILINE))
    assert rows, f"{PAGE} explains nothing"
    return rows
