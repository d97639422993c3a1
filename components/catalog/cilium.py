"""Cilium: VXLAN for both families, masquerade for what leaves the cluster in either, beside kube-proxy."""

from ..facts.choices import Cni
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Chart, chart, cni_addon
from .placement import copies


def content(spec: AddonsSpec, version: str) -> Chart:
    """Its chart. It takes the hosts' own MTU less what VXLAN adds, so none is written."""
    return chart(
        spec,
        name="cilium",
        repository="https://helm.cilium.io",
        version=version,
        namespace="kube-system",
        values={
            # The shares of the pod ranges that nodes have: the ranges of its own would not be the cluster's.
            "ipam": {"mode": "kubernetes"},
            "k8s": {"requireIPv4PodCIDR": True, "requireIPv6PodCIDR": True},
            "ipv4": {"enabled": True},
            "ipv6": {"enabled": True},
            # 1.13 has another key for these, and by default it does the same.
            "routingMode": "tunnel",
            "tunnelProtocol": "vxlan",
            "enableIPv4Masquerade": True,
            "enableIPv6Masquerade": True,
            # By iptables: its own masquerade wants its own kube-proxy too.
            "bpf": {"masquerade": False},
            "hubble": {"enabled": False},
            # Two never stand on one machine.
            "operator": {"replicas": copies(spec), **_image(spec, "operator")},
            "envoy": _image(spec, "cilium-envoy"),
            **_image(spec, "cilium"),
        },
    )


def _image(spec: AddonsSpec, name: str) -> dict[str, object]:
    own = spec.software.image_repository
    # A mirror that keeps one architecture of an image gives it another digest.
    return {"image": {"repository": f"{own}/{name}", "useDigest": False}} if own else {}


CILIUM = cni_addon(Cni.CILIUM, releases.CILIUM, content)
