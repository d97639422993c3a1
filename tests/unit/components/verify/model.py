"""A cluster in miniature: the answers of its API, and a network that packets pass as its faults let them."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NODES = ("cp", "w1", "w2")
NODE = {
    "cp": ("10.0.0.10", "2600:1f14::10"),
    "w1": ("10.0.0.11", "2600:1f14::11"),
    "w2": ("10.0.0.12", "2600:1f14::12"),
}
POD_RANGES = {
    "cp": ("10.244.0.0/24", "fd12::/64"),
    "w1": ("10.244.1.0/24", "fd12:0:0:1::/64"),
    "w2": ("10.244.2.0/24", "fd12:0:0:2::/64"),
}
SERVICES = ("10.96.0.0/16", "fd12:0:1::/112")
OUTSIDE = {"203.0.113.9": "198.51.100.1", "2001:db8::9": ""}
"""Hosts on the internet that say whom they saw; in IPv4 that is the NAT gateway."""

IPV6_ROUTE = (
    "fd120000000000000000000000000000 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001 cni0\n"
    "{zero} 00 {zero} 00 fe800000000000000000000000000001 00000064 00000001 00000000 00000003 ens5\n"
)
DEAD_END = "{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200 lo\n"
IPV4_ROUTE = (
    "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    "ens5 00000000 0100000A 0003 0 0 100 00000000 0 0 0\n"
)
TIMED_OUT = (28, "\n", "curl: (28) Connection timed out after 4000 milliseconds")


def version(text):
    return 6 if ":" in text else 4


class RefusedError(Exception):
    """The API says no."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


@dataclass
class Model:
    """A sound cluster of three nodes, and what is broken in it."""

    minor: int = 36
    first: int = 4
    """The version of the primary family."""

    # what is broken
    node_ip: tuple = (4, 6)
    pod_ranges: tuple = (4, 6)
    service_ranges: tuple = (4, 6)
    pod_families: tuple = (4, 6)
    ranges_reversed: bool = False
    not_ready: tuple = ()
    uninitialized: tuple = ()
    overlay_closed: bool = False
    largest: int = 1_000_000
    proxied: tuple = (4, 6)
    dns: tuple = (4, 6)
    late_names: int = 0
    """How often CoreDNS says that there is no such name before it knows a new Service."""
    masqueraded: tuple = (4, 6)
    unmasqueraded_seen: bool = False
    routed: tuple = (4, 6)
    dns64: bool = False
    nat64: bool = False
    pulled: bool = True
    on_exec: object = None
    """Called with each command in a pod, before it runs."""
    unreached: dict = field(default_factory=dict)
    """How many more commands the API cannot bring to a pod's kubelet, by pod."""

    namespaces: dict = field(default_factory=dict)
    objects: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    def order(self, values, kept=(4, 6), reverse=False):
        ordered = sorted(values, key=lambda text: version(text) != self.first)
        ordered = ordered[::-1] if reverse else ordered
        return [text for text in ordered if version(text) in kept]

    # the API

    def handle(self, method, path, body):
        """The answer to a request."""
        self.asked.append((method, path))
        if method == "GET" and path in (fixed := self._fixed()):
            return fixed[path]
        words = path.removeprefix("/api/v1/namespaces").strip("/").split("/")
        if method == "POST" and words == [""]:
            return self._make_namespace(body)
        if words[0] in self.namespaces:
            return self._namespaced(method, words, body)
        raise RefusedError(404, f"{path} not found")

    def _fixed(self):
        service = self._service("kubernetes", "default", {}, self.order(SERVICES)[:1], "1")
        dns = self._service("kube-dns", "kube-system", {}, self.order(SERVICES)[:1], "a")
        dns["metadata"]["labels"] = {"k8s-app": "kube-dns"}
        ranges = self.order(SERVICES, self.service_ranges)
        api = {
            "metadata": {
                "name": "kube-apiserver-cp",
                "namespace": "kube-system",
                "labels": {"component": "kube-apiserver"},
            },
            "spec": {
                "nodeName": "cp",
                "hostNetwork": True,
                "containers": [
                    {"command": ["api", f"--service-cluster-ip-range={','.join(ranges)}"]}
                ],
            },
            "status": {"phase": "Running"},
        }
        coredns = {"w1": "10.244.1.2 fd12:0:0:1::2", "w2": "10.244.2.2 fd12:0:0:2::2"}
        pods = [
            self._pod(f"coredns-{node}", "kube-system", node, text.split())
            for node, text in coredns.items()
        ]
        answers = {
            "/version": {"major": "1", "minor": f"{self.minor}+"},
            "/api/v1/nodes": {"metadata": {}, "items": [self._node(name) for name in NODES]},
            "/api/v1/pods": {"metadata": {}, "items": [api, *pods]},
            "/api/v1/services": {"metadata": {}, "items": [service, dns]},
            "/api/v1/namespaces/default/services/kubernetes": service,
            "/api/v1/namespaces/default/endpoints/kubernetes": {
                "subsets": [{"addresses": [{"ip": self.order(NODE["cp"])[0]}]}]
            },
        }
        if self.minor >= 33:
            answers["/apis/networking.k8s.io/v1/servicecidrs/kubernetes"] = {
                "metadata": {"name": "kubernetes"},
                "spec": {"cidrs": ranges},
            }
        return answers

    def _node(self, name):
        ready = name not in self.not_ready
        ranges = self.order(POD_RANGES[name], self.pod_ranges, self.ranges_reversed)
        addresses = self.order(NODE[name], self.node_ip if name == "w1" else (4, 6))
        role = {"node-role.kubernetes.io/control-plane": ""} if name == "cp" else {}
        return {
            "metadata": {"name": name, "labels": role},
            "spec": {"podCIDR": ranges[0], "podCIDRs": ranges, "taints": self._taints(name)},
            "status": {
                "nodeInfo": {"kubeletVersion": f"v1.{self.minor}.0"},
                "conditions": [
                    {
                        "type": "Ready",
                        "status": str(ready),
                        "message": "container runtime network not ready",
                    }
                ],
                "addresses": [
                    *({"type": "InternalIP", "address": address} for address in addresses),
                    {"type": "Hostname", "address": name},
                ],
            },
        }

    def _taints(self, node):
        taint = {"key": "node.cloudprovider.kubernetes.io/uninitialized", "effect": "NoSchedule"}
        return [taint] if node in self.uninitialized else []

    def _pod(self, name, namespace, node, addresses):
        found = self.order(addresses, self.pod_families)
        return {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"nodeName": node},
            "status": {
                "phase": "Running",
                "podIP": found[0],
                "podIPs": [{"ip": address} for address in found],
            },
        }

    def _service(self, name, namespace, asked, ranges, last):
        addresses = [
            f"10.96.0.{int(last, 16)}" if version(text) == 4 else f"fd12:0:1::{last}"
            for text in ranges
        ]
        families = [f"IPv{version(text)}" for text in ranges]
        if self.minor < 20:
            given = {"ipFamily": families[0]}
        else:
            given = {"clusterIPs": addresses, "ipFamilies": families}
            given["ipFamilyPolicy"] = asked.get("ipFamilyPolicy", "SingleStack")
        return {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "clusterIP": addresses[0],
                "ports": [{"port": 8080, "nodePort": 30000 + int(last, 16)}],
                **given,
            },
        }

    def _make_namespace(self, body):
        name = body["metadata"]["name"]
        if name in self.namespaces:
            raise RefusedError(409, f'namespaces "{name}" already exists')
        body["metadata"]["uid"] = f"uid of {name}"
        self.namespaces[name] = body
        return body

    def _namespaced(self, method, words, body):
        name, *rest = words
        match method, rest:
            case "GET", []:
                return self.namespaces[name]
            case "DELETE", []:
                assert body["preconditions"]["uid"] == self.namespaces[name]["metadata"]["uid"]
                return self.namespaces.pop(name)
            case "GET", ["serviceaccounts", "default"]:
                return {}
            case "GET", ["pods"]:
                items = [made for kind, made in self.objects.values() if kind == "pods"]
                return {"metadata": {}, "items": items}
            case "POST", [kind]:
                make = {"pods": self._make_pod, "services": self._make_service}
                made = make.get(kind, lambda _, given: given)(name, body)
                self.objects[body["metadata"]["name"]] = (kind, made)
                return made
        raise RefusedError(404, f"{rest} not found")

    def _make_pod(self, namespace, body):
        name, node = body["metadata"]["name"], body["spec"]["nodeName"]
        if body["spec"].get("hostNetwork"):
            addresses = NODE[node]
        else:
            addresses = [text.replace("/24", "").removesuffix("/64") for text in POD_RANGES[node]]
            addresses = [addresses[0].removesuffix("0") + "9", addresses[1] + "9"]
        made = self._pod(name, namespace, node, addresses)
        made["spec"] |= body["spec"]
        if not self.pulled:
            waiting = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
            made["status"] = {"phase": "Pending", "containerStatuses": [waiting]}
        return made

    def _make_service(self, namespace, body):
        asked = body["spec"]
        if self.minor < 20:
            families = [asked["ipFamily"]] if "ipFamily" in asked else []
        else:
            families = asked.get("ipFamilies", [])
        policy = asked.get("ipFamilyPolicy", "SingleStack") if self.minor >= 20 else "SingleStack"
        ranges = self.order(SERVICES, self.service_ranges)
        by_family = {f"IPv{version(text)}": text for text in ranges}
        if policy == "RequireDualStack" and len(ranges) < 2:
            raise RefusedError(
                422, "spec.ipFamilyPolicy: this cluster is not configured for dual-stack"
            )
        if any(family not in by_family for family in families):
            raise RefusedError(422, "spec.ipFamilies: not configured on this cluster")
        chosen = [by_family[family] for family in families]
        chosen += [text for text in ranges if text not in chosen]
        count = 1 if policy == "SingleStack" else 2
        last = f"{16 + len(self.objects):x}"
        return self._service(body["metadata"]["name"], namespace, asked, chosen[:count], last)

    # commands in pods

    def execute(self, pod, command):
        """Exit code, output and errors."""
        if self.on_exec:
            self.on_exec(command)
        if self.unreached.get(pod):
            self.unreached[pod] -= 1
            raise RefusedError(500, "error dialing backend: remote error: tls: internal error")
        made = self.objects[pod][1]
        addresses = [entry["ip"] for entry in made["status"]["podIPs"]]
        match command:
            case ["cat", file]:
                return 0, self._file(file, pod, addresses), ""
            case ["curl", *words]:
                return self._curl(made, words)
        return 127, "", f"exec: {command[0]}: executable file not found"

    def _file(self, path, pod, addresses):
        lines = ["127.0.0.1 localhost", *(f"{text}\t{pod}" for text in addresses)]
        rows = (IPV6_ROUTE if 6 in self.routed else "") + DEAD_END
        return {
            "/dev/null": "",
            "/proc/self/environ": f"PATH=/bin\0POD_IPS={','.join(addresses)}\0HOSTNAME={pod}\0",
            "/etc/hosts": "\n".join(lines),
            "/proc/net/route": IPV4_ROUTE,
            "/proc/net/ipv6_route": rows.format(zero="0" * 32),
        }[path]

    def _curl(self, pod, words):
        parts = urlsplit(words[-1])
        address = parts.hostname
        if not re.fullmatch(r"[\d.]+|[0-9a-f:]+", address):
            family = 4 if "-4" in words else 6
            if not (address := self._resolved(address, family)):
                return 6, "\n", f"curl: (6) Could not resolve host: {parts.hostname}"
        body = self._page(pod, address, large=parts.path == "/echo")
        return TIMED_OUT if body is None else (0, f"{body}\n{address}", "")

    def _resolved(self, name, family):
        if name == "ipv4only.arpa":
            return "64:ff9b::c000:aa" if self.dns64 and family == 6 else None
        if self.late_names > 0:
            self.late_names -= 1
            return None
        addresses = self._addresses_of(*self.objects[name])
        found = [text for text in addresses if version(text) == family and family in self.dns]
        return next(iter(found), None)

    def _page(self, pod, address, large):
        node, family = pod["spec"]["nodeName"], version(address)
        if address.startswith("64:ff9b::"):
            return "translated" if self.nat64 else None
        if address in OUTSIDE:
            return self._outside(pod, address, family)
        if any(address in addresses for addresses in NODE.values()):
            (name,) = [name for name, addresses in NODE.items() if address in addresses]
            return self._behind(name, family)
        (name, (kind, made)) = next(
            item for item in self.objects.items() if address in self._addresses_of(*item[1])
        )
        if kind == "services":
            return self._behind(node, family)
        if self._lost(node, made["spec"]["nodeName"], large):
            return None
        return "0123456789" * 3000 if large else name

    def _addresses_of(self, kind, made):
        if kind == "services":
            return made["spec"].get("clusterIPs") or [made["spec"]["clusterIP"]]
        on_pod_network = kind == "pods" and not made["spec"].get("hostNetwork")
        return [entry["ip"] for entry in made["status"]["podIPs"]] if on_pod_network else []

    def _behind(self, node, family):
        """The Services' pod, seen from a node."""
        pod = "far" if "far" in self.objects else "near"
        own = self.objects[pod][1]["spec"]["nodeName"]
        answers = family in self.proxied and not self._lost(node, own, large=False)
        return pod if answers else None

    def _lost(self, node, other, large):
        return node != other and (self.overlay_closed or (large and self.largest < 30000))

    def _outside(self, pod, address, family):
        if family not in self.routed:
            return None
        own = next(iter(text for text in NODE[pod["spec"]["nodeName"]] if version(text) == family))
        if pod["spec"].get("hostNetwork") or family in self.masqueraded:
            return f"ip={OUTSIDE[address] or own} h={address}"
        if not self.unmasqueraded_seen:
            return None
        source = next(text for text in self._addresses_of("pods", pod) if version(text) == family)
        return f"[{source}]:40000"
