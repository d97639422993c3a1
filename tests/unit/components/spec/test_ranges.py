"""Ranges, read strictly: what AWS and Kubernetes could misread is answered with what to write."""

from ipaddress import IPv4Network, IPv6Network

import pytest
from pydantic import TypeAdapter, ValidationError

from components.spec.ranges import (
    ClientRange,
    Ipv4Range,
    Ipv6Range,
    VpcIpv4Range,
    VpcIpv6Range,
    contains,
    overlaps,
    parse_range,
)


def read(kind, value):
    return TypeAdapter(kind).validate_python(value)


def refusal(kind, value):
    with pytest.raises(ValidationError) as refused:
        read(kind, value)
    [detail] = refused.value.errors()
    return str(detail["ctx"]["error"])


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (ClientRange, "10.0.0.0/8", IPv4Network("10.0.0.0/8")),
        (ClientRange, "::/0", IPv6Network("::/0")),
        (ClientRange, "198.51.100.7/32", IPv4Network("198.51.100.7/32")),
        (Ipv4Range, "172.31.255.0/24", IPv4Network("172.31.255.0/24")),
        (Ipv6Range, "fd12:3456:789a::/112", IPv6Network("fd12:3456:789a::/112")),
        (Ipv6Range, "fd00:ec1::/32", IPv6Network("fd00:ec1::/32")),
        (Ipv6Range, "fd00:ec3::/32", IPv6Network("fd00:ec3::/32")),
        (VpcIpv4Range, "10.0.0.0/16", IPv4Network("10.0.0.0/16")),
        (VpcIpv4Range, "10.0.16.0/20", IPv4Network("10.0.16.0/20")),
        (VpcIpv4Range, "172.31.0.0/16", IPv4Network("172.31.0.0/16")),
        (VpcIpv4Range, "192.168.0.0/16", IPv4Network("192.168.0.0/16")),
        (VpcIpv4Range, "100.127.0.0/16", IPv4Network("100.127.0.0/16")),
        (VpcIpv6Range, "2600:1f14::/44", IPv6Network("2600:1f14::/44")),
        (VpcIpv6Range, "2600:1f14:db8::/60", IPv6Network("2600:1f14:db8::/60")),
    ],
)
def test_a_good_range_is_read(kind, text, expected):
    assert read(kind, text) == expected


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        (
            ClientRange,
            "10.0.0.1/8",
            "10.0.0.1/8 has bits set beyond its prefix length; write 10.0.0.0/8",
        ),
        (
            ClientRange,
            "fd00::1/8",
            "fd00::1/8 has bits set beyond its prefix length; write fd00::/8",
        ),
        (ClientRange, "FD00::/8", "FD00::/8 is not in canonical form; write fd00::/8"),
        (
            ClientRange,
            "2001:db8:0:0::/64",
            "2001:db8:0:0::/64 is not in canonical form; write 2001:db8::/64",
        ),
        (
            ClientRange,
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/255.0.0.0 is not in canonical form; write 10.0.0.0/8",
        ),
        (ClientRange, "10.0.0.0/8 ", "'10.0.0.0/8 ' has spaces around it; write 10.0.0.0/8"),
        (
            ClientRange,
            "fd00::7",
            "fd00::7 has no prefix length; write fd00::7/128 for the one address, or a range like 10.0.0.0/16 or fd12:3456::/56",
        ),
        (
            ClientRange,
            "10.00.0.0/8",
            "'10.00.0.0/8' is not a range; write it like 10.0.0.0/16 or fd12:3456::/56",
        ),
        (
            ClientRange,
            "10.0.0.0/33",
            "'10.0.0.0/33' is not a range; write it like 10.0.0.0/16 or fd12:3456::/56",
        ),
        (ClientRange, "", "'' is not a range; write it like 10.0.0.0/16 or fd12:3456::/56"),
        (ClientRange, None, "nothing is not a range; write it like 10.0.0.0/16 or fd12:3456::/56"),
        (Ipv4Range, 10, "10 is not a range; write it like 10.0.0.0/16"),
        (Ipv4Range, "fd00::/8", "fd00::/8 is an IPv6 range; an IPv4 range belongs here"),
        (Ipv6Range, "10.0.0.0/8", "10.0.0.0/8 is an IPv4 range; an IPv6 range belongs here"),
        (Ipv6Range, "fd", "'fd' is not a range; write it like fd12:3456::/56"),
        (
            Ipv6Range,
            "fdXY:IJKL:MNOP:15::/64",
            "fdXY:IJKL:MNOP:15::/64 is the placeholder of the Kubernetes page, not an address; leave the field out to get "
            "the cluster's own RFC 4193 prefix, or choose a range under fd00::/8",
        ),
        (
            Ipv6Range,
            "fdxy:ijkl:mnop:15::/64",
            "fdxy:ijkl:mnop:15::/64 is the placeholder of the Kubernetes page, not an address; leave the field out to get "
            "the cluster's own RFC 4193 prefix, or choose a range under fd00::/8",
        ),
        (
            Ipv6Range,
            "fd00:ec2::/32",
            "fd00:ec2::/32 is reserved: the VPC's own services (metadata, DNS, time) answer there; choose another range",
        ),
        (
            Ipv6Range,
            "fd00::/16",
            "fd00::/16 overlaps fd00:ec2::/32: the VPC's own services (metadata, DNS, time) answer there; choose another range",
        ),
        (
            Ipv6Range,
            "fd00:ec2:0:7::/64",
            "fd00:ec2:0:7::/64 overlaps fd00:ec2::/32: the VPC's own services (metadata, DNS, time) answer there; choose another range",
        ),
        (
            Ipv6Range,
            "febf::/16",
            "febf::/16 overlaps fe80::/10: it is link-local and never leaves an interface; choose another range",
        ),
        (
            Ipv6Range,
            "fec0:1::/48",
            "fec0:1::/48 overlaps fec0::/10: site-local addresses were abolished; kubeadm warns of them; choose another range",
        ),
        (
            Ipv6Range,
            "ff02::/16",
            "ff02::/16 overlaps ff00::/8: it is multicast; choose another range",
        ),
        (
            Ipv6Range,
            "64:ff9b::/96",
            "64:ff9b::/96 is reserved: NAT64 answers there; choose another range",
        ),
        (
            Ipv6Range,
            "::/0",
            "::/0 overlaps ::/96: loopback and the unspecified address lie there; choose another range",
        ),
        (
            Ipv4Range,
            "169.254.8.0/24",
            "169.254.8.0/24 overlaps 169.254.0.0/16: it is link-local; instance metadata answers there; choose another range",
        ),
        (
            Ipv4Range,
            "127.0.0.0/16",
            "127.0.0.0/16 overlaps 127.0.0.0/8: it is each machine's loopback; choose another range",
        ),
        (
            Ipv4Range,
            "0.0.0.0/0",
            "0.0.0.0/0 overlaps 0.0.0.0/8: it means this host; choose another range",
        ),
        (VpcIpv4Range, "10.0.0.0/15", "10.0.0.0/15 is a /15; a VPC takes a /16 to a /20 here"),
        (VpcIpv4Range, "10.0.0.0/21", "10.0.0.0/21 is a /21; a VPC takes a /16 to a /20 here"),
        (
            VpcIpv4Range,
            "172.32.0.0/16",
            "172.32.0.0/16 is not private, so its machines could not reach the real owners of these addresses; "
            "choose a range of RFC 1918 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) or RFC 6598 (100.64.0.0/10)",
        ),
        (
            VpcIpv4Range,
            "100.128.0.0/16",
            "100.128.0.0/16 is not private, so its machines could not reach the real owners of these addresses; "
            "choose a range of RFC 1918 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) or RFC 6598 (100.64.0.0/10)",
        ),
        (
            VpcIpv6Range,
            "2600:1f14::/40",
            "2600:1f14::/40 is a /40; a VPC takes a /44, /48, /52, /56 or /60",
        ),
        (
            VpcIpv6Range,
            "2600:1f14::/50",
            "2600:1f14::/50 is a /50; a VPC takes a /44, /48, /52, /56 or /60",
        ),
        (
            VpcIpv6Range,
            "2600:1f14::/64",
            "2600:1f14::/64 is a /64; a VPC takes a /44, /48, /52, /56 or /60",
        ),
    ],
)
def test_a_bad_range_is_answered_with_what_to_write(kind, value, answer):
    assert refusal(kind, value) == answer


def test_the_api_may_be_open_to_reserved_ranges_too():
    assert read(ClientRange, "0.0.0.0/0") == IPv4Network("0.0.0.0/0")


def test_a_range_that_is_one_already_stays():
    assert parse_range(IPv6Network("fd00::/8"), 6) == IPv6Network("fd00::/8")


def test_a_range_is_written_out_as_text():
    assert TypeAdapter(Ipv6Range).dump_python(IPv6Network("fd12::/56")) == "fd12::/56"


@pytest.mark.parametrize(
    ("one", "other", "overlap", "inside"),
    [
        ("10.0.0.0/8", "10.255.0.0/16", True, True),
        ("10.0.0.0/8", "10.0.0.0/8", True, True),
        ("10.255.0.0/16", "10.0.0.0/8", True, False),
        ("10.0.0.0/9", "10.128.0.0/9", False, False),
        ("::/0", "fd00::/8", True, True),
        ("0.0.0.0/0", "fd00::/8", False, False),
        ("::/0", "10.0.0.0/8", False, False),
    ],
)
def test_ranges_overlap_and_contain_within_a_family_alone(one, other, overlap, inside):
    ranges = parse_range(one), parse_range(other)

    assert (overlaps(*ranges), contains(*ranges)) == (overlap, inside)
