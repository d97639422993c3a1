"""The verifier bears whatever the API may leave out, and ticks nothing that it did not see."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from components.facts.families import Family
from components.verify.answer import Answer, answer_of
from components.verify.client import UnaskableError
from components.verify.finding import Finding, Verdict
from components.verify.nodes import check_nodes
from components.verify.observed import minor_of, node_of, service_ranges_of
from components.verify.pods import check_pods
from components.verify.services import check_services
from components.verify.verifier import read
from tests.unit.components.verify.model import Model
from tests.unit.components.verify.test_checks import CLUSTER

Path = tuple[str | int, ...]


class Api:
    """The answers of a model's API, one of which may lack something."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def get(self, path: str) -> dict[str, Any]:
        return self.answers[path]

    def find(self, path: str) -> dict[str, Any] | None:
        return self.answers.get(path)

    def list(self, path: str) -> list[dict[str, Any]]:
        return self.answers[path].get("items") or []


def full(minor: int) -> dict[str, Any]:
    """Every object that the verifier reads, with every field that it reads."""
    model = Model(minor=minor)
    answers = deepcopy(model.handle("GET", "/version", None)) and deepcopy(model._fixed())
    for service in answers["/api/v1/services"]["items"]:
        if minor >= 20:
            service["spec"] |= {
                "ipFamilyPolicy": "PreferDualStack",
                "ipFamilies": ["IPv4", "IPv6"],
                "clusterIPs": [service["spec"]["clusterIP"], "fd12:0:1::aa"],
            }
    answers["/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"] = {
        "endpoints": [{"addresses": ["10.0.0.10"]}]
    }
    return answers


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place inside a document, except the documents themselves."""
    inside: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = enumerate(value)
    for key, inner in inside:
        yield (*at, key)
        yield from places(inner, (*at, key))


def without(answers: dict[str, Any], at: Path, instead: Any) -> dict[str, Any]:
    """The answers without what is at a place, or with something else there."""
    changed = deepcopy(answers)
    holder: Any = changed
    for key in at[:-1]:
        holder = holder[key]
    if instead is DROPPED:
        del holder[at[-1]]
    else:
        holder[at[-1]] = instead
    return changed


DROPPED = object()
INSTEAD = {"dropped": DROPPED, "null": None, "empty map": {}, "empty list": [], "empty text": ""}

MEANS_SOMETHING = {"hostNetwork", "metadata", "name", "namespace"}
"""Keys whose absence says something else, not nothing: a pod without `hostNetwork` is on the pod network. Every object has
a name, and without it the same tick has another place."""


def findings(answers: dict[str, Any]) -> list[Finding] | str:
    """What is found, or why nothing could be."""
    try:
        cluster = read(Api(answers))  # pyright: ignore[reportArgumentType]
    except UnaskableError as error:
        return str(error)
    return [*check_nodes(cluster), *check_pods(cluster), *check_services(cluster)]


def ticks(found: list[Finding] | str) -> set[tuple[str, str, str]]:
    """What is ticked: check, place, and each address or sentence that was found good there."""
    if isinstance(found, str):
        return set()
    return {
        (each.check, each.where, word)
        for each in found
        if each.verdict is Verdict.GOOD
        for word in each.found.split(", ")
    }


@pytest.mark.parametrize("instead", INSTEAD)
@pytest.mark.parametrize("minor", [18, 29, 36])
def test_whatever_the_api_leaves_out_ends_in_findings_without_a_new_tick(minor, instead):
    answers = full(minor)
    whole = ticks(findings(answers))
    assert len(whole) >= 14

    tried = 0
    for path, document in answers.items():
        for place in places(document):
            found = findings(without(answers, (path, *place), INSTEAD[instead]))
            new = ticks(found) - whole
            assert not new or place[-1] in MEANS_SOMETHING, (path, place, new)
            tried += 1

    assert tried > 150


@pytest.mark.parametrize("node", [0, 1, 2])
def test_nothing_of_a_node_that_is_not_there_is_ticked(node):
    answers = full(36)
    name = answers["/api/v1/nodes"]["items"].pop(node)["metadata"]["name"]
    of_it = [f"coredns-{name}", f"node {name}"]

    found = ticks(findings(answers))

    assert found
    assert [tick for tick in found if any(words in " ".join(tick) for words in of_it)] == []


def test_a_node_that_is_ready_needs_no_message():
    node = {
        "metadata": {"name": "a"},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }

    (found,) = [
        each
        for each in check_nodes(replace(CLUSTER, nodes=(node_of(node),)))
        if each.check == "node is ready"
    ]

    assert (found.verdict, found.found) == (Verdict.GOOD, "Ready")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (None, "it has reported nothing"),
        ({}, "it has reported nothing"),
        ({"conditions": None}, "it has reported nothing"),
        ({"conditions": [{"type": "Ready", "status": "False"}]}, "it does not say why"),
        (
            {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]},
            "NodeStatusUnknown",
        ),
    ],
)
def test_a_node_that_is_not_ready_says_what_it_has_said(status, why):
    node = node_of({"metadata": {"name": "a"}, "status": status})

    assert (node.ready, node.message) == (False, why)


def verdicts(cluster) -> dict[str, tuple[str, str]]:
    """The findings about one pod, by check."""
    return {
        each.check: (each.verdict.value, each.found)
        for each in check_pods(cluster)
        if each.where == "pod x/one"
    }


def test_a_pod_whose_node_is_gone_is_no_good_pod():
    one = replace(CLUSTER.pods[0], node="gone")
    cluster = replace(CLUSTER, pods=(one, *CLUSTER.pods[1:]))

    assert verdicts(cluster) == {"pod addresses": ("fault", "its node is gone: gone")}


def test_pods_whose_nodes_are_gone_are_told_where_the_plugin_has_ranges_of_its_own():
    own = tuple(replace(pod, addresses=("192.168.3.4", "fd99::4")) for pod in CLUSTER.pods[1:])
    one = replace(CLUSTER.pods[0], node="gone")

    assert verdicts(replace(CLUSTER, pods=(one, *own))) == {
        "pod addresses": ("fault", "its node is gone: gone")
    }


def test_a_pod_is_inside_no_ranges_that_its_node_does_not_have():
    bare = replace(CLUSTER, nodes=(replace(CLUSTER.nodes[0], ranges=()), CLUSTER.nodes[1]))
    lost = replace(CLUSTER, pods=(replace(CLUSTER.pods[0], addresses=()), *CLUSTER.pods[1:]))

    inside = "pod inside its node's ranges"
    assert verdicts(bare)[inside] == ("not asked", "node a has no ranges")
    assert verdicts(lost)[inside] == ("not asked", "it has no address")


def test_a_pod_that_names_no_node_is_no_good_pod():
    one = replace(CLUSTER.pods[0], node="")

    assert verdicts(replace(CLUSTER, pods=(one, *CLUSTER.pods[1:]))) == {
        "pod addresses": ("not asked", "it runs, and names no node")
    }


def test_a_cluster_without_nodes_is_no_good_cluster():
    (found,) = check_nodes(replace(CLUSTER, nodes=()))

    assert (found.verdict, found.found) == (Verdict.UNASKED, "there is no node")


def test_the_service_of_the_api_without_an_address_is_told_in_one_sentence():
    answers = full(36)
    answers["/api/v1/namespaces/default/services/kubernetes"]["spec"] = {"clusterIP": ""}

    assert findings(answers) == (
        "The Service kubernetes in the namespace default has no address, so nothing says which family is the primary one. "
        "Delete it: the API server makes it again."
    )


def test_the_addresses_of_api_servers_are_read_from_slices_where_there_are_no_endpoints():
    answers = full(36)
    del answers["/api/v1/namespaces/default/endpoints/kubernetes"]

    assert read(Api(answers)).api_addresses == ("10.0.0.10",)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ({"minor": "36"}, 36),
        ({"minor": "30+"}, 30),
        ({"minor": "30-eks-1"}, 30),
        ({"gitVersion": "v1.31.2"}, 31),
        ({"minor": "", "gitVersion": "v1.31.2"}, 31),
        ({"minor": None}, None),
        ({"minor": "new"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_minor_is_read_however_it_is_written(version, minor):
    assert minor_of(version) == minor


@pytest.mark.parametrize(
    ("command", "ranges"),
    [
        (["--service-cluster-ip-range=10.96.0.7/16, fd12::/112"], ("10.96.0.0/16", "fd12::/112")),
        (["--service-cluster-ip-range", "10.96.0.0/16"], ("10.96.0.0/16",)),
        (["--service-cluster-ip-range"], ()),
        (
            ["--service-cluster-ip-range=10.96.0.0/16", "--service-cluster-ip-range=fd12::/112"],
            ("fd12::/112",),
        ),
        (["--service-cluster-ip-range=$(RANGE)"], ()),
        (None, ()),
    ],
    ids=str,
)
def test_ranges_are_read_from_any_spelling_of_the_flag(command, ranges):
    pod = {
        "metadata": {"labels": {"component": "kube-apiserver"}},
        "spec": {"containers": [{"name": "sidecar"}, {"command": command}]},
    }

    assert service_ranges_of([], [pod]) == ranges


@pytest.mark.parametrize(
    "status", ["{}", "null", "[]", "not json", '{"status": "Failure", "details": null}']
)
def test_the_end_of_a_command_bears_what_the_api_leaves_out(status):
    assert answer_of("", "", status) == Answer(127, "")


def test_a_list_without_items_is_an_empty_list(verification):
    class Bare(Model):
        def _fixed(self):
            answers = super()._fixed()
            answers["/api/v1/pods"] = {"metadata": None, "items": None}
            return answers

    with verification(Bare()) as verify:
        found = verify.findings()

    assert {each["found"] for each in found if each["check"] == "pod addresses"} == {
        "no pod runs on the pod network"
    }


@pytest.mark.parametrize("document", [b"[]", b"null", b'"hello"'])
def test_an_answer_that_is_no_object_is_told_in_one_sentence(verification, document):
    with verification(Model()) as verify:
        verify.server.page_of_another = document
        code, _, errors = verify.run()

    assert code == 2
    assert "answers, but not as the API of Kubernetes does" in errors
    assert "Traceback" not in errors


def test_a_family_of_another_time_is_passed_over():
    service = {"metadata": {"name": "x"}, "spec": {"ipFamilies": ["IPv4", "IPv9", None]}}
    answers = full(36)
    answers["/api/v1/services"]["items"].append(service)

    (found,) = [each for each in read(Api(answers)).services if each.name == "/x"]  # pyright: ignore[reportArgumentType]

    assert found.families == (Family.IPV4,)
