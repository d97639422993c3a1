"""Calico: VXLAN and masquerade for both families, and network policies.

The project's chart installs its operator, which reads the network from one object. The operator defines the kind of that
object as it starts. So the object is an add-on of its own, installed after the operator.
"""

import yaml

from ..facts.choices import Cni, ProxyMode
from ..spec.cluster import AddonsSpec
from ..spec.ranges import IpRange
from . import releases
from .addon import Chart, Manifest, chart, cni_addon

BLOCKS = {4: 26, 6: 122}
"""The prefix length of the block of addresses that a machine takes at once, by family: 64 addresses, Calico's own default."""


def operator(spec: AddonsSpec, version: str) -> Chart:
    """The chart, with the operator only. From 3.32 on, the chart would create its other objects before their kinds are defined."""
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
    """The network. No MTU is set, so Calico takes each host's MTU less the overhead of VXLAN: within AWS, that allows jumbo frames."""
    by_kubernetes = {"kubernetes": "NodeInternalIP"}
    network = {
        "bgp": "Disabled",
        "linuxDataplane": "Nftables"
        if spec.kubeadm.proxy_mode is ProxyMode.NFTABLES
        else "Iptables",
        "ipPools": [
            _pool(pods, mask) for pods, mask in zip(spec.pod_ranges, spec.node_masks, strict=True)
        ],
        # Take nodes' addresses from their Node objects. Without the second field Calico looks for no IPv6 address.
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
            # No FlexVolume and CSI drivers: only policies for applications need them.
            "flexVolumePath": "None",
            "kubeletVolumePluginPath": "None",
        },
    }
    return Manifest(yaml.safe_dump(content, sort_keys=False))


def _pool(pods: IpRange, mask: int) -> dict[str, object]:
    return {
        "cidr": str(pods),
        # A block must not be larger than a node's share (pods.nodeMaskIpv4 and nodeMaskIpv6).
        "blockSize": max(BLOCKS[pods.version], mask),
        "encapsulation": "VXLAN",
        "natOutgoing": "Enabled",
        "nodeSelector": "all()",
    }


def _images(repository: str | None) -> dict[str, str]:
    if not repository:
        return {}
    registry, _, path = repository.partition("/")
    # By default the operator uses the path `calico`.
    return {"registry": f"{registry}/", **({"imagePath": path} if path else {})}


CALICO = cni_addon(Cni.CALICO, releases.CALICO, operator)

CALICO_INSTALLATION = cni_addon(
    Cni.CALICO, releases.CALICO_OPERATOR_API, installation, after=("calico",)
)
