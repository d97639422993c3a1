"""The programs of a real control plane, started on what kubeadm wrote for them."""

import hashlib
import json
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from components.facts.kubernetes_folder import ENCRYPTION_FILE
from components.machine.api_server import api_server_files
from components.spec.cluster import ControlPlaneSpec
from rehearsal.builds import kubernetes
from rehearsal.builds.etcd import etcd
from tests.kubeadm.reading import command
from tests.kubeadm.rendered import initial
from tests.kubeadm.sandbox import Finished, Sandbox, terminate
from tests.support.patience import wait_until

PHASES = ("certs all", "kubeconfig all", "control-plane all", "etcd local", "kubelet-start")
"""What `kubeadm init` does before anything runs."""

NO_ENCRYPTION = json.dumps(
    {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": [{"identity": {}}]}],
    }
)
"""What the API server reads where a test says nothing else. Machines compose it of their keys."""

CGROUP_V2 = "mount -t cgroup2 none /sys/fs/cgroup && mount -o remount,bind,ro /sys/fs/cgroup"


@dataclass(slots=True)
class ControlPlane:
    """etcd, the API server and the controller manager of one minor, on one machine."""

    machine: Sandbox
    minor: str
    address: str
    """Where the API server is, an address of the machine."""
    running: dict[str, Popen[bytes]] = field(default_factory=dict)
    further: list[str] = field(default_factory=list)
    """Arguments of the API server beside those of its manifest."""

    def prepare(self, spec: ControlPlaneSpec) -> None:
        """Have kubeadm write certificates, kubeconfigs, manifests and the kubelet's configuration."""
        path = self.machine.write("documents/init.yaml", initial(spec))
        for file in api_server_files(spec):
            self.machine.write(file.path.removeprefix("/etc/"), file.content)
        self.machine.write(ENCRYPTION_FILE.removeprefix("/etc/"), NO_ENCRYPTION)
        for phase in PHASES:
            self.kubeadm("init", "phase", *phase.split(), "--config", path)
        # Kubelets from 1.35 start with cgroup v2 alone; read-only, so that none is made on the host.
        mounted = self.machine.run("sh", "-c", CGROUP_V2)
        assert mounted.status == 0, mounted.output

    def let_administrator_in(self) -> None:
        """Give admin.conf the rights that it has in a cluster: nobody binds its group before `kubeadm init` does."""
        config = self.machine.folder / "etc/kubernetes/admin.conf"
        config.write_text((config.parent / "super-admin.conf").read_text())

    def kubeadm(self, *arguments: str) -> str:
        """Run kubeadm, which has to succeed."""
        done = self.machine.run(kubernetes.kubeadm(self.minor), *arguments)
        assert done.status == 0, done.output
        return done.output

    def start(self, *components: str) -> None:
        """Start etcd and the components, by default all, and wait until the API server is ready."""
        self._start("etcd", etcd())
        for component in components or ("kube-apiserver", "kube-controller-manager"):
            self._start(component, kubernetes.kubernetes(component, self.minor))
        self.wait_for("the API server to be ready", lambda: self._answers("/readyz"))

    def restart(self, component: str) -> None:
        """Restart the API server, so that it reads its files again."""
        process = self.running.pop(component)
        terminate(process)
        process.wait()
        self._start(component, kubernetes.kubernetes(component, self.minor))
        self.wait_for("the API server to be ready", lambda: self._answers("/readyz"))

    def manifest(self, component: str) -> list[str]:
        """The arguments in a component's manifest."""
        return command(self.machine.folder / f"etc/kubernetes/manifests/{component}.yaml")

    def tried(self, component: str, arguments: list[str]) -> Finished:
        """What a component says that ends by itself."""
        program = kubernetes.kubernetes(component, self.minor)
        return self.machine.run(program, *arguments)

    def kubelet_arguments(self) -> list[str]:
        """What the unit that kubeadm's packages bring starts the kubelet with."""
        environment = (self.machine.folder / "lib/kubelet/kubeadm-flags.env").read_text()
        return [
            "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
            "--kubeconfig=/etc/kubernetes/kubelet.conf",
            "--config=/var/lib/kubelet/config.yaml",
            *shlex.split(environment.partition("=")[2].strip().strip('"')),
        ]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the API answers to its administrator."""
        status, answer = self._request(method, path, body)
        assert status in {200, 201}, answer
        return json.loads(answer)

    def refusal(self, path: str, body: dict[str, Any]) -> str:
        """Why the API would not make an object; nothing if it would. It is not made either way."""
        status, answer = self._request("POST", f"{path}?dryRun=All", body)
        assert status in {201, 403, 422}, answer
        return "" if status == 201 else json.loads(answer)["message"]

    def wait_for(self, what: str, ready) -> None:
        """Wait until something holds, or say which program has ended with which words."""

        def reached() -> bool:
            if ready():
                return True
            for component, process in self.running.items():
                assert process.poll() is None, f"{component} ended:\n{self.log(component)[-4000:]}"
            return False

        wait_until(reached, what)

    def log(self, component: str) -> str:
        """What a running component has said so far."""
        return self._log_path(component).read_text()

    def ca_hash(self) -> str:
        """The fingerprint by which joining machines know the cluster."""
        authority = (self.machine.folder / "etc/kubernetes/pki/ca.crt").read_bytes()
        key = x509.load_pem_x509_certificate(authority).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"sha256:{hashlib.sha256(spki).hexdigest()}"

    def _start(self, component: str, program: Path) -> None:
        log = self._log_path(component)
        # No load balancer looks at this API server, so it need not wait for one before it ends.
        own = ["--shutdown-delay-duration=0s", *self.further]
        more = own if component == "kube-apiserver" else []
        self.running[component] = self.machine.start(log, program, *self.manifest(component), *more)

    def _log_path(self, component: str) -> Path:
        return self.machine.folder / f"{component}.log"

    def _answers(self, path: str) -> bool:
        return self._request("GET", path, None)[0] == 200

    def request_as(
        self, bearer: str, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, str]:
        """What the API answers to the bearer of a token: the status, and the text."""
        return self._request(method, path, body, bearer)

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, *bearer: str
    ) -> tuple[int, str]:
        script = Path(__file__).with_name("ask_api.py")
        kubeconfig = self.machine.folder / "etc/kubernetes/super-admin.conf"
        done = self.machine.run_beside(
            *(sys.executable, str(script), str(kubeconfig), self.address, method, path, *bearer),
            given=json.dumps(body) if body else "",
        )
        first, _, rest = done.output.partition("\n")
        return (int(first), rest) if done.status == 0 else (0, done.output)
