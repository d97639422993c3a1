"""A cluster's API as the kubelet of one machine may use it. What was seen of a real one is in the answers."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.unit.node.authority import Authority
from tests.unit.node.machine import Machine

OUT_OF_BUDGET = {
    "message": "Cannot evict pod as it would violate the pod's disruption budget.",
    "details": {"causes": [{"reason": "DisruptionBudget"}]},
    "code": 429,
}


NOT_FOUND = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
"""The body of an answer about what is not there. Its status is a text, and that of an object is none."""
FAILURE = {"kind": "Status", "status": "Failure", "code": 503}
"""The body of an answer of a server that has a fault."""


def node(name: str, ready: str = "True", **status: Any) -> dict[str, Any]:
    """A Node."""
    condition = {"type": "Ready", "status": ready, "reason": "Kubelet", "message": "it says so"}
    return {
        "metadata": {"name": name, "labels": {}},
        "spec": {},
        "status": {"conditions": [condition], **status},
    }


def pod(name: str, on: str, owner: str = "ReplicaSet", **metadata: Any) -> dict[str, Any]:
    """A pod of a controller, on a node."""
    return {
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid of {name}",
            "ownerReferences": [{"kind": owner, "name": "web", "controller": True}],
            **metadata,
        },
        "spec": {"nodeName": on},
        "status": {"phase": "Running"},
    }


@dataclass
class Secrets:
    """The Secrets of a cluster, as an API server writes them into etcd by the configuration that it has read."""

    etcd: dict[str, bytes]
    """What etcd stores."""
    configuration: Path
    """The file of the API server here."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why an admission webhook refuses to have one written, by namespace and name."""

    def answer(self, place: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        key = f"/registry/secrets/{place}"
        if key not in self.etcd:
            return 404, {"message": f'secrets "{place}" not found'}
        version = str(hash(self.etcd[key]))
        if body is None:
            return 200, {"kind": "Secret", "metadata": {"resourceVersion": version}}
        if place in self.refused:
            return 403, {"message": self.refused[place]}
        if body["metadata"]["resourceVersion"] != version:
            return 409, {"message": "the object has been modified"}
        self.write(key)
        return 200, body

    def write(self, key: str) -> None:
        """Write one. The first provider of the configuration encrypts."""
        text = json.loads(self.configuration.read_text())
        [listed] = text["resources"]
        first = listed["providers"][0]
        named = first["secretbox"]["keys"][0]["name"] if "secretbox" in first else None
        self.etcd[key] = f"k8s:enc:secretbox:v1:{named}:box".encode() if named else b"k8s\0text"


@dataclass
class Kubernetes:
    """The objects of a cluster, and what was done to them."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    pods: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    """How often the eviction of a pod is refused by its budget."""
    ready_after: int = 0
    """How often a Node is asked for before it is Ready."""
    deleted_after: int | None = None
    """How often a Node that says it has left is asked for before it is gone; None if nobody deletes it."""
    marks_refused: int = 0
    """How often a Node is refused that says it has left."""
    away: bool = False
    """Whether it answers nothing but that it is not there."""
    old: bool = False
    """Whether the minor knows evictions of policy/v1beta1 alone."""
    proxies: dict[str, Any] | None = None
    """The pods' template of kube-proxy; None if the cluster has none."""
    configuration: dict[str, Any] = field(default_factory=lambda: {"metadata": {}})
    """The ConfigMap in which kubeadm keeps what the cluster is."""
    did: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """What was asked for, in order, without its query."""
    secrets: "Secrets | None" = None
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What kubelets ask for when they want a certificate to serve with, by the name of the request."""
    decided: dict[str, str] = field(default_factory=dict)
    """The decisions on them."""
    leases: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The Leases of kube-system by name."""
    held: list[str] = field(default_factory=list)
    """Who has held a Lease, in order."""
    port: int = 0

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911, PLR0912 (one a call)
        place = urlsplit(target)
        parts = unquote(place.path).strip("/").split("/")
        query = {name: value[0] for name, value in parse_qs(place.query).items()}
        self.asked.append(place.path)
        if self.away:
            return 503, FAILURE
        match method, parts:
            case "GET", ["api", "v1", "pods"]:
                wanted = query["fieldSelector"].removeprefix("spec.nodeName=")
                return 200, {"items": [p for p in self.pods if p["spec"]["nodeName"] == wanted]}
            case "GET", ["readyz"]:
                return 200, {}
            case "GET", ["api", "v1", "namespaces", "kube-system", "pods"]:
                return 200, {"items": self.pods}
            case "GET", ["api", "v1", "namespaces", "kube-system", "pods", name]:
                named = [p for p in self.pods if p["metadata"]["name"] == name]
                return (200, named[0]) if named else (404, NOT_FOUND)
            case "GET", ["api", "v1", "nodes"]:
                found = [
                    n
                    for n in self.nodes.values()
                    if query.get("labelSelector", "") in ("", *n["metadata"]["labels"])
                ]
                return 200, {"items": found}
            case "GET", ["api", "v1", "nodes", name]:
                return self._node(name)
            case "PATCH", ["api", "v1", "nodes", _] if self._refuses_mark(body):
                return 503, FAILURE
            case "PATCH", ["api", "v1", "nodes", name] if name in self.nodes:
                return self._patch(self.nodes[name], body)
            case "PATCH", ["api", "v1", "nodes", name, "status"] if name in self.nodes:
                [condition] = body["status"]["conditions"]
                self.did.append(f"says that {name} is {condition['type']}: {condition['status']}")
                return self._patch(self.nodes[name], body)
            case _, ["apis", "apps", "v1", "namespaces", "kube-system", "daemonsets", "kube-proxy"]:
                if self.proxies is not None and method == "PATCH":
                    self.proxies.update(body["spec"]["template"])
                return (404, NOT_FOUND) if self.proxies is None else (200, {})
            case _, ["api", "v1", "namespaces", "kube-system", "configmaps", "kubeadm-config"]:
                return self._patch(self.configuration, body or {})
            case "DELETE", ["api", "v1", "nodes", name]:
                self.did.append(f"deletes {name}")
                return (200, {}) if self.nodes.pop(name, None) else (404, NOT_FOUND)
            case "DELETE", ["api", "v1", "namespaces", space, "pods", name]:
                self.did.append(f"deletes {space}/{name}")
                self.pods = [p for p in self.pods if p["metadata"]["name"] != name]
                return 200, {}
            case (("GET" | "PUT"), ["api", "v1", "namespaces", space, "secrets", name]) if (
                self.secrets
            ):
                return self.secrets.answer(f"{space}/{name}", body)
            case _, ["apis", "certificates.k8s.io", "v1", "certificatesigningrequests", *rest]:
                return self._requests(rest, body)
            case _, ["apis", "coordination.k8s.io", "v1", "namespaces", _, "leases", *rest]:
                return self._lease(method, rest, body)
            case "POST", ["api", "v1", "namespaces", _, "pods", name, "eviction"]:
                return self._evict(name, body)
        return 404, NOT_FOUND

    def _refuses_mark(self, change: dict[str, Any]) -> bool:
        if not self.marks_refused or "labels" not in change.get("metadata", {}):
            return False
        self.marks_refused -= 1
        return True

    def _requests(self, place: list[str], body: Any) -> tuple[int, Any]:
        if place:
            [condition] = body["status"]["conditions"]
            self.decided[place[0]] = condition["type"]
            return 200, body
        items = [
            {
                "metadata": {"name": name},
                "spec": spec,
                "status": {"conditions": [{"type": self.decided[name]}]}
                if name in self.decided
                else {},
            }
            for name, spec in self.requests.items()
        ]
        return 200, {"items": items}

    def _lease(self, method: str, place: list[str], body: Any) -> tuple[int, Any]:
        name = place[0] if place else body["metadata"]["name"]
        if method == "POST":
            if name in self.leases:
                return 409, {"message": f'leases "{name}" already exists'}
            self.held.append(body["spec"]["holderIdentity"])
            body["metadata"]["uid"] = f"uid {len(self.held)}"
            self.leases[name] = body
            return 201, body
        if name not in self.leases:
            return 404, NOT_FOUND
        if method == "DELETE":
            if body["preconditions"]["uid"] != self.leases[name]["metadata"]["uid"]:
                return 409, {"message": "Precondition failed: UID in precondition"}
            return 200, self.leases.pop(name)
        return 200, self.leases[name]

    def _node(self, name: str) -> tuple[int, Any]:
        found = self.nodes.get(name)
        if not found:
            return 404, NOT_FOUND
        if self.ready_after > 0:
            self.ready_after -= 1
            return 200, node(name, ready="False")
        if "dualstack/left" in found["metadata"]["labels"] and self.deleted_after is not None:
            self.deleted_after -= 1
            if self.deleted_after < 0:
                del self.nodes[name]
        return 200, found

    def _patch(self, found: dict[str, Any], change: dict[str, Any]) -> tuple[int, Any]:
        for section, entries in change.items():
            for key, value in entries.items():
                if isinstance(value, dict):
                    merged = {**found[section].get(key, {}), **value}
                    # As a merge patch says it: null takes an entry away.
                    found[section][key] = {k: v for k, v in merged.items() if v is not None}
                else:
                    found[section][key] = value
        if change.get("spec", {}).get("unschedulable"):
            self.did.append("cordons")
        if "labels" in change.get("metadata", {}):
            self.did.append("says it has left")
        return 200, found

    def _evict(self, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        wanted = "policy/v1beta1" if self.old else "policy/v1"
        if body["apiVersion"] != wanted:
            return 400, {"message": f"does not match the expected API version ({wanted})"}
        if self.refusals.get(name, 0) > 0:
            self.refusals[name] -= 1
            self.did.append(f"asks for {name}")
            return 429, OUT_OF_BUDGET
        self.did.append(f"evicts {name}")
        self.pods = [p for p in self.pods if p["metadata"]["name"] != name]
        return 201, {}


class Api(Protocol):
    """What answers as a cluster's API."""

    port: int

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]: ...


Served = TypeVar("Served", bound=Api)


@contextmanager
def served(kubernetes: Served, authority: Authority, folder: Path) -> Iterator[Served]:
    """Serve it on a port of its own, to clients with a certificate of the cluster."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, document = kubernetes.answer(self.command, self.path, body)
            text = (document if isinstance(document, str) else json.dumps(document)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 (http.server names them)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server_files(folder, "127.0.0.1"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    kubernetes.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield kubernetes
    server.shutdown()
    server.server_close()


def let_in(machine: Machine, kubernetes: Api, authority: Authority) -> None:
    """Give a machine what kubeadm and the kubelet leave on a node: kubeconfigs, the authority and a certificate."""
    files = machine.root / "etc/kubernetes/kubelet.conf", machine.root / "etc/kubernetes/pki/ca.crt"
    pem = machine.root / "var/lib/kubelet/pki/kubelet-client-current.pem"
    for file in (*files, pem):
        file.parent.mkdir(parents=True, exist_ok=True)
    files[0].write_text(
        f"apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:{kubernetes.port}\n"
        f"users:\n- user:\n    client-certificate: {pem}\n"
    )
    files[1].write_text(authority.certificate)
    certificate, key = authority.server_files(pem.parent, "kubelet")
    pem.write_text(certificate.read_text() + key.read_text())
    admin = [base64.b64encode(file.read_bytes()).decode() for file in (certificate, key)]
    (machine.root / "etc/kubernetes/admin.conf").write_text(
        f"clusters:\n- cluster:\n    server: https://127.0.0.1:{kubernetes.port}\nusers:\n- user:\n"
        f"    client-certificate-data: {admin[0]}\n    client-key-data: {admin[1]}\n"
    )
