"""A cluster whose add-ons are tested."""

from components.rules import load
from components.spec.cluster import Spec


def spec(
    minor: str = "1.36",
    cni: str = "flannel",
    families: tuple[str, str] = ("IPv4", "IPv6"),
    provider: str = "external",
    **sections: object,
) -> Spec:
    """One that is right, with its own pod ranges, unless a section says otherwise."""
    return load(
        Spec,
        {
            "project": "dualstack",
            "stack": "dev",
            "region": "eu-west-1",
            "cluster": {
                "name": "dev",
                "kubernetesVersion": minor,
                "cni": cni,
                "ipFamilies": list(families),
                "cloudProvider": provider,
            },
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["10.0.0.0/16", "fd00::/8"]},
            "pods": {"ipv4Range": "10.240.0.0/16", "ipv6Range": "fd00:10:244::/56"},
            **sections,
        },
    )
