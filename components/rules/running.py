"""Rules against a running cluster: which of the settings it was made with may change.

The settings are recorded when a cluster's first machines are made. Each later run compares its own with that record.
"""

from collections.abc import Iterator, Mapping

from ..config.check import Fault
from ..config.wording import path_of
from ..facts.choices import ProxyMode
from ..facts.versions import minor_number
from ..machine.settled import (
    EXISTING_VPC,
    MADE_VPC,
    PROXY_MODE,
    VERSION,
    Settings,
    Value,
    known_in_both,
    same,
    whole,
)
from .running_network import SECTIONS, lost_places

FIXED: Mapping[str, str] = {
    "cluster.ipFamilies": "nodes, Services and the API's target group have had this order since the cluster was made",
    "cluster.cni": "running pods have their addresses from the plugin that was installed first",
    "cluster.cloudProvider": "kubelets and the controller manager were started for it",
    "pods.ipv4Range": "nodes and pods have addresses of the first range",
    "pods.ipv6Range": "nodes and pods have addresses of the first range",
    "pods.nodeMaskIpv4": "each node has its share of the range already",
    "pods.nodeMaskIpv6": "each node has its share of the range already",
    "services.ipv4Range": "Services have addresses of the first range",
    "services.ipv6Range": "Services have addresses of the first range",
    "services.nodePorts": "API servers have the first range, and the firewall would open another",
    PROXY_MODE: "only control planes that follow their plan take it over, and kube-proxy removes the rules of another mode only on "
    "the way to and from nftables",
    "kubeadm.dnsDomain": "kubelets, cluster DNS and certificates have the first domain",
    "network.ipv4Range": "another range replaces the VPC under the running machines",
    "network.ipv6": "another range replaces the VPC's, from which the machines have their addresses",
    "network.subnets.privateSize": "another size replaces the subnets under the running machines",
    "network.subnets.publicSize": "another size replaces the subnets of NAT gateways and load balancers",
    EXISTING_VPC: "the machines are in the first VPC, and machines cannot move",
    "api.scheme": "another load balancer has another name, which machines and certificates do not know",
    "api.dnsName": "machines and the API server's certificate have the first name",
}
"""Settings that cannot change while the cluster lives, each with the reason."""

DERIVED = ("pods.ipv6Range", "services.ipv6Range")
"""Ranges that follow from the names of project, stack and cluster unless they are written down."""

ON_MACHINES: Mapping[str, str] = {
    "kubeadm.kubeletArgs": "workers are replaced and get it; a control plane gets it when it is replaced",
    "kubeadm.audit": "a control plane gets a log only if the cluster was made with one",
    "kubeadm.auditPolicy": "a control plane gets it when it is replaced, and only if the cluster was made with an audit log",
    "kubeadm.files": "a machine gets it only when it is made",
    "controlPlane.volumes": "a control plane gets it when it is replaced",
    "controlPlane.placementGroup": "a control plane gets it when it is replaced",
    "controlPlane.tenancy": "a control plane gets it when it is replaced",
    "nodes.diskKmsKeyArn": "workers are replaced and get it; a control plane gets it when it is replaced",
    "kubeadm.patches": "workers are replaced and get it; a control plane gets it when it is replaced",
}
"""Settings that a machine reads when it is made, each with who gets a change."""

READERS = ("kubeadm.apiServerArgs", "kubeadm.controllerManagerArgs", "kubeadm.schedulerArgs")
"""Arguments whose files the running control planes mount."""


def refused(running: Settings, asked: Settings, *, follows: bool = False) -> Iterator[Fault]:
    """The changes that a running cluster cannot follow. `follows` says that its control planes follow a plan."""
    yield from _other_vpc(running, asked)
    for path, reason in FIXED.items():
        if path == EXISTING_VPC and None in (running.get(path), asked.get(path)):
            continue
        if (
            path not in running
            or path not in asked
            or same(*known_in_both(running[path], asked[path]))
        ):
            continue
        was, wanted = displayed(running[path]), displayed(asked[path])
        # platformCleanup in cmd/kube-proxy/app/server_linux.go
        if path == PROXY_MODE and follows and ProxyMode.NFTABLES in (was, wanted):
            continue
        cure = f"keep {was}" if running[path] is not None else "leave it out"
        if path in DERIVED:
            cure = f"write {was} here: without it the range follows from the names of project, stack and cluster"
        yield Fault(
            path,
            f"{wanted} is asked for and the cluster runs {was}; {reason}. {cure[0].upper()}{cure[1:]}, or make a second cluster",
        )
    yield from lost_places(running, asked)
    for path in _lost_files(running, asked, follows=follows):
        yield Fault(
            path,
            "it is gone, and running control planes mount that file: a control plane made now could not join. Keep it, or "
            "make a second cluster",
        )


def _other_vpc(running: Settings, asked: Settings) -> Iterator[Fault]:
    for was, wanted in ((MADE_VPC, EXISTING_VPC), (EXISTING_VPC, MADE_VPC)):
        if was in running and wanted in asked:
            kept, other = was.split(".")[0], wanted.split(".")[0]
            yield Fault(
                other,
                f"the cluster runs in the VPC of {kept}, and machines cannot move to another; keep {kept}, or make a second cluster",
            )


IN_CERTIFICATES = ("kubeadm.keyAlgorithm", "kubeadm.certificateDays")
"""Settings of all certificates. Of certificates that exist, a change replaces only the API server's."""


def unheard(running: Settings, asked: Settings, *, follows: bool = False) -> Iterator[Fault]:
    """Warnings of changes that are possible, but that reach only some machines, or none.

    Control planes that follow a plan take over what it holds. `follows` says that they do.
    """
    was, wanted = str(running.get(VERSION)), str(asked[VERSION])
    if (
        not follows
        and VERSION in running
        and was != wanted
        and minor_number(was) == minor_number(wanted)
    ):
        yield Fault(
            VERSION,
            f"{wanted} is asked for and the control planes run {was}: all workers are replaced and get {wanted}, "
            f"control planes keep {was}",
        )
    lost = _lost_files(running, asked, follows=follows)
    for path, value in asked.items():
        if path in (VERSION, *FIXED) or path not in running or same(running[path], value):
            continue
        if path.split(".")[0] in SECTIONS or (follows and path not in IN_CERTIFICATES):
            continue
        who = ON_MACHINES.get(
            path, "only `kubeadm init` reads it, so no machine of this cluster gets it"
        )
        if follows:
            who = "only the API server's certificate gets it; a control plane gets it whole when it is replaced"
        for key, before, after in differences(path, running[path], value):
            if key in lost:
                continue
            yield Fault(
                key,
                f"the cluster was made with {displayed(before)}, and {displayed(after)} is asked for; {who}",
            )


def _lost_files(running: Settings, asked: Settings, *, follows: bool) -> list[str]:
    """The places of files that running control planes mount, and that a new one would not have."""
    # A cluster of an earlier release was made with a log if it had a policy.
    logs = running.get("kubeadm.audit") == "true" or running.get("kubeadm.auditPolicy")
    policy = ["kubeadm.audit"] if logs and asked.get("kubeadm.audit") == "false" else []
    arguments = [found for path in READERS if isinstance(found := running.get(path), dict)]
    mounted = {value for found in arguments for value in found.values() if value.startswith("/")}
    changes = differences("kubeadm.files", running.get("kubeadm.files"), asked.get("kubeadm.files"))
    return [
        *([] if follows else policy),
        *(
            place
            for place, before, after in changes
            if before is not None and after is None and any(file in place for file in mounted)
        ),
    ]


def differences(
    path: str, running: Value, asked: Value
) -> list[tuple[str, str | None, str | None]]:
    """The entries of a setting that differ: the place, the running value, the asked one."""
    if same(running, asked):
        return []
    if not isinstance(running, dict) or not isinstance(asked, dict):
        return [(path, whole(running), whole(asked))]
    return [
        (path_of((*path.split("."), key)), running.get(key), asked.get(key))
        for key in sorted(running.keys() | asked.keys())
        if running.get(key) != asked.get(key)
    ]


def displayed(value: Value) -> str:
    if not value:
        return "nothing"
    if isinstance(value, dict):
        return "; ".join(f"{key} {entry}" for key, entry in sorted(value.items()))
    return f"a text of {value}" if value.startswith("sha256:") else value
