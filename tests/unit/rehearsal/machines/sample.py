"""A small VPC, as a survey finds it: one control plane, one worker, one load balancer."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

from rehearsal.machines.view.survey import (
    Acl,
    BalancerView,
    GroupView,
    HealthCheck,
    InstanceView,
    ListenerView,
    Permission,
    SubnetView,
    Survey,
    VpcView,
)

ANYTHING = tuple(
    (Permission("-1", None, None, range=everywhere), True) for everywhere in ("0.0.0.0/0", "::/0")
)
OPEN = Acl(ingress=ANYTHING, egress=ANYTHING)
PUBLIC = SubnetView(
    id="subnet-public",
    vpc="vpc-1",
    zone="eu-west-1a",
    ipv4=IPv4Network("10.0.224.0/22"),
    ipv6=IPv6Network("2600:1f00:0:1::/64"),
    ipv4_way="internet",
    ipv6_way="internet",
    acl=OPEN,
)
PRIVATE = SubnetView(
    id="subnet-private",
    vpc="vpc-1",
    zone="eu-west-1a",
    ipv4=IPv4Network("10.0.0.0/19"),
    ipv6=IPv6Network("2600:1f00:0:8::/64"),
    ipv4_way="198.18.0.9",
    ipv6_way="egress",
    acl=OPEN,
)
VPC = VpcView(
    "vpc-1", IPv4Network("10.0.0.0/16"), (IPv6Network("2600:1f00::/56"),), (PUBLIC, PRIVATE)
)
CONTROL_PLANE = InstanceView(
    id="i-0123456789abcdef0",
    state="running",
    vpc="vpc-1",
    subnet="subnet-private",
    zone="eu-west-1a",
    region="eu-west-1",
    ipv4="10.0.0.4",
    ipv6="2600:1f00:0:8::4",
    public_ipv4="",
    mac="02:00:00:00:00:04",
    interface="eni-4",
    groups=("sg-control-plane",),
    type="t3.medium",
    image="ami-1",
    profile="arn:aws:iam::123456789012:instance-profile/control-plane",
    hop_limit=2,
    needs_token=True,
    checks_source=True,
    launched=0.0,
    tags=(("Name", "dev-control-plane-0"), ("kubernetes.io/cluster/dev", "owned")),
)
WORKER = replace(
    CONTROL_PLANE,
    id="i-0123456789abcdef1",
    ipv4="10.0.0.5",
    ipv6="2600:1f00:0:8::5",
    mac="02:00:00:00:00:05",
    groups=("sg-worker",),
)
GROUPS = (
    GroupView(
        "sg-control-plane",
        (Permission("tcp", 6443, 6443, group="sg-balancer"),),
        (Permission("-1", None, None, range="0.0.0.0/0"),),
    ),
    GroupView(
        "sg-worker",
        (Permission("icmpv6", 2, 0, range="::/0"),),
        (Permission("-1", None, None, range="::/0"),),
    ),
    GroupView(
        "sg-balancer",
        (
            Permission("tcp", 6443, 6443, range="203.0.113.0/24"),
            Permission("tcp", 6443, 6443, group="sg-worker"),
        ),
        (Permission("tcp", 6443, 6443, group="sg-control-plane"),),
    ),
)
BALANCER = BalancerView(
    arn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/dev-api/50cec9aff4284113",
    name="dev-api",
    host="dev-api-1.eu-west-1.elb.amazonaws.com",
    vpc="vpc-1",
    internal=False,
    dual_stack=True,
    subnets=("subnet-public",),
    groups=("sg-balancer",),
    listeners=(
        ListenerView(
            6443,
            False,
            (("i-0123456789abcdef0", 6443),),
            HealthCheck("TCP", "/", 10, 10, "200-399"),
        ),
    ),
)
SURVEY = Survey((VPC,), (CONTROL_PLANE, WORKER), GROUPS, (BALANCER,))
