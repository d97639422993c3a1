"""The add-ons of a cluster, installed once its API answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from .args import AddonsSpecArgs
from .boundary import checked
from .catalog import ADDONS, Chart, Manifest, installed
from .outputs import register
from .readiness import once_ready
from .secret_files import recorded
from .spec.cluster import AddonsSpec

INPUTS = ("kubeconfig", "identity", "control_plane_ids")


class AddonsArgs(AddonsSpecArgs):
    """A cluster, and the connection to its API."""

    kubeconfig: pulumi.Input[str]
    """A kubeconfig for an administrator."""
    identity: pulumi.Input[str]
    """Identifies the cluster. With another value it is another cluster, and every object is created again."""
    control_plane_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The control planes. The wait for their API begins once they exist."""


class Addons(pulumi.ComponentResource):
    """The add-ons that run inside a cluster."""

    ready: pulumi.Output[str]
    """Known once everything is installed and runs."""

    def __init__(
        self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The add-ons that run inside a cluster.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(AddonsSpec, args, *INPUTS)
        super().__init__("dualstack:index:Addons", name, recorded(args), opts)
        # Deleting the cluster deletes its objects, so a destroy does not delete them one by one.
        gone_with = opts.deleted_with if opts else None

        provider = kubernetes.Provider(
            name,
            kubeconfig=pulumi.Output.all(args["kubeconfig"], args["control_plane_ids"]).apply(
                lambda known: once_ready(known[0])
            ),
            # Without an identifier, a new API address or a renewed certificate would look like a new cluster.
            cluster_identifier=args["identity"],
            opts=pulumi.ResourceOptions(parent=self, deleted_with=gone_with),
        )
        # No declared output: Pulumi's analyzer knows no type of a provider. Other languages make one from the kubeconfig.
        self.kubernetes_provider = provider
        """Connects resources of Kubernetes to the cluster, once its API answers."""
        child = pulumi.ResourceOptions(parent=self, provider=provider, deleted_with=gone_with)
        made: dict[str, list[pulumi.CustomResource]] = {}
        for addon, content in installed(spec).items():
            before = [one for earlier in ADDONS[addon].after for one in made[earlier]]
            ordered = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before))
            made[addon] = list(_resources(name, addon, content, ordered))

        ids = [one.id for resources in made.values() for one in resources]
        self.ready = pulumi.Output.all(*ids).apply(lambda _: name)
        register(self)


def _resources(
    name: str, addon: str, content: Manifest | Chart, opts: pulumi.ResourceOptions
) -> Iterator[pulumi.CustomResource]:
    if isinstance(content, Chart):
        yield Release(f"{name}-{addon}", content, opts)
        return
    for found in content.objects():
        yield Object(f"{name}-{found['metadata']['name']}", found, opts)


class Object(pulumi.CustomResource):
    """Any object of the API. The classes of pulumi-kubernetes do the same, but take seconds to import."""

    def __init__(self, name: str, content: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        version: str = content["apiVersion"]
        group = version if "/" in version else f"core/{version}"
        super().__init__(f"kubernetes:{group}:{content['kind']}", name, content, opts)


class Release(pulumi.CustomResource):
    """A release of a Helm chart. It is one resource, so a preview can show it before the cluster exists."""

    def __init__(self, name: str, chart: Chart, opts: pulumi.ResourceOptions) -> None:
        inputs = {
            # The name of the Helm release, as `helm list` shows it and as the chart's objects use it.
            "name": chart.name,
            "chart": chart.name,
            "version": chart.version,
            "namespace": chart.namespace,
            "createNamespace": True,
            # Helm waits for pods on machines that are still joining. Its default of five minutes may be too short.
            "timeout": 900,
            "repositoryOpts": {"repo": chart.repository},
            "values": chart.values,
        }
        super().__init__("kubernetes:helm.sh/v3:Release", name, inputs, opts)
