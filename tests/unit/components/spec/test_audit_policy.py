"""An audit policy is read as the API server reads it, before a machine has to."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.spec.audit_policy import AuditPolicy, places_of_every_group

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
ADVICE = (
    "write apiVersion: audit.k8s.io/v1, kind: Policy, and a list of rules, like [{level: Metadata}]"
)


def complaint(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(AuditPolicy).validate_python(text)
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
            "rules[0] is 'Metadata'; write a map like {level: Metadata}. "
            "rules[1].level is nothing; write None, Metadata, Request or RequestResponse",
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
    assert complaint(text) == expected


@pytest.mark.parametrize(
    "rule",
    [
        "{level: None, nonResourceURLs: ['*', /healthz*, /version]}",
        "{level: Metadata, users: [alice], userGroups: [ops], verbs: [get], namespaces: [''], omitStages: [Panic]}",
        "{level: Request, omitManagedFields: true, resources: [{group: apps, resources: [deployments/scale]}, {group: ''}]}",
        "{level: Request, resources: [{resources: [secrets], resourceNames: [one]}, {group: '*'}]}",
        "{level: None, users: , resources: }",
    ],
)
def test_a_rule_may_say_what_the_api_server_reads(rule):
    text = f"{POLICY}- {rule}\n"

    assert TypeAdapter(AuditPolicy).validate_python(text) == text


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "omitStages: [RequestRecieved]",
            '.omitStages is ["RequestRecieved"]; write a list of RequestReceived, ResponseStarted, ResponseComplete, Panic',
        ),
        ("users: admin", ".users is 'admin'; write a list of texts"),
        ("verbs: [get, 1]", '.verbs is ["get", 1]; write a list of texts'),
        ("omitManagedFields: some", ".omitManagedFields is 'some'; write true or false"),
        (
            "nonResourceURLs: [healthz]",
            '.nonResourceURLs is ["healthz"]; write a list of paths with a * at most at their end',
        ),
        (
            "nonResourceURLs: [/a*/b]",
            '.nonResourceURLs is ["/a*/b"]; write a list of paths with a * at most at their end',
        ),
        (
            "nonResourceURLs: [/healthz], namespaces: [kube-system]",
            " has nonResourceURLs beside resources or namespaces; write two rules",
        ),
        ("resources: pods", ".resources is 'pods'; write a list of groups"),
        (
            "resources: [pods]",
            ".resources[0] is 'pods'; write a map like {group: \"\", resources: [pods]}",
        ),
        (
            "resources: [{group: apps/v1}]",
            ".resources[0].group is 'apps/v1'; write the name of an API group without its version, like apps",
        ),
        (
            "resources: [{group: apps, resourceNames: [one]}]",
            ".resources[0] has resourceNames without resources; write both",
        ),
        (
            "resources: [{apiGroups: [apps]}]",
            ".resources[0].apiGroups is no key there; known: group, resources, resourceNames",
        ),
    ],
)
def test_a_rule_that_the_api_server_refuses_or_reads_otherwise_is_named_with_its_place(
    rule, expected
):
    assert complaint(f"{POLICY}- {{level: Metadata, {rule}}}\n") == f"rules[0]{expected}"


def test_a_key_of_the_policy_that_is_none_is_named():
    text = f"omitStage: [Panic]\n{POLICY}- level: Metadata\n"

    assert complaint(text) == (
        "omitStage is no key there; known: apiVersion, kind, metadata, rules, omitStages, omitManagedFields"
    )


def test_the_places_of_every_group_are_found():
    text = f"{POLICY}- level: None\n- {{level: Metadata, resources: [{{group: apps}}, {{group: '*'}}]}}\n"

    assert places_of_every_group(text) == ["rules[1].resources[1].group"]
