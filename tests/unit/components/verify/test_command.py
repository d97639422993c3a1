"""What a person sees of the command, and when a cluster cannot be asked."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.facts.families import Family
from components.verify import command
from tests.unit.components.verify.model import Model

ROOT = Path(__file__).parents[4]


def test_a_log_gets_a_plain_table_with_whole_lines(verification):
    with verification(Model(node_ip=(4,))) as verify:
        code, output, errors = verify.run()

    lines = [line.split("  ") for line in output.splitlines()]
    rows = [[word.strip() for word in line if word.strip()] for line in lines]
    assert rows[0] == ["check", "where", "found"]
    assert ["node addresses", "node cp", "✓", "10.0.0.10, 2600:1f14::10"] in rows
    assert ["node addresses", "node w1", "✗", "10.0.0.11: no IPv6"] in rows
    assert [
        "→ give its kubelet an address of each family, --node-ip=IPv4,IPv6; with an external cloud "
        "provider name both families there (AWS: NodeIPFamilies)"
    ] in rows
    assert rows[-1] == ["19 good, 1 fault, 2 not asked"]
    assert "\x1b" not in output
    assert (code, errors) == (1, "")


def test_rows_that_differ_in_their_place_alone_are_told_once(verification):
    with verification(Model()) as verify:
        _, output, _ = verify.run("--probe")

    (told,) = [line for line in output.splitlines() if line.startswith("ClusterIP")]
    assert "service default, IPv4, from w1 and 14 more" in told
    assert len([line for line in output.splitlines() if line.startswith("Service policy")]) == 9


def test_a_kubeconfig_that_is_not_there_is_named(capsys):
    code = command.main(["--kubeconfig", "/nowhere/kubeconfig"])

    assert code == 2
    assert capsys.readouterr().err.startswith("No cluster to ask: ")


def test_a_context_that_is_not_there_is_named(verification):
    with verification(Model()) as verify:
        code, _, errors = verify.run("--context", "elsewhere")

    assert code == 2
    assert "elsewhere" in errors
    assert errors.endswith("with --context.\n")


def test_a_kubeconfig_that_is_none_is_told_without_a_traceback(tmp_path, capsys):
    (tmp_path / "config").write_text("{ not: yaml")

    code = command.main(["--kubeconfig", str(tmp_path / "config")])

    assert code == 2
    assert capsys.readouterr().err.startswith("No cluster to ask: while parsing")


def test_a_server_that_is_no_kubernetes_is_told_without_a_traceback(verification):
    with verification(Model()) as verify:
        verify.server.page_of_another = b"<html>Welcome to the hotel</html>"
        code, _, errors = verify.run()

    assert (code, errors) == (
        2,
        f"{verify.server.url} answers, but not as the API of Kubernetes does. Is the address right?\n",
    )


def test_the_endpoint_of_a_name_is_asked_at_each_of_its_addresses(verification, monkeypatch):
    real = socket.getaddrinfo

    def resolved(host, *how, **more):
        return real("127.0.0.1" if host == "api.test" else host, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with verification(Model()) as verify:
        config = Path(verify.kubeconfig)
        config.write_text(config.read_text().replace("127.0.0.1", "api.test"))
        found = [row for row in verify.findings() if row["check"] == "API endpoint"]

    assert [(row["where"], row["verdict"], row["found"]) for row in found] == [
        ("api.test, IPv4", "good", "127.0.0.1 answers"),
        ("api.test, IPv6", "fault", "no AAAA record"),
    ]


def test_an_api_that_is_away_is_told_without_a_traceback(verification):
    with verification(Model()) as verify:
        url = verify.server.url
    code, output, errors = verify.run()

    assert (code, output) == (2, "")
    assert errors == (
        f"{url} does not answer: Connection refused. Is the address right, and is this machine let in?\n"
    )


def test_credentials_that_the_api_does_not_know_are_told(verification):
    with verification(Model()) as verify:
        verify.server.known = "another"
        code, _, errors = verify.run()

    assert code == 2
    assert errors == (
        f"{verify.server.url} does not know this user (401): Unauthorized. Renew the kubeconfig's credentials.\n"
    )


def test_what_a_user_may_not_read_is_told(verification):
    with verification(Model()) as verify:
        verify.server.allowed = False
        code, output, errors = verify.run("--json")

    assert code == 2
    assert 'User \\"ci\\" cannot list resource \\"nodes\\"' in output
    assert 'User "ci" cannot list resource "nodes". Use a kubeconfig whose user may read' in errors


def test_a_kubernetes_before_dual_stack_is_refused(verification):
    with verification(Model(minor=15)) as verify:
        code, _, errors = verify.run()

    assert (code, errors) == (2, "This is Kubernetes 1.15: dual-stack begins with 1.16.\n")


def test_a_missing_package_is_told_with_what_installs_it(monkeypatch, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "kubernetes" else name)

    code = command.main([])

    assert code == 2
    assert capsys.readouterr().err == (
        "verify needs kubernetes, which the package installs when it is asked to: "
        "python -m pip install '/path/to/dualstack[verify]'\n"
    )


@pytest.mark.parametrize(
    ("family", "text", "url"),
    [
        (Family.IPV4, "203.0.113.9", "http://203.0.113.9/"),
        (Family.IPV6, "2001:db8::9", "http://[2001:db8::9]/"),
        (Family.IPV6, "https://[2001:db8::9]:8443/me", "https://[2001:db8::9]:8443/me"),
        (Family.IPV4, "none", ""),
    ],
)
def test_a_way_out_is_asked_by_an_address_or_a_url_with_one(family, text, url):
    assert command.target(family, text) == url


@pytest.mark.parametrize("text", ["example.org", "2001:db8::9", "http://example.org/"])
def test_a_way_out_of_another_family_or_by_name_is_refused(text, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--egress-ipv4", text])

    assert ended.value.code == 2
    assert f"{text} is no IPv4 address, nor a URL with one" in capsys.readouterr().err


@pytest.mark.parametrize("way", [["-m", "components"], ["components"]], ids=["module", "folder"])
def test_the_package_that_hosts_components_has_the_command_too(way):
    told = subprocess.run(
        [sys.executable, *way, "verify", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.startswith("usage: python -m dualstack verify ")


def test_the_same_advice_is_given_once(verification):
    with verification(Model(pod_ranges=(4,))) as verify:
        _, output, _ = verify.run()

    advice = [line.strip() for line in output.splitlines() if "→" in line]
    assert len(advice) == 3
    assert advice[1:] == ["→ as above", "→ as above"]


def test_what_the_probe_asks_of_the_api_is_allowed_by_the_role_in_the_documentation(verification):
    documented = (
        (ROOT / "docs/reference/verifier.md").read_text().split("```yaml\n")[-1].split("```")[0]
    )
    allowed = {
        (group, resource, verb)
        for rule in yaml.safe_load(documented)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }

    with verification(Model()) as verify:
        verify.run("--probe")
    asked = {request for request in map(permission, verify.model.asked) if request}

    assert asked - allowed == set()
    assert {("", "namespaces", "delete"), ("networking.k8s.io", "servicecidrs", "get")} <= asked


def permission(request):
    """What a user must be allowed to do for a request, as RBAC says it."""
    method, path = request
    if path == "/version":
        return None
    words = path.removeprefix("/api/v1/").removeprefix("/apis/").split("/")
    group = words[0] if path.startswith("/apis/") else ""
    words = words[2:] if group else words
    if words[0] == "namespaces" and len(words) > 2:
        words = words[2:]
    resource, named = words[0], len(words) > 1
    verb = {"POST": "create", "DELETE": "delete", "GET": "get" if named else "list"}[method]
    return group, resource, verb
