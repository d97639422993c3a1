"""The command against a cluster in miniature, through the real client: sound ones pass, and each fault is found."""

import json
import os
import signal

import pytest

from components.facts.families import Family
from components.verify import probe, reach
from components.verify.answer import Answer, fetch
from components.verify.observed import ObservedCluster, ObservedService, node_of
from components.verify.probe import ends_of
from tests.support.patience import PATIENCE_SECONDS
from tests.unit.components.verify.model import Model, RefusedError

EACH_WAY = ["w1 to w2, IPv4", "w1 to w2, IPv6", "w2 to w1, IPv4", "w2 to w1, IPv6"]


@pytest.mark.parametrize("first", [4, 6], ids=["IPv4 first", "IPv6 first"])
@pytest.mark.parametrize("minor", [16, 20, 33, 37])
def test_a_sound_cluster_has_no_fault_and_keeps_nothing_of_the_probe(verification, minor, first):
    with verification(Model(minor=minor, first=first)) as verify:
        found = verify.findings("--probe")

    assert [row for row in found if row["verdict"] == "fault"] == []
    assert verify.code == 0
    assert verify.model.namespaces == {}
    assert {row["check"] for row in found if row["verdict"] == "not asked"} <= {
        *("API endpoint", "dual Services", "DNS64")
    }


def test_without_probe_nothing_is_made(verification):
    with verification(Model()) as verify:
        found = verify.findings()

    assert verify.code == 0
    assert {method for method, _ in verify.model.asked} == {"GET"}
    assert len(found) == 22


BROKEN = {
    "a single node-ip": (
        {"node_ip": (4,)},
        {"node addresses": ["node w1"]},
        "--node-ip=IPv4,IPv6",
    ),
    "one pod range": (
        {"pod_ranges": (4,)},
        {"node pod ranges": ["node cp", "node w1", "node w2"]},
        "--cluster-cidr",
    ),
    "pod ranges in another order than the Services'": (
        {"ranges_reversed": True},
        {"node pod ranges": ["node cp", "node w1", "node w2"]},
        "with IPv4 first",
    ),
    "pods without IPv6": (
        {"pod_families": (4,)},
        {
            "pod addresses": ["pod kube-system/coredns-w1", "pod kube-system/coredns-w2"],
            "downward API": ["pod on w1", "pod on w2"],
            "/etc/hosts": ["pod on w1", "pod on w2"],
        },
        "a range of each family",
    ),
    "one Service range": (
        {"service_ranges": (4,)},
        {
            "Service ranges": ["cluster"],
            "Service policy": [
                "SingleStack IPv6",
                "PreferDualStack",
                "PreferDualStack IPv4,IPv6",
                "PreferDualStack IPv6,IPv4",
                "RequireDualStack",
                "RequireDualStack IPv4,IPv6",
                "RequireDualStack IPv6,IPv4",
            ],
        },
        "--service-cluster-ip-range",
    ),
    "a node that no cloud controller has seen": (
        {"uninitialized": ("w2",)},
        {"node is ready": ["node w2"]},
        "read the log of the cloud controller",
    ),
    "no masquerade, and no answer": (
        {"masqueraded": (4,)},
        {"egress": ["pod on w1, IPv6", "pod on w2, IPv6"]},
        "enableIPv6Masquerade",
    ),
    "no masquerade, and an answer all the same": (
        {"masqueraded": (6,), "unmasqueraded_seen": True},
        {"egress": ["pod on w1, IPv4", "pod on w2, IPv4"]},
        "enableIPv4Masquerade",
    ),
    "no way out in IPv6": (
        {"routed": (4,)},
        {
            "default route": ["node w1, IPv6", "node w2, IPv6"],
            "egress": ["pod on w1, IPv6", "pod on w2, IPv6"],
        },
        "accept_ra=2",
    ),
    "a closed VXLAN port": (
        {"overlay_closed": True},
        {
            "pod to pod": EACH_WAY,
            "ClusterIP": [
                f"service {name}, {family}, from w1"
                for name, families in (
                    ("default", ["IPv4"]),
                    ("single-ipv4", ["IPv4"]),
                    ("single-ipv6", ["IPv6"]),
                    ("prefer", ["IPv4", "IPv6"]),
                    ("prefer-ipv4-first", ["IPv4", "IPv6"]),
                    ("prefer-ipv6-first", ["IPv6", "IPv4"]),
                    ("require", ["IPv4", "IPv6"]),
                    ("require-ipv4-first", ["IPv4", "IPv6"]),
                    ("require-ipv6-first", ["IPv6", "IPv4"]),
                )
                for family in families
            ],
            "NodePort": ["w2 to w1, IPv4", "w2 to w1, IPv6"],
            "DNS": ["A of service prefer", "AAAA of service prefer"],
        },
        "UDP 8472",
    ),
    "an MTU that leaves no room for the overlay": (
        {"largest": 1400},
        {"large packets": EACH_WAY},
        "ICMPv6 type 2",
    ),
    "no AAAA records": (
        {"dns": (4,)},
        {"DNS": ["AAAA of service prefer"]},
        "CoreDNS",
    ),
    "DNS64 without a route": (
        {"dns64": True},
        {"DNS64": ["pod on w1"]},
        "route 64:ff9b::/96 to a NAT gateway",
    ),
    "a node that is not ready": (
        {"not_ready": ("cp",)},
        {"node is ready": ["node cp"]},
        "network plugin",
    ),
    "an image that cannot be pulled": (
        {"pulled": False},
        {
            "probe pods": [
                *("pod near on w1", "pod near-host on w1"),
                *("pod far on w2", "pod far-host on w2"),
            ]
        },
        "--image",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_is_found_where_it_is_and_advice_is_given(verification, fault):
    broken, expected, advice = BROKEN[fault]

    with verification(Model(**broken)) as verify:
        found = verify.findings("--probe")

    faults = {}
    for row in found:
        if row["verdict"] == "fault":
            faults.setdefault(row["check"], []).append(row["where"])
    assert faults == expected
    assert verify.code == 1
    assert any(advice in row["advice"] for row in found)
    assert verify.model.namespaces == {}


def test_a_proxy_that_serves_one_family_is_told_from_a_pod_that_does_not_answer(verification):
    with verification(Model(proxied=(4,))) as verify:
        found = verify.findings("--probe")

    advice = {row["check"]: row["advice"] for row in found if row["verdict"] == "fault"}
    assert set(advice) == {"ClusterIP", "NodePort", "DNS"}
    assert "the pod behind it does answer, so look at kube-proxy on w1" in advice["ClusterIP"]


def test_a_name_that_is_waited_for_in_vain_is_not_resolved():
    answer = Answer(28, "\n", "curl: (28) Resolving timed out after 4001 milliseconds")

    page = fetch(lambda *_: answer, "client", "http://ipv4only.arpa/")

    assert page.unresolved
    assert page.failure == "Resolving timed out after 4001 milliseconds"


def test_a_name_that_coredns_learns_a_little_later_is_good(verification, monkeypatch):
    monkeypatch.setattr(reach, "KNOWN_WITHIN", PATIENCE_SECONDS)
    monkeypatch.setattr(reach, "AGAIN_SECONDS", 0)
    with verification(Model(late_names=3)) as verify:
        verdicts = {row["verdict"] for row in verify.findings("--probe") if row["check"] == "DNS"}

    assert verdicts == {"good"}


def test_dns64_with_a_route_is_good(verification):
    with verification(Model(dns64=True, nat64=True)) as verify:
        rows = {row["check"]: row for row in verify.findings("--probe")}

    assert rows["DNS64"]["verdict"] == "good"
    assert rows["DNS64"]["found"] == "64:ff9b::cb00:7109 answers"


def test_ways_out_that_are_not_wanted_are_not_asked(verification):
    model = Model(routed=(4, 6), masqueraded=())

    with verification(model) as verify:
        found = verify.findings("--probe", "--egress-ipv4", "none", "--egress-ipv6", "none")

    egress = {row["verdict"] for row in found if row["check"] == "egress"}
    assert (verify.code, egress) == (0, {"not asked"})


def test_a_single_node_is_asked_all_but_the_ways_between_nodes(verification):
    with verification(Model(not_ready=("cp", "w2"))) as verify:
        rows = verify.findings("--probe")

    checks = {
        verdict: {row["check"] for row in rows if row["verdict"] == verdict}
        for verdict in ("fault", "not asked")
    }
    assert checks["fault"] == {"node is ready"}
    assert {"pod to pod", "large packets"} <= checks["not asked"]
    assert {row["where"] for row in rows if row["check"] == "egress"} == {
        *("pod on w1, IPv4", "pod on w1, IPv6")
    }


ROLE = {"node-role.kubernetes.io/control-plane": ""}
A, B = ({"topology.kubernetes.io/zone": zone} for zone in ("eu-west-1a", "eu-west-1b"))
OLD_A, OLD_B = ({"failure-domain.beta.kubernetes.io/zone": zone} for zone in ("1a", "1b"))


@pytest.mark.parametrize(
    ("labels", "chosen"),
    [
        ({"cp": ROLE | B, "w1": A, "w2": A, "w3": B}, ["w1", "w3"]),
        ({"cp": ROLE, "w1": OLD_A, "w2": OLD_A, "w3": OLD_B}, ["w1", "w3"]),
        ({"cp": ROLE | B, "w1": A, "w2": A}, ["w1", "w2"]),
        ({"cp": ROLE, "w1": {}, "w2": {}, "w3": {}}, ["w1", "w2"]),
        ({"c1": ROLE | A, "c2": ROLE | A, "c3": ROLE | B, "w1": A}, ["w1", "c3"]),
    ],
    ids=["two zones", "1.16", "workers of one zone", "no zones", "one worker"],
)
def test_pods_are_made_on_workers_and_in_two_zones_where_there_are_such(labels, chosen):
    ready = {"conditions": [{"type": "Ready", "status": "True", "message": ""}]}
    nodes = tuple(
        node_of({"metadata": {"name": name, "labels": given}, "spec": {}, "status": ready})
        for name, given in labels.items()
    )
    api = ObservedService("kubernetes", (Family.IPV4,), ("10.96.0.1",))

    ends = ends_of(ObservedCluster(36, nodes, (), (), api, ()))

    assert [end.node.name for end in ends] == chosen


def test_ctrl_c_removes_the_namespace(verification):
    model = Model()
    handler = signal.getsignal(signal.SIGINT)

    def interrupt(_):
        model.on_exec = None
        os.kill(os.getpid(), signal.SIGINT)

    model.on_exec = interrupt
    with verification(model) as verify:
        code, _, errors = verify.run("--probe")

    assert (code, errors) == (130, "Broken off; nothing is left behind.\n")
    assert model.namespaces == {}
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_is_not_lost_where_python_clears_an_object_away(verification, monkeypatch):
    class Garbage:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    def ends(cluster):
        Garbage()
        return ends_of(cluster)

    monkeypatch.setattr(probe, "ends_of", ends)
    with verification(Model()) as verify:
        code, _, errors = verify.run("--probe")

    assert (code, errors) == (130, "Broken off; nothing is left behind.\n")


def test_a_failure_removes_the_namespace_and_what_was_found_before_is_told(verification):
    model = Model()

    def fail(command):
        if command[0] == "curl":
            raise RefusedError(500, "error dialing backend")

    model.on_exec = fail
    with verification(model) as verify:
        code, output, errors = verify.run("--probe")

    assert code == 2
    assert "33 good, 0 faults, 2 not asked" in output
    assert "500 Internal Server Error: error dialing backend" in errors
    assert model.namespaces == {}


def test_what_was_found_is_told_where_the_namespace_cannot_be_removed(verification):
    model = Model(overlay_closed=True)
    handle = model.handle

    def hold(method, path, body):
        if method == "DELETE":
            raise RefusedError(504, "an API that metrics-server serves does not answer")
        return handle(method, path, body)

    model.handle = hold
    with verification(model) as verify:
        code, output, errors = verify.run("--probe", "--json")

    faults = {row["check"] for row in json.loads(output)["findings"] if row["verdict"] == "fault"}
    assert faults == {"pod to pod", "ClusterIP", "NodePort", "DNS"}
    assert code == 1
    assert errors.startswith("The namespace dualstack-verify-")
    assert "Remove it: kubectl delete namespace dualstack-verify-" in errors


def test_a_connection_that_ends_amid_a_command_is_told_without_a_traceback(verification):
    with verification(Model()) as verify:
        verify.server.hangs_up = True
        code, _, errors = verify.run("--probe")

    assert code == 2
    assert errors.startswith(f"{verify.server.url} broke off a command in a pod: ")
    assert verify.model.namespaces == {}


def test_a_kubelet_that_takes_commands_a_little_later_is_no_fault(verification, monkeypatch):
    monkeypatch.setattr(probe, "REACHED_WITHIN", PATIENCE_SECONDS)
    model = Model(unreached={"near": 2, "far-host": 1})

    with verification(model) as verify:
        found = verify.findings("--probe")

    assert [row for row in found if row["verdict"] == "fault"] == []
    assert verify.code == 0
    assert set(model.unreached.values()) == {0}


def test_a_kubelet_that_takes_no_command_is_a_fault_with_the_words_of_the_api(
    verification, monkeypatch
):
    monkeypatch.setattr(probe, "REACHED_WITHIN", 0)

    with verification(Model(unreached={"far": 100})) as verify:
        found = verify.findings("--probe")

    assert verify.code == 1
    assert [
        (row["check"], row["where"], row["found"]) for row in found if row["verdict"] == "fault"
    ] == [
        (
            "probe pods",
            "pod far on w2",
            "runs, and takes no command: Handshake status 500 Internal Server Error: "
            "error dialing backend: remote error: tls: internal error",
        )
    ]
    assert verify.model.namespaces == {}


def test_an_image_without_curl_is_named(verification):
    model = Model()
    model.execute = lambda _, command: (127, "", f"exec: {command[0]}: executable file not found")

    with verification(model) as verify:
        code, _, errors = verify.run("--probe", "--image", "busybox:1")

    assert code == 2
    assert errors.startswith("The image busybox:1 cannot run ")


def test_a_namespace_that_another_made_is_not_touched(verification, monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda _: "0123456789")
    theirs = {"metadata": {"name": "dualstack-verify-0123456789", "uid": "theirs"}}
    model = Model(namespaces={"dualstack-verify-0123456789": theirs})

    with verification(model) as verify:
        code, _, errors = verify.run("--probe")

    assert code == 2
    assert "already exists" in errors
    assert list(model.namespaces) == ["dualstack-verify-0123456789"]
    assert {method for method, _ in model.asked} == {"GET", "POST"}


def test_a_document_for_ci_says_what_the_table_says(verification):
    with verification(Model(node_ip=(6,))) as verify:
        _, output, _ = verify.run("--json")

    document = json.loads(output)
    assert (document["kubernetes"], document["faults"], document["error"]) == ("1.36", 1, None)
    assert [row for row in document["findings"] if row["verdict"] == "fault"] == [
        {
            "check": "node addresses",
            "where": "node w1",
            "verdict": "fault",
            "found": "2600:1f14::11: no IPv4",
            "advice": "give its kubelet an address of each family, --node-ip=IPv4,IPv6; "
            "with an external cloud provider name both families there (AWS: NodeIPFamilies)",
        }
    ]
