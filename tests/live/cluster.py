"""A cluster that runs on this host, and the ways in: its API, its machines, the internet around it."""

import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import yaml

from rehearsal.builds.kubernetes import kubernetes
from rehearsal.cloud import INTERRUPTIONS, Cloud, pace, running_cloud
from rehearsal.machines.access import Kubectl, is_ready
from rehearsal.machines.ledger import Ledger
from rehearsal.machines.machine import Machine
from rehearsal.machines.network import internet
from rehearsal.machines.network.namespaces import Namespace
from rehearsal.state import State
from tests.live.run import Run
from tests.support.patience import PATIENCE_SECONDS

BUSYBOX = "/bin/busybox"


def eventually(found: Callable[[], Any], pause: float = 1) -> Any:
    """The first answer that counts as true; the last one when patience is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = found()
        except Exception as error:  # noqa: BLE001 what is not yet there fails in many ways
            answer, failure = None, error
        else:
            failure = None
        if answer or time.monotonic() > deadline:
            assert failure is None, failure
            return answer
        time.sleep(pause)


@dataclass(frozen=True)
class Cluster:
    """One stack, up and with machines."""

    name: str
    config: Path
    folder: Path

    def begin(self, command: str, *words: str) -> Run:
        """Start a command of the rehearsal on it."""
        file = ("--config-file", str(self.config))
        return Run(command, self.name, *file, *words, state=self.folder)

    @property
    def beginning(self) -> dict[str, Any]:
        """What was seen while it came up."""
        return json.loads(self.beginning_file.read_text())

    @property
    def beginning_file(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def state(self) -> State:
        return State(self.folder)

    @property
    def settings(self) -> dict[str, Any]:
        return yaml.safe_load(self.config.read_text())["config"]

    def changed(self, section: str, **settings: Any) -> "Cluster":
        """The cluster with other settings in a section of its configuration."""
        config = self.settings
        config.setdefault(f"dualstack:{section}", {}).update(settings)
        return self.configured(section, config)

    def configured(self, change: str, config: dict[str, Any]) -> "Cluster":
        """The cluster with another configuration, in a file of its own for the change."""
        file = self.folder / "changed" / change / self.config.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"config": config}))
        return replace(self, config=file)

    @property
    def families(self) -> list[str]:
        return self.settings["dualstack:cluster"].get("ipFamilies", ["IPv4", "IPv6"])

    @property
    def api(self) -> Kubectl:
        return Kubectl(kubernetes("kubectl", "1.36"), self.folder / "live/kubeconfigs" / self.name)

    def api_at(self, address: str) -> Kubectl:
        """Its API at one address of the load balancer."""
        content = yaml.safe_load(self.api.kubeconfig.read_text())
        content["clusters"][0]["cluster"]["server"] = url(address, 6443, "", "https")
        other = self.folder / "kubeconfig"
        other.write_text(yaml.safe_dump(content))
        return Kubectl(self.api.kubectl, other)

    def in_order(self, ipv4: str, ipv6: str) -> list[str]:
        """Two values, that of the primary family first."""
        return [ipv4, ipv6] if self.families[0] == "IPv4" else [ipv6, ipv4]

    # the cluster

    def get(self, kind: str, *words: str) -> Any:
        return json.loads(self.api.run("get", kind, *words, "--output=json"))

    def apply(self, *objects: dict[str, Any]) -> None:
        self.api.run("apply", "--filename=-", text="\n---\n".join(map(json.dumps, objects)))

    def exec(self, pod: str, *command: str, seconds: float = 30) -> str:
        return self.api.run("exec", pod, "--", *command, seconds=seconds)

    def fetch(
        self,
        pod: str,
        address: str,
        port: int,
        path: str = "/",
        method: str = "GET",
        **headers: str,
    ) -> str:
        """A whole answer of HTTP as a pod gets it; nothing where none comes."""
        fields = "".join(
            f"{name.replace('_', '-')}: {value}\\r\\n" for name, value in headers.items()
        )
        # The static busybox cannot resolve names, so its wget ends at once; nc takes addresses.
        script = (
            f"busybox printf '{method} {path} HTTP/1.0\\r\\n{fields}\\r\\n'"
            f" | busybox timeout 6 busybox nc {address} {port} || true"
        )
        return self.exec(pod, BUSYBOX, "sh", "-c", script)

    def nodes(self, role: str = "") -> list[dict[str, Any]]:
        found = sorted(self.api.nodes(), key=lambda node: node["metadata"]["name"])
        control = "node-role.kubernetes.io/control-plane"
        if not role:
            return found
        return [
            n for n in found if (control in n["metadata"]["labels"]) == (role == "control plane")
        ]

    def all_ready(self, wanted: int) -> bool:
        nodes = self.api.nodes()
        return len(nodes) == wanted and all(is_ready(node) for node in nodes)

    def unready(self, api: Kubectl) -> set[str]:
        """Nodes that are not Ready, as one way to the API tells."""
        return {n["metadata"]["name"].split(".")[0] for n in api.nodes() if not is_ready(n)}

    # the machines

    @property
    def cloud(self) -> Cloud:
        cloud = running_cloud(self.state)
        assert cloud is not None, "the cloud does not run"
        return cloud

    def happens(self, event: str, **what: str) -> None:
        """Let something happen to machines without a request, such as a spot interruption of an `instance`."""
        asked = {"event": event, "region": self.settings["aws:region"], **what}
        self.cloud.tell(INTERRUPTIONS, asked)

    def skip(self, seconds: float) -> None:
        """Let so many seconds of AWS pass at once. What waits for a machine here passes in the machine's own time."""
        self.cloud.tell(pace.PATH, seconds)

    def skip_beside_machines(self, seconds: float) -> None:
        """Let so many seconds pass of AWS's waits for machines, such as those of lifecycle hooks."""
        self.skip(seconds * pace.SPEED)

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name=self.settings["aws:region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def machine(self, node: dict[str, Any] | str) -> Machine:
        name = node if isinstance(node, str) else node["metadata"]["name"]
        place = self.folder / "live"
        return Machine(name.split(".")[0], place / "machines", Ledger(place / "ledger"))

    def machines(self) -> list[Machine]:
        return [
            self.machine(path.name) for path in sorted((self.folder / "live/machines").iterdir())
        ]

    def instances(self) -> dict[str, dict[str, Any]]:
        """What AWS says of its machines, by instance."""
        tag = [{"Name": f"tag:kubernetes.io/cluster/{self.name}", "Values": ["owned"]}]
        found = self.aws("ec2").describe_instances(Filters=tag)["Reservations"]
        return {i["InstanceId"]: i for reservation in found for i in reservation["Instances"]}

    def parameters(self, folder: str) -> dict[str, str]:
        """What machines have left in a folder of the cluster's parameters, by last name."""
        where = f"/dualstack/{self.name}/{folder}".rstrip("/")
        pages = self.aws("ssm").get_paginator("get_parameters_by_path")
        return {
            one["Name"].rsplit("/", 1)[-1]: one["Value"]
            for page in pages.paginate(Path=where, Recursive=True)
            for one in page["Parameters"]
        }

    def etcd_members(self) -> list[str]:
        """Instances that are members of etcd."""
        return sorted(self.etcd_ids())

    def etcd_ids(self) -> dict[str, str]:
        """The id of each member of etcd, by instance; asked of a control plane."""
        program = (
            "import json, sys; sys.path.insert(0, '/usr/local/lib/dualstack');"
            " import etcd_members, machine;"
            " print(json.dumps(etcd_members.ask(machine.settings(), 'cluster/member/list', {})['members']))"
        )
        told = self.machine(self.nodes("control plane")[0]).run("python3", "-c", program)
        return {member["name"].split(".")[0]: member["ID"] for member in json.loads(told)}

    # the load balancer

    def endpoint(self) -> tuple[str, list[str]]:
        """The API's name, and its addresses."""
        lines = (self.folder / "live/network/hosts").read_text().splitlines()
        entries = [line.split() for line in lines if "elb" in line]
        return entries[0][1], [address for address, _ in entries]


def fetch(space: Namespace, url: str, source: str = "") -> str:
    """The body at an address, seen from a network; nothing where no answer comes."""
    interface = ("--interface", source) if source else ()
    command = ["nsenter", f"--net={space.path}", "curl", "--globoff", "--silent", "--insecure"]
    done = subprocess.run(
        [*command, "--max-time", "5", *interface, url], capture_output=True, text=True, check=False
    )
    return done.stdout


def fetch_all(space: Namespace, *asked: tuple[str, ...]) -> list[str]:
    """Bodies at addresses, all asked at once: where no answer comes, each would take its time."""
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(lambda one: fetch(space, *one), asked))


OUTSIDE = internet.OUTSIDE


def url(address: str, port: int, path: str = "/", scheme: str = "http") -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{scheme}://{host}:{port}{path}"


def internal_addresses(node: dict[str, Any]) -> list[str]:
    return [a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP"]
