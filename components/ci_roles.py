"""The roles of CI's jobs: one that reads, and one for each environment that writes. Jobs prove who they are by a token of the forge."""

import json
from collections.abc import Sequence
from typing import Any, NotRequired

import pulumi
from pulumi_aws import iam

from .args import CiRolesSpecArgs
from .boundary import checked
from .facts.choices import Forge
from .facts.tags import named
from .outputs import register
from .permissions import deployment
from .permissions.deployment import Target
from .permissions.stack_states import read_states, write_state
from .permissions.statements import document, merged
from .permissions.web_identity import AUDIENCE, trust
from .rules.delivery import apart_from_roles
from .rules.part_names import ROLE, part_name
from .spec.delivery import CiRolesSpec

READ = "read"
"""The word for the role that reads, at the end of its name. An environment must not have this name."""

SESSION_SECONDS = 7200
"""The longest session: AWS takes up to an hour for load balancers, gateways and an instance refresh."""


class CiRolesArgs(CiRolesSpecArgs):
    """The repository whose jobs get the roles, and the environments that they deploy."""

    key_arn: pulumi.Input[str]
    """The key of the states."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """The identity provider of the forge, if the account has one already: an account can have one for each forge."""


class CiRoles(pulumi.ComponentResource):
    """What CI's jobs may do in an account, without a stored key."""

    provider_arn: pulumi.Output[str]
    """The identity provider of the forge."""
    read_role_arn: pulumi.Output[str]
    """The role of previews and drift checks."""
    write_role_arns: pulumi.Output[dict[str, str]]
    """The role that writes, by environment."""

    def __init__(
        self, name: str, args: CiRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """What CI's jobs may do in an account, without a stored key.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        inputs = ("key_arn", "provider_arn")
        names = [
            part_name(name, ROLE, f"-{word}") for word in (READ, *args.get("environments", ()))
        ]
        rules = [*names, apart_from_roles(name)]
        spec = checked(CiRolesSpec, args, *inputs, optional=inputs[1:], rules=rules)
        super().__init__("dualstack:index:CiRoles", name, {**args}, opts)
        targets = {
            environment: Target(
                section.region, section.cluster or environment, section.disk_kms_key_arn
            )
            for environment, section in spec.environments.items()
        }

        self.provider_arn = self._issuer(name, spec, args)
        key = pulumi.Output.from_input(args["key_arn"])

        read = self._role(f"{name}-{READ}", spec, "previews and drift checks", readers(spec))
        self._policy(
            read,
            f"{name}-{READ}-state",
            key.apply(lambda arn: read_states(spec.region, spec.bucket, arn, [*targets])),
        )
        self._policy(read, f"{name}-{READ}", deployment.see(targets.values()))

        writers: dict[str, pulumi.Output[str]] = {}
        for environment, target in targets.items():
            label = f"{name}-{environment}"
            role = self._role(
                label, spec, f"deployments of {environment}", writers_of(spec, environment)
            )
            self._policy(
                role,
                f"{label}-state",
                key.apply(
                    lambda arn, stack=environment: write_state(
                        spec.region, spec.bucket, arn, spec.project_name, stack
                    )
                ),
            )
            self._policy(role, label, [*deployment.see([target]), *deployment.change(target)])
            writers[environment] = role.arn

        self.read_role_arn = read.arn
        self.write_role_arns = pulumi.Output.all(**writers)
        register(self)

    def _issuer(self, name: str, spec: CiRolesSpec, args: CiRolesArgs) -> pulumi.Output[str]:
        if given := args.get("provider_arn"):
            return pulumi.Output.from_input(given)
        return iam.OpenIdConnectProvider(
            name,
            url=f"https://{issuer(spec)}",
            client_id_lists=[AUDIENCE],
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn

    def _role(self, name: str, spec: CiRolesSpec, what: str, subjects: Sequence[str]) -> iam.Role:
        return iam.Role(
            name,
            assume_role_policy=self.provider_arn.apply(
                lambda arn: json.dumps(trust(issuer(spec), arn, subjects))
            ),
            description=f"{what} from {spec.repository}",
            max_session_duration=SESSION_SECONDS,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _policy(
        self, role: iam.Role, name: str, statements: pulumi.Input[list[dict[str, Any]]]
    ) -> None:
        iam.RolePolicy(
            name,
            role=role.id,
            policy=pulumi.Output.from_input(statements).apply(policy),
            opts=pulumi.ResourceOptions(parent=self),
        )


def policy(statements: Sequence[dict[str, Any]]) -> str:
    """A policy without spaces, because AWS limits its length."""
    return json.dumps(document(merged(statements)), separators=(",", ":"))


def issuer(spec: CiRolesSpec) -> str:
    """The host and path of the forge's issuer of tokens."""
    if spec.forge is Forge.GITHUB:
        return "token.actions.githubusercontent.com"
    return spec.host or "gitlab.com"


def readers(spec: CiRolesSpec) -> list[str]:
    """The subjects of jobs that may read: those of pull requests from the repository itself, and of its main branch."""
    if spec.forge is Forge.GITHUB:
        own = f"repo:{spec.repository}"
        return [f"{own}:pull_request", f"{own}:ref:refs/heads/{spec.branch}"]
    return [f"project_path:{spec.repository}:ref_type:branch:ref:*"]


def writers_of(spec: CiRolesSpec, environment: str) -> list[str]:
    """The subjects of jobs that may write to one environment.

    GitLab's subject names no environment, so there it is the branch.
    https://docs.github.com/en/actions/reference/security/oidc
    https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """
    if spec.forge is Forge.GITHUB:
        return [f"repo:{spec.repository}:environment:{environment}"]
    return [f"project_path:{spec.repository}:ref_type:branch:ref:{spec.branch}"]
