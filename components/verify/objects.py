"""The Kubernetes objects that a probe creates."""

from dataclasses import dataclass
from typing import Any

from ..facts.families import Family
from ..facts.versions import TWO_FAMILY_SERVICES
from .observed import ObservedNode, other
from .scene import PAYLOAD, PAYLOAD_FILE, PORT, End

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "dualstack-verify"
RUN = "dualstack-verify/run"
"""The label of a namespace with the run that created it."""
SELECTED = "dualstack-verify/pod"
CONFIG = "payload"
UNPRIVILEGED = 65534

Object = dict[str, Any]
"""An object of the API, or a part of one, to be written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A Service that the probe asks the API to create."""

    name: str
    policy: str = ""
    families: tuple[Family, ...] = ()

    def expected(self, families: tuple[Family, Family]) -> tuple[Family, ...]:
        """The families that a dual-stack cluster gives the Service. `families` are the cluster's, the primary first."""
        first = self.families[0] if self.families else families[0]
        return (first,) if self.policy in ("", "SingleStack") else (first, other(first))

    def spec(self, minor: int) -> Object:
        """The fields of the Service's spec for families, as the minor has them."""
        if minor < TWO_FAMILY_SERVICES:
            return {"ipFamily": str(self.families[0])} if self.families else {}
        written = {
            "ipFamilyPolicy": self.policy,
            "ipFamilies": [str(family) for family in self.families],
        }
        return {key: value for key, value in written.items() if value}


IPV4, IPV6 = Family.IPV4, Family.IPV6
OF_ONE_FAMILY = (
    Wanted("default"),
    Wanted("ipv4", families=(IPV4,)),
    Wanted("ipv6", families=(IPV6,)),
)
OF_EACH_POLICY = (
    Wanted("default"),
    Wanted("single-ipv4", "SingleStack", (IPV4,)),
    Wanted("single-ipv6", "SingleStack", (IPV6,)),
    Wanted("prefer", "PreferDualStack"),
    Wanted("prefer-ipv4-first", "PreferDualStack", (IPV4, IPV6)),
    Wanted("prefer-ipv6-first", "PreferDualStack", (IPV6, IPV4)),
    Wanted("require", "RequireDualStack"),
    Wanted("require-ipv4-first", "RequireDualStack", (IPV4, IPV6)),
    Wanted("require-ipv6-first", "RequireDualStack", (IPV6, IPV4)),
)


def wanted(minor: int) -> tuple[Wanted, ...]:
    """The Services to ask a minor for."""
    return OF_EACH_POLICY if minor >= TWO_FAMILY_SERVICES else OF_ONE_FAMILY


def namespace(run: str) -> Object:
    """The namespace of one run. Pods on the host's network need pod security of level privileged."""
    labels = {
        MANAGED_BY: MANAGER,
        RUN: run,
        "pod-security.kubernetes.io/enforce": "privileged",
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": f"{MANAGER}-{run}", "labels": labels},
    }


def payload() -> Object:
    """The ConfigMap with the large text that pods send each other."""
    name = PAYLOAD_FILE.rpartition("/")[2]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG},
        "data": {name: PAYLOAD},
    }


def service(asked: Wanted, minor: int, end: End) -> Object:
    """A Service of type NodePort for the pod of one end."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": asked.name},
        "spec": {
            "type": "NodePort",
            "selector": {SELECTED: end.pod},
            "ports": [{"port": PORT}],
            **asked.spec(minor),
        },
    }


def pods(end: End, image: str) -> list[Object]:
    """The two pods of an end: one on the pod network, one on the host's."""
    addresses = {"name": "POD_IPS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIPs"}}}
    on_pods = {
        "args": ["netexec", f"--http-port={PORT}"],
        "env": [addresses],
        "volumeMounts": [{"name": CONFIG, "mountPath": PAYLOAD_FILE.rpartition("/")[0]}],
    }
    volumes = [{"name": CONFIG, "configMap": {"name": CONFIG}}]
    return [
        _pod(end.pod, end.node, image, on_pods, {"volumes": volumes}),
        _pod(end.host_pod, end.node, image, {"args": ["pause"]}, {"hostNetwork": True}),
    ]


def _pod(name: str, node: ObservedNode, image: str, container: Object, spec: Object) -> Object:
    restricted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "runAsUser": UNPRIVILEGED,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {SELECTED: name}},
        "spec": {
            "nodeName": node.name,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {"name": "probe", "image": image, "securityContext": restricted, **container}
            ],
            **spec,
        },
    }
