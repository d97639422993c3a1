"""Who may talk to whom, as AWS is asked for it."""

import pytest

from components import Firewall

ARGS = {
    "vpc_id": "vpc-1",
    "vpc_ipv4_range": "10.0.0.0/16",
    "vpc_ipv6_range": "2600:1f14:db8::/56",
    "cluster_name": "prod",
    "cni": "none",
    "allowed_cidrs": ["203.0.113.0/24", "2001:db8:203::/48"],
}

LOAD_BALANCER = [
    ("load-balancer", "tcp", 6443, 6443, "203.0.113.0/24"),
    ("load-balancer", "tcp", 6443, 6443, "2001:db8:203::/48"),
    ("load-balancer", "tcp", 6443, 6443, "control-plane"),
    ("load-balancer", "tcp", 6443, 6443, "worker"),
    ("load-balancer", "icmp", 3, 4, "0.0.0.0/0"),
    ("load-balancer", "icmpv6", 2, 0, "::/0"),
]

CONTROL_PLANE = [
    ("control-plane", "tcp", 6443, 6443, "load-balancer"),
    ("control-plane", "tcp", 6443, 6443, "control-plane"),
    ("control-plane", "tcp", 6443, 6443, "worker"),
    ("control-plane", "tcp", 2379, 2380, "control-plane"),
    ("control-plane", "tcp", 10250, 10250, "control-plane"),
    ("control-plane", "tcp", 10250, 10250, "worker"),
    ("control-plane", "tcp", 10256, 10256, "10.0.0.0/16"),
    ("control-plane", "tcp", 10256, 10256, "2600:1f14:db8::/56"),
    ("control-plane", "tcp", 30000, 32767, "10.0.0.0/16"),
    ("control-plane", "tcp", 30000, 32767, "2600:1f14:db8::/56"),
    ("control-plane", "udp", 30000, 32767, "10.0.0.0/16"),
    ("control-plane", "udp", 30000, 32767, "2600:1f14:db8::/56"),
    ("control-plane", "icmp", 8, 0, "control-plane"),
    ("control-plane", "icmp", 8, 0, "worker"),
    ("control-plane", "icmpv6", 128, 0, "control-plane"),
    ("control-plane", "icmpv6", 128, 0, "worker"),
    ("control-plane", "icmp", 3, 4, "0.0.0.0/0"),
    ("control-plane", "icmpv6", 2, 0, "::/0"),
]

WORKER = [
    ("worker", "-1", None, None, "control-plane"),
    ("worker", "-1", None, None, "worker"),
    ("worker", "tcp", 10256, 10256, "10.0.0.0/16"),
    ("worker", "tcp", 10256, 10256, "2600:1f14:db8::/56"),
    ("worker", "tcp", 30000, 32767, "10.0.0.0/16"),
    ("worker", "tcp", 30000, 32767, "2600:1f14:db8::/56"),
    ("worker", "udp", 30000, 32767, "10.0.0.0/16"),
    ("worker", "udp", 30000, 32767, "2600:1f14:db8::/56"),
    ("worker", "icmp", 3, 4, "0.0.0.0/0"),
    ("worker", "icmpv6", 2, 0, "::/0"),
]

CALICO = [
    ("control-plane", "udp", 4789, 4789, "control-plane"),
    ("control-plane", "udp", 4789, 4789, "worker"),
    ("control-plane", "tcp", 5473, 5473, "control-plane"),
    ("control-plane", "tcp", 5473, 5473, "worker"),
]

CILIUM = [
    ("control-plane", "udp", 8472, 8472, "control-plane"),
    ("control-plane", "udp", 8472, 8472, "worker"),
    ("control-plane", "tcp", 4240, 4240, "control-plane"),
    ("control-plane", "tcp", 4240, 4240, "worker"),
]

FLANNEL = [
    ("control-plane", "udp", 8472, 8472, "control-plane"),
    ("control-plane", "udp", 8472, 8472, "worker"),
]

PODS_THEMSELVES = [
    ("control-plane", "-1", None, None, "control-plane"),
    ("control-plane", "-1", None, None, "worker"),
]

PEERS = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId")


def firewall(**args):
    """A program that makes one firewall."""
    return lambda: Firewall("fw", {**ARGS, **args})


def group(reference):
    """A group by the word that its name ends in."""
    return reference.removeprefix("SecurityGroup fw-")


def rules(deployment, kind="SecurityGroupIngressRule"):
    """Each rule as group, protocol, ports and peer, sorted."""
    found = []
    for rule in deployment.all(kind).values():
        (peer,) = [group(rule[key]) for key in PEERS if key in rule]
        ports = rule.get("fromPort"), rule.get("toPort")
        found.append((group(rule["securityGroupId"]), rule["ipProtocol"], *ports, peer))
    return sorted(found, key=str)


@pytest.mark.parametrize(
    ("cni", "overlay"),
    [
        ("calico", CALICO),
        ("cilium", CILIUM),
        ("flannel", FLANNEL),
        ("kubenet", PODS_THEMSELVES),
        ("none", PODS_THEMSELVES),
    ],
)
def test_each_group_lets_in_what_its_machines_need_and_no_more(deploy, cni, overlay):
    deployment = deploy(firewall(cni=cni))

    expected = [*LOAD_BALANCER, *CONTROL_PLANE, *WORKER, *overlay]

    assert rules(deployment) == sorted(expected, key=str)


def test_machines_may_go_anywhere_in_both_families_and_the_load_balancer_to_the_api_servers(deploy):
    deployment = deploy(firewall())

    assert rules(deployment, "SecurityGroupEgressRule") == [
        ("control-plane", "-1", None, None, "0.0.0.0/0"),
        ("control-plane", "-1", None, None, "::/0"),
        ("load-balancer", "tcp", 6443, 6443, "control-plane"),
        ("worker", "-1", None, None, "0.0.0.0/0"),
        ("worker", "-1", None, None, "::/0"),
    ]


def test_a_rule_has_one_peer_and_its_protocol_is_of_the_peers_family(deploy):
    deployment = deploy(firewall(nat_addresses={"eu-west-1a": "198.51.100.1"}))

    rules = deployment.all("SecurityGroupIngressRule")
    assert len(rules) == 37
    for name, rule in rules.items():
        (peer,) = [key for key in PEERS if key in rule]
        of_ipv6 = peer == "cidrIpv6" or rule["ipProtocol"] == "icmpv6"
        assert name.endswith("-ipv6") == of_ipv6 or "api-clients" in name
        assert (peer, rule["ipProtocol"]) not in {("cidrIpv6", "icmp"), ("cidrIpv4", "icmpv6")}


def test_what_comes_from_the_vpc_or_anywhere_is_let_in_in_both_families(deploy):
    deployment = deploy(firewall())

    names = deployment.all("SecurityGroupIngressRule")

    ipv4 = {name.removesuffix("-ipv4") for name in names if name.endswith("-ipv4")}
    ipv6 = {name.removesuffix("-ipv6") for name in names if name.endswith("-ipv6")}
    assert ipv4 == ipv6
    assert "fw-worker-path-mtu-from-anywhere" in ipv4
    assert "fw-control-plane-node-ports-udp-from-vpc" in ipv4


def test_only_control_planes_reach_etcd(deploy):
    deployment = deploy(firewall(cni="cilium"))

    reach_etcd = {
        peer
        for name, protocol, first, last, peer in rules(deployment)
        if name == "control-plane"
        and protocol in ("tcp", "-1")
        and (first is None or (first <= 2380 and last >= 2379))
    }

    assert reach_etcd == {"control-plane"}


def test_control_planes_let_in_what_the_configuration_opens_to_nodes(deploy):
    opened = [
        {"port": 9100},
        {"port": 10000, "end_port": 10100, "protocol": "UDP"},
        # These two are in the table, and AWS refuses to make a rule twice.
        {"port": 10250},
        {"port": 8472, "protocol": "UDP"},
    ]

    before = rules(deploy(firewall(cni="flannel")))
    after = rules(deploy(firewall(cni="flannel", ports_from_nodes=opened)))

    assert [rule for rule in after if rule not in before] == [
        ("control-plane", "tcp", 9100, 9100, "control-plane"),
        ("control-plane", "tcp", 9100, 9100, "worker"),
        ("control-plane", "udp", 10000, 10100, "control-plane"),
        ("control-plane", "udp", 10000, 10100, "worker"),
    ]
    assert len(after) == len(before) + 4


def test_the_load_balancer_lets_in_the_nat_gateways_by_which_nodes_come_back(deploy):
    deployment = deploy(
        firewall(nat_addresses={"eu-west-1a": "198.51.100.1", "eu-west-1b": "198.51.100.2"})
    )

    admitted = {
        name: rule["cidrIpv4"]
        for name, rule in deployment.all("SecurityGroupIngressRule").items()
        if "-nat-" in name
    }

    assert admitted == {
        "fw-load-balancer-api-from-api-clients-nat-eu-west-1a": "198.51.100.1/32",
        "fw-load-balancer-api-from-api-clients-nat-eu-west-1b": "198.51.100.2/32",
    }


def test_a_range_that_is_taken_away_takes_no_other_rule_with_it(deploy):
    more = deploy(firewall(allowed_cidrs=["192.0.2.0/24", "203.0.113.0/24", "2001:db8:203::/48"]))
    fewer = deploy(firewall(allowed_cidrs=["203.0.113.0/24", "2001:db8:203::/48"]))

    before, after = more.inputs(), fewer.inputs()

    assert before.keys() - after.keys() == {
        "SecurityGroupIngressRule fw-load-balancer-api-from-api-clients-192.0.2.0-24"
    }
    assert {key for key in after if before[key] != after[key]} == {"Firewall fw"}


def test_no_group_comes_near_the_quota_of_60_rules_a_family(deploy):
    deployment = deploy(
        firewall(
            cni="calico",
            allowed_cidrs=[
                *(f"203.0.113.{number}/32" for number in range(0, 100, 2)),
                *(f"2001:db8:203:{number:x}::/64" for number in range(1, 51)),
            ],
            nat_addresses={
                f"eu-west-1{zone}": f"198.51.100.{at}" for at, zone in enumerate("abcdef")
            },
            ports_from_nodes=[{"port": 9100 + number} for number in range(16)],
        )
    )

    counts = {}
    for rule in deployment.all("SecurityGroupIngressRule").values():
        # A reference to a group counts in both families.
        for family in {"cidrIpv4": ("IPv4",), "cidrIpv6": ("IPv6",)}.get(
            next(key for key in PEERS if key in rule), ("IPv4", "IPv6")
        ):
            at = group(rule["securityGroupId"]), family
            counts[at] = counts.get(at, 0) + 1

    assert counts == {
        ("load-balancer", "IPv4"): 59,
        ("load-balancer", "IPv6"): 53,
        ("control-plane", "IPv4"): 50,
        ("control-plane", "IPv6"): 50,
        ("worker", "IPv4"): 6,
        ("worker", "IPv6"): 6,
    }


def test_a_machine_stands_in_one_group_that_says_whose_it_is(deploy):
    deployment = deploy(firewall(tags={"team": "platform"}))

    assert deployment.all("SecurityGroup") == {
        f"fw-{word}": {
            "vpcId": "vpc-1",
            "description": f"{word} of cluster prod",
            "tags": {
                "Name": f"fw-{word}",
                "team": "platform",
                "kubernetes.io/cluster/prod": "owned",
            },
        }
        for word in ("load-balancer", "control-plane", "worker")
    }


def test_every_rule_is_a_child_with_a_name_that_can_stand_in_a_urn(deploy):
    deployment = deploy(firewall())

    for key, made in deployment.resources.items():
        if key != "Firewall fw":
            assert made.parent == "Firewall fw"
            assert "::" not in key
            assert made.inputs["tags"]["Name"] == key.partition(" ")[2]
            assert made.protect is False
            assert made.ignored == []


def test_a_preview_shows_every_rule_while_the_vpc_is_unknown(deploy):
    deployed = deploy(firewall(nat_addresses={"eu-west-1a": "198.51.100.1"}))
    previewed = deploy(firewall(nat_addresses={"eu-west-1a": "198.51.100.1"}), preview=True)

    assert sorted(previewed.resources) == sorted(deployed.resources)


def test_a_firewall_names_its_groups(deploy):
    def program():
        made = Firewall("fw", ARGS)
        return {
            "load_balancer": made.load_balancer_group_id,
            "control_plane": made.control_plane_group_id,
            "worker": made.worker_group_id,
        }

    deployment = deploy(program)

    assert deployment.outputs == {
        "load_balancer": "SecurityGroup fw-load-balancer",
        "control_plane": "SecurityGroup fw-control-plane",
        "worker": "SecurityGroup fw-worker",
    }


MANY = {
    **ARGS,
    "cni": "calico",
    "further_vpc_ranges": ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"],
}


def test_a_group_has_as_many_rules_as_are_counted(deploy):
    ports = [{"port": 9100 + number} for number in range(15)]

    made = deploy(lambda: Firewall("fire", {**MANY, "ports_from_nodes": ports}) and None)

    rules = made.all("SecurityGroupIngressRule").items()
    of_ipv4 = [name for name, rule in rules if "cidrIpv6" not in rule]
    assert sum(name.startswith("fire-control-plane-") for name in of_ipv4) == 60


def test_a_group_with_more_rules_than_aws_allows_is_refused(refused):
    ports = [{"port": 9100 + number} for number in range(16)]

    assert refused(lambda: Firewall("fire", {**MANY, "ports_from_nodes": ports}))[1:] == [
        "ports_from_nodes: the control planes' security group would have 62 IPv4 rules, three for each of 5 ranges of the VPC and two "
        "for each of 16 further ports among them, and AWS allows 60; leave out ports or ranges"
    ]


def test_addresses_of_nat_count_as_ranges_do(refused):
    ranges = [f"198.51.100.{number}/32" for number in range(45)]
    addresses = {f"nat-{number}": f"203.0.113.{number}" for number in range(1, 14)}
    args = {**ARGS, "allowed_cidrs": [*ranges, "2001:db8::/32"], "nat_addresses": addresses}

    assert refused(lambda: Firewall("fire", args))[1:] == [
        "allowed_cidrs: 45 IPv4 ranges are too many for a security group with 16 rules of its own, of which 13 admit addresses of "
        "NAT; write at most 44, by joining neighbours"
    ]
