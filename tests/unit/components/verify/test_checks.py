"""The checks of what was read, on clusters written out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.facts.families import Family
from components.verify.answer import Answer, answer_of
from components.verify.api_endpoint import Endpoint, Way, check_endpoint
from components.verify.finding import Verdict
from components.verify.freshness import check_backup
from components.verify.nodes import check_nodes
from components.verify.observed import (
    ObservedCluster,
    ObservedNode,
    ObservedPod,
    ObservedService,
    node_of,
    service_of,
    service_ranges_of,
)
from components.verify.pods import check_pods
from components.verify.services import check_services

KUBERNETES = ObservedService("default/kubernetes", (Family.IPV4,), ("10.96.0.1",))
CLUSTER = ObservedCluster(
    minor=36,
    nodes=(
        ObservedNode("a", True, ("10.0.0.1", "2600::1"), ("10.244.0.0/24", "fd12::/64")),
        ObservedNode("b", True, ("10.0.0.2", "2600::2"), ("10.244.1.0/24", "fd12:0:0:1::/64")),
    ),
    pods=(
        ObservedPod("x/one", "a", ("10.244.0.7", "fd12::7")),
        ObservedPod("x/two", "b", ("10.244.1.7", "fd12:0:0:1::7")),
        ObservedPod("x/three", "b", ("10.244.1.8", "fd12:0:0:1::8")),
    ),
    services=(),
    kubernetes=KUBERNETES,
    api_addresses=("10.0.0.1",),
    service_ranges=("10.96.0.0/16", "fd12:0:1::/112"),
)


def text(findings, verdict=Verdict.FAULT):
    return [f"{found.where}: {found.found}" for found in findings if found.verdict is verdict]


def with_node(**changes):
    return replace(CLUSTER, nodes=(replace(CLUSTER.nodes[0], **changes), CLUSTER.nodes[1]))


def test_one_node_in_another_order_is_a_fault():
    cluster = with_node(addresses=("2600::1", "10.0.0.1"))

    assert text(check_nodes(cluster)) == [
        "node a: 2600::1, 10.0.0.1: IPv6 first, and the Services' ranges begin with IPv4"
    ]


def test_a_kubelet_that_cannot_have_two_addresses_is_not_told_to():
    cluster = replace(with_node(addresses=("10.0.0.1",)), minor=19)

    (found,) = [each for each in check_nodes(cluster) if each.verdict is Verdict.FAULT]

    assert found.advice.startswith("a kubelet before 1.20 takes one --node-ip")


@pytest.mark.parametrize(
    ("kubelet", "verdict"),
    [
        ("v1.37.0", Verdict.FAULT),
        ("v1.36.9", Verdict.GOOD),
        ("v1.33.1-eks-2", Verdict.GOOD),
        ("", Verdict.UNASKED),
    ],
)
def test_no_kubelet_is_newer_than_the_api_server(kubelet, verdict):
    node = {"metadata": {"name": "a"}, "status": {"nodeInfo": {"kubeletVersion": kubelet}}}
    cluster = replace(CLUSTER, nodes=(node_of(node),))

    [found] = [each for each in check_nodes(cluster) if each.check == "kubelet version"]

    assert found.verdict is verdict


def test_a_kubelet_that_is_too_new_is_named_with_both_versions():
    assert text(check_nodes(with_node(kubelet="v1.37.0"))) == [
        "node a: v1.37.0: newer than the API server, which is 1.36"
    ]


NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [
        ("20261129T093100Z", Verdict.GOOD),
        ("20261129T092900Z", Verdict.FAULT),
    ],
)
def test_a_cluster_that_shows_its_backups_has_kept_one_lately(kept, verdict):
    cluster = with_node(backup=kept)

    [found] = check_backup(cluster, NOW)

    assert (found.check, found.verdict) == ("backup", verdict)
    assert f"the last snapshot of etcd is of 2026-11-29 09:{kept[11:13]} UTC" in found.found


@pytest.mark.parametrize("shown", ["", "yesterday"])
def test_a_cluster_that_shows_nothing_of_backups_is_not_asked_for_them(shown):
    assert [*check_backup(with_node(backup=shown), NOW)] == []


FAULTS = [
    f"2026-11-29 {time} UTC, i-1: AWS refused: NoSuchBucket" for time in ("09:30", "11:30", "10:30")
]


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("", "no snapshot of etcd has been kept yet"),
        ("20261129T092900Z", "the last snapshot of etcd is of 2026-11-29 09:29 UTC"),
    ],
    ids=["never", "late"],
)
def test_a_cluster_whose_backups_fail_shows_the_newest_reason(kept, words):
    a, b = CLUSTER.nodes
    nodes = (
        replace(a, backup=kept, backup_fault=FAULTS[0]),
        replace(b, backup_fault=FAULTS[1]),
        replace(b, backup_fault=FAULTS[2]),
    )

    [found] = check_backup(replace(CLUSTER, nodes=nodes), NOW)

    assert (found.check, found.verdict) == ("backup", Verdict.FAULT)
    assert found.found == (
        f"{words}, and one should follow each hour; the last attempt failed: {FAULTS[1]}"
    )


def test_a_failure_before_the_last_snapshot_of_another_node_is_no_fault():
    a, b = CLUSTER.nodes
    nodes = replace(a, backup_fault=FAULTS[0]), replace(b, backup="20261129T113000Z")

    [found] = check_backup(replace(CLUSTER, nodes=nodes), NOW)

    assert found.verdict is Verdict.GOOD


def test_a_node_shows_its_backups_by_annotations():
    shown = {"dualstack/backup": "20261129T092900Z", "dualstack/backup-fault": FAULTS[0]}

    node = node_of({"metadata": {"name": "a", "annotations": shown}})

    assert (node.backup, node.backup_fault) == ("20261129T092900Z", FAULTS[0])


def test_the_backup_that_counts_is_the_newest_of_all_nodes():
    a, b = CLUSTER.nodes
    nodes = replace(a, backup="20261128T120000Z"), replace(b, backup="20261129T113000Z")

    [found] = check_backup(replace(CLUSTER, nodes=nodes), NOW)

    assert found.verdict is Verdict.GOOD


def test_nodes_without_ranges_are_no_fault_where_no_node_has_any():
    none = replace(CLUSTER, nodes=tuple(replace(node, ranges=()) for node in CLUSTER.nodes))

    assert text(check_nodes(none)) == []
    assert text(check_nodes(with_node(ranges=()))) == ["node a: none: no IPv4, IPv6"]


def test_a_pod_outside_its_nodes_ranges_is_a_fault():
    stray = ObservedPod("x/stray", "a", ("10.244.1.9", "fd12::9"))

    assert text(check_pods(replace(CLUSTER, pods=(*CLUSTER.pods, stray)))) == [
        "pod x/stray: 10.244.1.9 outside the ranges of node a"
    ]


def test_pods_outside_are_no_fault_where_the_plugin_shares_out_its_own_ranges():
    own = tuple(replace(pod, addresses=("192.168.3.4", "fd99::4")) for pod in CLUSTER.pods)
    findings = list(check_pods(replace(CLUSTER, pods=own)))

    assert text(findings) == []
    assert text(findings, Verdict.UNASKED) == [
        "every namespace: the network plugin does not share out the nodes' ranges"
    ]


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        (ObservedService("x/a", (), ("10.96.0.9", "fd12:0:1::9"), "PreferDualStack"), None),
        (
            ObservedService("x/b", (Family.IPV4,), ("10.96.0.9",), "PreferDualStack"),
            "service x/b: PreferDualStack: 10.96.0.9",
        ),
        (
            ObservedService(
                "x/c", (Family.IPV4, Family.IPV6), (), "RequireDualStack", headless=True
            ),
            None,
        ),
        (ObservedService("x/d", (Family.IPV4,), ("10.96.0.9",), "SingleStack"), None),
        (ObservedService("x/dns", (), ("10.96.0.10",), dns=True), None),
        (
            ObservedService("x/dns", (), ("fd12:0:1::a",), dns=True),
            "service x/dns: fd12:0:1::a: not IPv4 first",
        ),
    ],
)
def test_a_service_has_what_it_asks_for(service, fault):
    found = text(check_services(replace(CLUSTER, services=(service,))))

    assert found == ([fault] if fault else [])


def test_service_ranges_begin_with_the_family_of_the_apis_own_service():
    changed = replace(CLUSTER, service_ranges=("fd12:0:1::/112", "10.96.0.0/16"))

    assert text(check_services(changed)) == [
        "cluster: fd12:0:1::/112, 10.96.0.0/16: the Service kubernetes has 10.96.0.1, outside the first"
    ]


def test_the_api_advertises_an_address_of_the_primary_family():
    other = replace(CLUSTER, api_addresses=("2600::1",))

    assert text(check_services(other)) == [
        "service default/kubernetes: 10.96.0.1 for 2600::1: no API server has an IPv4 address"
    ]


def test_each_record_of_the_endpoint_is_asked():
    endpoint = Endpoint(
        "api.example",
        True,
        {
            Family.IPV4: (Way("198.51.100.1"), Way("198.51.100.2", "Connection refused")),
            Family.IPV6: (Way("2001:db8::1", "Network is unreachable", no_route=True),),
        },
    )
    findings = list(check_endpoint(endpoint))

    assert text(findings, Verdict.GOOD) == ["api.example, IPv4: 198.51.100.1 answers"]
    assert text(findings) == ["api.example, IPv4: 198.51.100.2: Connection refused"]
    assert text(findings, Verdict.UNASKED) == [
        "api.example, IPv6: 2001:db8::1: this machine has no IPv6"
    ]


def test_a_name_without_an_aaaa_record_is_a_fault_and_an_address_is_not():
    by_name = Endpoint("api.example", True, {Family.IPV4: (Way("198.51.100.1"),)})
    by_address = Endpoint("198.51.100.1", False, {Family.IPV4: (Way("198.51.100.1"),)})

    assert text(check_endpoint(by_name)) == ["api.example, IPv6: no AAAA record"]
    assert text(check_endpoint(by_address)) == []


def test_a_service_of_either_era_is_read():
    metadata = {"namespace": "x", "name": "s"}
    old = {"metadata": metadata, "spec": {"ipFamily": "IPv6", "clusterIP": "fd12:0:1::9"}}
    new = {
        "metadata": metadata,
        "spec": {
            "clusterIP": "fd12:0:1::9",
            "clusterIPs": ["fd12:0:1::9", "10.96.0.9"],
            "ipFamilies": ["IPv6", "IPv4"],
            "ipFamilyPolicy": "RequireDualStack",
        },
    }
    headless = {"metadata": metadata, "spec": {"clusterIP": "None", "clusterIPs": ["None"]}}

    assert service_of(old) == ObservedService("x/s", (Family.IPV6,), ("fd12:0:1::9",))
    assert service_of(new).addresses == ("fd12:0:1::9", "10.96.0.9")
    assert (service_of(headless).headless, service_of(headless).addresses) == (True, ())


def test_a_node_that_has_not_reported_yet_is_not_ready():
    new = node_of({"metadata": {"name": "a"}, "spec": {}, "status": {}})

    assert (new.ready, new.addresses, new.ranges) == (False, (), ())


def test_without_a_service_cidr_the_ranges_are_those_of_an_api_servers_command_line():
    api = {
        "metadata": {"labels": {"component": "kube-apiserver"}},
        "spec": {
            "containers": [
                {
                    "command": [
                        "kube-apiserver",
                        "--service-cluster-ip-range=10.96.0.0/16,fd12::/112",
                    ]
                }
            ]
        },
    }

    assert service_ranges_of([], [api]) == ("10.96.0.0/16", "fd12::/112")
    assert service_ranges_of([], []) == ()


def test_a_commands_end_is_read_from_its_status():
    exited = (
        '{"status": "Failure", "reason": "NonZeroExitCode",'
        ' "details": {"causes": [{"reason": "ExitCode", "message": "28"}]}}'
    )
    missing = '{"status": "Failure", "message": "executable file not found"}'

    assert answer_of("", "late", exited) == Answer(28, "", "late")
    assert answer_of("", "", missing) == Answer(127, "", "executable file not found")
    assert answer_of("half", "", "") == Answer(124, "half", "it did not end in time")
