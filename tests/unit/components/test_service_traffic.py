"""Where the traffic of a Service goes, as the API of each minor is given it."""

from typing import Any

import pytest

from components import dual_stack_service
from components.config.check import SpecError
from components.facts.service_fields import LEFT_OUT
from tests.support.minors import NUMBERS
from tests.support.schemas import faults as schema_faults
from tests.support.schemas import fields as schema_fields

WEB: dict[str, Any] = {
    "name": "web",
    "kubernetes_version": "1.37",
    "selector": {"app": "web"},
    "ports": [{"port": 80}],
}
BALANCED = {**WEB, "type": "LoadBalancer"}


def faults_of(**fields: Any) -> list[str]:
    try:
        dual_stack_service(**{**WEB, **fields})
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


def spec_of(**fields: Any) -> dict[str, Any]:
    """What a manifest says beyond type, families, selector and ports."""
    spec = dual_stack_service(**{**WEB, **fields})["spec"]
    left = ("type", "ipFamilyPolicy", "selector", "ports")
    return {key: value for key, value in spec.items() if key not in left}


WRITTEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "clients that pods see": (
        {
            "type": "LoadBalancer",
            "external_traffic_policy": "Local",
            "health_check_node_port": 31000,
        },
        {"externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
    ),
    "node ports without a second hop": (
        {"type": "NodePort", "external_traffic_policy": "Local"},
        {"externalTrafficPolicy": "Local"},
    ),
    "pods of the client's node": (
        {"internal_traffic_policy": "Local"},
        {"internalTrafficPolicy": "Local"},
    ),
    "pods near the client": (
        {"traffic_distribution": "PreferSameZone"},
        {"trafficDistribution": "PreferSameZone"},
    ),
    "sessions": (
        {"session_affinity": "ClientIP", "session_timeout_seconds": 86400},
        {
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86400}},
        },
    ),
    "no sessions, in so many words": ({"session_affinity": "None"}, {"sessionAffinity": "None"}),
    "members that look for each other": (
        {"type": "Headless", "publish_not_ready_addresses": True},
        {"clusterIP": "None", "publishNotReadyAddresses": True},
    ),
    "another controller": (
        {
            "type": "LoadBalancer",
            "load_balancer_class": "example.com/internal-vip",
            "allocate_load_balancer_node_ports": False,
        },
        {
            "loadBalancerClass": "example.com/internal-vip",
            "allocateLoadBalancerNodePorts": False,
        },
    ),
    "fixed addresses": (
        {"cluster_ips": ["fd00:10:96::9", "10.96.0.9"], "ip_families": ["IPv6", "IPv4"]},
        {
            "clusterIP": "fd00:10:96::9",
            "clusterIPs": ["fd00:10:96::9", "10.96.0.9"],
            "ipFamilies": ["IPv6", "IPv4"],
        },
    ),
    "a fixed address of old": (
        {"kubernetes_version": "1.19", "cluster_ips": ["10.96.0.9"]},
        {"clusterIP": "10.96.0.9"},
    ),
    "addresses from elsewhere": (
        {"external_ips": ["203.0.113.9", "2001:DB8:0::9"], "external_traffic_policy": "Local"},
        {"externalIPs": ["203.0.113.9", "2001:db8::9"], "externalTrafficPolicy": "Local"},
    ),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_service_says_where_its_traffic_goes(case):
    fields, written = WRITTEN[case]

    assert spec_of(**fields) == written


def test_a_port_names_the_protocol_inside():
    ports = [{"port": 80, "app_protocol": "kubernetes.io/h2c"}]

    assert dual_stack_service(**{**WEB, "ports": ports})["spec"]["ports"] == [
        {"protocol": "TCP", "appProtocol": "kubernetes.io/h2c", "port": 80}
    ]


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a policy for traffic from outside, of which there is none": (
        {"external_traffic_policy": "Local"},
        [
            "external_traffic_policy: Local is about traffic from outside, and a Service of type ClusterIP lets none in; "
            "leave it out, or write type NodePort or LoadBalancer"
        ],
    ),
    "the same in a headless Service": (
        {"type": "Headless", "external_traffic_policy": "Cluster"},
        [
            "external_traffic_policy: Cluster is about traffic from outside, and a Service of type Headless lets none in; "
            "leave it out, or write type NodePort or LoadBalancer"
        ],
    ),
    "a policy that is none": (
        {"type": "NodePort", "external_traffic_policy": "local"},
        ["external_traffic_policy: 'local' is not known; did you mean Local?"],
    ),
    "settings of proxies where there is none": (
        {
            "type": "Headless",
            "internal_traffic_policy": "Local",
            "traffic_distribution": "PreferClose",
            "session_affinity": "ClientIP",
        },
        [
            f"{field}: it has no effect on a Service of type Headless, because its clients connect to pods themselves; leave it out"
            for field in ("internal_traffic_policy", "traffic_distribution", "session_affinity")
        ],
    ),
    "settings of another name": (
        {
            "type": "ExternalName",
            "external_name": "db.example.com",
            "publish_not_ready_addresses": True,
            "external_ips": ["203.0.113.9"],
            "cluster_ips": ["10.96.0.9"],
        },
        [
            "external_ips: it has no effect on a Service of type ExternalName, because it is a name alone; leave it out",
            "publish_not_ready_addresses: it has no effect on a Service of type ExternalName, because it is a name alone; "
            "leave it out",
            "cluster_ips: a Service of type ExternalName has no address; leave it out",
        ],
    ),
    "a timeout of no sessions": (
        {"session_timeout_seconds": 60},
        [
            "session_timeout_seconds: 60 has no effect without sessions; write session_affinity: ClientIP, or leave it out"
        ],
    ),
    "a session that never ends": (
        {"session_affinity": "ClientIP", "session_timeout_seconds": 86401},
        ["session_timeout_seconds: 86401 is too large; write at most 86400"],
    ),
    "a session that ends at once": (
        {"session_affinity": "ClientIP", "session_timeout_seconds": 0},
        ["session_timeout_seconds: 0 is too small; write at least 1"],
    ),
    "settings of a load balancer without one": (
        {
            "type": "NodePort",
            "load_balancer_class": "service.k8s.aws/nlb",
            "allocate_load_balancer_node_ports": True,
            "health_check_node_port": 31000,
        },
        [
            "allocate_load_balancer_node_ports: a Service of type NodePort has no load balancer; leave it out, "
            "or write type LoadBalancer",
            "load_balancer_class: a Service of type NodePort has no load balancer; leave it out, or write type LoadBalancer",
            "health_check_node_port: nodes answer at 31000 only for type LoadBalancer with external_traffic_policy Local; "
            "write both, or leave it out",
        ],
    ),
    "a health check that all nodes pass": (
        {"type": "LoadBalancer", "health_check_node_port": 31000},
        [
            "health_check_node_port: nodes answer at 31000 only for type LoadBalancer with external_traffic_policy Local; "
            "write both, or leave it out"
        ],
    ),
    "a health check at a port that is taken": (
        {
            "type": "LoadBalancer",
            "external_traffic_policy": "Local",
            "health_check_node_port": 31000,
            "ports": [{"port": 80, "node_port": 31000}],
        },
        [
            "health_check_node_port: 31000 is the node port of ports[0] too; choose another, or leave it out"
        ],
    ),
    "a class that is no name": (
        {"type": "LoadBalancer", "load_balancer_class": "Example.com/NLB"},
        [
            "load_balancer_class: 'Example.com/NLB' is not a class of load balancers; write one like service.k8s.aws/nlb"
        ],
    ),
    "a protocol that is none": (
        {"ports": [{"port": 80, "app_protocol": "h 2"}]},
        [
            "ports[0].app_protocol: 'h 2' is not a protocol; write one like http or kubernetes.io/h2c"
        ],
    ),
    "two addresses of one family": (
        {"cluster_ips": ["10.96.0.9", "10.96.0.10"]},
        [
            "cluster_ips: 10.96.0.9, 10.96.0.10 are of one family; name at most one address of each family"
        ],
    ),
    "addresses in the other order": (
        {"cluster_ips": ["fd00:10:96::9", "10.96.0.9"], "ip_families": ["IPv4", "IPv6"]},
        [
            "cluster_ips: fd00:10:96::9, 10.96.0.9 do not follow ip_families, [IPv4, IPv6]; name an address of IPv4 first"
        ],
    ),
    "an address too many": (
        {"cluster_ips": ["10.96.0.9", "fd00:10:96::9"], "ip_families": ["IPv4"]},
        [
            "cluster_ips: 10.96.0.9, fd00:10:96::9 do not follow ip_families, [IPv4]; name an address of IPv4 first, "
            "and no other"
        ],
    ),
    "two addresses and one family": (
        {"cluster_ips": ["10.96.0.9", "fd00:10:96::9"], "ip_family_policy": "SingleStack"},
        [
            "cluster_ips: 10.96.0.9, fd00:10:96::9 are of two families, and ip_family_policy SingleStack is one; name one address"
        ],
    ),
    "two addresses too early": (
        {"kubernetes_version": "1.19", "cluster_ips": ["10.96.0.9", "fd00:10:96::9"]},
        ["cluster_ips: a Service of 1.19 has one address (two come with 1.20); name one"],
    ),
    "addresses that lead nowhere": (
        {"external_ips": ["127.0.0.1", "fe80::1", "224.0.0.1", "::", "::ffff:1.2.3.4", "web"]},
        [
            "external_ips[0]: 127.0.0.1 is loopback; write an address that a packet can be sent to",
            "external_ips[1]: fe80::1 is link-local; write an address that a packet can be sent to",
            "external_ips[2]: 224.0.0.1 is multicast; write an address that a packet can be sent to",
            "external_ips[3]: :: is unspecified; write an address that a packet can be sent to",
            "external_ips[4]: ::ffff:1.2.3.4 is an IPv4 address written as IPv6; write an address that a packet can be sent to",
            "external_ips[5]: 'web' is no address; write one like 203.0.113.9 or 2001:db8::9",
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_api_refuses_or_passes_over_is_refused_with_the_reason(case):
    fields, faults = REFUSED[case]

    assert faults_of(**fields) == faults


LATER: dict[str, tuple[int, dict[str, Any], str]] = {
    "appProtocol": (
        19,
        {"ports": [{"port": 80, "app_protocol": "http"}]},
        "ports[0].app_protocol: app_protocol",
    ),
    "internalTrafficPolicy": (
        22,
        {"internal_traffic_policy": "Cluster"},
        "internal_traffic_policy: internal_traffic_policy",
    ),
    "loadBalancerClass": (
        22,
        {"type": "LoadBalancer", "load_balancer_class": "service.k8s.aws/nlb"},
        "load_balancer_class: load_balancer_class",
    ),
    "allocateLoadBalancerNodePorts": (
        22,
        {"type": "LoadBalancer", "allocate_load_balancer_node_ports": True},
        "allocate_load_balancer_node_ports: allocate_load_balancer_node_ports",
    ),
    "PreferClose": (
        31,
        {"traffic_distribution": "PreferClose"},
        "traffic_distribution: traffic_distribution",
    ),
    "PreferSameZone": (
        34,
        {"traffic_distribution": "PreferSameZone"},
        "traffic_distribution: PreferSameZone",
    ),
    "PreferSameNode": (
        34,
        {"traffic_distribution": "PreferSameNode"},
        "traffic_distribution: PreferSameNode",
    ),
}


@pytest.mark.parametrize("what", LATER)
def test_a_field_that_an_api_server_would_drop_is_refused_up_to_the_minor_before_it(what):
    first, fields, begins = LATER[what]

    assert faults_of(kubernetes_version=f"1.{first}", **fields) == []
    assert faults_of(kubernetes_version=f"1.{first - 1}", **fields) == [
        f"{begins} is there from 1.{first} on, and an API server of 1.{first - 1} drops it without a word; leave it out"
    ]


OF_EVERY_MINOR = (
    {"type": "LoadBalancer", "external_traffic_policy": "Local", "health_check_node_port": 31000},
    {"type": "NodePort", "external_traffic_policy": "Cluster"},
    {"session_affinity": "ClientIP", "session_timeout_seconds": 1},
    {"type": "Headless", "publish_not_ready_addresses": True},
    {"cluster_ips": ["10.96.0.9"], "external_ips": ["203.0.113.9"]},
)


@pytest.mark.parametrize("minor", NUMBERS)
def test_the_schema_of_each_minor_knows_every_setting_of_traffic_that_it_is_given(minor):
    later = [fields for first, fields, _ in LATER.values() if minor >= first]
    services = [
        dual_stack_service(**{**WEB, **fields, "kubernetes_version": f"1.{minor}"})
        for fields in (*OF_EVERY_MINOR, *later)
    ]

    assert [fault for service in services for fault in schema_faults(service, minor)] == []


def test_every_field_that_a_service_has_in_some_minor_is_written_or_left_out_for_a_reason():
    cases = [fields for fields, _ in WRITTEN.values()]
    cases += [fields for _, fields, _ in LATER.values()]
    balanced = {"load_balancer": {"source_ranges": ["10.0.0.0/8", "fd00::/8"]}}
    cases += [{"type": "LoadBalancer", **balanced}]
    cases += [{"type": "ExternalName", "external_name": "db.example.com"}]
    cases += [{"kubernetes_version": "1.16", "ip_families": ["IPv4"]}]
    written = {key for fields in cases for key in dual_stack_service(**{**WEB, **fields})["spec"]}

    known = {key for minor in NUMBERS for key in schema_fields("ServiceSpec", minor)}

    assert known - written == set(LEFT_OUT)
