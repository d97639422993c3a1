"""The AWS permissions of controllers in a cluster, and of machines as members of their groups: they may read all that they need, and change only resources with the cluster's tag."""

from dataclasses import dataclass
from typing import Any

from ..facts.regions import partition
from ..facts.tags import SCALED_TAG, owned_by
from .statements import Conditions, actions, allow

CLOUD_CONTROLLER = actions(
    "ec2",
    "DescribeAvailabilityZones",
    "DescribeInstances",
    "DescribeInstanceTopology",
    "DescribeRegions",
)
"""The actions that the cloud controller needs for nodes. Its controllers of routes and load balancers are off.
https://cloud-provider-aws.sigs.k8s.io/prerequisites/"""

SEE_LOAD_BALANCING = [
    # Some of these are calls that Elastic Load Balancing makes to EC2 with the permissions of its caller.
    *actions(
        "ec2",
        "DescribeAccountAttributes",
        "DescribeAddresses",
        "DescribeAvailabilityZones",
        "DescribeInstances",
        "DescribeInternetGateways",
        "DescribeNetworkInterfaces",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeTags",
        "DescribeVpcs",
        "GetSecurityGroupsForVpc",
    ),
    # A pattern, because a role has room for 10,240 characters of policies. What it adds tells no secrets.
    "elasticloadbalancing:Describe*",
    # For an HTTPS listener the controller finds the certificate by the host name.
    *actions("acm", "DescribeCertificate", "ListCertificates"),
]

# Patterns, for the same reason: the condition with the cluster's tag is what limits them.
CHANGE_LOAD_BALANCERS = actions(
    "elasticloadbalancing",
    "AddListenerCertificates",
    "Delete*",
    "DeregisterTargets",
    "Modify*",
    "RegisterTargets",
    "RemoveListenerCertificates",
    "Set*",
)

SEE_MEMBERS = ["autoscaling:DescribeAutoScalingInstances"]
COMPLETE_HOOKS = actions("autoscaling", "CompleteLifecycleAction", "RecordLifecycleActionHeartbeat")

CHANGE_GROUPS = actions("ec2", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress")

SEE_VOLUMES = actions(
    "ec2",
    "DescribeAvailabilityZones",
    "DescribeInstances",
    "DescribeInstanceTypes",
    "DescribeSnapshots",
    "DescribeVolumes",
    "DescribeVolumesModifications",
    "DescribeVolumeStatus",
)

CHANGE_VOLUMES = actions("ec2", "CopyVolumes", "CreateSnapshot", "DeleteVolume", "ModifyVolume")

SEE_POOLS = [
    # Releases up to 1.23 find groups by asking for tags.
    *actions(
        "autoscaling",
        "DescribeAutoScalingGroups",
        "DescribeScalingActivities",
        "DescribeTags",
    ),
    # For a pool without a machine.
    *actions("ec2", "DescribeInstanceTypes", "DescribeLaunchTemplateVersions"),
]

CHANGE_POOLS = actions("autoscaling", "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup")

LOAD_BALANCERS_TAG = "elbv2.k8s.aws/cluster"
"""The key of the tag, with the cluster's name as its value, on resources that the load balancer controller creates."""

VOLUMES_TAG = "ebs.csi.aws.com/cluster-name"
"""The key of the tag, with the cluster's name as its value, on volumes that the EBS CSI driver creates. Machines' own disks lack it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The cluster that the permissions are for."""

    region: str
    cluster: str

    def arns(self, service: str, *resources: str) -> list[str]:
        """ARNs of one service's resources in the cluster's region, in any account."""
        arn = f"arn:{partition(self.region)}:{service}:{self.region}:*"
        return [f"{arn}:{resource}" for resource in resources]

    @property
    def owned(self) -> tuple[str, str]:
        """Key and value of the tag on the cluster's own machines and their security groups."""
        ((key, value),) = owned_by(self.cluster).items()
        return key, value


def cloud_controller(_: Scope) -> list[dict[str, Any]]:
    """Statements for the AWS cloud controller manager. AWS knows no narrower resource for them."""
    return [allow("CloudController", CLOUD_CONTROLLER, ["*"])]


def load_balancer_controller(scope: Scope) -> list[dict[str, Any]]:
    """Statements for the AWS Load Balancer Controller, for network and application load balancers.

    The policy that the project publishes lets it change any listener and any security group of the account. Here each change
    needs the cluster's tag, as in AWS's own AmazonEKSLoadBalancingPolicy. Permissions for WAF, Shield and Cognito are left out.
    The controller's options for WAF and Shield are off.
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/#configure-iam
    """
    made = (LOAD_BALANCERS_TAG, scope.cluster)
    new, own = _new(made), _own(made)
    # Load balancers, listeners and their rules begin with an l.
    balancers = scope.arns("elasticloadbalancing", "l*", "targetgroup/*")
    groups = scope.arns("ec2", "security-group/*")
    makes = ["CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule"]
    return [
        allow("SeeLoadBalancing", SEE_LOAD_BALANCING, ["*"]),
        allow(
            "MakeServiceRole",
            ["iam:CreateServiceLinkedRole"],
            ["*"],
            {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
        ),
        allow("MakeLoadBalancers", actions("elasticloadbalancing", *makes), ["*"], new),
        allow(
            "TagNewLoadBalancers",
            ["elasticloadbalancing:AddTags"],
            balancers,
            _with(new, {"elasticloadbalancing:CreateAction": makes}),
        ),
        allow("ChangeOwnLoadBalancers", CHANGE_LOAD_BALANCERS, ["*"], own),
        allow(
            "TagOwnLoadBalancers",
            actions("elasticloadbalancing", "AddTags", "RemoveTags"),
            balancers,
            {**own, "Null": _untouched(made)},
        ),
        allow("MakeGroups", ["ec2:CreateSecurityGroup"], groups, new),
        allow("MakeGroupsInVpcs", ["ec2:CreateSecurityGroup"], scope.arns("ec2", "vpc/*")),
        allow(
            "TagNewGroups",
            ["ec2:CreateTags"],
            groups,
            _with(new, {"ec2:CreateAction": ["CreateSecurityGroup"]}),
        ),
        allow("ChangeOwnGroups", [*CHANGE_GROUPS, "ec2:DeleteSecurityGroup"], groups, own),
        allow(
            "TagOwnGroups",
            actions("ec2", "CreateTags", "DeleteTags"),
            groups,
            {**own, "Null": _untouched(made)},
        ),
        # The controller adds rules to the machines' own security groups, which admit clients and health checks of a load balancer.
        allow("LetLoadBalancersIn", CHANGE_GROUPS, groups, _own(scope.owned)),
    ]


def ebs_csi(scope: Scope) -> list[dict[str, Any]]:
    """Statements for the EBS CSI driver.

    The policy that AWS publishes covers volumes of every EBS CSI driver in the account. This one covers volumes of this cluster
    only. A volume that was created by hand needs the tag. Volumes encrypted with a customer managed key need permission to use it.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEBSCSIDriverPolicyV2.html
    """
    made = (VOLUMES_TAG, scope.cluster)
    new, own = _new(made), _own(made)
    volumes, snapshots = scope.arns("ec2", "volume/*"), scope.arns("ec2", "snapshot/*")
    attach = actions("ec2", "AttachVolume", "DetachVolume")
    return [
        allow("SeeVolumes", SEE_VOLUMES, ["*"]),
        allow("MakeVolumes", actions("ec2", "CreateVolume", "CopyVolumes"), volumes, new),
        allow("MakeSnapshots", ["ec2:CreateSnapshot"], snapshots, new),
        allow(
            "TagNewVolumes",
            ["ec2:CreateTags"],
            [*volumes, *snapshots],
            _with(new, {"ec2:CreateAction": ["CreateVolume", "CopyVolumes", "CreateSnapshot"]}),
        ),
        allow("ChangeOwnVolumes", [*CHANGE_VOLUMES, *attach], volumes, own),
        allow("UseOwnSnapshots", actions("ec2", "CreateVolume", "DeleteSnapshot"), snapshots, own),
        allow("AttachToOwnMachines", attach, scope.arns("ec2", "instance/*"), _own(scope.owned)),
    ]


def cluster_autoscaler(scope: Scope) -> list[dict[str, Any]]:
    """Statements for the cluster autoscaler.

    The policy that the project publishes lets it set the size of each group of the account. This one covers groups with the
    cluster's tag. Permissions for launch configurations, for managed node groups of EKS, and for instance types by requirement are
    left out: no pool has them.
    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md#iam-policy
    """
    own = _own((f"{SCALED_TAG}/{scope.cluster}", "owned"))
    groups = scope.arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    return [
        allow("SeePools", SEE_POOLS, ["*"]),
        allow("ScaleOwnPools", CHANGE_POOLS, groups, own),
    ]


def lifecycle(scope: Scope) -> list[dict[str, Any]]:
    """Statements for a worker to find its own group and to complete its lifecycle hooks."""
    groups = scope.arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    return [
        allow("SeeOwnGroup", SEE_MEMBERS, ["*"]),
        allow("CompleteHooks", COMPLETE_HOOKS, groups, _own(scope.owned)),
    ]


def _new(tag: tuple[str, str]) -> Conditions:
    """The condition that the request gives the resource this tag."""
    return {"StringEquals": {f"aws:RequestTag/{tag[0]}": tag[1]}}


def _own(tag: tuple[str, str]) -> Conditions:
    """The condition that the resource already has this tag."""
    return {"StringEquals": {f"aws:ResourceTag/{tag[0]}": tag[1]}}


def _untouched(tag: tuple[str, str]) -> dict[str, str]:
    """The condition that this tag itself is not among the tags in the request."""
    return {f"aws:RequestTag/{tag[0]}": "true"}


def _with(conditions: Conditions, more: dict[str, Any]) -> Conditions:
    return {"StringEquals": {**conditions["StringEquals"], **more}}
