"""What each minor's kubeadm refuses, on both sides of every border: the limits the spec has to know.

Every minor outside the ones named with a case accepts it. A warning counts as a refusal here: what is rendered
gives rise to none.
"""

import re

import pytest

from tests.kubeadm.minimal import Case, document, says, within
from tests.kubeadm.reading import checked, validated

PARSE = r"couldn't parse subnet|failed to parse cidr value"
FAMILIES = (
    r"expected at least one IP from each family|expected one \(IPv4 or IPv6\) CIDR or two CIDRs"
)
SINGLE = r"only one CIDR allowed for single-stack networking"
TOO_SMALL = r"subnet is too small|is too small, the minimum is 1[04]"
SERVICES_TOO_LARGE = r"specified service subnet is too large; for (128|32)-bit addresses, the mask must be >= (108|12)"
PODS_TOO_LARGE = r"pod subnet mask .*difference (can not be|is) greater than 16"
PODS_TOO_SMALL = r"(pod subnet size is smaller than the node subnet size|is smaller than the size of node subnet)"
UNKNOWN_GATE = r"IPv6DualStack is not a valid feature name"
ADDRESS = r"couldn't use .* as \"apiserver-advertise-address\", must be ipv4 or ipv6 address"
LINK_LOCAL = r"cannot use \"fe80::1\" as the bind address for the API Server"
LOOPBACK = (
    r"unable to select an IP from lo network interface|overriding requested API server bind address"
)
HOST = r"must be a valid IP address or a valid RFC-1123 DNS subdomain"
NAME = r"altname is not a valid IP address, DNS label or a DNS label with subdomain wildcards"


EVERY = "1.16-1.37"
CHECKED = "1.20-1.37"
"""From 1.20 on kubeadm knows the allocators' sizes; before that it only counts addresses."""

CASES = {
    "services IPv6 /107": Case(
        services="10.96.0.0/16,fd00:10:96::/107", refused={CHECKED: SERVICES_TOO_LARGE}
    ),
    "services IPv6 /108": Case(services="10.96.0.0/16,fd00:10:96::/108"),
    "services IPv6 /124": Case(services="10.96.0.0/16,fd00:10:96::/124"),
    "services IPv6 /125": Case(
        services="10.96.0.0/16,fd00:10:96::/125", refused={EVERY: TOO_SMALL}
    ),
    "services IPv4 /11": Case(
        services="fd00:10:96::/112,10.96.0.0/11", refused={CHECKED: SERVICES_TOO_LARGE}
    ),
    "services IPv4 /12": Case(services="fd00:10:96::/112,10.96.0.0/12"),
    "services IPv4 /28": Case(services="fd00:10:96::/112,10.96.0.0/28"),
    "services IPv4 /29": Case(services="fd00:10:96::/112,10.96.0.0/29", refused={EVERY: TOO_SMALL}),
    "pods IPv6 /47": Case(pods="10.244.0.0/16,fd00:10:244::/47", refused={CHECKED: PODS_TOO_LARGE}),
    "pods IPv6 /48": Case(pods="10.244.0.0/16,fd00:10:244::/48"),
    "pods IPv6 /64": Case(pods="10.244.0.0/16,fd00:10:244::/64"),
    "pods IPv6 /65": Case(pods="10.244.0.0/16,fd00:10:244::/65", refused={CHECKED: PODS_TOO_SMALL}),
    "pods IPv6 /80 in nodes of /96": Case(
        pods="10.244.0.0/16,fd00:10:244::/80",
        controller_manager={"node-cidr-mask-size-ipv6": "96"},
    ),
    "pods IPv6 /79 in nodes of /96": Case(
        pods="10.244.0.0/16,fd00:10:244::/79",
        controller_manager={"node-cidr-mask-size-ipv6": "96"},
        refused={CHECKED: PODS_TOO_LARGE},
    ),
    "pods IPv6 /80 with one mask for both families": Case(
        pods="10.244.0.0/16,fd00:10:244::/80",
        controller_manager={"node-cidr-mask-size": "96"},
        refused={CHECKED: PODS_TOO_SMALL},
    ),
    "pods IPv6 /65 that the controller manager does not allocate": Case(
        pods="10.244.0.0/16,fd00:10:244::/65",
        controller_manager={"allocate-node-cidrs": "false"},
        refused={"1.20-1.20": PODS_TOO_SMALL},
    ),
    "pods IPv4 /7": Case(pods="fd00:10:244::/56,100.0.0.0/7", refused={CHECKED: PODS_TOO_LARGE}),
    "pods IPv4 /8": Case(pods="fd00:10:244::/56,100.0.0.0/8"),
    "pods IPv4 /24": Case(pods="fd00:10:244::/56,10.244.0.0/24"),
    "pods IPv4 /25": Case(pods="fd00:10:244::/56,10.244.0.0/25", refused={CHECKED: PODS_TOO_SMALL}),
    "pods IPv4 /28 in nodes of /28": Case(
        pods="fd00:10:244::/56,10.244.0.0/28", controller_manager={"node-cidr-mask-size-ipv4": "28"}
    ),
    "pods IPv4 /29 in nodes of /29": Case(
        pods="fd00:10:244::/56,10.244.0.0/29",
        controller_manager={"node-cidr-mask-size-ipv4": "29"},
        refused={EVERY: TOO_SMALL},
    ),
    "IPv6 first": Case(
        pods="fd00:10:244::/56,10.244.0.0/16", services="10.96.0.0/16,fd00:10:96::/112"
    ),
    "two IPv4 ranges for pods": Case(pods="10.244.0.0/16,10.245.0.0/16", refused={EVERY: FAMILIES}),
    "two IPv6 ranges for pods": Case(
        pods="fd00:10:244::/56,fd00:10:245::/56", refused={EVERY: FAMILIES}
    ),
    "three ranges for pods": Case(
        pods="10.244.0.0/16,fd00:10:244::/56,10.245.0.0/16", refused={"1.18-1.37": FAMILIES}
    ),
    "one range for pods, two for services": Case(
        pods="10.244.0.0/16", refused={"1.16-1.17": FAMILIES}
    ),
    "two ranges for pods, one for services": Case(
        services="10.96.0.0/16", refused={"1.17-1.17": FAMILIES}
    ),
    "a space after the comma": Case(pods="10.244.0.0/16, fd00:10:244::/56", refused={EVERY: PARSE}),
    "a comma at the end": Case(pods="10.244.0.0/16,", refused={EVERY: PARSE}),
    "no prefix length": Case(pods="10.244.0.0/16,fd00:10:244::", refused={EVERY: PARSE}),
    "the placeholder of the documentation": Case(
        pods="10.244.0.0/16,fdXY:IJKL:MNOP:15::/64", refused={EVERY: PARSE}
    ),
    "host bits": Case(pods="10.244.1.15/16,fd00:10:244::1/56"),
    "pods inside services": Case(pods="10.96.0.0/16,fd00:10:96::/56"),
    "pods on the nodes' own network": Case(pods="10.0.0.0/16,fd00:aa::/56"),
    "link-local pods": Case(pods="10.244.0.0/16,fe80::/56"),
    "no range for pods": Case(pods=""),
    "the gate on": Case(gate=True, refused={"1.24-1.37": UNKNOWN_GATE}),
    "the gate off, two ranges": Case(
        gate=False,
        refused={"1.16-1.17": PARSE, "1.18-1.22": SINGLE, "1.24-1.37": UNKNOWN_GATE},
    ),
    "an advertise address of each family": Case(
        advertise="10.0.0.10,fd00:aa::10", refused={EVERY: ADDRESS}
    ),
    "an advertise address in brackets": Case(advertise="[fd00:aa::10]", refused={EVERY: ADDRESS}),
    "an advertise address of the secondary family": Case(advertise="fd00:aa::10"),
    "an advertise address of another machine": Case(advertise="10.9.9.9"),
    "a link-local advertise address": Case(advertise="fe80::1", refused={EVERY: LINK_LOCAL}),
    "a loopback advertise address": Case(advertise="127.0.0.1", refused={EVERY: LOOPBACK}),
    "an endpoint by name": Case(more='controlPlaneEndpoint: "api.example.com:6443"'),
    "an IPv6 endpoint with its port": Case(more='controlPlaneEndpoint: "[fd00:aa::10]:6443"'),
    "an IPv6 endpoint in brackets without a port": Case(
        more='controlPlaneEndpoint: "[fd00:aa::10]"', refused={EVERY: HOST}
    ),
    "an endpoint of each family": Case(
        more='controlPlaneEndpoint: "10.0.0.10,fd00:aa::10"', refused={EVERY: HOST}
    ),
    "certificate names of every kind": Case(
        more='apiServer: {certSANs: ["10.0.0.10", "fd00:aa::10", "*.example.com"]}'
    ),
    "the placeholder as a certificate name": Case(
        more='apiServer: {certSANs: ["fdXY:IJKL:MNOP:15::1"]}', refused={EVERY: NAME}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_kubeadm_refuses_exactly_what_it_is_known_to_refuse(standing_machine, kubeadm, minor, case):
    refusal = within(case.refused, minor)

    said = says(checked(standing_machine, kubeadm, document(case, minor)))

    if refusal is None:
        assert said is None
    else:
        assert said is not None
        assert re.search(refusal, said), said


VALIDATE_ALONE_ACCEPTS = ("a link-local advertise address",)
"""What only `init` refuses, because it has to do with the machine."""


@pytest.mark.since("1.28")
@pytest.mark.parametrize("name", CASES)
def test_validate_agrees_with_init(standing_machine, kubeadm, minor, name):
    text = document(CASES[name], minor)
    refused = within(CASES[name].refused, minor) and name not in VALIDATE_ALONE_ACCEPTS

    verdict = validated(standing_machine, kubeadm, text)

    assert verdict.accepted is not bool(refused), verdict.output
