"""What the API server is given for people's tokens and for the levels of pods, by minor."""

import json
from typing import Any

import pytest

from components.machine.api_server import api_server_parts
from components.machine.documents import init_documents
from components.machine.user_data import control_plane_text
from tests.unit.components.machine.test_documents import arguments, control_plane, parsed
from tests.unit.node.authority import Authority

CA = Authority.made().certificate
ISSUER = {
    "url": "https://login.example.com",
    "clientId": "kubernetes",
    "usernameClaim": "email",
    "groupsClaim": "groups",
    "requiredClaims": {"team": "x"},
    "ca": CA,
}


def part(version: str, **sections: Any):
    """What is given beside the audit log."""
    _, found = api_server_parts(control_plane(version, **sections))
    return found


def test_up_to_1_29_an_issuer_is_flags_and_a_file_with_its_authority():
    found = part("1.29", oidc={"issuers": [ISSUER]})

    assert found.arguments == {
        "oidc-issuer-url": "https://login.example.com",
        "oidc-client-id": "kubernetes",
        "oidc-username-claim": "email",
        "oidc-username-prefix": "oidc:",
        "oidc-groups-claim": "groups",
        "oidc-groups-prefix": "oidc:",
        "oidc-required-claim": "team=x",
        "oidc-ca-file": "/etc/kubernetes/oidc-ca.crt",
    }
    assert found.files == {"/etc/kubernetes/oidc-ca.crt": CA}


@pytest.mark.parametrize(
    ("version", "api"), [("1.30", "v1beta1"), ("1.33", "v1beta1"), ("1.34", "v1"), ("1.37", "v1")]
)
def test_from_1_30_on_issuers_are_a_file(version, api):
    found = part(version, oidc={"issuers": [ISSUER]})

    assert found.arguments == {"authentication-config": "/etc/kubernetes/oidc-authentication.yaml"}
    document = json.loads(found.files["/etc/kubernetes/oidc-authentication.yaml"])
    assert document["apiVersion"] == f"apiserver.config.k8s.io/{api}"
    [issuer] = document["jwt"]
    rules = issuer.pop("userValidationRules")
    assert issuer == {
        "issuer": {
            "url": "https://login.example.com",
            "audiences": ["kubernetes"],
            "certificateAuthority": CA,
        },
        "claimMappings": {
            "username": {"claim": "email", "prefix": "oidc:"},
            "groups": {"claim": "groups", "prefix": "oidc:"},
        },
        "claimValidationRules": [{"claim": "team", "requiredValue": "x"}],
    }
    assert [rule["expression"] for rule in rules] == [
        "!user.username.startsWith('system:')",
        "user.groups.all(group, !group.startsWith('system:'))",
    ]


def test_tokens_give_no_groups_unless_a_claim_holds_them():
    little = {"url": "https://login.example.com", "clientId": "kubernetes"}

    assert part("1.29", oidc={"issuers": [little]}).arguments == {
        "oidc-issuer-url": "https://login.example.com",
        "oidc-client-id": "kubernetes",
        "oidc-username-claim": "sub",
        "oidc-username-prefix": "oidc:",
    }
    [text] = part("1.37", oidc={"issuers": [little]}).files.values()
    assert json.loads(text)["jwt"][0]["claimMappings"] == {
        "username": {"claim": "sub", "prefix": "oidc:"}
    }


@pytest.mark.parametrize(("version", "api"), [("1.23", "v1beta1"), ("1.25", "v1"), ("1.37", "v1")])
def test_levels_are_the_defaults_of_admission_and_what_a_cluster_needs_is_exempt(version, api):
    levels = {"enforce": "baseline", "warn": "restricted", "exemptNamespaces": ["batch"]}

    found = part(version, podSecurity=levels, cluster={"cni": "calico"})

    assert found.arguments == {
        "admission-control-config-file": "/etc/kubernetes/pod-security-admission.yaml"
    }
    document = json.loads(found.files["/etc/kubernetes/pod-security-admission.yaml"])
    assert document["kind"] == "AdmissionConfiguration"
    assert document["plugins"] == [
        {
            "name": "PodSecurity",
            "configuration": {
                "apiVersion": f"pod-security.admission.config.k8s.io/{api}",
                "kind": "PodSecurityConfiguration",
                "defaults": {
                    "enforce": "baseline",
                    "enforce-version": "latest",
                    "audit": "privileged",
                    "audit-version": "latest",
                    "warn": "restricted",
                    "warn-version": "latest",
                },
                "exemptions": {
                    "namespaces": [
                        *("kube-system", "tigera-operator", "calico-system", "calico-apiserver"),
                        "batch",
                    ]
                },
            },
        }
    ]


def test_the_files_are_on_the_machine_and_in_the_pod_and_a_token_of_documents_is_filled_in_nowhere():
    issuer = {**ISSUER, "clientId": "@NODE_NAME@"}
    spec = control_plane("1.29", oidc={"issuers": [issuer]}, podSecurity={"warn": "baseline"})
    text = init_documents(spec)

    found = parsed(text)["ClusterConfiguration"]["apiServer"]

    paths = ["/etc/kubernetes/oidc-ca.crt", "/etc/kubernetes/pod-security-admission.yaml"]
    assert [volume["hostPath"] for volume in found["extraVolumes"][2:4]] == paths
    assert arguments(found["extraArgs"])["oidc-client-id"] == "@NODE_NAME@"
    assert '"@NODE_NAME@"' not in text.partition("---")[0]
    assert all(path in control_plane_text(spec) for path in paths)
