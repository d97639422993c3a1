"""Services, as the API of each minor is given them."""

from itertools import product
from typing import Any

import pytest

from components import DualStackService, dual_stack_service
from components.config.check import SpecError
from components.service import cluster_ips_in, load_balancer_name_in
from tests.support.minors import NUMBERS
from tests.support.schemas import faults as schema_faults

WEB: dict[str, Any] = {
    "name": "web",
    "kubernetes_version": "1.36",
    "selector": {"app": "web"},
    "ports": [{"port": 80, "target_port": "8080"}],
}

BOTH = ["IPv4", "IPv6"]

CONTROLLER = "service.beta.kubernetes.io/aws-load-balancer"


def faults_of(**fields: Any) -> list[str]:
    try:
        dual_stack_service(**{**WEB, **fields})
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


def families_of(**fields: Any) -> dict[str, Any]:
    """Every field of a Service that is about families."""
    spec = dual_stack_service(**{**WEB, **fields})["spec"]
    return {key: value for key, value in spec.items() if key.startswith("ipFamil")}


def test_a_service_has_both_families_unless_it_says_otherwise():
    assert dual_stack_service(**WEB) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {
            "type": "ClusterIP",
            "ipFamilyPolicy": "PreferDualStack",
            "selector": {"app": "web"},
            "ports": [{"protocol": "TCP", "port": 80, "targetPort": 8080}],
        },
    }


@pytest.mark.parametrize("minor", ["1.20", "1.22", "1.23", "1.37"])
@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({}, {"ipFamilyPolicy": "PreferDualStack"}),
        (
            {"ip_families": ["IPv6"]},
            {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]},
        ),
        (
            {"ip_families": ["IPv6", "IPv4"]},
            {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6", "IPv4"]},
        ),
        ({"ip_family_policy": "SingleStack"}, {"ipFamilyPolicy": "SingleStack"}),
        (
            {"ip_family_policy": "PreferDualStack", "ip_families": ["IPv6"]},
            {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6"]},
        ),
    ],
    ids=str,
)
def test_from_1_20_on_a_policy_is_written_whatever_is_said(minor, said, written):
    assert families_of(kubernetes_version=minor, **said) == written


@pytest.mark.parametrize("minor", ["1.16", "1.19"])
@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({}, {}),
        ({"ip_families": ["IPv4"]}, {"ipFamily": "IPv4"}),
        ({"ip_families": ["IPv6"]}, {"ipFamily": "IPv6"}),
        ({"ip_families": ["IPv6"], "ip_family_policy": "SingleStack"}, {"ipFamily": "IPv6"}),
    ],
    ids=str,
)
def test_up_to_1_19_a_family_is_written_where_one_is_said(minor, said, written):
    assert families_of(kubernetes_version=minor, **said) == written


def test_a_load_balancer_has_addresses_of_both_families_and_instances_for_targets():
    balancer = {
        "scheme": "internet-facing",
        "source_ranges": ["198.51.100.0/24", "2001:db8:1::/48"],
    }

    service = dual_stack_service(
        **{**WEB, "type": "LoadBalancer", "load_balancer": balancer, "annotations": {"a": "b"}}
    )

    assert service["metadata"]["annotations"] == {
        "a": "b",
        f"{CONTROLLER}-type": "external",
        f"{CONTROLLER}-nlb-target-type": "instance",
        f"{CONTROLLER}-ip-address-type": "dualstack",
        f"{CONTROLLER}-scheme": "internet-facing",
        f"{CONTROLLER}-target-group-attributes": "preserve_client_ip.enabled=false",
    }
    assert service["spec"]["loadBalancerSourceRanges"] == ["198.51.100.0/24", "2001:db8:1::/48"]


def test_a_load_balancer_is_internal_and_open_to_all_who_reach_it_by_default():
    service = dual_stack_service(**{**WEB, "type": "LoadBalancer"})

    assert service["metadata"]["annotations"][f"{CONTROLLER}-scheme"] == "internal"
    assert "loadBalancerSourceRanges" not in service["spec"]


@pytest.mark.parametrize(("protocol", "prefix"), [("TCP", None), ("UDP", "on")])
def test_udp_on_both_families_takes_a_prefix_for_its_source_addresses(protocol, prefix):
    ports = [{"port": 53, "protocol": protocol}]

    service = dual_stack_service(**{**WEB, "type": "LoadBalancer", "ports": ports})

    key = f"{CONTROLLER}-enable-prefix-for-ipv6-source-nat"
    assert service["metadata"]["annotations"].get(key) == prefix


def test_a_headless_service_has_families_but_no_address_and_needs_no_port():
    service = dual_stack_service(**{**WEB, "type": "Headless", "ports": [], "ip_families": BOTH})

    assert service["spec"] == {
        "type": "ClusterIP",
        "clusterIP": "None",
        "ipFamilyPolicy": "RequireDualStack",
        "ipFamilies": BOTH,
        "selector": {"app": "web"},
    }


@pytest.mark.parametrize("minor", ["1.16", "1.37"])
def test_another_name_has_no_family(minor):
    service = dual_stack_service(
        name="db", kubernetes_version=minor, type="ExternalName", external_name="db.example.com"
    )

    assert service["spec"] == {"type": "ExternalName", "externalName": "db.example.com"}


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one family and two": (
        {"ip_family_policy": "SingleStack", "ip_families": BOTH},
        [
            "ip_family_policy: SingleStack is one family, and ip_families names two; write RequireDualStack, or name IPv4 alone"
        ],
    ),
    "two families too early": (
        {"kubernetes_version": "1.19", "ip_families": BOTH, "ip_family_policy": "PreferDualStack"},
        [
            "ip_families: a Service of 1.19 has one family (two come with 1.20); write a Service for each",
            "ip_family_policy: PreferDualStack comes with 1.20, and this is 1.19, where a Service has one family; "
            "leave it out, and write a Service for each",
        ],
    ),
    "a family twice": (
        {"ip_families": ["IPv4", "IPv4"]},
        [
            "ip_families: [IPv4, IPv4] is no choice of families; write [IPv4], [IPv6], [IPv4, IPv6] or [IPv6, IPv4], "
            "the primary first"
        ],
    ),
    "a family in lower case": (
        {"ip_families": ["ipv6"]},
        ["ip_families[0]: 'ipv6' is not known; did you mean IPv6?"],
    ),
    "a policy that is no policy": (
        {"ip_family_policy": "DualStack"},
        ["ip_family_policy: 'DualStack' is not known; did you mean PreferDualStack?"],
    ),
    "another name with families": (
        {"type": "ExternalName", "ip_families": BOTH, "ip_family_policy": "RequireDualStack"},
        [
            "external_name: missing: name what this Service is another name of, like db.example.com",
            "ip_families: a Service of type ExternalName has no address, so the API takes no family for it; leave it out",
            "ip_family_policy: a Service of type ExternalName has no address, so the API takes no family for it; leave it out",
        ],
    ),
    "an address and another name": (
        {"external_name": "db.example.com"},
        [
            "external_name: db.example.com belongs to type ExternalName, and this is ClusterIP; change the type, or leave it out"
        ],
    ),
    "no port": (
        {"ports": []},
        ["ports: it is empty; a Service of type ClusterIP needs one at least, like 80"],
    ),
    "several ports without names": (
        {
            "ports": [
                {"port": 80},
                {"port": 443, "name": "web"},
                {"port": 80, "name": "web", "node_port": 30080},
            ]
        },
        [
            "ports[0].name: missing: several ports need names that differ",
            "ports: 2 are named web; name each differently",
            "ports: the port 80/TCP is there 2 times; it can be there once",
            "ports[2].node_port: a Service of type ClusterIP has no port on nodes; leave it out, or write type NodePort",
        ],
    ),
    "ports that are none": (
        {
            "type": "NodePort",
            "ports": [{"port": 70000, "target_port": "Web_Port", "node_port": 8080}],
        },
        [
            "ports[0].port: 70000 is no port; write 1 to 65535",
            "ports[0].target_port: 'Web_Port' is no port of a container; write 1 to 65535, or its name of at most 15 "
            "lower-case letters, digits and single hyphens",
            "ports[0].node_port: 8080 is not among the node ports; write 30000 to 32767, or leave it out",
        ],
    ),
    "a node port twice": (
        {
            "type": "NodePort",
            "ports": [
                {"name": "a", "port": 80, "node_port": 30080},
                {"name": "b", "port": 81, "node_port": 30080},
            ],
        },
        ["ports: the node port 30080/TCP is there 2 times; it can be there once"],
    ),
    "a load balancer of another type": (
        {"type": "NodePort", "load_balancer": {"scheme": "internal"}},
        [
            "load_balancer: a Service of type NodePort has none; write type LoadBalancer, or leave it out"
        ],
    ),
    "a load balancer that shuts one family out": (
        {"type": "LoadBalancer", "load_balancer": {"source_ranges": ["198.51.100.0/24"]}},
        [
            "load_balancer.source_ranges: no IPv6 range may reach the load balancer, which has both families; "
            "name at least one, like 2001:db8:1::/48"
        ],
    ),
    "two protocols too early": (
        {
            "kubernetes_version": "1.23",
            "type": "LoadBalancer",
            "ports": [
                {"name": "a", "port": 53},
                {"name": "b", "port": 53, "protocol": "UDP"},
            ],
        },
        [
            "ports: TCP and UDP in one load balancer come with 1.24, and this is 1.23; write a Service for each"
        ],
    ),
    "an annotation that is written already": (
        {"type": "LoadBalancer", "annotations": {f"{CONTROLLER}-type": "nlb"}},
        [
            f'annotations["{CONTROLLER}-type"]: it is written for you; leave it out, and say in load_balancer what you want'
        ],
    ),
    "a version that is none": (
        {"kubernetes_version": "1.15", "ip_families": BOTH},
        [
            "kubernetes_version: 1.15 has no dual-stack, which begins with 1.16; choose a version from 1.16 to 1.37"
        ],
    ),
    "nothing said at all": (
        {"name": None, "kubernetes_version": None},
        [
            "name: missing: name the Service, like web",
            'kubernetes_version: missing: say which Kubernetes the cluster runs, "1.16" to "1.37"',
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_api_would_refuse_is_refused_with_the_reason(case):
    fields, faults = REFUSED[case]

    assert faults_of(**fields) == faults


@pytest.mark.parametrize("protocols", [("TCP", "TCP"), ("TCP", "UDP")])
def test_two_protocols_share_a_load_balancer_from_1_24_on(protocols):
    ports = [
        {"name": f"p{index}", "port": 53 + index, "protocol": protocol}
        for index, protocol in enumerate(protocols)
    ]

    assert faults_of(kubernetes_version="1.24", type="LoadBalancer", ports=ports) == []


TYPES = ("ClusterIP", "Headless", "NodePort", "LoadBalancer", "ExternalName")
FAMILIES = (None, ["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"])
POLICIES = (None, "SingleStack", "PreferDualStack", "RequireDualStack")


def every_service(minor: int) -> list[dict[str, Any]]:
    """A Service of each type with each choice of families and policy that is not refused."""
    made: list[dict[str, Any]] = []
    for kind, families, policy in product(TYPES, FAMILIES, POLICIES):
        fields = {
            **WEB,
            "kubernetes_version": f"1.{minor}",
            "type": kind,
            "ip_families": families,
            "ip_family_policy": policy,
            "external_name": "db.example.com" if kind == "ExternalName" else None,
            "namespace": "shop",
            "labels": {"team": "web"},
        }
        if kind == "LoadBalancer":
            fields["load_balancer"] = {"source_ranges": ["10.0.0.0/8", "fd00::/8"]}
        try:
            made.append(dual_stack_service(**fields))
        except SpecError:
            continue
    return made


@pytest.mark.parametrize("minor", NUMBERS)
def test_the_schema_of_each_minor_knows_every_field_of_every_service(minor):
    services = every_service(minor)

    # Of four types: up to 1.19 three choices of families and two of policies; from 1.20 on five and four, but for
    # SingleStack with two families. And another name.
    assert len(services) == (4 * 3 * 2 if minor <= 19 else 4 * (5 * 4 - 2)) + 1
    assert [fault for service in services for fault in schema_faults(service, minor)] == []


@pytest.mark.parametrize(("minor", "field"), [(19, "ipFamilies"), (20, "ipFamily")])
def test_the_schemas_know_no_field_of_the_other_era(minor, field):
    service = dual_stack_service(**WEB)
    service["spec"] = {
        "ports": [{"port": 80}],
        field: ["IPv6"] if field == "ipFamilies" else "IPv6",
    }

    assert schema_faults(service, minor) == [
        f"$.spec: Additional properties are not allowed ('{field}' was unexpected)"
    ]


def test_a_component_makes_the_service_that_the_function_writes(deploy):
    given = {**WEB, "type": "LoadBalancer"}
    status = {"loadBalancer": {"ingress": [{"hostname": "web.elb.eu-west-1.amazonaws.com"}]}}

    def program():
        service = DualStackService("web", given)
        return {"ips": service.cluster_ips, "host": service.load_balancer_name}

    deployment = deploy(program, made={"Service web": {"status": status}})

    assert deployment.one("Service") == dual_stack_service(**given)
    assert deployment.resources["Service web"].parent == "DualStackService web"
    assert deployment.outputs == {"ips": [], "host": "web.elb.eu-west-1.amazonaws.com"}


def test_a_service_is_made_through_the_provider_of_its_component(deploy):
    import pulumi
    import pulumi_kubernetes as kubernetes

    def program():
        provider = kubernetes.Provider("there", kubeconfig="{}")
        DualStackService("web", WEB, pulumi.ResourceOptions(provider=provider))

    deployment = deploy(program)

    assert "pulumi:providers:kubernetes::there" in deployment.resources["Service web"].provider


def test_a_component_refuses_what_the_function_refuses(refused):
    lines = refused(
        lambda: DualStackService(
            "web", {**WEB, "ip_families": BOTH, "ip_family_policy": "SingleStack", "ports": []}
        )
    )

    assert lines == [
        "The configuration has 2 faults; nothing was changed.",
        "ip_family_policy: SingleStack is one family, and ip_families names two; write RequireDualStack, or name IPv4 alone",
        "ports: it is empty; a Service of type ClusterIP needs one at least, like 80",
    ]


@pytest.mark.parametrize(
    ("spec", "addresses"),
    [
        (
            {"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9", "fd00::9"]},
            ["10.96.0.9", "fd00::9"],
        ),
        ({"clusterIP": "10.96.0.9"}, ["10.96.0.9"]),
        ({"clusterIP": "None", "clusterIPs": ["None"]}, []),
        ({"externalName": "db.example.com"}, []),
    ],
    ids=["both", "one, up to 1.19", "headless", "another name"],
)
def test_the_addresses_of_a_service_are_read_from_what_the_api_gave_it(spec, addresses):
    assert cluster_ips_in(spec) == addresses


@pytest.mark.parametrize("status", [None, {}, {"loadBalancer": {}}], ids=str)
def test_a_service_without_a_load_balancer_has_no_name_of_one(status):
    assert load_balancer_name_in(status) == ""
