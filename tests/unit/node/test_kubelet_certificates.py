"""The approval of kubelets' serving certificates: each gets one of its own names and addresses, and nothing else is approved."""

import base64
import ipaddress
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.patience import wait_until
from tests.unit.node.authority import Authority
from tests.unit.node.conftest import Cluster, _program
from tests.unit.node.kubernetes import Kubernetes, let_in, node
from tests.unit.node.tls_server import showing

NODE = "i-0123456789abcdef0"
USER = f"system:node:{NODE}"
NAME = f"{NODE}.eu-west-1.compute.internal"
IPV4, IPV6 = "10.0.16.7", "2a05:d018::7"
SERVES = ("digital signature", "server auth")
SAN = (NODE, NAME, IPV4, IPV6)


@pytest.fixture(scope="session")
def program() -> Iterator[ModuleType]:
    yield from _program("kubelet_certificates")


@dataclass
class Ec2:
    """What EC2 knows of one machine."""

    names: Sequence[str] = (NAME, IPV4, IPV6)

    def known(self, instance: str) -> set[str] | None:
        return {*self.names} if instance == NODE and self.names else None


def pem(
    names: Sequence[str] = SAN,
    common_name: str = USER,
    organization: Sequence[str] = ("system:nodes",),
    *more: x509.GeneralName,
    extensions: Sequence[x509.ExtensionType] = (),
    subject: Sequence[x509.NameAttribute] = (),
) -> str:
    """A request as Go writes it."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organization]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, common_name), *subject]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if names or more:
        general = [*map(alternative, names), *more]
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def asks(text: str = "", **spec: Any) -> dict[str, Any]:
    """What the API shows of a request."""
    return {
        "request": base64.b64encode((text or pem()).encode()).decode(),
        "signerName": "kubernetes.io/kubelet-serving",
        "usages": [*SERVES],
        "username": USER,
        "groups": ["system:nodes", "system:authenticated"],
        **spec,
    }


def test_a_kubelet_gets_a_certificate_of_all_names_and_addresses_of_its_machine(
    program: ModuleType,
):
    verdict, words = program.decide(asks(), Ec2())

    assert verdict == "Approved"
    assert words == f"{IPV4}, {IPV6}, {NODE}, {NAME} are of {NODE}"


def test_a_kubelet_with_an_rsa_key_or_of_an_older_minor_asks_for_key_encipherment_too(
    program: ModuleType,
):
    asked = asks(usages=["key encipherment", "digital signature", "server auth"])

    assert program.decide(asked, Ec2())[0] == "Approved"


def test_the_first_certificate_of_a_node_without_names_of_the_cloud_has_both_families(
    program: ModuleType,
):
    first = (NODE, IPV4, IPV6)

    assert program.decide(asks(pem(first)), Ec2())[0] == "Approved"


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "another node's name as its own": (
        asks(pem(common_name="system:node:i-0fedcba9876543210")),
        f"{USER} asks for a certificate of system:node:i-0fedcba9876543210",
    ),
    "an address of another machine": (
        asks(pem((*SAN, "10.0.16.8"))),
        f"{NODE} has no 10.0.16.8",
    ),
    "an IPv6 address of another machine": (
        asks(pem((*SAN, "2a05:d018::8"))),
        f"{NODE} has no 2a05:d018::8",
    ),
    "an address of IPv4 in the form of IPv6": (
        asks(pem((*SAN, "::ffff:10.0.16.8"))),
        f"{NODE} has no ::ffff:a00:1008",
    ),
    "a further DNS name": (
        asks(pem((*SAN, "kubernetes.default.svc"))),
        f"{NODE} has no kubernetes.default.svc",
    ),
    "names of everybody": (
        asks(pem((*SAN, "*.eu-west-1.compute.internal"))),
        f"{NODE} has no *.eu-west-1.compute.internal",
    ),
    "an administrator's group": (
        asks(pem(organization=("system:masters",))),
        "a kubelet is not of system:masters",
    ),
    "an administrator's group beside its own": (
        asks(pem(organization=("system:nodes", "system:masters"))),
        "a kubelet is not of system:nodes, system:masters",
    ),
    "a requestor of more groups": (
        asks(groups=["system:nodes", "system:authenticated", "system:masters"]),
        "a kubelet is of the group of Nodes and of no other",
    ),
    "a requestor of no group of Nodes": (
        asks(groups=["system:authenticated"]),
        "a kubelet is of the group of Nodes and of no other",
    ),
    "a requestor that is a user": (
        asks(username="mallory"),
        "mallory is no kubelet",
    ),
    "a joining machine's token": (
        asks(username="system:bootstrap:abcdef"),
        "system:bootstrap:abcdef is no kubelet",
    ),
    "a name of a node that is no instance": (
        asks(pem(common_name="system:node:web"), username="system:node:web"),
        "system:node:web is no kubelet",
    ),
    "a certificate of a client": (
        asks(usages=["digital signature", "client auth"]),
        "a kubelet does not ask for digital signature, client auth",
    ),
    "a certificate of a client too": (
        asks(usages=[*SERVES, "client auth"]),
        "a kubelet does not ask for digital signature, server auth, client auth",
    ),
    "an authority": (
        asks(usages=["cert sign", *SERVES]),
        "a kubelet does not ask for cert sign, digital signature, server auth",
    ),
    "an authority, in the request itself": (
        asks(pem(extensions=[x509.BasicConstraints(ca=True, path_length=None)])),
        "the request cannot be read: it has other parts than the request of a kubelet",
    ),
    "a URI": (
        asks(pem(SAN, USER, ("system:nodes",), x509.UniformResourceIdentifier("spiffe://prod/x"))),
        "the request cannot be read: it asks for names that are neither of DNS nor addresses",
    ),
    "a mail address": (
        asks(pem(SAN, USER, ("system:nodes",), x509.RFC822Name("root@example.com"))),
        "the request cannot be read: it asks for names that are neither of DNS nor addresses",
    ),
    "no names at all": (
        asks(pem(())),
        "the request cannot be read: it has other parts than the request of a kubelet",
    ),
    "more in its subject": (
        asks(pem(subject=[x509.NameAttribute(NameOID.COUNTRY_NAME, "XX")])),
        "the request cannot be read: its subject has more than a common name and organizations",
    ),
    "two common names": (
        asks(pem(subject=[x509.NameAttribute(NameOID.COMMON_NAME, "system:node:i-0fedcba98765")])),
        f"{USER} asks for a certificate of {USER}, system:node:i-0fedcba98765",
    ),
    "two requests in one text": (
        asks(pem(common_name="system:node:i-0fedcba98765") + pem()),
        "the request cannot be read: it is not one request in PEM",
    ),
    "a text before the request": (
        asks("-----BEGIN X-----\n" + pem()),
        "the request cannot be read: it is not one request in PEM",
    ),
}


@pytest.mark.parametrize(("asked", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_kubelet_may_have_is_denied(program: ModuleType, asked: dict[str, Any], why: str):
    assert program.decide(asked, Ec2()) == ("Denied", why)


def test_a_node_that_gives_itself_an_address_gets_no_certificate_of_it(program: ModuleType):
    stolen = (*SAN, "10.0.16.8")

    verdict, words = program.decide(asks(pem(stolen)), Ec2())

    assert (verdict, words) == ("Denied", f"{NODE} has no 10.0.16.8")


def test_a_node_whose_name_has_a_foreign_domain_gets_none(program: ModuleType):
    name = f"{NODE}.evil.example"
    asked = asks(pem((IPV4,), f"system:node:{name}"), username=f"system:node:{name}")

    assert program.decide(asked, Ec2()) == ("Denied", f"{name} is no name of {NODE}")


def test_a_machine_that_ec2_does_not_know_yet_waits(program: ModuleType):
    assert program.decide(asks(), Ec2(())) == (
        "waits",
        f"EC2 knows no running machine {NODE}",
    )


def test_a_kubelet_that_knows_one_family_yet_gets_a_certificate_at_once(program: ModuleType):
    """It asks for a better one as soon as it knows more. One that waits for a verdict may ask again after 15 minutes alone."""
    verdict, words = program.decide(asks(pem((NODE, IPV4))), Ec2())

    assert (verdict, words) == ("Approved", f"{IPV4}, {NODE} are of {NODE}")


@pytest.mark.parametrize("length", range(0, 260, 7))
def test_a_request_that_is_cut_off_is_denied(program: ModuleType, length: int):
    der = x509.load_pem_x509_csr(pem().encode()).public_bytes(Encoding.DER)
    text = base64.encodebytes(der[:length]).decode() or "\n"
    cut = f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"

    assert program.decide(asks(cut), Ec2())[0] == "Denied"


ANSWER = f"""<DescribeInstancesResponse><reservationSet><item><instancesSet><item>
<instanceId>{NODE}</instanceId><instanceState><code>16</code><name>running</name></instanceState>
<privateDnsName>{NAME}</privateDnsName><dnsName></dnsName><privateIpAddress>{IPV4}</privateIpAddress>
<tagSet><item><key>Name</key><value>&lt;privateIpAddress&gt;10.0.0.1&lt;/privateIpAddress&gt;</value></item></tagSet>
<networkInterfaceSet><item><privateIpAddress>{IPV4}</privateIpAddress>
<privateIpAddressesSet><item><privateIpAddress>{IPV4}</privateIpAddress><primary>true</primary></item></privateIpAddressesSet>
<ipv6AddressesSet><item><ipv6Address>2a05:d018:0:0:0:0:0:7</ipv6Address></item></ipv6AddressesSet>
</item></networkInterfaceSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"""
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""


def test_ec2_says_which_names_and_addresses_a_machine_has(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    machines = program.Machines({"region": "eu-west-1", "endpoints": []})
    monkeypatch.setattr(machines, "_call", lambda *_: ANSWER)

    assert machines.known(NODE) == {NAME, IPV4, IPV6}
    assert machines.known("i-0fedcba9876543210") is None


def test_ec2_is_asked_less_and_less_often_about_a_machine_that_it_does_not_know(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    machines = program.Machines({"region": "eu-west-1", "endpoints": []})
    clock, asked = [0], []
    monkeypatch.setattr(program.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(machines, "_call", lambda *_: asked.append(clock[0]) or "<instancesSet/>")

    for second in range(0, 1500, 3):
        clock[0] = second
        assert machines.known(NODE) is None
    monkeypatch.setattr(machines, "_call", lambda *_: ANSWER)
    clock[0] = 2000

    assert asked == [0, 3, 9, 21, 45, 93, 189, 381, 681, 981, 1281]
    assert machines.known(NODE) == {NAME, IPV4, IPV6}


@pytest.fixture
def ask(cluster: Cluster, api: Kubernetes) -> Callable[..., str]:
    """Has a machine of the cluster ask for a certificate; its instance."""

    def made(*more: str) -> str:
        worker = cluster.worker()
        answer = cluster.ec2.describe_instances(InstanceIds=[worker.instance])
        described = answer["Reservations"][0]["Instances"][0]
        names = worker.instance, described["PrivateIpAddress"], described["PrivateDnsName"]
        listed = [{"type": "InternalIP", "address": name} for name in names]
        api.nodes[worker.instance] = node(worker.instance, addresses=listed)
        user = f"system:node:{worker.instance}"
        api.requests[f"csr-{len(api.requests)}"] = asks(pem((*names, *more), user), username=user)
        return worker.instance

    return made


def test_a_control_plane_decides_on_each_request_that_waits(
    cluster: Cluster, api: Kubernetes, ask: Callable[..., str]
):
    first, second = ask(), ask("kubernetes.default.svc")
    machine = cluster.control_plane()
    let_in(machine, api, cluster.authority)

    process = machine.start("kubelet_certificates.py")
    wait_until(lambda: len(api.decided) == 2, "both are decided on")
    machine.wait_until_it_says("denied csr-1")
    machine.crash(process)

    assert api.decided == {"csr-0": "Approved", "csr-1": "Denied"}
    said = (machine.root / "journal").read_text()
    assert f"approved csr-0 of system:node:{first}" in said
    assert f"{second} has no kubernetes.default.svc" in said


def test_a_control_plane_of_a_cluster_whose_kubelets_sign_for_themselves_decides_nothing(
    cluster: Cluster, api: Kubernetes, ask: Callable[..., str]
):
    ask()
    machine = cluster.control_plane()
    settings = machine.root / "etc/dualstack/node.json"
    given = json.loads(settings.read_text())
    assert given.pop("kubeletCertificates") == "verified"
    settings.write_text(json.dumps(given))
    let_in(machine, api, cluster.authority)

    process = machine.start("kubelet_certificates.py")
    machine.set(kubeletCertificates="signed")
    wait_until(lambda: bool(api.decided), "the plan is another")
    machine.crash(process)

    assert api.decided == {"csr-0": "Approved"}


# before API servers begin to check


@dataclass
class Nodes:
    """The API, which knows Nodes with kubelets at these ports."""

    ports: dict[str, int]
    ready: str = "True"

    def ask(self, method: str, target: str) -> tuple[int, Any]:
        assert (method, target) == ("GET", "/api/v1/nodes")
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
        items = [
            node(
                name,
                self.ready,
                addresses=addresses,
                daemonEndpoints={"kubeletEndpoint": {"Port": port}},
            )
            for name, port in self.ports.items()
        ]
        return 200, {"items": items}


@pytest.fixture
def kubelet(tmp_path: Path) -> Iterator[Callable[[Authority, str], int]]:
    """A kubelet that serves with a certificate of an authority, for an address; its port."""
    numbers = count()
    with ExitStack() as stack:

        def serves(authority: Authority, address: str) -> int:
            files = authority.server_files(tmp_path / str(next(numbers)), address)
            return stack.enter_context(showing(*files))

        yield serves


@pytest.fixture
def checks(
    program: ModuleType, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Has a control plane whose API server does not check yet look at kubelets; why it would not go on."""
    monkeypatch.setitem(program.path.__globals__, "ROOT", tmp_path)
    folder = tmp_path / "etc/kubernetes"
    (folder / "manifests").mkdir(parents=True)
    (folder / "pki").mkdir()
    (folder / "pki/ca.crt").write_text(authority.certificate)
    manifest = folder / "manifests/kube-apiserver.yaml"
    manifest.write_text("- kube-apiserver\n")

    def checked(nodes: Nodes, certificates: str = "verified", flag: str = "") -> str:
        manifest.write_text(f"- kube-apiserver\n{flag}")
        try:
            program.check({"kubeletCertificates": certificates}, nodes)
        except program.Failure as failure:
            return str(failure)
        return ""

    return checked


def test_api_servers_begin_to_check_when_each_kubelet_has_a_certificate_of_the_cluster(
    checks: Callable[..., str], kubelet: Callable[..., int], authority: Authority
):
    assert checks(Nodes({NODE: kubelet(authority, "127.0.0.1")})) == ""


def test_a_kubelet_that_signs_for_itself_holds_the_check_up_and_is_named(
    checks: Callable[..., str], kubelet: Callable[..., int], authority: Authority
):
    own = kubelet(Authority.made(), "127.0.0.1")

    said = checks(Nodes({"i-1": kubelet(authority, "127.0.0.1"), "i-2": own}))

    assert said.startswith("API servers would not reach these kubelets any more")
    assert "i-2: 127.0.0.1 " in said
    assert "i-1" not in said


def test_a_certificate_of_another_address_holds_the_check_up(
    checks: Callable[..., str], kubelet: Callable[..., int], authority: Authority
):
    assert "i-1: 127.0.0.1 " in checks(Nodes({"i-1": kubelet(authority, "127.0.0.2")}))


def test_a_node_that_is_not_ready_holds_nothing_up(
    checks: Callable[..., str], kubelet: Callable[..., int]
):
    assert checks(Nodes({"i-1": kubelet(Authority.made(), "127.0.0.1")}, ready="False")) == ""


@pytest.mark.parametrize(
    ("certificates", "flag"),
    [("signed", ""), ("verified", "- --kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt")],
    ids=["nobody will check", "it checks already"],
)
def test_nobody_looks_at_kubelets_where_nothing_begins(
    checks: Callable[..., str], kubelet: Callable[..., int], certificates: str, flag: str
):
    own = kubelet(Authority.made(), "127.0.0.1")

    assert checks(Nodes({"i-1": own}), certificates, flag) == ""
