"""The examples, as somebody runs them: right for the minors they are for, and what the library writes."""

import base64
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import components
from components import dual_stack_service
from tests.support.minors import NUMBERS
from tests.support.schemas import faults

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

OLDER, NEWER = EXAMPLES / "services/to-1.19", EXAMPLES / "services/from-1.20"

WEB = {
    "selector": {"app.kubernetes.io/name": "web"},
    "ports": [{"port": 80, "target_port": "http"}],
}

SAID = {
    "ipv6": {"name": "web-ipv6", "ip_families": ["IPv6"]},
    "ipv4": {"name": "web-ipv4", "ip_families": ["IPv4"]},
    "both": {"name": "web-both"},
    "load-balancer-ipv6": {
        "name": "web-load-balancer",
        "type": "LoadBalancer",
        "ip_families": ["IPv6"],
    },
}
"""What each Service that names families says of itself to the library."""


def read(path):
    return yaml.safe_load(path.read_text())


def minors_of(folder):
    return range(16, 20) if folder == OLDER else range(20, 38)


FILES = [
    *(
        (path, minor)
        for folder in (OLDER, NEWER)
        for path in sorted(folder.iterdir())
        for minor in minors_of(folder)
    ),
    *((EXAMPLES / "services/web.yaml", minor) for minor in NUMBERS),
]


@pytest.mark.parametrize(
    ("path", "minor"),
    FILES,
    ids=[f"{path.parent.name}/{path.stem}-1.{minor}" for path, minor in FILES],
)
def test_every_field_of_an_example_is_one_that_its_minors_know(path, minor):
    assert faults(read(path), minor) == []


def test_each_era_has_the_examples_of_the_kubernetes_page():
    page = {"default", "ipv4", "ipv6", "load-balancer-ipv6"}

    assert {path.stem for path in OLDER.iterdir()} == page
    assert {path.stem for path in NEWER.iterdir()} == page | {"both"}


@pytest.mark.parametrize("folder", [OLDER, NEWER], ids=lambda folder: folder.name)
def test_a_default_service_says_nothing_of_families(folder):
    service = read(folder / "default.yaml")

    assert [key for key in service["spec"] if key.startswith("ipFam")] == []


@pytest.mark.parametrize("minor", [16, 19, 20, 37])
@pytest.mark.parametrize("name", SAID)
def test_an_example_is_what_the_library_writes(name, minor):
    path = (OLDER if minor <= 19 else NEWER) / f"{name}.yaml"
    if name == "both" and minor <= 19:
        assert not path.exists()
        return

    assert read(path) == dual_stack_service(kubernetes_version=f"1.{minor}", **WEB, **SAID[name])


def test_every_service_leads_to_the_pods_of_the_web_example():
    pods = read(EXAMPLES / "services/web.yaml")["spec"]["template"]
    services = [read(path) for folder in (OLDER, NEWER) for path in folder.iterdir()]

    labels, (container,) = pods["metadata"]["labels"], pods["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    assert len(services) == 9
    for service in services:
        assert service["spec"]["selector"].items() <= labels.items()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@pytest.fixture
def example(deploy, monkeypatch):
    """Runs the Pulumi program as its project's config says."""
    # Whoever runs it has the package installed; here it is the checkout's own.
    monkeypatch.setitem(sys.modules, "dualstack", components)

    def program():
        runpy.run_path(str(EXAMPLES / "pulumi/__main__.py"))

    def run(**config):
        given = {f"dualstack:{key}": value for key, value in config.items()}
        return deploy(program, config=given).all("Service")

    return run


@pytest.mark.parametrize("minor", [16, 19, 20, 37])
def test_the_program_makes_the_services_of_its_minor(example, minor):
    made = example(kubernetesVersion=f"1.{minor}", loadBalancer="true")

    folder = OLDER if minor <= 19 else NEWER
    assert list(made) == ["web-both", "web-default", "web-ipv4", "web-ipv6", "web-load-balancer"]
    for name in ("ipv4", "ipv6"):
        assert made[f"web-{name}"] == read(folder / f"{name}.yaml")
    assert made["web-load-balancer"] == read(folder / "load-balancer-ipv6.yaml")
    assert [faults(service, minor) for service in made.values()] == [[]] * 5


def test_the_program_makes_a_load_balancer_only_where_it_is_asked_for(example):
    assert "web-load-balancer" not in example(kubernetesVersion="1.36")


@pytest.fixture
def run_example(deploy, monkeypatch):
    """Runs the program in a folder of examples under mocks, with the package's name for the checkout's own."""
    monkeypatch.setitem(sys.modules, "dualstack", components)

    def run(folder, **config):
        given = {f"dualstack:{key}": value for key, value in config.items()}
        return deploy(lambda: program(EXAMPLES / folder / "__main__.py"), config=given)

    def program(path):
        # Its outputs are those that it exports, not the names in it.
        runpy.run_path(str(path))

    return run


def test_a_network_alone_is_a_network_alone(run_example):
    made = run_example("network/python")

    assert made.one("Vpc")["cidrBlock"] == "10.64.0.0/16"
    assert list(made.all("NatGateway")) == ["shared-eu-west-1a"]
    assert made.all("LaunchTemplate") == {}


def test_peered_networks_have_routes_of_both_families_to_each_other_in_every_zone(run_example):
    made = run_example("peering")

    peering = made.one("VpcPeeringConnection")
    assert (peering["vpcId"], peering["peerVpcId"]) == ("Vpc cluster", "Vpc shared")
    routes = {
        (route["routeTableId"].rpartition(" ")[2], destination)
        for route in made.all("Route").values()
        if route.get("vpcPeeringConnectionId") == "VpcPeeringConnection cluster-shared"
        for destination in [route.get("destinationCidrBlock") or route["destinationIpv6CidrBlock"]]
    }
    ranges = {"cluster": "10.65.0.0/16", "shared": "10.64.0.0/16"}
    assert routes == {
        (f"{name}-private-{zone}", block)
        for name, ipv4 in ranges.items()
        for zone in ("eu-west-1a", "eu-west-1b")
        for block in (ipv4, "2600:1f14:db8::/56")
    }


def test_an_issuer_for_the_cluster_of_others_publishes_its_key(run_example):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    made = run_example("issuer", publicKey=pem.decode())

    [published] = json.loads(made.all("BucketObjectv2")["onprem-issuer-keys"]["content"])["keys"]
    modulus = base64.urlsafe_b64decode(published["n"] + "==")
    assert int.from_bytes(modulus, "big") == key.public_numbers().n
    assert made.one("OpenIdConnectProvider")["clientIdLists"] == ["sts.amazonaws.com"]
    assert {"issuerUrl", "issuerProviderArn"} == set(made.outputs)


def test_a_role_for_pods_reads_one_bucket_by_the_token_of_one_service_account(run_example):
    issuer = "onprem-issuer-1234567.s3.eu-west-1.amazonaws.com"
    arn = f"arn:aws:iam::123456789012:oidc-provider/{issuer}"

    made = run_example("pod-role", issuerProviderArn=arn)

    [trust] = json.loads(made.one("Role")["assumeRolePolicy"])["Statement"]
    [allowed] = json.loads(made.one("RolePolicy")["policy"])["Statement"]
    assert trust["Principal"] == {"Federated": arn}
    assert trust["Condition"]["StringEquals"][f"{issuer}:sub"] == ["system:serviceaccount:shop:web"]
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Resource"].endswith("pictures/*")
    assert {"bucket", "roleArn", "annotations"} == set(made.outputs)


def test_a_pool_for_the_cluster_of_others_is_a_pool_alone(run_example):
    made = run_example("pool/python")

    group = made.one("Group")
    assert (group["minSize"], group["maxSize"]) == (0, 10)
    assert made.all("Instance") == {}


def test_a_whole_cluster_has_its_add_ons_only_where_its_api_is_in_reach(run_example):
    whole, bare = run_example("cluster/python"), run_example("cluster/python", addons="false")

    assert whole.resources.keys() > bare.resources.keys()
    assert len(bare.all("Instance")) == 3
    assert {"apiEndpoint", "kubeconfig"} == set(whole.outputs)
    assert whole.secret_outputs == {"kubeconfig"}


def test_a_gitops_tool_is_given_how_to_reach_the_cluster_and_manifests_with_its_ranges(
    run_example, tmp_path
):
    made = run_example("gitops")
    stack = ["fleet", "--config-file", str(EXAMPLES / "gitops/fleet.yaml"), "--to", str(tmp_path)]
    rendered = subprocess.run(
        [sys.executable, "-m", "rehearsal", "render", *stack], cwd=ROOT, check=False
    )

    assert rendered.returncode == 0
    assert made.secret_outputs == {"kubeconfig"}
    [flannel] = tmp_path.rglob("addons/flannel.yaml")
    [pods] = [row for row in made.outputs["addressPlan"] if row["tier"] == "pods"]
    assert (pods["ipv4"], pods["ipv6"]) == ("10.244.0.0/16", "fd12:3456:789a:100::/56")
    assert pods["ipv4"] in flannel.read_text()
    assert pods["ipv6"] in flannel.read_text()
