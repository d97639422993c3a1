"""What machines may do on AWS: every action, with what it may be done to."""

import json

import pytest

from components import Roles

ARGS = {"region": "eu-west-1", "cluster_name": "prod"}


def roles(**args):
    """A program that makes the roles of one cluster."""
    return lambda: Roles("roles", {**ARGS, **args})


def permissions(deployment, role):
    """Every action of a role's policy once, with its effect, its resources, and the parameters or the tag that limit it."""
    policy = json.loads(deployment.all("RolePolicy")[f"roles-{role}"]["policy"])
    found = set()
    for statement in policy["Statement"]:
        assert statement.keys() - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}
        resources = tuple(sorted(statement["Resource"]))
        if condition := statement.get("Condition"):
            ((operator, (context,)),) = [(name, of.items()) for name, of in condition.items()]
            if operator == "StringEquals":
                resources = (*resources, "if", *context)
            else:
                assert operator == "StringLike"
                assert context[0] == "kms:EncryptionContext:PARAMETER_ARN"
                resources = (*resources, "for", *context[1])
        found |= {(statement["Effect"], action, resources) for action in statement["Action"]}
    return sorted((effect, action, list(resources)) for effect, action, resources in found)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_a_control_plane_may_do_this_and_no_more(deploy, region, partition):
    deployment = deploy(roles(region=region))

    own = f"arn:{partition}:ssm:{region}:*:parameter/dualstack/prod"
    key = f"arn:{partition}:kms:{region}:*:key/*"
    made = [f"{own}/join/reached", f"{own}/leader*", f"{own}/status*"]
    read = [f"{own}/control-plane/*", f"{own}/join/*", f"{own}/leader/*"]
    fetched = [f"{own}/programs/control-plane/*", f"{own}/running/present"]
    written = [f"{own}/{name}" for name in ("join/reached", "join/token", "leader/*", "status/*")]
    assert permissions(deployment, "control-plane") == [
        ("Allow", "autoscaling:DescribeAutoScalingInstances", ["*"]),
        ("Allow", "ec2:DescribeInstances", ["*"]),
        ("Allow", "kms:Decrypt", [key, "for", f"{own}/control-plane/*", f"{own}/join/token"]),
        ("Allow", "kms:Encrypt", [key, "for", f"{own}/join/token"]),
        ("Allow", "ssm:DeleteParameters", made),
        ("Allow", "ssm:GetParameter", read),
        ("Allow", "ssm:GetParameters", read),
        ("Allow", "ssm:GetParameters", fetched),
        ("Allow", "ssm:GetParametersByPath", made),
        ("Allow", "ssm:PutParameter", written),
        ("Allow", "ssm:UpdateInstanceInformation", ["*"]),
        ("Allow", "ssmmessages:CreateControlChannel", ["*"]),
        ("Allow", "ssmmessages:CreateDataChannel", ["*"]),
        ("Allow", "ssmmessages:OpenControlChannel", ["*"]),
        ("Allow", "ssmmessages:OpenDataChannel", ["*"]),
    ]


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_a_worker_may_do_this_and_never_reads_the_clusters_keys(deploy, region, partition):
    deployment = deploy(roles(region=region))

    own = f"arn:{partition}:ssm:{region}:*:parameter/dualstack/prod"
    key = f"arn:{partition}:kms:{region}:*:key/*"
    groups = f"arn:{partition}:autoscaling:{region}:*:autoScalingGroup:*:autoScalingGroupName/*"
    owned = (groups, "if", "aws:ResourceTag/kubernetes.io/cluster/prod", "owned")
    assert permissions(deployment, "worker") == [
        ("Allow", "autoscaling:CompleteLifecycleAction", [*owned]),
        ("Allow", "autoscaling:DescribeAutoScalingInstances", ["*"]),
        ("Allow", "autoscaling:RecordLifecycleActionHeartbeat", [*owned]),
        ("Allow", "kms:Decrypt", [key, "for", f"{own}/join/token"]),
        ("Allow", "ssm:GetParameter", [f"{own}/join/*"]),
        ("Allow", "ssm:GetParameters", [f"{own}/join/*"]),
        ("Allow", "ssm:GetParameters", [f"{own}/programs/worker/*"]),
        ("Allow", "ssm:PutParameter", [f"{own}/status/i-*"]),
        ("Allow", "ssm:UpdateInstanceInformation", ["*"]),
        ("Allow", "ssmmessages:CreateControlChannel", ["*"]),
        ("Allow", "ssmmessages:CreateDataChannel", ["*"]),
        ("Allow", "ssmmessages:OpenControlChannel", ["*"]),
        ("Allow", "ssmmessages:OpenDataChannel", ["*"]),
        ("Deny", "ssm:GetParameter*", [f"{own}/control-plane/*"]),
        # Leave to read a folder is leave to read all below it, whatever is denied there.
        ("Deny", "ssm:GetParametersByPath", ["*"]),
    ]


def test_without_controllers_there_is_no_policy_for_them(deploy):
    deployment = deploy(roles(cloud_provider="none"))

    assert sorted(deployment.all("RolePolicy")) == ["roles-control-plane", "roles-worker"]


def test_a_cloud_controller_sees_machines_and_changes_nothing(deploy):
    deployment = deploy(roles())

    assert permissions(deployment, "control-plane-controllers") == [
        ("Allow", "ec2:DescribeAvailabilityZones", ["*"]),
        ("Allow", "ec2:DescribeInstanceTopology", ["*"]),
        ("Allow", "ec2:DescribeInstances", ["*"]),
        ("Allow", "ec2:DescribeRegions", ["*"]),
    ]


def test_the_policy_of_controllers_follows_that_of_their_machine(deploy):
    """Both have room in a role, also while a cluster's one policy of before becomes two."""
    deployment = deploy(roles(ebs_csi=True))

    policy = deployment.resources["RolePolicy roles-control-plane-controllers"]
    assert "RolePolicy roles-control-plane" in policy.waits_for


@pytest.mark.parametrize("role", ["control-plane", "worker"])
def test_without_session_manager_nobody_opens_a_session(deploy, role):
    deployment = deploy(roles(session_manager=False))

    actions = {action for effect, action, _ in permissions(deployment, role) if effect == "Allow"}

    assert not {action for action in actions if action.startswith("ssmmessages:")}
    assert "ssm:UpdateInstanceInformation" not in actions


@pytest.mark.parametrize(
    ("region", "service"),
    [
        ("eu-west-1", "ec2.amazonaws.com"),
        ("us-gov-west-1", "ec2.amazonaws.com"),
        ("cn-north-1", "ec2.amazonaws.com.cn"),
    ],
)
def test_only_machines_of_ec2_may_take_a_role(deploy, region, service):
    deployment = deploy(roles(region=region))

    made = deployment.all("Role")
    assert len(made) == 2
    for role in made.values():
        assert json.loads(role["assumeRolePolicy"]) == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": service},
                }
            ],
        }


def test_each_kind_of_machine_has_a_role_a_policy_and_a_profile(deploy):
    deployment = deploy(roles(tags={"team": "platform"}))

    assert sorted(deployment.resources) == [
        "InstanceProfile roles-control-plane",
        "InstanceProfile roles-worker",
        "Role roles-control-plane",
        "Role roles-worker",
        "RolePolicy roles-control-plane",
        "RolePolicy roles-control-plane-controllers",
        "RolePolicy roles-worker",
        "Roles roles",
    ]
    assert deployment.all("InstanceProfile")["roles-worker"] == {
        "role": "roles-worker",
        "tags": {"Name": "roles-worker", "team": "platform"},
    }
    assert deployment.all("RolePolicy")["roles-worker"]["role"] == "Role roles-worker"
    assert deployment.all("Role")["roles-worker"]["description"] == (
        "worker machines of cluster prod"
    )
    assert {made.parent for made in deployment.resources.values()} == {
        "Roles roles",
        "Stack dualstack-test",
    }


def test_roles_tell_their_arns_and_the_names_of_their_profiles(deploy):
    def program():
        made = Roles("roles", ARGS)
        return {
            "control_plane_role_arn": made.control_plane_role_arn,
            "control_plane_profile_name": made.control_plane_profile_name,
            "worker_role_arn": made.worker_role_arn,
            "worker_profile_name": made.worker_profile_name,
        }

    deployment = deploy(program)

    assert deployment.outputs == {
        "control_plane_role_arn": "arn:aws:iam::123456789012:role/roles-control-plane",
        "control_plane_profile_name": "roles-control-plane",
        "worker_role_arn": "arn:aws:iam::123456789012:role/roles-worker",
        "worker_profile_name": "roles-worker",
    }
