"""YAML that a configuration brings along is read before a machine has to."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.spec.kubeadm import AuditPolicy, Patch

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
ADVICE = (
    "write apiVersion: audit.k8s.io/v1, kind: Policy, and a list of rules, like [{level: Metadata}]"
)


def complaint(kind: object, text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(text)
    [error] = refused.value.errors()
    return error["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize(
    "text",
    [
        f"{POLICY}- level: None\n- level: Metadata\n- level: Request\n- level: RequestResponse\n",
        f"---\n# who did what\n{POLICY}- &all {{level: Metadata}}\n- {{<<: *all, verbs: [get]}}\n---\n",
        '{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}',
    ],
    ids=["every level", "anchors and comments", "JSON"],
)
def test_an_audit_policy_is_taken_as_it_was_written(text):
    assert TypeAdapter(AuditPolicy).validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"'' is not an audit policy; {ADVICE}"),
        ("- level: Metadata", f"'- level: Metadata' is not an audit policy; {ADVICE}"),
        (
            f"{POLICY}- level: None\n---\n{POLICY}- level: None\n",
            f"it holds 2 documents, not one policy; {ADVICE}",
        ),
        ("kind: Policy", f"its apiVersion is nothing, its rules are nothing; {ADVICE}"),
        (
            f"{POLICY}- Metadata\n- verbs: [get]\n",
            "rules[0] is 'Metadata', the level of rules[1] is nothing; "
            "give each rule a level of None, Metadata, Request, RequestResponse",
        ),
        (
            "rules:\n\t- level",
            "it is not YAML: found character '\\t' that cannot start any token in line 2; correct it there",
        ),
        ("rules: \x07", "'rules: \\x07' is not YAML; write it as a map of keys, in plain text"),
        (
            "day: 2026-13-41",
            "'day: 2026-13-41' is not YAML; write it as a map of keys, in plain text",
        ),
        (
            "[" * 5000,
            f"'{'[' * 67}…{'[' * 10}' is not YAML; write it as a map of keys, in plain text",
        ),
    ],
)
def test_what_is_no_audit_policy_is_answered_with_what_to_write(text, expected):
    assert complaint(AuditPolicy, text) == expected


@pytest.mark.parametrize(
    "text",
    ["{}", "spec: {}", "spec: {}\n---\nmetadata: {}\n", '[{"op": "remove", "path": "/spec/x"}]'],
)
def test_a_patch_is_one_or_more_maps_or_lists(text):
    assert TypeAdapter(Patch).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "# nothing", "3", "spec", "spec: {}\n---\nspec\n"])
def test_what_changes_nothing_is_no_patch(text):
    assert complaint(Patch, text).endswith(
        " is not a patch; write a map of what to change, or a list of JSON patch operations"
    )
