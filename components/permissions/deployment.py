"""The permissions to deploy a cluster: statements from the table of actions, each limited to what belongs to the cluster.

EC2 knows no names in ARNs, so there the limit is the tag `Name`, which every resource of the program has and which begins with the
cluster's name. Elsewhere it is the name in the ARN, which begins the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts import ssm_paths
from ..facts.regions import dns_suffix, partition
from ..facts.tags import shared_with
from .by_type import BY_TYPE, TAGS
from .statements import Conditions, actions, allow, deny, for_parameters

READ_PARAMETER, READ_PARAMETERS, DECRYPT = (
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "kms:Decrypt",
)
"""Actions that show values. They are allowed for the cluster's own parameters alone."""

SEE_BUCKETS = ("s3:GetBucket*", "s3:Get*Configuration", "s3:ListBucket")
"""Actions that show the settings of a bucket, and the names of what is in it."""

LOG_DELIVERY = ("logs:CreateLogDelivery", "logs:DeleteLogDelivery")
"""What flow logs into a bucket need. AWS knows no resource for it.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
"""

KEEP_BUCKETS = ("s3:*Bucket*", "s3:DeleteObject*", "s3:Put*Configuration")
"""Actions that make and change a bucket, and empty one that nobody protects. Patterns, because a role's policies have little room."""

ENCRYPT = ("kms:Encrypt", "kms:GenerateDataKey")
"""Actions that encrypt a parameter: the second for one of more than 4 KiB."""

DISK_KEY = actions(
    "kms", "CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt*"
)
"""Actions with which EC2 encrypts a new disk for its caller."""

PUBLIC_PARAMETERS = tuple(
    f"parameter/aws/service/{maker}/*" for maker in ("canonical", "ami-amazon-linux-latest")
)
"""The parameters in which Canonical and Amazon publish the ids of their images. They belong to no account."""

OWNERS_VERBS = ("Associate", "Authorize", "Delete", "Disassociate", "Modify", "Revoke")
"""Verbs of actions that are allowed together for what is the cluster's own."""

ROLES_VERBS = ("Add", "Remove", "Tag", "Untag", "Update")
"""The same for roles. Not `Delete`: it would take away a permissions boundary that an organization has set."""

UNNAMED: Conditions = {"Null": {"aws:ResourceTag/Name": "true"}}
"""The condition that the resource has no name yet, or does not exist."""

INVENTORIES = ("ec2", "elasticloadbalancing", "autoscaling")
"""Services whose `Describe` actions are allowed together."""

PARTS_OF_MACHINES = (
    *("image", "key-pair", "network-interface", "security-group", "subnet", "volume"),
    *("launch-template", "placement-group"),
)
"""What AWS checks beside the instance itself when one is started. Not all of it has tags of ours."""


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster that is deployed."""

    region: str
    cluster: str
    disk_key_arn: str | None = None
    """The key of its machines' disks, if it is not the account's own for EBS."""

    @property
    def names(self) -> list[str]:
        """Patterns of the names of the cluster's resources."""
        return [self.cluster, f"{self.cluster}-*"]

    def arns(self, service: str, *resources: str, region: str | None = None) -> list[str]:
        """ARNs of one service's resources in the target's region, in any account."""
        place = self.region if region is None else region
        return [f"arn:{partition(self.region)}:{service}:{place}:*:{name}" for name in resources]

    @property
    def parameters(self) -> list[str]:
        """The cluster's parameters."""
        return self.arns("ssm", f"parameter{ssm_paths.ROOT}/{self.cluster}/*")

    @property
    def buckets(self) -> list[str]:
        """The cluster's buckets, and what is in them: `*` is for slashes too. A bucket's ARN has no region and no account."""
        begin = f"arn:{partition(self.region)}:s3:::{self.cluster}"
        return [f"{begin}-backups-*", f"{begin}-issuer-*"]

    @property
    def documents(self) -> list[str]:
        """The public documents of the issuer of its pods' tokens."""
        return [f"arn:{partition(self.region)}:s3:::{self.cluster}-issuer-*/*"]

    @property
    def new(self) -> Conditions:
        """The condition that the request names the new resource as the cluster's."""
        return {"StringLike": {"aws:RequestTag/Name": self.names}}

    @property
    def own(self) -> Conditions:
        """The condition that the resource is the cluster's by its name."""
        return {"StringLike": {"aws:ResourceTag/Name": self.names}}


def see(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """Statements for previews and refreshes of these clusters."""
    chosen = list(targets)
    shown = [arn for one in chosen for arn in one.parameters]
    public = dict.fromkeys(
        arn.replace(":*:", "::") for one in chosen for arn in one.arns("ssm", *PUBLIC_PARAMETERS)
    )
    keys = dict.fromkeys(arn for one in chosen for arn in one.arns("kms", "key/*"))
    buckets = [arn for one in chosen for arn in one.buckets]
    return [
        allow("See", _seen(), ["*"]),
        # Bucket policies and names of snapshots are nobody else's business.
        allow("SeeBuckets", SEE_BUCKETS, buckets),
        allow(
            "SeeIssuers",
            ["s3:GetObject", "s3:GetObjectTagging"],
            [arn for one in chosen for arn in one.documents],
        ),
        allow("SeeParameters", [READ_PARAMETER, READ_PARAMETERS], shown),
        allow("SeeImages", [READ_PARAMETER], [*public]),
        allow("DecryptParameters", [DECRYPT], [*keys], for_parameters(shown)),
    ]


def change(target: Target) -> list[dict[str, Any]]:
    """Statements to create, change and delete one cluster, beside those to see it."""
    return [
        *_machines_and_network(target),
        *_by_name(target),
        *_roles(target),
        *_secrets(target),
        *_disks(target),
        allow("KeepBuckets", KEEP_BUCKETS, target.buckets),
        allow("Publish", ["s3:PutObject", "s3:PutObjectTagging"], target.documents),
    ]


def _machines_and_network(target: Target) -> Iterator[dict[str, Any]]:
    make = _made("ec2")
    own = _by_verb([*make, *_changed("ec2"), *TAGS])
    # The condition holds only for what the request tags, so it excludes what exists.
    yield allow("MakeInVpc", make, target.arns("ec2", "*"), target.new)
    yield allow(
        "TagNew",
        TAGS[:1],
        target.arns("ec2", "*"),
        {**target.new, "Null": {"ec2:CreateAction": "false"}},
    )
    # AWS makes a VPC's default security group, and the program takes it over by its tags. The disks of a control plane get theirs
    # after its start: `createTags` in internal/service/ec2/ec2_instance.go.
    yield allow(
        "Adopt",
        TAGS[:1],
        target.arns("ec2", "security-group/*", "volume/*"),
        {**target.new, **UNNAMED},
    )
    # A disk without a name may be somebody else's. The program deletes none: a disk ends with its machine.
    yield deny("NeverDeleteDisks", ["ec2:DeleteVolume"], target.arns("ec2", "volume/*"))
    yield allow("ChangeOwn", own, target.arns("ec2", "*"), target.own)
    # AWS checks these on what the new resource is in, too. That is its owner's, and has tags of its own.
    yield allow(
        "MakeInOthers",
        ["ec2:CreateSecurityGroup", "ec2:CreateTransitGatewayVpcAttachment"],
        target.arns("ec2", "vpc/*", "transit-gateway/*"),
    )
    pools = [*target.arns("ec2", "ipam-pool/*", region=""), *target.arns("ec2", "ipv6pool-ec2/*")]
    yield allow("TakeFromPools", ["ec2:AssociateVpcCidrBlock", "ec2:CreateVpc"], pools)
    yield allow(
        "TagSubnets",
        TAGS,
        target.arns("ec2", "subnet/*"),
        {
            "ForAllValues:StringLike": {
                "aws:TagKeys": [*shared_with(target.cluster), "kubernetes.io/role/*"]
            },
            "Null": {"aws:TagKeys": "false"},
        },
    )
    yield allow(
        "StartMachines",
        ["ec2:RunInstances"],
        [
            *target.arns("ec2", *(f"{kind}/*" for kind in PARTS_OF_MACHINES)),
            *(arn.replace(":*:", "::") for arn in target.arns("ec2", "image/*")),
        ],
    )


def _by_name(target: Target) -> Iterator[dict[str, Any]]:
    named = [f"{target.cluster}-*"]
    balancers = [
        f"{kind}/{name}"
        for kind in ("loadbalancer/net", "listener/net", "targetgroup")
        for name in named
    ]
    yield allow(
        "Balance", ["elasticloadbalancing:*"], target.arns("elasticloadbalancing", *balancers)
    )
    groups = [f"autoScalingGroup:*:autoScalingGroupName/{name}" for name in named]
    yield allow("Scale", ["autoscaling:*"], target.arns("autoscaling", *groups))
    logs = [f"log-group:{name}" for name in named]
    yield allow("KeepLogs", _all("logs"), target.arns("logs", *logs))
    yield allow("DeliverLogs", LOG_DELIVERY, ["*"])
    zones = [f"arn:{partition(target.region)}:route53:::hostedzone/*"]
    yield allow("NameApi", _all("route53"), zones)


def _roles(target: Target) -> Iterator[dict[str, Any]]:
    names = [f"{kind}/{target.cluster}-*" for kind in ("role", "instance-profile")]
    # The URL of the issuer begins with its bucket's name.
    names.append(f"oidc-provider/{target.cluster}-issuer-*")
    own = target.arns("iam", *names, region="")
    passing = "iam:PassRole"
    managing = [action for action in _all("iam") if action != passing]
    yield allow("ManageRoles", _by_verb(managing, ROLES_VERBS), own)
    services = [f"ec2.{dns_suffix(target.region)}", "vpc-flow-logs.amazonaws.com"]
    yield allow(
        "PassRoles", [passing], own[:1], {"StringEquals": {"iam:PassedToService": services}}
    )
    yield allow(
        "MakeServiceRoles",
        ["iam:CreateServiceLinkedRole"],
        ["*"],
        {
            "StringEquals": {
                "iam:AWSServiceName": [
                    "autoscaling.amazonaws.com",
                    "elasticloadbalancing.amazonaws.com",
                ]
            }
        },
    )


def _secrets(target: Target) -> Iterator[dict[str, Any]]:
    keys = target.arns("kms", "key/*")
    yield allow("WriteParameters", _all("ssm"), target.parameters)
    yield allow("EncryptParameters", ENCRYPT, keys, for_parameters(target.parameters))
    # A new key is tagged by a right of its own. It has no tags yet, so the right excludes keys that exist.
    yield allow("MakeKey", ["kms:CreateKey", "kms:TagResource"], ["*"], {**target.new, **UNNAMED})
    rest = [action for action in _changed("kms") if action not in ENCRYPT]
    yield allow("ChangeKey", rest, keys, target.own)
    alias = target.arns("kms", ssm_paths.key_alias(target.cluster))
    yield allow("NameKey", [action for action in rest if action.endswith("Alias")], alias)


def _disks(target: Target) -> Iterator[dict[str, Any]]:
    """What EBS asks of who starts a machine whose disks have a key of their own.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
    """
    if target.disk_key_arn is None:
        return
    through_ec2 = {"kms:ViaService": f"ec2.{target.region}.{dns_suffix(target.region)}"}
    yield allow("EncryptDisks", DISK_KEY, [target.disk_key_arn], {"StringEquals": through_ec2})


def _called(lists: Iterable[Sequence[str]]) -> list[str]:
    """Every action once."""
    return sorted({action for actions_ in lists for action in actions_})


def _seen() -> list[str]:
    """What shows resources but no values.

    AWS knows no resource for EC2's `Describe` actions and their like, so one pattern stands for those of a service: a policy of a
    role must have less than 10,240 characters.
    """
    seen = _called(calls.see for calls in BY_TYPE.values())
    patterns = {
        f"{service}:Describe*" if word.startswith("Describe") and service in INVENTORIES else action
        for action in seen
        for service, _, word in [action.partition(":")]
        if action not in (READ_PARAMETER, READ_PARAMETERS, DECRYPT) and service != "s3"
    }
    return sorted(patterns)


def _by_verb(names: Iterable[str], verbs: Sequence[str] = OWNERS_VERBS) -> list[str]:
    """Actions, those of some verbs as one pattern for each: EC2's would be a fifth of what a role's policies may have."""
    patterns = dict.fromkeys(
        next((f"{service}:{verb}*" for verb in verbs if word.startswith(verb)), name)
        for name in names
        for service, _, word in [name.partition(":")]
    )
    return sorted(patterns)


def _made(service: str) -> list[str]:
    made = _called(calls.make for calls in BY_TYPE.values())
    return [action for action in made if action.startswith(f"{service}:")]


def _changed(service: str) -> list[str]:
    changed = _called(calls.change for calls in BY_TYPE.values())
    return [action for action in changed if action.startswith(f"{service}:")]


def _all(service: str) -> list[str]:
    return [*_made(service), *_changed(service)]
