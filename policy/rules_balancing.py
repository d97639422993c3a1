"""Rules on load balancers and target groups."""

from collections.abc import Iterator, Sequence

from .rule import UNKNOWN, Finding, Resource, Rule, Settings, parts

BALANCERS = ("lb/loadBalancer:LoadBalancer", "alb/loadBalancer:LoadBalancer")
BALANCER_TYPES = tuple(
    f"aws:{kind}" for kind in (*BALANCERS, "applicationloadbalancing/loadBalancer:LoadBalancer")
)
GROUP_TYPES = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
LISTENER_TYPES = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")


def balancers_of_both_families(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for balancer in resources:
        if balancer.type in BALANCER_TYPES and not _dual(balancer):
            yield Finding(
                balancer,
                f"the load balancer has IPv4 alone (ipAddressType is {_family(balancer)})",
                "set ipAddressType to dualstack",
            )


def groups_that_are_reached(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    """AWS refuses an IPv6 target group behind a load balancer of IPv4 when the listener is made, after all else."""
    by_urn = {one.urn: one for one in resources}
    for listener in resources:
        if listener.type not in LISTENER_TYPES:
            continue
        balancers = listener.depends.get("loadBalancerArn", frozenset())
        groups = listener.depends.get("defaultActions", frozenset())
        single = [
            by_urn[urn]
            for urn in balancers
            if urn in by_urn and by_urn[urn].type in BALANCER_TYPES and not _dual(by_urn[urn])
        ]
        for urn in sorted(groups) if single else ():
            group = by_urn.get(urn)
            if group and group.type in GROUP_TYPES and group.get("ipAddressType") == "ipv6":
                yield Finding(
                    group,
                    f"its targets are of IPv6, and the load balancer {single[0].name} has IPv4 alone",
                    "set ipAddressType of the load balancer to dualstack",
                )


def clusters_of_both_families(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for cluster in resources:
        if cluster.type != "aws:eks/cluster:Cluster":
            continue
        network = cluster.get("kubernetesNetworkConfig", {})
        family = UNKNOWN if network is UNKNOWN else _first(network).get("ipFamily", "ipv4")
        if family == "ipv4":
            yield Finding(
                cluster,
                "the pods of the EKS cluster have IPv4 alone (ipFamily is ipv4)",
                "set kubernetesNetworkConfig.ipFamily to ipv6; it cannot be changed later",
            )


def _first(block: object) -> dict:
    found = parts([block] if not isinstance(block, list) else block)
    return dict(found[0]) if found else {}


def _family(balancer: Resource) -> str:
    return balancer.get("ipAddressType", "not set")


def _dual(balancer: Resource) -> bool:
    family = balancer.get("ipAddressType", "ipv4")
    return family is UNKNOWN or family.startswith("dualstack")


RULES = (
    Rule(
        "load-balancer-families",
        "A load balancer has both families.",
        "Clients without IPv4 cannot reach what is behind it.",
        balancers_of_both_families,
    ),
    Rule(
        "target-group-reachable",
        "A target group of IPv6 is behind a load balancer with IPv6.",
        "AWS refuses the listener between them, when all else is made.",
        groups_that_are_reached,
        whole=True,
    ),
    Rule(
        "eks-families",
        "An EKS cluster gives IPv6 addresses to its pods.",
        "EKS has no pods of both families, and a cluster keeps its family for ever, so this is advice.",
        clusters_of_both_families,
        mandatory=False,
    ),
)
