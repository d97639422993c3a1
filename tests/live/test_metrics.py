"""metrics-server in a cluster that runs: its figures, and what is left when it is switched off."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from tests.live.cluster import Cluster, eventually

pytestmark = pytest.mark.stacks("ipv6first")

OWN = {
    ("APIService", "v1beta1.metrics.k8s.io"),
    ("ClusterRole", "metrics-server"),
    ("ClusterRole", "metrics-server-reader"),
    ("ClusterRoleBinding", "metrics-server"),
    ("ClusterRoleBinding", "metrics-server-delegator"),
    ("Deployment", "metrics-server"),
    ("RoleBinding", "metrics-server"),
    ("Service", "metrics-server"),
    ("ServiceAccount", "metrics-server"),
}
"""Its objects, of kinds that others have too."""

USED = re.compile(r"[1-9]\d*m +\d+% +[1-9]\d*Mi +\d+% *")


def test_there_are_figures_of_every_node_read_over_the_primary_family(cluster):
    names = {node["metadata"]["name"] for node in cluster.nodes()}

    # It has some of a node when it has asked it twice, 15 s apart.
    assert eventually(lambda: _figures(cluster).keys() == names)
    assert ":" in _get(cluster, "service")["spec"]["clusterIP"]


def test_switched_off_it_is_gone_and_nothing_else_is_changed(cluster):
    objects = {kind for kind, _ in OWN}
    others = {"Pod", "Node", "DaemonSet", "ConfigMap"}
    settings = cluster.settings
    settings["dualstack:addons"]["metricsServer"] = False
    config = cluster.folder / "without-metrics.yaml"
    config.write_text(yaml.safe_dump({"config": settings}))
    before = _uids(cluster, objects | others)

    try:
        said = replace(cluster, config=config).begin("live", "--no-verify").succeed()

        assert eventually(lambda: not _pods(cluster))
        after = _uids(cluster, objects | others)
        gone = before.keys() - after.keys()
        assert {(kind, name) for kind, _, name in gone if kind != "Pod"} == OWN
        assert {name.rsplit("-", 2)[0] for kind, _, name in gone if kind == "Pod"} == {
            "metrics-server"
        }
        assert {key: before[key] for key in before.keys() - gone} == after
        assert f"{cluster.name}: 2 updated, {len(OWN)} deleted, " in said
        # Components that keep what they were told; they are nothing by themselves.
        assert set(re.findall("^updated (.+)", said, re.MULTILINE)) == {
            f"dualstack:index:Cluster {cluster.name}",
            f"dualstack:index:Addons {cluster.name}-addons",
        }
        assert cluster.all_ready(len(cluster.nodes()))
    finally:
        cluster.begin("live", "--no-verify").succeed()


def _figures(cluster: Cluster) -> dict[str, str]:
    """What `kubectl top` shows of each node whose processor and memory are known, and used."""
    lines = cluster.api.run("top", "nodes", "--no-headers").splitlines()
    rows = [line.split(maxsplit=1) for line in lines]
    return {name: used for name, used in rows if USED.fullmatch(used)}


def _get(cluster: Cluster, kind: str) -> dict:
    return cluster.get(kind, "metrics-server", "--namespace=kube-system")


def _pods(cluster: Cluster) -> list[dict]:
    return cluster.get("pods", "--namespace=kube-system", "--selector=app=metrics-server")["items"]


def _uids(cluster: Cluster, kinds: set[str]) -> dict[tuple[str, str, str], str]:
    """The identity of every object of some kinds."""
    found = json.loads(
        cluster.api.run("get", ",".join(sorted(kinds)), "--all-namespaces", "--output=json")
    )
    return {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one[
            "metadata"
        ]["uid"]
        for one in found["items"]
    }
