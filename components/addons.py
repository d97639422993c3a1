"""The add-ons of a cluster, installed once its API answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NotRequired, cast

import pulumi
import pulumi_kubernetes as kubernetes

from .args import AddonsSpecArgs
from .boundary import checked
from .catalog import ADDONS, Chart, Manifest, installed, with_roles
from .catalog.own_role import NAMESPACE, ROLE_ARN, VPC_ID, Access
from .config.check import Fault, Rule
from .outputs import by_name, register
from .permissions.controllers import Scope
from .permissions.statements import document
from .pod_role import PodRole
from .readiness import once_ready
from .rules.part_names import ROLE, part_name
from .secret_files import recorded
from .spec.cluster import AddonsSpec

OF_ROLES = ("issuer_provider_arn", "vpc_id")
"""What add-ons with roles of their own need beside the others."""

INPUTS = ("kubeconfig", "identity", "control_plane_ids", *OF_ROLES)


class AddonsArgs(AddonsSpecArgs):
    """A cluster, and the connection to its API."""

    kubeconfig: pulumi.Input[str]
    """A kubeconfig for an administrator."""
    identity: pulumi.Input[str]
    """Identifies the cluster. With another value it is another cluster, and every object is created again."""
    control_plane_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The control planes. The wait for their API begins once they exist."""
    issuer_provider_arn: NotRequired[pulumi.Input[str]]
    """The identity provider of the cluster's tokens: `issuer_provider_arn` of a `ServiceAccountIssuer`. Required if that
    is on, for the roles of the add-ons that call AWS."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """The VPC. Required with it: add-ons then read no instance metadata."""


class Addons(pulumi.ComponentResource):
    """The add-ons that run inside a cluster."""

    ready: pulumi.Output[str]
    """Known once everything is installed and runs."""
    addon_role_arns: pulumi.Output[dict[str, str]]
    """The role of each add-on that has one of its own, by its name in the catalog."""
    addon_role_names: pulumi.Output[dict[str, str]]
    """The names of these roles, by which a policy is attached to them."""

    def __init__(
        self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The add-ons that run inside a cluster.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(AddonsSpec, args, *INPUTS, optional=OF_ROLES, rules=[_of_roles(name, args)])
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
        # Both are given if there is any role.
        provider_arn, vpc_id = args.get("issuer_provider_arn", ""), args.get("vpc_id", "")
        roles = {
            addon: self._role(f"{name}-{addon}", access, spec, provider_arn)
            for addon, access in with_roles(spec).items()
        }
        child = pulumi.ResourceOptions(parent=self, provider=provider, deleted_with=gone_with)
        made: dict[str, list[pulumi.CustomResource]] = {}
        for addon, content in installed(spec).items():
            before = [one for earlier in ADDONS[addon].after for one in made[earlier]]
            ordered = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=before))
            role = roles.get(addon)
            known = {ROLE_ARN: role.role_arn, VPC_ID: vpc_id} if role else {}
            made[addon] = list(_resources(name, addon, content, known, ordered))

        ids = [one.id for resources in made.values() for one in resources]
        self.ready = pulumi.Output.all(*ids).apply(lambda _: name)
        self.addon_role_arns = by_name({addon: role.role_arn for addon, role in roles.items()})
        self.addon_role_names = by_name({addon: role.role_name for addon, role in roles.items()})
        register(self)

    def _role(
        self, label: str, access: Access, spec: AddonsSpec, provider_arn: pulumi.Input[str]
    ) -> PodRole:
        """The role of an add-on, which its ServiceAccount alone takes."""
        statements = access.statements(Scope(spec.region, spec.cluster.name))
        return PodRole(
            label,
            {
                "issuer_provider_arn": provider_arn,
                "namespace": NAMESPACE,
                "service_account": access.service_account,
                "policy": json.dumps(document(statements)),
                "tags": spec.cluster.tags,
            },
            pulumi.ResourceOptions(parent=self),
        )


def _of_roles(name: str, args: AddonsArgs) -> Rule:
    """The rule for add-ons with roles of their own: what the roles need is there, and their names fit."""

    def check(spec: AddonsSpec) -> Iterator[Fault]:
        wanted = with_roles(spec)
        for given in OF_ROLES if wanted else ():
            if given not in args:
                yield Fault(
                    given,
                    "missing: with serviceAccountIssuer.enabled add-ons that call AWS get roles of their own, which need it",
                )
        for addon in wanted:
            yield from part_name(name, ROLE, f"-{addon}")(spec)

    return check


def _filled(value: Any, known: Mapping[str, pulumi.Input[str]]) -> Any:
    """A part of an add-on's content, with the values that are known when the run has made them."""
    match value:
        case str():
            return known.get(value, value)
        case dict():
            entries = cast("dict[str, Any]", value)
            return {key: _filled(entry, known) for key, entry in entries.items()}
        case list():
            return [_filled(entry, known) for entry in cast("list[Any]", value)]
        case _:
            return value


def _resources(
    name: str,
    addon: str,
    content: Manifest | Chart,
    known: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> Iterator[pulumi.CustomResource]:
    if isinstance(content, Chart):
        filled = replace(content, values=_filled(content.values, known))
        yield Release(f"{name}-{addon}", filled, opts)
        return
    for found in content.objects():
        yield Object(f"{name}-{found['metadata']['name']}", _filled(found, known), opts)


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
