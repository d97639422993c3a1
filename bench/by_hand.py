"""The floor of a live cluster: the same cluster created with kubeadm by hand, on the same machines, with the same programs."""

import contextlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from components.catalog import needed
from components.facts import ports
from components.facts.instance_types import describe
from components.facts.versions import patch_of
from components.machine.documents import init_documents
from components.machine.software import Artifact, artifacts
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec, WorkerPoolSpec
from rehearsal import mirror
from rehearsal.cloud import start_cloud
from rehearsal.daemons import wait_until
from rehearsal.machines.access import is_ready
from rehearsal.machines.image import AWS
from rehearsal.machines.machine import Machine
from rehearsal.machines.overrides import overrides
from rehearsal.machines.shell import LiveError, run
from rehearsal.machines.supervisor import Supervisor
from rehearsal.machines.trial import Trial
from rehearsal.providers.aws.session import Clients
from rehearsal.render import configuration
from rehearsal.workspace import Project

from .bare_machines import TYPE, BareMachine, launch

DOWNLOAD = Path(__file__).with_name("download_by_hand.sh")
INSTALL = Path(__file__).with_name("by_hand.sh")
NEW = "/root/new"
"""The folder of the next minor's programs until they take the place of those that run."""
RESTART = f"mv {NEW}/kube* /usr/local/bin/ && systemctl daemon-reload && systemctl restart kubelet"

FILES = (
    "/etc/containerd/config.toml",
    "/etc/sysctl.d/90-dualstack.conf",
    "/etc/systemd/system/containerd.service",
    "/etc/systemd/system/kubelet.service",
    "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
)
"""Files of our machines that distribution packages would install."""

API = "kubeadm.k8s.io/v1beta4"
TOKEN = "abcdef.0123456789abcdef"  # noqa: S105 (of a cluster that lives for a minute)
IGNORED = ["SystemVerification"]
"""The check of kubeadm that a container of this host cannot pass."""
ADMIN = "/etc/kubernetes/admin.conf"
KUBECTL = ("kubectl", f"--kubeconfig={ADMIN}")
SECONDS = 600


def bring_up(trial: Trial, report: Callable[[str], None]) -> "list[Hands]":
    """Create the trial's cluster by hand, in its state folder. Returns its machines, the control plane first, when every node is Ready."""
    cloud = start_cloud(trial.state, in_use=False)
    supervisor = Supervisor(trial.state)
    supervisor.start()
    served = mirror.serve(trial.state)
    spec = _spec(trial, served)
    supervisor.configure(
        regions={trial.stack: spec.region}, imageFiles=dict(served.containerd_files)
    )
    clients = Clients(cloud.endpoint)
    first, *others = launch(
        clients.get("ec2", spec.region),
        clients.get("ssm", spec.region),
        spec.vpc.zones[0],
        1 + sum(pool.min for pool in spec.workers.values()),
    )
    control_plane = Hands(supervisor.machine(first.instance), first, spec, report)
    workers = [
        Hands(supervisor.machine(bare.instance), bare, spec.pool(next(iter(spec.workers))), report)
        for bare in others
    ]
    with ThreadPoolExecutor(1 + len(workers)) as together:
        made = together.submit(control_plane.init, spec)
        joined = [together.submit(worker.join, first, made) for worker in workers]
        for done in (made, *joined):
            done.result()
    _eventually(lambda: control_plane.ready() == 1 + len(workers), "the nodes to be Ready")
    return [control_plane, *workers]


def upgrade(trial: Trial, machines: "list[Hands]") -> None:
    """Bring a cluster that was made by hand to the minor of the trial, as Kubernetes' documentation says: one machine after the other."""
    spec = _spec(trial, mirror.serve(trial.state))
    control_plane, *workers = machines
    control_plane.fetch(spec)
    version = f"v{patch_of(spec.cluster.kubernetes_version)}"
    control_plane.upgrade("apply", "--yes", version)
    for worker in workers:
        node = worker.node_name()
        worker.fetch(spec.pool(next(iter(spec.workers))))
        # The newer kubelet of the control plane makes the API server's pod again, some seconds after its start.
        _again(
            control_plane.kubectl, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data"
        )
        _again(worker.upgrade, "node")
        _again(control_plane.kubectl, "uncordon", node)


def _spec(trial: Trial, served: mirror.Releases) -> Spec:
    mirrored = overrides(trial.config, served, AWS)
    project = Project.of_checkout(trial.config_file, overrides=mirrored)
    return load(Spec, configuration(project, trial.stack, None))


@dataclass(frozen=True, slots=True)
class Hands:
    """The work of a person on one machine."""

    machine: Machine
    bare: BareMachine
    spec: Spec | WorkerPoolSpec
    report: Callable[[str], None]

    def init(self, spec: Spec) -> None:
        """Run `kubeadm init`, and install flannel."""
        self._install()
        ours = next(yaml.safe_load_all(init_documents(spec)))
        same = ("kubernetesVersion", "imageRepository", "networking")
        self._kubeadm(
            "init",
            {"kind": "ClusterConfiguration", **{key: ours[key] for key in same}},
            {"kind": "InitConfiguration", "bootstrapTokens": [{"token": TOKEN}], **self._node()},
        )
        self._run(*KUBECTL, "apply", "--filename=-", text=needed(spec)["flannel"].text())

    def join(self, first: BareMachine, made: Future[None]) -> None:
        """Run `kubeadm join` when the cluster exists."""
        self._install()
        made.result()
        found = {
            "apiServerEndpoint": f"{first.ipv4}:{ports.API}",
            "token": TOKEN,
            "unsafeSkipCAVerification": True,
        }
        discovery = {"bootstrapToken": found}
        self._kubeadm("join", {"kind": "JoinConfiguration", "discovery": discovery, **self._node()})

    def ready(self) -> int:
        """The number of Ready nodes."""
        with contextlib.suppress(LiveError):
            nodes = json.loads(self.kubectl("get", "nodes", "--output=json"))["items"]
            return sum(map(is_ready, nodes))
        return 0

    def fetch(self, spec: Spec | WorkerPoolSpec) -> None:
        """Download Kubernetes' programs of a minor beside those that run."""
        listed = artifacts(spec, describe(TYPE).architecture)
        programs = [one for one in listed if one.name in ("kubeadm", "kubelet", "kubectl")]
        self._download(replace(one, destination=NEW) for one in programs)

    def upgrade(self, *words: str) -> None:
        """Run `kubeadm upgrade` of the programs that were fetched, and let the kubelet follow."""
        self._run(
            f"{NEW}/kubeadm", "upgrade", *words, f"--ignore-preflight-errors={','.join(IGNORED)}"
        )
        self.report(f"{self.bare.instance} has run kubeadm upgrade {words[0]}")
        self._run("bash", "-c", RESTART)

    def kubectl(self, *words: str) -> str:
        """The output of kubectl on a control plane."""
        return self._run(*KUBECTL, *words)

    def node_name(self) -> str:
        return self._run("hostname").strip()

    def _install(self) -> None:
        _eventually(self._answers, f"{self.machine.name} to start")
        self.report(f"{self.bare.instance} has started")
        for path, content in _files(self.spec).items():
            place = self.machine.root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        self._download(artifacts(self.spec, describe(TYPE).architecture))
        self._run("bash", "-c", INSTALL.read_text())
        self.report(f"{self.bare.instance} has its programs")

    def _download(self, listed: Iterable[Artifact]) -> None:
        lines = [f"{one.name} {one.url} {one.kind} {one.destination}\n" for one in listed]
        self._run("bash", "-c", DOWNLOAD.read_text(), text="".join(lines))

    def _kubeadm(self, verb: str, *documents: dict[str, Any]) -> None:
        versioned = [{"apiVersion": API} | document for document in documents]
        (self.machine.root / "root/kubeadm.yaml").write_text(yaml.safe_dump_all(versioned))
        self._run("kubeadm", verb, "--config=/root/kubeadm.yaml")
        self.report(f"{self.bare.instance} has run kubeadm {verb}")

    def _node(self) -> dict[str, Any]:
        addresses = {"name": "node-ip", "value": f"{self.bare.ipv4},{self.bare.ipv6}"}
        return {
            "nodeRegistration": {"kubeletExtraArgs": [addresses], "ignorePreflightErrors": IGNORED}
        }

    def _answers(self) -> bool:
        """Whether its systemd takes commands."""
        with contextlib.suppress(LiveError):
            return bool(self._run("systemctl", "show", "--property=Version"))
        return False

    def _run(self, *command: str, text: str | None = None) -> str:
        leader = self.machine.leader
        if leader is None:
            raise LiveError(f"{self.machine.name} does not run")
        return run(*self.machine.entered(leader, *command), text=text, seconds=SECONDS)


def _files(spec: Spec | WorkerPoolSpec) -> dict[str, str]:
    """The contents of `FILES` by path, as our own machines have them."""
    user_data = control_plane_text(spec) if isinstance(spec, Spec) else worker_text(spec)
    files = yaml.safe_load(user_data)["write_files"]
    return {file["path"]: file["content"] for file in files if file["path"] in FILES}


def _again(action: Callable[..., object], *words: str) -> None:
    """Do what the API may refuse for a while. Raises the last LiveError."""
    failures: list[LiveError] = []

    def done() -> bool:
        try:
            action(*words)
        except LiveError as failure:
            failures.append(failure)
            return False
        return True

    if not wait_until(done, SECONDS, 1):
        raise failures[-1]


def _eventually(found: Callable[[], bool], what: str) -> None:
    if not wait_until(found, SECONDS, 0.2):
        raise LiveError(f"waited {SECONDS} s for {what}")
