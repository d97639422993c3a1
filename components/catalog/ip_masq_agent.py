"""ip-masq-agent: masquerade in both families, beside a network that leaves it to others."""

import json

from ..facts.choices import Cni
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, image, manifest

MASQUERADING = (Cni.CALICO, Cni.CILIUM, Cni.FLANNEL)
"""Networks that masquerade both families themselves."""


def content(spec: AddonsSpec, version: str) -> Manifest:
    """Its objects. What goes to pods and Services keeps its address, and all else takes the node's: what is for the VPC too,
    whose resolver answers only addresses that AWS has given out. The agent's own list has private IPv4 ranges and no IPv6."""
    inside = [*spec.pod_ranges, *spec.service_ranges]
    configuration = {
        "nonMasqueradeCIDRs": [str(one) for one in inside],
        # In IPv4 the metadata service and the clock have link-local addresses.
        "masqLinkLocal": True,
    }
    return manifest(
        "ip-masq-agent",
        configuration=json.dumps(configuration),
        image=image(spec, "registry.k8s.io/networking/ip-masq-agent", version),
    )


IP_MASQ_AGENT = Addon(
    chosen_by="addons.ipMasqAgent",
    instead="turn it off",
    # kubenet masquerades IPv4 alone.
    needed=lambda spec: spec.addons.ip_masq_agent or spec.cluster.cni is Cni.KUBENET,
    on=lambda switches: switches.ip_masq_agent is not False,
    releases=releases.IP_MASQ_AGENT,
    content=content,
)
