"""What somebody can do with stolen credentials: each call, and whose credentials are enough for it.

The stand-in's own check decides, by the policies that a cluster gives its roles.
"""

import json

import pytest

from components.catalog import with_roles
from components.permissions.controllers import Scope
from components.permissions.snapshots import keep_snapshots
from components.permissions.statements import document
from components.roles import Role, of_controllers, policy
from rehearsal.cloud.parameter_keys import permitted
from tests.support.clusters import spec

ADDONS = {"loadBalancerController": True, "ebsCsi": True, "clusterAutoscaler": True}

HERE = "eu-west-1:123456789012"
OWN, OTHER = (f"arn:aws:ssm:{HERE}:parameter/dualstack/{name}" for name in ("dev", "other"))
KEY = f"arn:aws:kms:{HERE}:key/12345678-1234-1234-1234-123456789012"
BUCKET = "arn:aws:s3:::dev-backups-1234567"
ISSUER = "arn:aws:s3:::dev-issuer-1234567"
GROUP = f"arn:aws:autoscaling:{HERE}:autoScalingGroup:1:autoScalingGroupName/dev-general"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/net/one/1"
SECURITY_GROUP = f"arn:aws:ec2:{HERE}:security-group/sg-1"
VOLUME = f"arn:aws:ec2:{HERE}:volume/vol-1"
INSTANCE = f"arn:aws:ec2:{HERE}:instance/i-1"
ROLE = "arn:aws:iam::123456789012:role/dev-control-plane"

PLANE, WORKER, READER = "control plane", "worker", "SSM reader"
CLOUD, BALANCING = "aws-cloud-controller-manager", "aws-load-balancer-controller"
VOLUMES, SCALING = "aws-ebs-csi-driver", "cluster-autoscaler"

READS = {
    "Sid": "Read",
    "Effect": "Allow",
    "Action": ["ssm:GetParameter", "ssm:GetParameters"],
    "Resource": "*",
}
"""The reads of AmazonSSMManagedInstanceCore, as machines of other people in the account have them."""


def sealed(parameter):
    return {"kms:EncryptionContext:PARAMETER_ARN": parameter}


def tagged(key, value):
    return {f"aws:ResourceTag/{key}": value}


CALLS = {
    "read a certificate authority's key": (
        ("ssm:GetParameter", f"{OWN}/control-plane/ca.key", {}),
        {PLANE, READER},
    ),
    "decrypt a certificate authority's key": (
        ("kms:Decrypt", KEY, sealed(f"{OWN}/control-plane/ca.key")),
        {PLANE},
    ),
    "read the join token": (
        ("ssm:GetParameters", f"{OWN}/join/token", {}),
        {PLANE, WORKER, READER},
    ),
    "decrypt the join token": (("kms:Decrypt", KEY, sealed(f"{OWN}/join/token")), {PLANE, WORKER}),
    "write the join token": (("ssm:PutParameter", f"{OWN}/join/token", {}), {PLANE}),
    "read the keys by their folder": (
        ("ssm:GetParametersByPath", f"{OWN}/control-plane", {}),
        set(),
    ),
    "read all by the folder": (("ssm:GetParametersByPath", OWN, {}), set()),
    "decrypt another cluster's token": (("kms:Decrypt", KEY, sealed(f"{OTHER}/join/token")), set()),
    "decrypt what is in no parameter": (("kms:Decrypt", KEY, {}), set()),
    "write another cluster's token": (("ssm:PutParameter", f"{OTHER}/join/token", {}), set()),
    "write a program of machines": (("ssm:PutParameter", f"{OWN}/programs/worker/1", {}), set()),
    "write a key": (("ssm:PutParameter", f"{OWN}/control-plane/ca.key", {}), set()),
    "write what control planes shall be": (
        ("ssm:PutParameter", f"{OWN}/control-plane/plan/1", {}),
        set(),
    ),
    "say that another machine has joined": (
        ("ssm:PutParameter", f"{OWN}/status/i-0123456789abcdef0", {}),
        {PLANE, WORKER},
    ),
    "say that a snapshot of etcd was kept": (
        ("ssm:PutParameter", f"{OWN}/status/backup", {}),
        {PLANE},
    ),
    "say why no snapshot of etcd was kept": (
        ("ssm:PutParameter", f"{OWN}/status/backup-fault", {}),
        {PLANE},
    ),
    "say that etcd was full": (("ssm:PutParameter", f"{OWN}/status/etcd", {}), {PLANE}),
    "hide why no snapshot of etcd was kept": (
        ("ssm:DeleteParameters", f"{OWN}/status/backup-fault", {}),
        {PLANE},
    ),
    "stand for election": (("ssm:PutParameter", f"{OWN}/leader/0123456789abcdef", {}), {PLANE}),
    "have a destroy begin": (("ssm:DeleteParameters", f"{OWN}/running/present", {}), set()),
    "delete the key of the parameters": (("kms:ScheduleKeyDeletion", KEY, {}), set()),
    "see machines": (
        ("ec2:DescribeInstances", "*", {}),
        {PLANE, CLOUD, BALANCING, VOLUMES},
    ),
    "make a machine": (("ec2:RunInstances", INSTANCE, {}), set()),
    "end a machine": (
        ("ec2:TerminateInstances", INSTANCE, tagged("kubernetes.io/cluster/dev", "owned")),
        set(),
    ),
    "have metadata answer pods": (("ec2:ModifyInstanceMetadataOptions", INSTANCE, {}), set()),
    "end a machine of a pool": (
        (
            "autoscaling:TerminateInstanceInAutoScalingGroup",
            GROUP,
            tagged("k8s.io/cluster-autoscaler/dev", "owned"),
        ),
        {SCALING},
    ),
    "set the size of another cluster's pool": (
        (
            "autoscaling:SetDesiredCapacity",
            GROUP,
            tagged("k8s.io/cluster-autoscaler/other", "owned"),
        ),
        set(),
    ),
    "complete a hook of a pool": (
        (
            "autoscaling:CompleteLifecycleAction",
            GROUP,
            tagged("kubernetes.io/cluster/dev", "owned"),
        ),
        {WORKER},
    ),
    "complete a hook of another cluster's pool": (
        (
            "autoscaling:CompleteLifecycleAction",
            GROUP,
            tagged("kubernetes.io/cluster/other", "owned"),
        ),
        set(),
    ),
    "delete a Service's load balancer": (
        (
            "elasticloadbalancing:DeleteLoadBalancer",
            BALANCER,
            tagged("elbv2.k8s.aws/cluster", "dev"),
        ),
        {BALANCING},
    ),
    "delete the API's load balancer": (
        ("elasticloadbalancing:DeleteLoadBalancer", BALANCER, tagged("Name", "dev-api")),
        set(),
    ),
    "make another's load balancer its own": (
        ("elasticloadbalancing:AddTags", BALANCER, {"aws:RequestTag/elbv2.k8s.aws/cluster": "dev"}),
        set(),
    ),
    "open the machines' groups": (
        (
            "ec2:AuthorizeSecurityGroupIngress",
            SECURITY_GROUP,
            tagged("kubernetes.io/cluster/dev", "owned"),
        ),
        {BALANCING},
    ),
    "open a group of somebody else": (
        ("ec2:AuthorizeSecurityGroupIngress", SECURITY_GROUP, {}),
        set(),
    ),
    "make another's group its own": (
        ("ec2:CreateTags", SECURITY_GROUP, {"aws:RequestTag/elbv2.k8s.aws/cluster": "dev"}),
        set(),
    ),
    "delete a claim's volume": (
        ("ec2:DeleteVolume", VOLUME, tagged("ebs.csi.aws.com/cluster-name", "dev")),
        {VOLUMES},
    ),
    "delete a machine's disk": (
        ("ec2:DeleteVolume", VOLUME, tagged("kubernetes.io/cluster/dev", "owned")),
        set(),
    ),
    "copy a machine's disk": (("ec2:CreateSnapshot", VOLUME, {}), set()),
    "attach something to another's machine": (("ec2:AttachVolume", INSTANCE, {}), set()),
    "read a snapshot of etcd": (("s3:GetObject", f"{BUCKET}/dev/1.gz", {}), {PLANE}),
    "decrypt a snapshot of etcd": (
        ("kms:Decrypt", KEY, {"kms:EncryptionContext:aws:s3:arn": BUCKET}),
        {PLANE},
    ),
    "delete a snapshot of etcd": (("s3:DeleteObject", f"{BUCKET}/dev/1.gz", {}), set()),
    "delete a snapshot's version": (("s3:DeleteObjectVersion", f"{BUCKET}/dev/1.gz", {}), set()),
    "write a snapshot of another cluster": (("s3:PutObject", f"{BUCKET}/other/1.gz", {}), set()),
    "publish another key of tokens": (("s3:PutObject", f"{ISSUER}/openid/v1/jwks", {}), set()),
    "take the control planes' role": (("sts:AssumeRole", ROLE, {}), set()),
    "give a role to a machine": (("iam:PassRole", ROLE, {}), set()),
    "widen a role": (("iam:PutRolePolicy", ROLE, {}), set()),
    "make a role of a service": (
        (
            "iam:CreateServiceLinkedRole",
            "*",
            {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"},
        ),
        {BALANCING},
    ),
    "make a role of another service": (
        ("iam:CreateServiceLinkedRole", "*", {"iam:AWSServiceName": "ec2.amazonaws.com"}),
        set(),
    ),
}
"""Each call: the action, what it is done to and under which conditions; then whose credentials are enough."""


def policies(*statements):
    return [json.dumps(document(found)) for found in statements]


@pytest.fixture(scope="module")
def cluster():
    return spec(addons=ADDONS, serviceAccountIssuer={"enabled": True})


@pytest.fixture(scope="module")
def credentials(cluster):
    """The policies of each credential in a cluster with every add-on and an issuer."""
    of_machines = cluster.roles_part()
    kept = keep_snapshots("dev", BUCKET, KEY)
    own, shared = policy(Role.CONTROL_PLANE, of_machines), of_controllers(of_machines)
    return {
        PLANE: policies(own["Statement"], kept, shared),
        WORKER: policies(policy(Role.WORKER, of_machines)["Statement"]),
        READER: policies([READS]),
        **{
            addon: policies(access.statements(Scope("eu-west-1", "dev")))
            for addon, access in with_roles(cluster).items()
        },
    }


@pytest.mark.parametrize(("call", "enough"), CALLS.values(), ids=CALLS)
def test_only_these_credentials_are_enough(credentials, call, enough):
    assert {whose for whose, held in credentials.items() if permitted(held, *call)} == enough


def test_a_pod_gets_no_credentials_of_a_machine(cluster):
    assert cluster.control_plane_part().control_plane.metadata_hop_limit == 1


def test_without_an_issuer_a_pod_on_a_control_plane_has_what_controllers_have():
    """So this is what roles of their own take away."""
    shared = spec(addons=ADDONS)
    statements = [
        *policy(Role.CONTROL_PLANE, shared.roles_part())["Statement"],
        *of_controllers(shared.roles_part()),
    ]

    assert shared.control_plane_part().control_plane.metadata_hop_limit == 2
    assert {
        name
        for name, (call, enough) in CALLS.items()
        if PLANE not in enough and permitted(policies(statements), *call)
    } == {
        "end a machine of a pool",
        "delete a Service's load balancer",
        "open the machines' groups",
        "delete a claim's volume",
        "make a role of a service",
    }
