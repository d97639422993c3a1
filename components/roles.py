"""The IAM roles of control planes and workers, each with the least permissions that it needs."""

import json
from typing import Any

import pulumi
from pulumi_aws import iam

from .args import RolesSpecArgs
from .boundary import checked
from .facts import ssm_paths
from .facts.choices import CloudProvider
from .facts.ecr import ecr_registry
from .facts.regions import dns_suffix, partition
from .facts.role import Role
from .facts.tags import named
from .outputs import register
from .permissions import controllers
from .permissions.controllers import Scope
from .permissions.statements import actions, allow, deny, document, for_parameters
from .rules.part_names import ROLE, part_name
from .spec.parts import RolesSpec


class RolesArgs(RolesSpecArgs):
    """The cluster whose machines get the roles."""


READ = ["ssm:GetParameter", "ssm:GetParameters"]
FETCH = ["ssm:GetParameters"]
WRITE = ["ssm:PutParameter"]
FORGET = ["ssm:GetParametersByPath", "ssm:DeleteParameters"]

PULL = actions("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
"""What pulling an image takes.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerRegistryPullOnly.html"""

SESSION_MANAGER = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]
"""The Session Manager agent's part of AmazonSSMManagedInstanceCore. The whole policy may read every parameter of the
account, so with it workers could read the cluster's keys.
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html"""


def policy(role: Role, spec: RolesSpec) -> dict[str, Any]:
    """The policy of one role."""

    def within(*folders: str, suffix: str = "/*") -> list[str]:
        arn = f"arn:{partition(spec.region)}:ssm:{spec.region}:*:parameter"
        return [f"{arn}{folder}{suffix}" for folder in folders]

    cluster = spec.cluster_name
    scope = Scope(spec.region, cluster)
    join, leader = ssm_paths.join_folder(cluster), ssm_paths.leader_folder(cluster)
    keys, status = ssm_paths.control_plane_folder(cluster), ssm_paths.status_folder(cluster)
    token, reached = _token_arn(spec), ssm_paths.reached(cluster)
    # The key's id is not known here, and need not be: the condition names the parameters.
    any_key = scope.arns("kms", "key/*")
    programs = within(ssm_paths.programs_folder(cluster, role))
    if role is Role.CONTROL_PLANE:
        # By its absence control planes see that a destroy has begun.
        present = within(ssm_paths.present(cluster), suffix="")
        statements = [
            # They renew the token, elect, and say what they have reached.
            allow("Report", WRITE, [*within(status, leader), token, *within(reached, suffix="")]),
            allow("Fetch", FETCH, [*programs, *present]),
            allow("ReadClusterKeys", READ, within(keys, join, leader)),
            allow(
                "DecryptClusterKeys",
                ["kms:Decrypt"],
                any_key,
                for_parameters([*within(keys), token]),
            ),
            allow("EncryptToken", ["kms:Encrypt"], any_key, for_parameters([token])),
            # A timer removes the statuses of machines that EC2 has terminated, and the last machine removes everything.
            allow(
                "ForgetMachines",
                FORGET,
                [*within(status, leader, suffix="*"), *within(reached, suffix="")],
            ),
            # A control plane checks whether the leader still exists. While it does, no other may create the cluster. And it deletes the
            # Node of a worker that has left only if the worker's group ends it.
            allow("SeeMachines", ["ec2:DescribeInstances", *controllers.SEE_MEMBERS], ["*"]),
        ]
    else:
        statements = [
            # Instance ids begin so. A worker writes none of the names that only control planes write, such as `backup`.
            allow("Report", WRITE, within(status, suffix="/i-*")),
            allow("Fetch", FETCH, programs),
            allow("ReadJoinData", READ, within(join)),
            allow("DecryptToken", ["kms:Decrypt"], any_key, for_parameters([token])),
            *controllers.lifecycle(scope),
            # A denial holds whatever other policy is attached to the role: a worker never reads the cluster's keys.
            deny("NeverReadClusterKeys", ["ssm:GetParameter*"], within(keys)),
            # Permission to read a path includes everything below it, even parameters that are denied by name.
            deny("NeverReadFolders", ["ssm:GetParametersByPath"], ["*"]),
        ]
    if registry := ecr_registry(spec.image_repository):
        statements += [
            # It is for no resource: the login is that of the role itself.
            allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
            allow("PullImages", PULL, [registry.repositories]),
        ]
    if spec.session_manager:
        statements.append(allow("SessionManager", SESSION_MANAGER, ["*"]))
    return document(statements)


def of_controllers(spec: RolesSpec) -> list[dict[str, Any]]:
    """Statements for the controllers that use the role of control planes."""
    scope = Scope(spec.region, spec.cluster_name)
    statements: list[dict[str, Any]] = []
    if spec.cloud_provider is CloudProvider.EXTERNAL:
        statements += controllers.cloud_controller(scope)
    if spec.load_balancer_controller:
        statements += controllers.load_balancer_controller(scope)
    if spec.ebs_csi:
        statements += controllers.ebs_csi(scope)
    if spec.cluster_autoscaler:
        statements += controllers.cluster_autoscaler(scope)
    return statements


def _token_arn(spec: RolesSpec) -> str:
    name = ssm_paths.token(spec.cluster_name)
    return f"arn:{partition(spec.region)}:ssm:{spec.region}:*:parameter{name}"


def trust(region: str) -> dict[str, Any]:
    """The trust policy of the roles: EC2 instances may assume them."""
    return document(
        [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": f"ec2.{dns_suffix(region)}"},
            }
        ]
    )


class Roles(pulumi.ComponentResource):
    """The roles of a cluster's machines, each with its instance profile."""

    control_plane_role_arn: pulumi.Output[str]
    """The control planes' role."""
    control_plane_role_name: pulumi.Output[str]
    """The name of that role, by which a policy is attached to it."""
    control_plane_profile_name: pulumi.Output[str]
    """The control planes' instance profile."""
    control_plane_profile_arn: pulumi.Output[str]
    """The ARN of that profile."""
    worker_role_arn: pulumi.Output[str]
    """The workers' role."""
    worker_role_name: pulumi.Output[str]
    """The name of that role, by which a policy is attached to it."""
    worker_profile_name: pulumi.Output[str]
    """The workers' instance profile."""
    worker_profile_arn: pulumi.Output[str]
    """The ARN of that profile."""

    def __init__(
        self, name: str, args: RolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The roles of a cluster's machines, each with its instance profile.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(RolesSpec, args, rules=[part_name(name, ROLE, f"-{Role.CONTROL_PLANE}")])
        super().__init__("dualstack:index:Roles", name, {**args}, opts)

        control_plane, control_plane_profile = self._role(name, spec, Role.CONTROL_PLANE)
        worker, worker_profile = self._role(name, spec, Role.WORKER)

        self.control_plane_role_arn = control_plane.arn
        self.control_plane_role_name = control_plane.name
        self.control_plane_profile_name = control_plane_profile.name
        self.control_plane_profile_arn = control_plane_profile.arn
        self.worker_role_arn = worker.arn
        self.worker_role_name = worker.name
        self.worker_profile_name = worker_profile.name
        self.worker_profile_arn = worker_profile.arn
        register(self)

    def _role(self, name: str, spec: RolesSpec, role: Role) -> tuple[iam.Role, iam.InstanceProfile]:
        label = f"{name}-{role}"
        child = pulumi.ResourceOptions(parent=self)
        made = iam.Role(
            label,
            assume_role_policy=json.dumps(trust(spec.region)),
            description=f"{role} machines of cluster {spec.cluster_name}",
            tags=named(spec.tags, label),
            opts=child,
        )
        own = iam.RolePolicy(label, role=made.id, policy=json.dumps(policy(role, spec)), opts=child)
        statements = of_controllers(spec) if role is Role.CONTROL_PLANE else []
        if statements:
            # A resource of its own, because the engine deletes it last: a controller that gets a role of its own has it first.
            iam.RolePolicy(
                f"{label}-controllers",
                role=made.id,
                policy=json.dumps(document(statements)),
                # Clusters of before have these statements in the other policy, and a role has no room for both.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[own]),
            )
        profile = iam.InstanceProfile(
            label, role=made.name, tags=named(spec.tags, label), opts=child
        )
        return made, profile
