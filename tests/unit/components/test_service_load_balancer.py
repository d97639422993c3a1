"""The load balancer of a Service, as its controller reads it."""

from typing import Any

import pytest

from components import dual_stack_service
from components.config.check import SpecError

WEB: dict[str, Any] = {
    "name": "web",
    "kubernetes_version": "1.36",
    "type": "LoadBalancer",
    "selector": {"app": "web"},
    "ports": [{"name": "http", "port": 80}],
}
CONTROLLER = "service.beta.kubernetes.io/aws-load-balancer-"
OPEN = {"source_ranges": ["198.51.100.0/24", "2001:db8:1::/48"]}
UDP = [{"port": 53, "protocol": "UDP"}]


def annotations(**fields: Any) -> dict[str, str]:
    """The annotations of the controller, without the four that each load balancer has."""
    found = dual_stack_service(**{**WEB, **fields})["metadata"].get("annotations", {})
    always = ("type", "nlb-target-type", "ip-address-type", "scheme")
    return {
        key.removeprefix(CONTROLLER): value
        for key, value in found.items()
        if key.removeprefix(CONTROLLER) not in always
    }


def faults_of(**fields: Any) -> list[str]:
    try:
        dual_stack_service(**{**WEB, **fields})
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


KEPT: dict[str, tuple[dict[str, Any], str | None]] = {
    "pods that see a node anyway": ({}, "false"),
    "pods that see their clients": ({"external_traffic_policy": "Local"}, None),
    "sessions by the client's address": ({"session_affinity": "ClientIP"}, None),
    "ranges that a security group compares": ({"load_balancer": OPEN}, "false"),
    "ranges that nodes compare": ({"kubernetes_version": "1.21", "load_balancer": OPEN}, None),
    "UDP": ({"ports": UDP}, None),
    "yes": ({"load_balancer": {"preserve_client_ip": True}}, "true"),
    "no, with pods of the node alone": (
        {"external_traffic_policy": "Local", "load_balancer": {"preserve_client_ip": False}},
        "false",
    ),
}
"""A Service, and what its load balancer is asked to do with the client's address."""


@pytest.mark.parametrize("case", KEPT)
def test_a_pod_reaches_its_own_load_balancer_unless_something_needs_the_clients_address(case):
    fields, kept = KEPT[case]

    assert annotations(**fields).get("target-group-attributes") == (
        kept and f"preserve_client_ip.enabled={kept}"
    )


def test_attributes_of_ones_own_stay_as_they_are():
    own = {f"{CONTROLLER}target-group-attributes": "deregistration_delay.timeout_seconds=30"}

    assert annotations(annotations=own) == {
        "target-group-attributes": "deregistration_delay.timeout_seconds=30"
    }
    assert faults_of(annotations=own, load_balancer={"preserve_client_ip": False}) == [
        f'annotations["{CONTROLLER}target-group-attributes"]: it is written for you; leave preserve_client_ip out, and write '
        "preserve_client_ip.enabled=false into this one, beside its other attributes"
    ]


def test_another_annotation_that_is_written_is_refused_with_the_place_that_says_it():
    own = {f"{CONTROLLER}healthcheck-interval": "20"}

    assert faults_of(annotations=own, load_balancer={"health_check": {"interval_seconds": 20}}) == [
        f'annotations["{CONTROLLER}healthcheck-interval"]: it is written for you; leave it out, '
        "and say in load_balancer what you want"
    ]


@pytest.mark.parametrize(
    ("policy", "check"),
    [
        ("Cluster", {"timeout_seconds": 10}),
        ("Cluster", {"interval_seconds": 10}),
        ("Cluster", {"interval_seconds": 6, "timeout_seconds": 6}),
        ("Local", {"interval_seconds": 6}),
        ("Local", {}),
    ],
)
def test_a_check_may_take_as_long_as_the_time_to_the_next(policy, check):
    assert faults_of(external_traffic_policy=policy, load_balancer={"health_check": check}) == []


@pytest.mark.parametrize(
    ("policy", "check", "fault"),
    [
        (
            "Cluster",
            {"timeout_seconds": 11},
            "timeout_seconds: 11 is more than interval_seconds, 10 where it is left out; lower it, or raise the interval",
        ),
        (
            "Cluster",
            {"interval_seconds": 9},
            "interval_seconds: 9 is less than timeout_seconds, 10 where it is left out; raise it, or write timeout_seconds too",
        ),
        (
            "Local",
            {"interval_seconds": 5},
            "interval_seconds: 5 is less than timeout_seconds, 6 where it is left out; raise it, or write timeout_seconds too",
        ),
    ],
)
def test_a_time_of_a_check_is_compared_with_the_controllers_own(policy, check, fault):
    faults = faults_of(external_traffic_policy=policy, load_balancer={"health_check": check})

    assert faults == [f"load_balancer.health_check.{fault}"]


def test_a_health_check_becomes_annotations():
    check = {
        "protocol": "HTTP",
        "port": "http",
        "path": "/healthz?full=1",
        "success_codes": "200-299,404",
        "interval_seconds": 20,
        "timeout_seconds": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 4,
    }

    found = annotations(
        external_traffic_policy="Local", load_balancer={"health_check": check, **OPEN}
    )

    assert found == {
        "healthcheck-protocol": "HTTP",
        "healthcheck-port": "http",
        "healthcheck-path": "/healthz?full=1",
        "healthcheck-success-codes": "200-299,404",
        "healthcheck-interval": "20",
        "healthcheck-timeout": "5",
        "healthcheck-healthy-threshold": "2",
        "healthcheck-unhealthy-threshold": "4",
    }


def test_another_controller_is_given_no_annotations_of_awss():
    made = dual_stack_service(**{**WEB, "load_balancer_class": "example.com/vip"})

    assert "annotations" not in made["metadata"]
    assert made["spec"]["loadBalancerClass"] == "example.com/vip"


def test_the_class_of_the_controller_is_given_its_annotations():
    made = dual_stack_service(**{**WEB, "load_balancer_class": "service.k8s.aws/nlb"})

    assert made["metadata"]["annotations"][f"{CONTROLLER}scheme"] == "internal"


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "settings for a controller that is not asked": (
        {
            "load_balancer_class": "example.com/vip",
            "load_balancer": {"scheme": "internal", "preserve_client_ip": True, **OPEN},
        },
        [
            f"load_balancer.{field}: the AWS Load Balancer Controller reads it, which makes none of class example.com/vip; "
            "leave it out, or write load_balancer_class: service.k8s.aws/nlb"
            for field in ("scheme", "preserve_client_ip")
        ],
    ),
    "instances that cannot be reached": (
        {"allocate_load_balancer_node_ports": False},
        [
            "allocate_load_balancer_node_ports: false leaves ports[0] without a node port, by which AWS's load balancers reach "
            "pods; name its node_port, or leave it out"
        ],
    ),
    "UDP without its client": (
        {"ports": UDP, "load_balancer": {"preserve_client_ip": False}},
        [
            "load_balancer.preserve_client_ip: false cannot be, because AWS always keeps the client's address in UDP; leave it out"
        ],
    ),
    "sessions without their client": (
        {"session_affinity": "ClientIP", "load_balancer": {"preserve_client_ip": False}},
        [
            "load_balancer.preserve_client_ip: false cannot be, because session_affinity ClientIP tells clients apart by their "
            "address; leave it out"
        ],
    ),
    "ranges that let everybody in": (
        {"kubernetes_version": "1.20", "load_balancer": {"preserve_client_ip": False, **OPEN}},
        [
            "load_balancer.preserve_client_ip: false cannot be, because the controller of 1.20 compares source_ranges at the nodes; "
            "leave it out"
        ],
    ),
    "a check at a port that is not there": (
        {"load_balancer": {"health_check": {"port": "metrics"}}},
        [
            "load_balancer.health_check.port: no port of the Service is called metrics (http); write one of their names, "
            "or a port of the node"
        ],
    ),
    "checks that overlap": (
        {"load_balancer": {"health_check": {"interval_seconds": 5, "timeout_seconds": 6}}},
        [
            "load_balancer.health_check.timeout_seconds: 6 is more than interval_seconds, 5; lower it, or raise the interval"
        ],
    ),
    "a page over TCP": (
        {
            "load_balancer": {
                "health_check": {"protocol": "TCP", "path": "/healthz", "success_codes": "200"}
            }
        },
        [
            "load_balancer.health_check.path: /healthz has no effect in a check over TCP; write protocol: HTTP, or leave it out",
            "load_balancer.health_check.success_codes: 200 has no effect in a check over TCP; write protocol: HTTP, or leave it out",
        ],
    ),
    "numbers that AWS does not take": (
        {
            "load_balancer": {
                "health_check": {"interval_seconds": 301, "healthy_threshold": 1, "path": "healthz"}
            }
        },
        [
            "load_balancer.health_check.path: 'healthz' is not a path; write one like /healthz",
            "load_balancer.health_check.interval_seconds: 301 is too large; write at most 300",
            "load_balancer.health_check.healthy_threshold: 1 is too small; write at least 2",
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_controller_or_aws_would_refuse_is_refused_with_the_reason(case):
    fields, faults = REFUSED[case]

    assert faults_of(**fields) == faults


def test_ports_that_have_node_ports_already_need_none_assigned():
    ports = [{"port": 80, "node_port": 30080}]

    assert faults_of(ports=ports, allocate_load_balancer_node_ports=False) == []


def test_the_rules_of_all_ports_fit_into_one_security_group():
    ranges = [f"198.51.{n}.0/24" for n in range(31)]
    ports = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]

    def faults(count: int) -> list[str]:
        balancer = {"source_ranges": [*ranges[:count], "2001:db8:1::/48"]}
        return faults_of(ports=ports, load_balancer=balancer)

    assert faults(30) == []
    assert faults(31) == [
        "load_balancer.source_ranges: 31 IPv4 ranges for each of 2 ports are 62 rules, and a security group takes 60; write at "
        "most 30, by joining neighbours"
    ]
