"""The objects of a cluster for which its controllers hold load balancers and volumes in AWS, and their deletion."""

from machine import Failure, say

QUOTA = "dualstack-clean-up"
FORBIDDEN = {
    "services.loadbalancers": "0",
    "persistentvolumeclaims": "0",
    "count/ingresses.networking.k8s.io": "0",
    "count/gateways.gateway.networking.k8s.io": "0",
}
"""What no namespace may get more of, or a GitOps controller or a StatefulSet would make at once what is deleted."""

ROUTES = {
    "Ingress": (
        "ingress.k8s.aws",
        *("/apis/networking.k8s.io/v1/ingresses", "/apis/networking.k8s.io/v1beta1/ingresses"),
    ),
    "Gateway": ("gateway.k8s.aws", "/apis/gateway.networking.k8s.io/v1/gateways"),
}
"""Kinds that have a load balancer if one of their finalizers has this in its name, with the paths that one or another minor has."""

IN_AWS = ".csi.aws.com"
"""The end of the names of AWS's own CSI drivers, like ebs.csi.aws.com."""


def delete(kube):
    """Delete the objects that hold something in AWS, and return those that are left, each as its kind and name.

    Each object's own finalizer keeps it until its controller has deleted what AWS holds for it.
    """
    forbid(kube)
    return [*_load_balancers(kube), *_volumes(kube)]


def forbid(kube):
    """Let no namespace get more of such objects."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": QUOTA},
        "spec": {"hard": FORBIDDEN},
    }
    having = {one["metadata"]["namespace"] for one in _quotas(kube)}
    for namespace in _items(kube, "/api/v1/namespaces"):
        name = namespace["metadata"]["name"]
        # One that is being deleted gets nothing new anyway.
        if name not in having and "deletionTimestamp" not in namespace["metadata"]:
            kube.ask("POST", f"/api/v1/namespaces/{name}/resourcequotas", quota)


def allow(kube):
    """Let namespaces get such objects again."""
    for one in _quotas(kube):
        _delete(kube, "/api/v1/resourcequotas", one)


def _quotas(kube):
    return [one for one in _items(kube, "/api/v1/resourcequotas") if _name(one) == QUOTA]


def _load_balancers(kube):
    services = "/api/v1/services"
    found = [
        ("Service", services, one)
        for one in _items(kube, services)
        if one["spec"].get("type") == "LoadBalancer"
    ]
    for kind, (mark, *paths) in ROUTES.items():
        target, objects = _first(kube, paths)
        found += [
            (kind, target, one)
            for one in objects
            if any(mark in finalizer for finalizer in one["metadata"].get("finalizers", []))
        ]
    for _, target, one in found:
        _delete(kube, target, one)
    return [f"{kind} {_full_name(one)}" for kind, _, one in found]


def _volumes(kube):
    """Delete claims and the pods that use them. A volume in AWS goes with its claim, unless its policy is to retain it."""
    volumes = {_name(one): one for one in _items(kube, "/api/v1/persistentvolumes")}
    claims = [
        one
        for one in _items(kube, "/api/v1/persistentvolumeclaims")
        # One without a volume may get it at any time.
        if not one["spec"].get("volumeName") or _goes(volumes.get(one["spec"]["volumeName"]))
    ]
    for claim in claims:
        _delete(kube, "/api/v1/persistentvolumeclaims", claim)
    if claims:
        _delete_users(kube, {_full_name(claim) for claim in claims})
    bound = [name for name, one in volumes.items() if _goes(one) and one["spec"].get("claimRef")]
    return [
        *[f"PersistentVolumeClaim {_full_name(claim)}" for claim in claims],
        *[f"PersistentVolume {name}" for name in bound],
    ]


def kept(kube):
    """The volumes in AWS that outlive the cluster, because their policy is to retain them: each with its claim."""
    for volume in _items(kube, "/api/v1/persistentvolumes"):
        if not _in_aws(volume) or _goes(volume):
            continue
        spec = volume["spec"]
        block = spec.get("awsElasticBlockStore", {}).get("volumeID", "").rpartition("/")[2]
        identity = spec.get("csi", {}).get("volumeHandle") or block or _name(volume)
        claim = spec.get("claimRef") or {}
        owner = f"{claim.get('namespace')}/{claim.get('name')}" if claim else "no claim"
        yield f"{identity} ({owner})"


def _goes(volume):
    """Whether a volume is in AWS and goes with its claim."""
    return _in_aws(volume) and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"


def _in_aws(volume):
    spec = (volume or {}).get("spec", {})
    return "awsElasticBlockStore" in spec or spec.get("csi", {}).get("driver", "").endswith(IN_AWS)


def _delete_users(kube, claims):
    """Delete the pods that use the claims, which are not deleted while a pod on a node uses them."""
    for pod in _items(kube, "/api/v1/pods"):
        namespace = pod["metadata"]["namespace"]
        if any(f"{namespace}/{claim}" in claims for claim in _claims(pod)):
            _delete(kube, "/api/v1/pods", pod)


def _claims(pod):
    for volume in pod["spec"].get("volumes", []):
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"]["claimName"]
        elif "ephemeral" in volume:
            yield f"{_name(pod)}-{volume['name']}"


def _delete(kube, listed, found):
    """Delete an object of a list, unless that is under way."""
    if "deletionTimestamp" in found["metadata"]:
        return
    group, _, kind = listed.rpartition("/")
    target = f"{group}/namespaces/{found['metadata']['namespace']}/{kind}/{_name(found)}"
    status, said = kube.ask("DELETE", target)
    if status in (200, 202):
        say(f"deleted {kind}/{_full_name(found)}")
    elif status not in (404, 409):
        raise Failure(f"cannot delete {target}: {said.get('message', 'no answer')} ({status})")


def _first(kube, paths):
    """The first of these paths that the API has, and its objects."""
    for target in paths:
        status, found = kube.ask("GET", target)
        if status == 200:
            return target, found.get("items") or []
        if status != 404:
            raise Failure(f"the API does not list {target} ({status})")
    return "", []


def _items(kube, target):
    status, found = kube.ask("GET", target)
    if status != 200:
        raise Failure(f"the API does not list {target} ({status})")
    return found.get("items") or []


def _name(found):
    return found["metadata"]["name"]


def _full_name(found):
    return f"{found['metadata']['namespace']}/{_name(found)}"
