"""Issuers of people's tokens: what is refused, and in which words."""

from typing import Any

import pytest

from tests.unit.components.rules.refused import of_control_plane
from tests.unit.node.authority import Authority

ISSUER = {"url": "https://login.example.com", "clientId": "kubernetes"}


def faults(version: str, *issuers: dict[str, Any], **kubeadm: Any) -> list[str]:
    """The faults of a control plane of one version with these issuers."""
    listed = [{**ISSUER, **issuer} for issuer in issuers]
    return of_control_plane(version, oidc={"issuers": listed}, kubeadm=kubeadm)


def pem(lines: list[str]) -> str:
    """A certificate of these lines."""
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


@pytest.mark.parametrize("version", ["1.20", "1.29", "1.30", "1.37"])
def test_one_issuer_is_taken_in_every_minor(version):
    assert faults(version, {"groupsClaim": "groups", "requiredClaims": {"team": "x"}}) == []


def test_several_issuers_and_claims_are_taken_from_the_minor_that_reads_a_file_of_them():
    other = {"url": "https://login.example.org"}
    claims = {"requiredClaims": {"team": "x", "site": "y"}}

    assert faults("1.30", claims, other) == []
    assert faults("1.29", claims, other) == [
        "oidc.issuers: an API server takes several issuers from 1.30 on, and this is 1.29; write one",
        "oidc.issuers[0].requiredClaims: 2 claims are asked for, and an API server of 1.29 is given one; write one, or have the "
        "issuer give such tokens to this client alone",
    ]


def test_an_issuer_is_named_once():
    assert faults("1.37", {}, {"clientId": "another"}) == [
        "oidc.issuers: https://login.example.com is there 2 times; write it once"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com",
        "login.example.com",
        "https://ann@login.example.com",
        "https://login.example.com?realm=a",
        "https://login.example.com/#a",
    ],
)
def test_an_issuer_that_the_api_server_refuses_is_refused(url):
    [fault] = faults("1.37", {"url": url})

    assert fault.startswith(
        f"oidc.issuers[0].url: '{url}' is not the URL of an issuer; write it as"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://login..example.com",
        "https://login.example.com:0",
        "https://login.example.com:99999",
        "https://[2001:db8:::1]",
        "https://login.example.com/%zz",
    ],
)
def test_an_issuer_that_nobody_can_ask_is_refused(url):
    [fault] = faults("1.37", {"url": url})

    assert fault.startswith(
        f"oidc.issuers[0].url: '{url}' has no host or port that can be asked; write it as"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://Login.example.com:8443/realms/a%20b/",
        "https://[2001:db8::1]:8443",
        "https://192.0.2.7",
    ],
)
def test_an_issuer_is_taken_as_its_tokens_have_it(url):
    assert faults("1.37", {"url": url}) == []


def test_groups_have_a_prefix_only_where_there_are_groups():
    assert faults("1.37", {"groupsPrefix": "team:"}) == [
        "oidc.issuers[0].groupsPrefix: 'team:' has no effect: without groupsClaim tokens give no groups; name the claim, or leave "
        "it out"
    ]
    assert faults("1.37", {"groupsPrefix": "team:", "groupsClaim": "groups"}) == []


def test_the_issuer_of_pods_is_none_of_people():
    url = "https://kubernetes.default.svc.cluster.local"

    assert faults("1.37", {"url": url}) == [
        f"oidc.issuers[0].url: {url} issues the tokens of this cluster's ServiceAccounts, which its API server takes already; "
        "write the issuer of people's tokens"
    ]


def test_no_prefix_makes_a_name_of_kubernetes_itself():
    begins = {"usernamePrefix": "system:", "groupsPrefix": "system:team:", "groupsClaim": "groups"}
    none = {"usernamePrefix": "", "groupsPrefix": "sys", "groupsClaim": "groups"}

    assert faults("1.37", begins) == [
        "oidc.issuers[0].usernamePrefix: system: begins the names of Kubernetes itself; write another, like oidc:",
        "oidc.issuers[0].groupsPrefix: system:team: begins the names of Kubernetes itself; write another, like oidc:",
    ]
    # The API server looks at each name.
    assert faults("1.30", none) == []
    assert faults("1.29", none) == [
        "oidc.issuers[0].usernamePrefix: with none a token can make a name that begins with system:, and an API server of 1.29 "
        "refuses none; write another, like oidc:",
        "oidc.issuers[0].groupsPrefix: with 'sys' a token can make a name that begins with system:, and an API server of 1.29 "
        "refuses none; write another, like oidc:",
    ]


def test_the_sign_for_no_prefix_of_a_flag_is_refused():
    [fault] = faults("1.37", {"usernamePrefix": "-"})

    assert fault == (
        "oidc.issuers[0].usernamePrefix: '-' is not a prefix; write one like oidc:, or an empty text for none"
    )


def test_flags_of_ones_own_and_issuers_do_not_go_together():
    given = {"oidc-issuer-url": "https://login.example.org", "oidc-client-id": "kubernetes"}

    assert faults("1.37", {}, apiServerArgs=given) == [
        f"kubeadm.apiServerArgs.{flag}: it follows from oidc.issuers while there are any; leave one of the two out"
        for flag in ("oidc-client-id", "oidc-issuer-url")
    ]
    assert faults("1.37", apiServerArgs=given) == []


def test_an_authority_of_which_lines_are_lost_is_refused():
    _, *lines, _ = Authority.made().certificate.splitlines()

    assert faults("1.37", {"ca": pem(lines)}) == []
    assert faults("1.37", {"ca": pem(lines) * 2}) == []
    for kept in (lines[:-1], lines[:2] + lines[3:], lines[1:]):
        assert faults("1.37", {"ca": pem(kept)}) == [
            "oidc.issuers[0].ca: it holds a certificate that cannot be read; write the certificates of the issuer's authority as PEM, "
            "after a |, and nothing else"
        ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a certificate", "it holds something else than certificates"),
        (
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "something else than",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
            "it holds a certificate that cannot be read",
        ),
    ],
)
def test_an_authority_is_certificates_and_its_text_is_in_no_fault(text, said):
    [fault] = faults("1.37", {"ca": text})

    assert fault.startswith("oidc.issuers[0].ca: it holds ")
    assert said in fault
    assert "c2VjcmV0" not in fault
