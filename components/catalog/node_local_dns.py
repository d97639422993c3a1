"""NodeLocal DNSCache: a DNS cache on each node, at the address of the cluster's DNS Service."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, manifest, place

HEALTH_PORT = 8080

DNS_ADDRESS = 10
"""The number of the address in the primary Service range that kubeadm gives to the DNS Service."""


def content(spec: AddonsSpec, version: str) -> Manifest:
    """The cache's objects.

    The cache listens at the address of the DNS Service, to which kubeadm gives the primary family only. So neither pods nor kubelets
    need another address. Where the cache does not run, the Service answers as before.
    """
    address = spec.service_ranges[0][DNS_ADDRESS]
    in_url = f"[{address}]" if address.version == 6 else str(address)
    return manifest(
        "node-local-dns",
        image=f"{place(spec, 'registry.k8s.io/dns/k8s-dns-node-cache')}:{version}",
        address=str(address),
        health_port=HEALTH_PORT,
        corefile="\n".join(
            [
                ".:53 {",
                "    errors",
                "    cache 30",
                "    reload",
                "    loop",
                f"    bind {address}",
                # All names go to CoreDNS, by TCP, so its configuration applies. The cache replaces the placeholder itself.
                "    forward . __PILLAR__CLUSTER__DNS__ {",
                "        force_tcp",
                "    }",
                "    prometheus :9253",
                f"    health {in_url}:{HEALTH_PORT}",
                "}",
                "",
            ]
        ),
    )


NODE_LOCAL_DNS = Addon(
    chosen_by="addons.nodeLocalDns",
    instead="turn it off",
    needed=lambda spec: spec.addons.node_local_dns,
    on=lambda switches: switches.node_local_dns,
    releases=releases.NODE_LOCAL_DNS,
    content=content,
)
