"""Cilium: VXLAN and masquerade for both families, beside kube-proxy."""

from ..facts.choices import Cni
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Chart, chart, cni_addon
from .placement import copies


def content(spec: AddonsSpec, version: str) -> Chart:
    """Cilium's chart. No MTU is set, so Cilium takes the host's MTU less the overhead of VXLAN."""
    return chart(
        spec,
        name="cilium",
        repository="https://helm.cilium.io",
        version=version,
        namespace="kube-system",
        values={
            # Use each node's share of the pod ranges. Cilium's own ranges would not be those of the cluster.
            "ipam": {"mode": "kubernetes"},
            "k8s": {"requireIPv4PodCIDR": True, "requireIPv6PodCIDR": True},
            "ipv4": {"enabled": True},
            "ipv6": {"enabled": True},
            # 1.13 has another key instead of these two, and does the same by default.
            "routingMode": "tunnel",
            "tunnelProtocol": "vxlan",
            "enableIPv4Masquerade": True,
            "enableIPv6Masquerade": True,
            # Masquerade by iptables: masquerade by BPF needs Cilium's replacement of kube-proxy too.
            "bpf": {"masquerade": False},
            "hubble": {"enabled": False},
            # Two copies never run on one machine.
            "operator": {"replicas": copies(spec), **_image(spec, "operator")},
            "envoy": _image(spec, "cilium-envoy"),
            **_image(spec, "cilium"),
        },
    )


def _image(spec: AddonsSpec, name: str) -> dict[str, object]:
    own = spec.software.image_repository
    # A mirror may keep only one architecture of an image, which then has another digest.
    return {"image": {"repository": f"{own}/{name}", "useDigest": False}} if own else {}


CILIUM = cni_addon(Cni.CILIUM, releases.CILIUM, content)
