"""What is installed into the cluster so that its nodes become ready, once its API answers."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from .args import AddonsSpecArgs
from .boundary import checked
from .catalog import ADDONS, Chart, Manifest, installed
from .readiness import once_ready
from .spec.cluster import AddonsSpec

INPUTS = ("kubeconfig", "identity", "control_plane_ids")


class AddonsArgs(AddonsSpecArgs):
    """A cluster, and the connection to its API."""

    kubeconfig: pulumi.Input[str]
    """A kubeconfig for an administrator."""
    identity: pulumi.Input[str]
    """What tells this cluster from any other: another value is another cluster, on which everything is made anew."""
    control_plane_ids: pulumi.Input[list[str]]
    """The control planes: their API is waited for once they are there."""


class Addons(pulumi.ComponentResource):
    """What runs inside the cluster."""

    ready: pulumi.Output[str]
    """Known once everything is installed and runs."""

    def __init__(
        self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = checked(AddonsSpec, args, *INPUTS)
        super().__init__("dualstack:index:Addons", name, {**args}, opts)
        # Objects go with the cluster they are in; nobody waits for their end first.
        gone_with = opts.deleted_with if opts else None

        provider = kubernetes.Provider(
            name,
            kubeconfig=pulumi.Output.all(args["kubeconfig"], args["control_plane_ids"]).apply(
                lambda known: once_ready(known[0])
            ),
            # Without it a new address of the API, or a renewed certificate, would look like a new cluster.
            cluster_identifier=args["identity"],
            opts=pulumi.ResourceOptions(parent=self, deleted_with=gone_with),
        )
        child = pulumi.ResourceOptions(parent=self, provider=provider, deleted_with=gone_with)
        made: dict[str, list[pulumi.CustomResource]] = {}
        for addon, content in installed(spec).items():
            before = [one for earlier in ADDONS[addon].after for one in made[earlier]]
            ordered = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before))
            made[addon] = list(_resources(name, addon, content, ordered))

        ids = [one.id for resources in made.values() for one in resources]
        self.ready = pulumi.Output.all(*ids).apply(lambda _: name)
        self.register_outputs({"ready": self.ready})


def _resources(
    name: str, addon: str, content: Manifest | Chart, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    if isinstance(content, Chart):
        yield Release(f"{name}-{addon}", content, opts)
        return
    for found in content.objects():
        yield Object(f"{name}-{found['metadata']['name']}", found, opts)


class Object(pulumi.CustomResource):
    """Any object of the API. The package's own classes would say the same, after seconds of loading."""

    def __init__(self, name: str, content: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        version: str = content["apiVersion"]
        group = version if "/" in version else f"core/{version}"
        super().__init__(f"kubernetes:{group}:{content['kind']}", name, content, opts)


class Release(pulumi.CustomResource):
    """A release of a Helm chart: one resource, so that a preview shows it before there is a cluster to render it for."""

    def __init__(self, name: str, chart: Chart, opts: pulumi.ResourceOptions) -> None:
        inputs = {
            # Helm's own name of it, by which its objects and a person with `helm list` know it.
            "name": chart.name,
            "chart": chart.name,
            "version": chart.version,
            "namespace": chart.namespace,
            "createNamespace": True,
            # Machines join meanwhile, and each is waited for: five minutes, as by default, may be too few.
            "timeout": 900,
            "repositoryOpts": {"repo": chart.repository},
            "values": chart.values,
        }
        super().__init__("kubernetes:helm.sh/v3:Release", name, inputs, opts)
