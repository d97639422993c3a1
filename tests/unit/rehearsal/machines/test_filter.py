"""A VPC's packet filter, as nftables is told it."""

from dataclasses import replace

from rehearsal.machines.network.packet_filter import Port, ruleset
from rehearsal.machines.network.vpcs import balancer_port, machine_port
from rehearsal.machines.view.survey import Permission
from tests.unit.rehearsal.machines.sample import (
    BALANCER,
    CONTROL_PLANE,
    GROUPS,
    OPEN,
    PRIVATE,
    PUBLIC,
    SURVEY,
    WORKER,
)

BY_ID = {group.id: group for group in GROUPS}
WEB = Permission("tcp", 443, 443, range="::/0")
CLOSED = replace(
    PRIVATE, acl=replace(OPEN, ingress=((WEB, True), *((p, False) for p, _ in OPEN.ingress)))
)
"""A subnet that lets in one port of IPv6 and no more."""


def rules() -> list[str]:
    ports = [
        machine_port("m-cp", CONTROL_PLANE, SURVEY),
        machine_port("m-worker", WORKER, SURVEY),
        balancer_port("b-api", BALANCER, SURVEY),
    ]
    return ruleset(ports, BY_ID, [PUBLIC, CLOSED]).splitlines()


def chain(name: str) -> list[str]:
    lines = rules()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"chain {name} {{"))
    end = next(i for i, line in enumerate(lines) if i > start and line.endswith("; }"))
    return lines[start + 1 : end]


def test_a_machine_is_let_in_to_by_its_groups_alone():
    assert chain("in-m-cp") == [
        "ip saddr @sg-balancer-4 tcp dport 6443-6443 return",
        "ip6 saddr @sg-balancer-6 tcp dport 6443-6443 return",
    ]


def test_a_range_lets_in_its_own_family():
    assert chain("in-b-api") == [
        "ip saddr 203.0.113.0/24 tcp dport 6443-6443 return",
        "ip saddr @sg-worker-4 tcp dport 6443-6443 return",
        "ip6 saddr @sg-worker-6 tcp dport 6443-6443 return",
    ]


def test_an_icmpv6_rule_names_type_and_code():
    assert chain("in-m-worker") == [
        "ip6 saddr ::/0 meta l4proto icmpv6 icmpv6 type 2 icmpv6 code 0 return"
    ]


def test_a_machine_sends_what_its_groups_let_out():
    assert chain("out-m-cp") == ["ip daddr 0.0.0.0/0 return"]
    assert chain("out-m-worker") == ["ip6 daddr ::/0 return"]


def test_everything_else_is_dropped():
    lines = rules()

    assert lines.count("drop; }") == 6 + 4
    assert "chain forward { type filter hook forward priority filter; policy drop;" in lines


def test_a_group_stands_for_the_addresses_of_its_members():
    lines = rules()
    at = lines.index("set sg-worker-4 { type ipv4_addr;")

    assert lines[at + 1] == "elements = { 10.0.0.5 }"


def test_a_machine_speaks_for_no_other_unless_its_source_is_not_checked():
    checked = Port("m-1", ("10.0.0.9",), (), (), "", "")
    unchecked = Port("m-2", ("10.0.0.9",), (), (), "", "", checks_source=False)

    assert 'iifname "m-1" ip saddr != { 0.0.0.0, 10.0.0.9 } drop' in ruleset([checked], {}, ())
    assert 'iifname "m-2" ip saddr' not in ruleset([unchecked], {}, ())


def test_private_machines_leave_by_the_address_of_their_nat_gateway():
    assert 'oifname "uplink" ip saddr 10.0.0.5 snat ip to 198.18.0.9' in rules()


def test_nobody_new_comes_in_through_a_nat_or_an_egress_only_gateway():
    forward = chain("forward")

    assert 'iifname "uplink" oifname "m-worker" ip saddr != 10.255.0.1 drop' in forward
    assert 'iifname "uplink" oifname "m-worker" ip6 saddr != fd00:255::1 drop' in forward


def test_a_subnet_without_a_route_sends_nothing_out():
    lonely = ruleset([Port("m-1", ("10.0.0.9",), ("2600::9",), (), "", "")], {}, ())

    assert 'iifname "m-1" oifname "uplink" meta nfproto ipv4 drop' in lonely
    assert 'iifname "m-1" oifname "uplink" meta nfproto ipv6 drop' in lonely


def test_a_public_load_balancer_is_reached_at_its_public_address():
    port = balancer_port("b-api", BALANCER, SURVEY)
    [(private, public)] = port.public

    assert f'iifname "uplink" ip daddr {public} dnat ip to {private}' in rules()
    assert public.startswith("198.19.")


def test_the_rules_of_a_network_acl_hold_in_their_order_at_the_border_of_its_subnet():
    assert chain("in-subnet-private") == [
        "ip6 saddr ::/0 tcp dport 443-443 return",
        "ip saddr 0.0.0.0/0 drop",
        "ip6 saddr ::/0 drop",
    ]
    assert "ip daddr 10.0.0.0/19 ip saddr != 10.0.0.0/19 jump in-subnet-private" in rules()


def test_an_open_network_acl_lets_both_families_out():
    assert chain("out-subnet-public") == ["ip daddr 0.0.0.0/0 return", "ip6 daddr ::/0 return"]


def test_echo_requests_from_a_group_come_in_in_the_family_of_their_protocol():
    pinged = replace(
        GROUPS[1],
        id="sg-pinged",
        ingress=(
            Permission("icmp", 8, 0, group="sg-worker"),
            Permission("icmpv6", 128, 0, group="sg-worker"),
        ),
    )
    port = Port("m-1", ("10.0.0.9",), ("2600::9",), ("sg-pinged",), "", "")

    lines = ruleset([port], {"sg-pinged": pinged}, ()).splitlines()

    assert [line for line in lines if "icmp" in line] == [
        "ip saddr @sg-worker-4 meta l4proto icmp icmp type 8 icmp code 0 return",
        "ip6 saddr @sg-worker-6 meta l4proto icmpv6 icmpv6 type 128 icmpv6 code 0 return",
    ]
