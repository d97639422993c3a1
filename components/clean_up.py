"""What makes a destroy end in one go: a mark that it deletes first, and an object in the cluster whose deletion waits for a clean-up."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import ssm

from .addons import Object
from .facts import ssm_paths
from .facts.tags import named
from .spec.cluster import ClusterSection

PATIENCE = "1h"
"""How long the deletion of the object may take. A pod may have half an hour to end, and then its volume is detached and deleted."""

CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "dualstack-clean-up", "namespace": "kube-system"},
    "data": {
        "purpose": "pulumi destroy deletes this object first. Control planes then delete load balancers and volumes that controllers "
        "of the cluster have made in AWS, and after that this object is gone. Deleted by hand, it deletes nothing."
    },
}
"""The object. Its finalizer is set by control planes, so one whose programs are older holds up no destroy."""


def hold(
    parent: pulumi.Resource,
    name: str,
    cluster: ClusterSection,
    parts: Sequence[pulumi.Resource],
    provider: pulumi.ProviderResource | None,
) -> None:
    """Hold the object after all parts of a cluster, and the mark after the object.

    The engine deletes in the reverse order, so everything still runs while control planes clean up. Without a provider for the
    cluster's API there is only the mark, by which the last control plane forgets what machines have written into SSM.
    """
    first = [*parts]
    if provider:
        # No deleted_with, as add-ons have it: the deletion of this object is what a destroy waits for.
        opts = pulumi.ResourceOptions(
            parent=parent,
            provider=provider,
            depends_on=parts,
            custom_timeouts=pulumi.CustomTimeouts(delete=PATIENCE),
        )
        first.append(Object(f"{name}-clean-up", CONFIG_MAP, opts))
    ssm.Parameter(
        f"{name}-present",
        name=ssm_paths.present(cluster.name),
        type="String",
        insecure_value="a stack holds this cluster",
        tags=named(cluster.tags, f"{name}-present"),
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=first, protect=cluster.protect or None
        ),
    )
