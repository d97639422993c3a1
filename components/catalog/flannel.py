"""flannel: VXLAN and masquerade for both families."""

import json

from ..facts.choices import Cni
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Manifest, cni_addon, image, manifest


def content(spec: AddonsSpec, version: str) -> Manifest:
    """flannel's objects. They are in kube-system, because 1.16 allows the priority that they need nowhere else."""
    ipv4, ipv6 = sorted(spec.pod_ranges, key=lambda pod_range: pod_range.version)
    network = {
        "Network": str(ipv4),
        "EnableIPv6": True,
        "IPv6Network": str(ipv6),
        "Backend": {"Type": "vxlan"},
    }
    return manifest(
        "flannel",
        # In hairpin mode a pod can reach itself through its own Service.
        cni_configuration=json.dumps(
            {
                "name": "flannel",
                "cniVersion": "1.0.0",
                "plugins": [
                    {
                        "type": "flannel",
                        "delegate": {"hairpinMode": True, "isDefaultGateway": True},
                    },
                    {"type": "portmap", "capabilities": {"portMappings": True}},
                ],
            }
        ),
        network=json.dumps(network),
        image=image(spec, "ghcr.io/flannel-io/flannel", version),
        plugin_image=image(spec, "ghcr.io/flannel-io/flannel-cni-plugin", releases.FLANNEL_PLUGIN),
    )


FLANNEL = cni_addon(Cni.FLANNEL, releases.FLANNEL, content)
