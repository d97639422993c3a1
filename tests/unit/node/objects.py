"""A cluster's API as administrators use it: objects of any kind, whose finalizers keep them after their deletion.

What a controller does, a test says: which finalizers it takes away, and after how many looks of a control plane.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

SERVED = (
    *("namespaces", "services", "configmaps", "pods", "resourcequotas", "events", "nodes"),
    *("persistentvolumes", "persistentvolumeclaims", "ingresses"),
)

Key = tuple[str, str, str]
"""The kind in the plural, the namespace, and the name."""


def claim(name: str, volume: str = "") -> dict[str, Any]:
    """A claim of a volume, or of one that is still to be made."""
    finalizers = ["kubernetes.io/pvc-protection"]
    return {"metadata": {"name": name, "finalizers": finalizers}, "spec": {"volumeName": volume}}


def volume(name: str, policy: str = "Delete", **source: Any) -> dict[str, Any]:
    """A volume that is bound, on EBS unless something else is said."""
    kind = source or {"csi": {"driver": "ebs.csi.aws.com"}}
    finalizers = ["external-provisioner.volume.kubernetes.io/finalizer"]
    return {
        "metadata": {"name": name, "finalizers": finalizers},
        "spec": {**kind, "persistentVolumeReclaimPolicy": policy, "claimRef": {"name": name}},
    }


def service(name: str, kind: str = "LoadBalancer") -> dict[str, Any]:
    """A Service, which has a finalizer if it has a load balancer."""
    finalizers = ["service.k8s.aws/resources"] if kind == "LoadBalancer" else []
    return {"metadata": {"name": name, "finalizers": finalizers}, "spec": {"type": kind}}


def pod(name: str, **source: Any) -> dict[str, Any]:
    """A pod with one volume, called data."""
    volumes = [{"name": "data", **source}]
    return {"metadata": {"name": name}, "spec": {"volumes": volumes}, "status": {}}


@dataclass
class Objects:
    """The objects, what was deleted, and controllers that do their part at each look."""

    held: dict[Key, dict[str, Any]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    """What a control plane asked to delete, in order."""
    controllers: list[Callable[["Objects"], None]] = field(default_factory=list)
    port: int = 0
    _versions: Any = field(default_factory=count)

    def put(self, kind: str, found: dict[str, Any], namespace: str = "default") -> None:
        """Add an object, as somebody made it."""
        name = found["metadata"]["name"]
        found["metadata"] |= {"uid": f"uid of {name}", "resourceVersion": str(next(self._versions))}
        if namespace:
            found["metadata"]["namespace"] = namespace
        self.held[kind, namespace, name] = found

    def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any] | None:
        """An object, if it exists."""
        return self.held.get((kind, namespace, name))

    def names(self, kind: str) -> set[str]:
        """The names of all objects of a kind."""
        return {name for of, _, name in self.held if of == kind}

    def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        """Begin the deletion of an object, which ends it if it has no finalizers."""
        metadata = self.held[kind, namespace, name]["metadata"]
        metadata["deletionTimestamp"] = "2026-11-29T09:00:00Z"
        self.release(kind, name, namespace, *([] if metadata.get("finalizers") else [""]))

    def release(self, kind: str, name: str, namespace: str, *finalizers: str) -> None:
        """Take finalizers off an object that is being deleted, as its controller does."""
        found = self.held.get((kind, namespace, name))
        if not found or "deletionTimestamp" not in found["metadata"]:
            return
        kept = [one for one in found["metadata"].get("finalizers", []) if one not in finalizers]
        found["metadata"]["finalizers"] = kept
        if not kept:
            del self.held[kind, namespace, name]

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        parts = urlsplit(target).path.strip("/").split("/")
        place = parts[parts.index("v1") + 1 :] if "v1" in parts else parts
        if place[0] == "namespaces" and len(place) > 2:
            _, namespace, kind, *name = place
        else:
            namespace, kind, *name = "", *place
        if kind not in SERVED:
            return 404, {}
        if method == "GET" and kind == "configmaps":
            for controller in self.controllers:
                controller(self)
        return self._do(method, (kind, namespace, name[0] if name else ""), body)

    def _do(self, method: str, key: Key, body: Any) -> tuple[int, Any]:
        kind, namespace, name = key
        if method == "GET" and not name:
            return 200, {"items": [one for of, one in self.held.items() if of[0] == kind]}
        if method == "POST":
            name = body["metadata"].get("name") or f"{kind}-{next(self._versions)}"
            self.put(kind, body | {"metadata": {**body["metadata"], "name": name}}, namespace)
            return 201, body
        if key not in self.held:
            return 404, {}
        if method == "DELETE":
            self.deleted.append(f"{kind} {namespace}/{name}")
            self.delete(kind, name, namespace)
        if method == "PATCH":
            return self._patch(key, body["metadata"])
        return 200, self.held.get(key, {})

    def _patch(self, key: Key, change: dict[str, Any]) -> tuple[int, Any]:
        metadata = self.held[key]["metadata"]
        if change["resourceVersion"] != metadata["resourceVersion"]:
            return 409, {"message": "the object has been modified"}
        gone = [one for one in metadata.get("finalizers", []) if one not in change["finalizers"]]
        metadata |= change | {"resourceVersion": str(next(self._versions))}
        kind, namespace, name = key
        if gone:
            self.release(kind, name, namespace, *gone)
        return 200, {}
