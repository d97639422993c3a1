"""Hosts and ports in texts: what can be asked is taken in every form, and what cannot is refused."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.spec.hosts import CertificateName, Direct, ImageRepository, MirrorUrl, Url
from components.spec.oidc import IssuerUrl
from components.spec.proxies import ProxyUrl

KINDS = {
    "url": Url,
    "mirror": MirrorUrl,
    "repository": ImageRepository,
    "certificate": CertificateName,
    "direct": Direct,
    "proxy": ProxyUrl,
    "issuer": IssuerUrl,
}


def is_taken(kind: str, value: str) -> bool:
    try:
        TypeAdapter(KINDS[kind]).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("url", "https://charts.example.com/stable?region=eu"),
        ("mirror", "https://m"),
        ("mirror", "https://m:8443/k8s/v1.37"),
        ("mirror", "http://my_mirror.example.com."),
        ("mirror", "https://Mirror.Example.com:65535"),
        ("mirror", "http://10.0.0.7:1"),
        ("mirror", "http://[fd00::7]"),
        ("mirror", "http://[2001:db8::7]:8080/ubuntu"),
        ("mirror", "https://mirror.example.com/~me/a@1/b%20c"),
        ("repository", "registry.example.com:5000/k8s/a--b/c__d/e.f"),
        ("repository", "localhost:5000"),
        ("repository", "acme/k8s"),
        ("repository", "1/k8s"),
        ("repository", "10.0.0.7/k8s"),
        ("certificate", "198.51.100.7"),
        ("certificate", "2001:db8::7"),
        ("certificate", "*.10.example.com"),
        ("certificate", "localhost"),
        ("direct", ".example.com"),
        ("direct", "my_host:8080"),
        ("direct", "10.0.0.0/8"),
        ("direct", "10.0.0.7:3128"),
        ("direct", "FD00::/8"),
        ("direct", "fd00::7"),
        ("proxy", "http://proxy:3128"),
        ("proxy", "http://[fd00::7]:3128"),
        ("issuer", "https://[2001:db8::7]:8443/realm"),
    ],
)
def test_a_host_that_can_be_asked_is_taken(kind, value):
    assert is_taken(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("url", "https://:443"),
        ("url", "https://?a=b"),
        ("url", "https://a..b/x"),
        ("url", "https://-a.example.com"),
        ("url", f"https://{'a' * 64}.example.com"),
        ("mirror", "https://mirror.example.com:0"),
        ("mirror", "https://mirror.example.com:65536"),
        ("mirror", "https://mirror.example.com:"),
        ("mirror", "https://mirror.example.com:80:80"),
        ("mirror", "http://fd00::7"),
        ("mirror", "http://[fd00::7%25eth0]"),
        ("mirror", "http://[10.0.0.7]"),
        ("mirror", "http://[fd00::7"),
        ("mirror", "http://10.0.0.256"),
        ("mirror", "http://10.0.7"),
        ("mirror", "https://mirror.example.com/x#y"),
        ("mirror", "https://mirror.example.com?x"),
        ("repository", "registry.example.com:0"),
        ("repository", "registry.example.com:65536/k8s"),
        ("repository", "10.0.0.256:5000/k8s"),
        ("repository", "a..b/k8s"),
        ("repository", "registry.example.com/a..b"),
        ("repository", "registry.example.com/a___b"),
        ("certificate", "198.51.100.256"),
        ("certificate", "198.51.100"),
        ("certificate", "fe80::1%eth0"),
        ("direct", "10.0.0.0/33"),
        ("direct", "10.0.0.1/8"),
        ("direct", "fd00::/129"),
        ("direct", "fd00::1/64"),
        ("direct", "example.com/24"),
        ("direct", "10.0.0.256"),
        ("direct", "a..b"),
        ("direct", "example.com:0"),
        ("direct", "example.com:http"),
        ("direct", "fd00:::7"),
        ("proxy", "http://proxy:0"),
        ("proxy", "http://proxy:99999"),
        ("proxy", "http://...:3128"),
        ("proxy", "http://[:::]:3128"),
        ("proxy", "http://1.2.3:3128"),
        ("issuer", "https://198.51.100.256"),
        ("issuer", "https://login.example.com:0"),
    ],
)
def test_what_no_program_can_ask_is_refused(kind, value):
    assert not is_taken(kind, value)


@pytest.mark.parametrize("url", ["https://me:word@m.example.com", "http://token@10.0.0.7/x"])
@pytest.mark.parametrize("kind", ["url", "mirror"])
def test_credentials_in_a_url_are_refused_and_not_repeated(kind, url):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(KINDS[kind]).validate_python(url)

    assert [error["msg"] for error in refused.value.errors()] == [
        "Value error, it holds credentials, and everybody who may read user data or the stack would read them; "
        "let the server admit its clients by their addresses"
    ]
