"""The cluster autoscaler: it gives a pool as many machines as its pods need, between the pool's `min` and `max`."""

from typing import Any

from ..permissions.controllers import cluster_autoscaler
from ..spec.cluster import AddonsSpec
from . import own_role, releases
from .addon import Addon, Chart, chart, place, proxy_environment
from .placement import allowed_on_control_planes, copies, on_control_planes

READS_TYPES_FROM_EC2 = 23
"""The first minor whose release asks EC2 for instance types. Earlier ones download a price list of hundreds of megabytes from the
internet, and up to 1.20 they end if they cannot."""


def content(spec: AddonsSpec, version: str) -> Chart:
    """The autoscaler's chart, with the image of the cluster's minor.

    The autoscaler runs on control planes, because a pool may have no machine. It uses their role, which may set the size of pools: in
    the host's network it reaches instance metadata in one hop. With a role of its own it stays out of the host's network.
    """
    return chart(
        spec,
        name="cluster-autoscaler",
        repository="https://kubernetes.github.io/autoscaler",
        version=releases.CLUSTER_AUTOSCALER_CHART,
        namespace="kube-system",
        values={
            "fullnameOverride": "cluster-autoscaler",
            "cloudProvider": "aws",
            "awsRegion": spec.region,
            # It finds pools by the tags k8s.io/cluster-autoscaler/enabled and k8s.io/cluster-autoscaler/<cluster>.
            "autoDiscovery": {"clusterName": spec.cluster.name},
            "image": {
                "repository": place(spec, "registry.k8s.io/autoscaling/cluster-autoscaler"),
                "tag": f"v{version}",
            },
            "extraArgs": _arguments(spec),
            # The chart itself sets the region.
            "extraEnv": proxy_environment(spec) | own_role.environment(spec, region=False),
            "extraVolumes": own_role.volumes(spec),
            "extraVolumeMounts": own_role.mounts(spec),
            "hostNetwork": not spec.addons_have_roles,
            # It asks for names of AWS alone, so it also works while the cluster's DNS has no machine to run on.
            "dnsPolicy": "Default",
            "replicaCount": copies(spec),
            # A pod in the host's network occupies its port. A new one must wait until the old one on its machine has ended.
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
            },
            "nodeSelector": on_control_planes(spec),
            "tolerations": allowed_on_control_planes(spec),
            # Nothing asks for its metrics through a Service, and the firewall lets no worker reach its port.
            "service": {"create": False},
        },
    )


def _arguments(spec: AddonsSpec) -> dict[str, Any]:
    static = spec.minor < READS_TYPES_FROM_EC2
    return {
        # The pool that keeps the least capacity unused. Old releases choose at random by default.
        "expander": "least-waste",
        # A machine that leaves evicts these pods too, whoever ends it. With the defaults, one such pod would keep a machine for ever,
        # and a pool would not go to zero.
        "skip-nodes-with-system-pods": False,
        "skip-nodes-with-local-storage": False,
        # A machine that does not join is ended by its group after 20 minutes. By default the autoscaler does so after 15.
        "max-node-provision-time": "20m0s",
        **({"aws-use-static-instance-list": True} if static else {}),
    }


CLUSTER_AUTOSCALER = Addon(
    chosen_by="addons.clusterAutoscaler",
    instead="turn it off",
    needed=lambda spec: spec.addons.cluster_autoscaler,
    on=lambda switches: switches.cluster_autoscaler,
    releases=releases.CLUSTER_AUTOSCALER,
    content=content,
    access=own_role.Access("cluster-autoscaler", cluster_autoscaler),
)
