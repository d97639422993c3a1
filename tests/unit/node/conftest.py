"""AWS as moto serves it, a cluster's parameters and API, and machines of it."""

import importlib
import json
import logging
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.server import ThreadedMotoServer

from components.config.check import check
from components.facts import ssm_paths
from components.facts.role import Role
from components.machine.user_data import control_plane_text, worker_text
from components.spec.cluster import Spec
from tests.unit.node import etcd as members
from tests.unit.node import kubernetes, scaling
from tests.unit.node.authority import Authority
from tests.unit.node.etcd import Etcd, member
from tests.unit.node.kubernetes import Kubernetes, let_in, node
from tests.unit.node.machine import Machine
from tests.unit.node.metadata import Metadata, served
from tests.unit.node.scaling import Scaling

REGION = "eu-west-1"
KEY = "secretsecretsecretsecretsecret"
"""The beginning of each key that encrypts Secrets."""
TOKEN = "abcdef.0123456789abcdef"
HASH = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of an AWS of our own."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_backend(aws: str) -> Any:
    """The machines of that AWS as moto holds them, for states that only the real one goes through."""
    return ec2_backends[DEFAULT_ACCOUNT_ID][REGION]


@pytest.fixture
def client(aws: str) -> Callable[[str], Any]:
    """A client of one service."""

    def made(service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=aws,
            aws_access_key_id="operator",
            aws_secret_access_key="operator",
        )

    return made


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The cluster's certificate authority."""
    return Authority.made()


_numbers = count(1)


@dataclass
class Cluster:
    """A cluster's parameters, its API and its machines."""

    name: str
    ssm: Any
    ec2: Any
    url: str
    folder: Path
    authority: Authority
    stack: ExitStack
    api_up: threading.Event = field(default_factory=threading.Event)
    api_port: int = 0
    kubernetes: str = "1.37"
    unsigned: int = 0
    """How often the cluster does not yet vouch for itself when a machine asks."""
    asked: int = 0

    def vouches(self) -> dict[str, str]:
        """What its public information holds, asked for once more."""
        self.asked += 1
        tokens = () if self.asked <= self.unsigned else ("abcdef", "fedcba")
        return {f"jws-kubeconfig-{token}": "header..signature" for token in tokens}

    @property
    def spec(self) -> Spec:
        """What the machines' user data is made of."""
        return check(
            Spec,
            {
                "region": REGION,
                "project": "dualstack",
                "stack": "test",
                "cluster": {"name": self.name, "kubernetesVersion": self.kubernetes},
                "network": {"zones": ["eu-west-1a"]},
                "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
                "workers": {"general": {}},
            },
        )

    def put(self, name: str, value: str) -> None:
        """Set a parameter as Pulumi does."""
        self.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def parameter(self, name: str) -> str | None:
        """A parameter's value."""
        found = self.ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"]
        return found[0]["Value"] if found else None

    def status(self, machine: Machine) -> str | None:
        """What a machine reported."""
        return self.parameter(f"/dualstack/{self.name}/status/{machine.instance}")

    def marker(self, ending: str = "") -> str | None:
        """A marker of the election."""
        return self.parameter(f"/dualstack/{self.name}/leader/0123456789abcdef{ending}")

    def control_plane(self, **settings: Any) -> Machine:
        """A new control-plane machine with its user data and its programs in place."""
        return self._machine(Role.CONTROL_PLANE, control_plane_text(self.spec), settings)

    def worker(self, **settings: Any) -> Machine:
        """A new worker with its user data and its programs in place."""
        return self._machine(Role.WORKER, worker_text(self.spec.pool("general")), settings)

    def terminate(self, machine: Machine) -> None:
        """End its instance."""
        self.ec2.terminate_instances(InstanceIds=[machine.instance])

    def _machine(self, role: Role, user_data: str, settings: dict[str, Any]) -> Machine:
        launched = self.ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
        instance = launched["Instances"][0]["InstanceId"]
        metadata = Metadata(
            {
                "instance-id": instance,
                "instance-life-cycle": "on-demand",
                "local-hostname": f"{instance}.eu-west-1.compute.internal",
                "local-ipv4": "127.0.0.1",
                "ipv6": "::1",
                "placement/availability-zone": "eu-west-1a",
                "iam/security-credentials/": "role",
                "iam/security-credentials/role": json.dumps(
                    {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "secret", "Token": "session"}
                ),
            }
        )
        self.stack.enter_context(served(metadata))
        root = self.folder / instance
        root.mkdir()
        machine = Machine(root, instance, metadata, {"AWS_ENDPOINT_URL": self.url})
        self.stack.callback(machine.switch_off)
        machine.boot(user_data, apiPort=self.api_port, **settings)
        machine.fetch(role)
        return machine


@pytest.fixture
def cluster(
    aws: str, client: Callable[[str], Any], authority: Authority, tmp_path: Path
) -> Iterator[Cluster]:
    """A cluster that Pulumi has made and no machine has touched."""
    with ExitStack() as stack:
        made = Cluster(
            name=f"test-{next(_numbers)}",
            ssm=client("ssm"),
            ec2=client("ec2"),
            url=aws,
            folder=tmp_path,
            authority=authority,
            stack=stack,
        )
        made.put(ssm_paths.token(made.name), TOKEN)
        made.put(ssm_paths.ca_hash(made.name), HASH)
        made.put(ssm_paths.api_host(made.name), "localhost")
        for number in (1, 2, 3):
            made.put(
                f"{ssm_paths.encryption_folder(made.name)}/dualstack-{number}", f"{KEY}{number}"
            )
        for file in ssm_paths.PKI_FILES:
            text = authority.certificate if file.endswith(".crt") else f"{SECRET_KEY}{file}\n"
            made.put(ssm_paths.pki_file(made.name, file), text)
        stack.callback(_serve_api(made))
        yield made


@pytest.fixture
def groups() -> Iterator[Scaling]:
    """The Auto Scaling groups of the account."""
    with scaling.served(Scaling()) as made:
        yield made


@pytest.fixture
def api(cluster: Cluster) -> Iterator[Kubernetes]:
    """The cluster's API, for kubelets and administrators."""
    with kubernetes.served(Kubernetes(), cluster.authority, cluster.folder / "api") as made:
        yield made


@pytest.fixture
def etcd(cluster: Cluster) -> Iterator[Etcd]:
    """The cluster's etcd, as one member sees it."""
    with members.served(Etcd(), cluster.authority, cluster.folder / "etcd") as made:
        yield made


@pytest.fixture
def etcd_member(cluster: Cluster, etcd: Etcd) -> Machine:
    """A control plane that is a member itself."""
    made = cluster.control_plane(etcdPort=etcd.port)
    members.let_in(made, cluster.authority)
    etcd.members = [member(made, "1")]
    return made


@pytest.fixture
def worker(cluster: Cluster, groups: Scaling, api: Kubernetes) -> Machine:
    """A worker that has joined, in a group that waits for its launch hook."""
    made = cluster.worker()
    made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
    groups.states[made.instance] = ("prod-general", "Pending:Wait")
    api.nodes[made.instance] = node(made.instance)
    let_in(made, api, cluster.authority)
    joined = made.root / "var/lib/dualstack/joined"
    joined.parent.mkdir(parents=True, exist_ok=True)
    joined.write_text(f"{made.instance}\n")
    kubelet = made.root / "var/lib/kubelet/config.yaml"
    kubelet.parent.mkdir(parents=True, exist_ok=True)
    kubelet.write_text("kind: KubeletConfiguration\n")
    return made


SECRET_KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIsecretMIIsecretMIIsecret\n-----END RSA PRIVATE KEY-----\n"
)


def _serve_api(cluster: Cluster) -> Callable[[], None]:
    """The API server's readiness and the cluster's public information, behind the name that the load balancer would have."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            informed = self.path == "/api/v1/namespaces/kube-public/configmaps/cluster-info"
            told = json.dumps({"data": cluster.vouches()}) if informed else ""
            ready = cluster.api_up.is_set() and (informed or self.path == "/readyz")
            self.send_response(200 if ready else 503)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            # The class's own looks up this host's name, which may take seconds.
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

        def handle_error(self, *args: object) -> None:
            # A client that does not trust the certificate hangs up.
            pass

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        *cluster.authority.server_files(cluster.folder, "localhost", "127.0.0.1", "::1")
    )
    server.socket = context.wrap_socket(server.socket, server_side=True)
    cluster.api_port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


PROGRAM_FOLDER = Path(__file__).parents[3] / "templates/node"


def _program(name: str) -> Iterator[ModuleType]:
    """A program of the machine, imported as it imports its neighbours, and forgotten afterwards."""
    names = {file.stem for file in PROGRAM_FOLDER.glob("*.py")}
    kept = {name: sys.modules.pop(name) for name in names & set(sys.modules)}
    sys.path.insert(0, str(PROGRAM_FOLDER))
    sys.dont_write_bytecode, written = True, sys.dont_write_bytecode
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(PROGRAM_FOLDER))
        sys.dont_write_bytecode = written
        for own in names:
            sys.modules.pop(own, None)
        sys.modules.update(kept)


@pytest.fixture(scope="session")
def machine_module() -> Iterator[ModuleType]:
    """machine.py"""
    yield from _program("machine")


@pytest.fixture(scope="session")
def kubeadm_module() -> Iterator[ModuleType]:
    """kubeadm.py"""
    yield from _program("kubeadm")


@pytest.fixture(scope="session")
def imds() -> Iterator[ModuleType]:
    """imds.py"""
    yield from _program("imds")


@pytest.fixture(scope="session")
def aws_module() -> Iterator[ModuleType]:
    """aws.py"""
    yield from _program("aws")
