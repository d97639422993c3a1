"""The tags of AWS resources: a name for people, and the owner for controllers."""

from collections.abc import Mapping


def named(tags: Mapping[str, str], name: str) -> dict[str, str]:
    """Everybody's tags and the name a resource is listed under."""
    return {**tags, "Name": name}


def owned_by(cluster: str) -> dict[str, str]:
    """By this tag the cloud controller and the load balancer controller know what is a cluster's."""
    return {f"kubernetes.io/cluster/{cluster}": "owned"}


AUTOSCALER = "k8s.io/cluster-autoscaler/node-template"
"""How the tags begin by which the autoscaler knows a pool's nodes while there are none."""
