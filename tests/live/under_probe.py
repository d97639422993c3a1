"""Something is done to a cluster while a probe asks its API and a Service, and what was there before is compared with what is there after."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually, fetch, url
from tests.live.probe import OBJECT, PER_SECOND
from tests.live.run import CHECKOUT
from tests.live.workload import IMAGE, SERVE
from tests.support.patience import PATIENCE_SECONDS

SERVED = "served"
"""The Service of two pods, whose budget lets one go at a time."""

KINDS = "namespaces,serviceaccounts,configmaps,services,deployments,daemonsets,poddisruptionbudgets"
"""What nobody makes again while machines come and go."""

ENDING_SECONDS = 15
"""The time in which a pod that ends still answers: until every node sends nothing more to it."""


@dataclass
class Figures:
    """What came of the requests while something was done, and what it left."""

    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The probe's figures by target."""
    lost: list[str] = field(default_factory=list)
    """Objects that are gone or were made again, and writes that were confirmed and are not there."""

    def of(self, name: str) -> tuple[int, int, float]:
        """The requests, the failures and the longest gap of all targets whose name begins so."""
        found = [told for target, told in self.targets.items() if target.startswith(name)]
        assert found, f"no target {name}"
        requests, failures = (
            sum(told[what] for told in found) for what in ("requests", "failures")
        )
        return requests, failures, max(told["longest_gap"] for told in found)

    def failures(self, name: str) -> list[str]:
        """The first failures of these targets."""
        return [
            f"{target}: {reason}"
            for target, told in self.targets.items()
            if target.startswith(name)
            for reason in told["reasons"]
        ]

    def __str__(self) -> str:
        lines = []
        for name in ("Service", "API read", "API write"):
            requests, failures, gap = self.of(name)
            lines.append(
                f"{name}: {failures} of {requests:,} failed, longest gap {gap:.2f} s"
                + "".join(f"\n        {reason}" for reason in self.failures(name)[:5])
            )
        return "\n    ".join([*lines, f"lost: {', '.join(self.lost) or 'nothing'}"])


def serve(cluster: Cluster) -> None:
    """Let two pods serve, on two nodes if there are two, with a Service of both families and a budget of one."""
    cluster.apply(*_served(), {"apiVersion": "v1", "kind": "ConfigMap", **_named(OBJECT)})
    wait = f"--timeout={PATIENCE_SECONDS}s"
    cluster.api.run("rollout", "status", f"deployment/{SERVED}", wait, seconds=PATIENCE_SECONDS)


@contextmanager
def under_probe(cluster: Cluster, title: str, seen_from: Machine) -> Iterator[Figures]:
    """Run the block under the probe. The Service is asked from the network of one machine, which must outlive the block."""
    addresses = cluster.get("service", SERVED)["spec"]["clusterIPs"]
    for address in addresses:
        assert eventually(lambda: fetch(seen_from.namespace, url(address, 80, "/name")))  # noqa: B023 asked at once
    before, figures = _identities(cluster), Figures()
    asked = _asked(cluster, addresses, seen_from)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.live.probe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        try:
            yield figures
        finally:
            # Its input ends, and with it the probe.
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    figures.targets = json.loads(said)
    figures.lost = lost(before, eventually(lambda: _identities(cluster)))
    figures.lost += _unwritten(cluster, figures, asked["targets"])
    sys.stdout.write(f"\n  {title}\n    {figures}\n")
    sys.stdout.flush()


def _asked(cluster: Cluster, services: list[str], seen_from: Machine) -> dict[str, Any]:
    content = yaml.safe_load(cluster.api.kubeconfig.read_text())
    in_cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    server, addresses = cluster.endpoint()
    found = {
        "authority": in_cluster["certificate-authority-data"],
        "certificate": user["client-certificate-data"],
        "key": user["client-key-data"],
    }
    of_service = {
        "per_second": PER_SECOND,
        "port": 80,
        "network": str(seen_from.namespace.path),
        "server": "",
        "key": "",
    }
    of_api = {"per_second": PER_SECOND // 2, "port": 6443, "network": "", "server": server}
    return {
        "credentials": {name: _decoded(value) for name, value in found.items()},
        "targets": [
            {"name": f"Service {address}", "address": address, "writes": False, **of_service}
            for address in services
        ]
        + [
            {
                "name": f"API {'write' if writes else 'read'} {address}",
                "address": address,
                "writes": writes,
                "key": f"address-{number}",
                **of_api,
            }
            for number, address in enumerate(addresses)
            for writes in (False, True)
        ],
    }


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def _identities(cluster: Cluster) -> dict[str, str]:
    """The UID of every object of these kinds, by kind, namespace and name."""
    found = cluster.get(KINDS, "--all-namespaces")["items"]
    return {
        "/".join([o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]]): o[
            "metadata"
        ]["uid"]
        for o in found
    }


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The objects of before that are gone, or have another UID."""
    return [name for name, uid in before.items() if after.get(name) != uid]


def _unwritten(cluster: Cluster, figures: Figures, targets: list[dict[str, Any]]) -> list[str]:
    """Writes that the API has confirmed and does not have. A later one may have got there without its answer."""
    data = cluster.get("configmap", OBJECT).get("data", {})
    return [
        f"write {figures.targets[target['name']]['written']} of {target['name']}"
        for target in targets
        if int(data.get(target.get("key"), 0)) < figures.targets[target["name"]]["written"]
    ]


def _named(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}}


def _served() -> list[dict[str, Any]]:
    selector = {"matchLabels": {"app": SERVED}}
    container = {
        "name": "main",
        "image": IMAGE,
        # The first process of a pod does not hear SIGTERM: it answers until its time is over.
        "command": ["/bin/busybox", "sh", "-c", SERVE.replace("mkdir", "busybox mkdir")],
        "readinessProbe": {"httpGet": {"port": 8080, "path": "/name"}, "periodSeconds": 1},
    }
    apart = {
        "labelSelector": selector,
        "topologyKey": "kubernetes.io/hostname",
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
    }
    pod = {
        "terminationGracePeriodSeconds": ENDING_SECONDS,
        "topologySpreadConstraints": [apart],
        "containers": [container],
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            **_named(SERVED),
            "spec": {
                "replicas": 2,
                "selector": selector,
                "template": {"metadata": {"labels": {"app": SERVED}}, "spec": pod},
            },
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            **_named(SERVED),
            "spec": {"minAvailable": 1, "selector": selector},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            **_named(SERVED),
            "spec": {
                "ipFamilyPolicy": "RequireDualStack",
                "selector": {"app": SERVED},
                "ports": [{"port": 80, "targetPort": 8080}],
            },
        },
    ]
