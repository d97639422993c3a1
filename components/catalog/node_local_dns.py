"""NodeLocal DNSCache: on each node a cache that answers for the DNS Service of the cluster."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Manifest, manifest, place

HEALTH_PORT = 8080

DNS_ADDRESS = 10
"""Which address of the primary Service range kubeadm gives to DNS."""


def content(spec: AddonsSpec, version: str) -> Manifest:
    """Its objects. It takes the address of the DNS Service, which kubeadm gives one family: the primary. So no pod and no
    kubelet has to be told, and where it is away the Service answers as before."""
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
                # All of it goes to CoreDNS, by TCP: what is configured there holds, and the cache fills in the rest.
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
