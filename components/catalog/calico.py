"""Calico: VXLAN for both families, masquerade for what leaves the cluster in either, and network policies.

Its operator comes from its makers' chart, and the network is one object that the operator reads. The operator makes the
kinds of its objects as it starts, so the object comes after it.
"""

import yaml

from ..facts.choices import Cni, ProxyMode
from ..spec.cluster import AddonsSpec
from ..spec.ranges import IpRange
from . import releases
from .addon import Chart, Manifest, chart, cni_addon

BLOCKS = {4: 26, 6: 122}
"""How many addresses a machine takes at once, as lengths: 64, Calico's own default."""


def operator(spec: AddonsSpec, version: str) -> Chart:
    """The operator alone: the chart's own objects for it would come before their kinds are there, from 3.32 on."""
    own = spec.software.image_repository
    return chart(
        spec,
        name="tigera-operator",
        repository="https://docs.tigera.io/calico/charts",
        version=f"v{version}",
        namespace="tigera-operator",
        values={
            **{
                one: {"enabled": False}
                for one in ("installation", "apiServer", "goldmane", "whisker")
            },
            **({"tigeraOperator": {"registry": own, "image": "operator"}} if own else {}),
        },
    )


def installation(spec: AddonsSpec, version: str) -> Manifest:
    """The network. Without an MTU, each host's own less what VXLAN adds: jumbo frames within AWS, whatever else elsewhere."""
    by_kubernetes = {"kubernetes": "NodeInternalIP"}
    network = {
        "bgp": "Disabled",
        "linuxDataplane": "Nftables"
        if spec.kubeadm.proxy_mode is ProxyMode.NFTABLES
        else "Iptables",
        "ipPools": [
            _pool(pods, mask) for pods, mask in zip(spec.pod_ranges, spec.node_masks, strict=True)
        ],
        # Nodes' own addresses, as kubelets name them. Unless it is asked for, IPv6 is not looked for.
        "nodeAddressAutodetectionV4": by_kubernetes,
        "nodeAddressAutodetectionV6": by_kubernetes,
    }
    content = {
        "apiVersion": f"operator.tigera.io/{version}",
        "kind": "Installation",
        "metadata": {"name": "default"},
        "spec": {
            **_images(spec.software.image_repository),
            "calicoNetwork": network,
            # Two drivers on every machine that only policies of applications need.
            "flexVolumePath": "None",
            "kubeletVolumePluginPath": "None",
        },
    }
    return Manifest(yaml.safe_dump(content, sort_keys=False))


def _pool(pods: IpRange, mask: int) -> dict[str, object]:
    return {
        "cidr": str(pods),
        # Never more at once than the share that the cluster's author meant for a machine.
        "blockSize": max(BLOCKS[pods.version], mask),
        "encapsulation": "VXLAN",
        "natOutgoing": "Enabled",
        "nodeSelector": "all()",
    }


def _images(repository: str | None) -> dict[str, str]:
    if not repository:
        return {}
    registry, _, path = repository.partition("/")
    # Without a path the operator looks in `calico`.
    return {"registry": f"{registry}/", **({"imagePath": path} if path else {})}


CALICO = cni_addon(Cni.CALICO, releases.CALICO, operator)

CALICO_INSTALLATION = cni_addon(
    Cni.CALICO, releases.CALICO_OPERATOR_API, installation, after=("calico",)
)
