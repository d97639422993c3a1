"""The tags of AWS resources: the name that people see, and the owning cluster that controllers look for."""

from collections.abc import Mapping


def named(tags: Mapping[str, str], name: str) -> dict[str, str]:
    """The tags of all resources, and the name under which the AWS console lists this one."""
    return {**tags, "Name": name}


def owned_by(cluster: str) -> dict[str, str]:
    """The tag by which the cloud controller and the load balancer controller recognise a cluster's resources."""
    return {f"kubernetes.io/cluster/{cluster}": "owned"}


def shared_with(cluster: str) -> dict[str, str]:
    """The same tag on what a cluster uses and does not own, like a subnet of an existing VPC."""
    return {f"kubernetes.io/cluster/{cluster}": "shared"}


def balancers_in(*, public: bool) -> dict[str, str]:
    """The tag by which the load balancer controller finds a subnet for public or for internal load balancers."""
    return {f"kubernetes.io/role/{'elb' if public else 'internal-elb'}": "1"}


SCALED_TAG = "k8s.io/cluster-autoscaler"
"""The prefix of the tags by which the cluster autoscaler finds a cluster's pools."""

AUTOSCALER = f"{SCALED_TAG}/node-template"
"""The prefix of tags that describe a pool's nodes to the cluster autoscaler while the pool has no node."""
