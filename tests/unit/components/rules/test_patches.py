"""A patch is of the type that its name says: kubeadm stops at another."""

import json

import pytest

from tests.unit.components.rules.refused import of_control_plane

LIST = "[{op: add, path: /spec/x, value: y}]"
MAP = "spec: {x: y}"


def faults(name: str, text: str) -> list[str]:
    """The faults of a control plane with one patch, without the place, which each has."""
    return [
        fault.removeprefix(f'kubeadm.patches["{name}"]: ')
        for fault in of_control_plane("1.36", kubeadm={"patches": {name: text}})
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("etcd.yaml", MAP),
        ("etcd+strategic.yaml", f"{MAP}\n---\n{MAP}"),
        ("etcd0+merge.json", '{"spec": {}}'),
        ("etcd+json.yaml", LIST),
        ("etcd+json.yaml", "[{op: remove, path: /a}, {op: move, path: /b, from: /a}]"),
        ("etcd+json.json", '[{"op": "test", "path": "/a", "value": null}]'),
    ],
)
def test_a_patch_of_its_own_type_is_taken(name, text):
    assert faults(name, text) == []


@pytest.mark.parametrize("name", ["etcd.yaml", "etcd+merge.yaml", "etcd1+strategic.json"])
@pytest.mark.parametrize("text", [LIST, f"{MAP}\n---\n{LIST}"])
def test_a_list_is_a_json_patch_alone(name, text):
    assert faults(name, text) == [
        "it is a list, which is a JSON patch, and its name says another type; write a map of what to change, or +json before "
        "the ending of its name"
    ]


@pytest.mark.parametrize("text", [MAP, f"{LIST}\n---\n{MAP}"])
def test_a_map_is_no_json_patch(text):
    assert faults("etcd+json.yaml", text) == [
        "its name says a JSON patch, and it is a map; write a list like [{op: add, path: /spec/x, value: y}], or +merge in its "
        "name"
    ]


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"op": "adds", "path": "/x", "value": 1},
        {"op": "add", "path": "/x"},
        {"op": "add", "path": "spec.x", "value": 1},
        {"op": "move", "path": "/x", "value": 1},
        {"op": ["add"], "path": "/x", "value": 1},
    ],
)
def test_an_operation_that_cannot_be_applied_is_shown(operation):
    text = json.dumps([operation])

    assert faults("etcd+json.json", text) == [
        f"{json.dumps(operation)} is no operation of a JSON patch; write op (add, replace, test, move, copy, remove), path with a "
        "/ before each key, and value or from"
    ]
