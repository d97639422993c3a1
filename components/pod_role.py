"""A role of AWS for the pods of one ServiceAccount, and for nobody else."""

import json
from typing import NotRequired

import pulumi
from pulumi_aws import iam

from .args import PodRoleSpecArgs
from .boundary import checked
from .facts.tags import named
from .outputs import register
from .permissions.web_identity import subject, trust
from .rules.part_names import ROLE, part_name
from .spec.service_account_issuer import PodRoleSpec


class PodRoleArgs(PodRoleSpecArgs):
    """The pods that get the role, and what they may do."""

    issuer_provider_arn: pulumi.Input[str]
    """The identity provider of the cluster's tokens: `issuer_provider_arn` of a cluster, or that of an EKS cluster."""
    policy: NotRequired[pulumi.Input[str]]
    """What the pods may do, as the JSON of a policy. A policy that exists is attached by `role_name`."""


class PodRole(pulumi.ComponentResource):
    """A role that the pods of one ServiceAccount take by their token."""

    role_arn: pulumi.Output[str]
    """The role: the value of AWS_ROLE_ARN in the pods."""
    role_name: pulumi.Output[str]
    """The name of the role, by which a policy is attached to it."""
    annotations: pulumi.Output[dict[str, str]]
    """Annotations of the ServiceAccount by which Amazon's webhook gives its pods the role. Without the webhook, nobody
    reads them."""

    def __init__(
        self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """A role that the pods of one ServiceAccount take by their token.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        inputs = ("issuer_provider_arn", "policy")
        spec = checked(
            PodRoleSpec, args, *inputs, optional=inputs[1:], rules=[part_name(name, ROLE)]
        )
        super().__init__("dualstack:index:PodRole", name, {**args}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pods = subject(spec.namespace, spec.service_account)

        role = iam.Role(
            name,
            assume_role_policy=pulumi.Output.from_input(args["issuer_provider_arn"]).apply(
                lambda arn: json.dumps(trust(_issuer(arn), arn, [pods]))
            ),
            description=f"pods of {spec.namespace}/{spec.service_account}",
            tags=named(spec.tags, name),
            opts=child,
        )
        if "policy" in args:
            iam.RolePolicy(name, role=role.id, policy=args["policy"], opts=child)

        self.role_arn = role.arn
        self.role_name = role.name
        self.annotations = role.arn.apply(lambda arn: {"eks.amazonaws.com/role-arn": arn})
        register(self)


def _issuer(provider_arn: str) -> str:
    """The URL of a provider's issuer without its scheme, which the ARN ends with."""
    return provider_arn.partition(":oidc-provider/")[2]
