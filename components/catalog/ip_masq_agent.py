"""ip-masq-agent: masquerade for both families, beside a network plugin that does none."""

import json

from ..facts.choices import Cni
from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, image, manifest

MASQUERADING = (Cni.CALICO, Cni.CILIUM, Cni.FLANNEL)
"""Network plugins that masquerade both families themselves."""


def content(spec: AddonsSpec, version: str) -> Manifest:
    """The agent's objects.

    Packets from pods keep their source address on the way to pods and Services. All others get the node's address. That includes
    packets to the VPC, whose resolver answers only addresses that AWS assigned. The agent's default list would not do: it has
    private IPv4 ranges and none of IPv6.
    """
    inside = [*spec.pod_ranges, *spec.service_ranges]
    configuration = {
        "nonMasqueradeCIDRs": [str(one) for one in inside],
        # Masquerade link-local destinations too: in IPv4 the metadata service and the time service have such addresses.
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
    # kubenet itself masquerades IPv4 only.
    needed=lambda spec: spec.addons.ip_masq_agent or spec.cluster.cni is Cni.KUBENET,
    on=lambda switches: switches.ip_masq_agent is not False,
    releases=releases.IP_MASQ_AGENT,
    content=content,
)
