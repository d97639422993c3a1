"""What runs on a node beside Kubernetes itself, built from the Go modules of the versions asked for."""

import re
from pathlib import Path

from .golang import Program

CONTAINERD = "github.com/containerd/containerd/v2"
RUNC = "github.com/opencontainers/runc"
CRI_TOOLS = "sigs.k8s.io/cri-tools"
CNI_PLUGINS = "github.com/containernetworking/plugins"
COREDNS = "github.com/coredns/coredns"
FLANNEL = "github.com/flannel-io/flannel"
CLOUD_CONTROLLER = "k8s.io/cloud-provider-aws"
METRICS_SERVER = "sigs.k8s.io/metrics-server"

CNI_PLUGIN_FOLDERS = {
    "ipam": ("dhcp", "host-local", "static"),
    "main": (
        *("bridge", "dummy", "host-device", "ipvlan", "loopback", "macvlan", "ptp", "tap", "vlan"),
    ),
    "meta": ("bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf"),
}
"""Every plugin for Linux, by its folder in the module."""


def containerd(version: str) -> list[Program]:
    """The container runtime, what it starts for each pod, and its own client."""
    return [
        Program(
            name=name,
            version=f"v{version}",
            module=CONTAINERD,
            package=f"{CONTAINERD}/cmd/{name}",
            variables={f"{CONTAINERD}/version.Version": f"v{version}"},
        )
        for name in ("containerd", "containerd-shim-runc-v2", "ctr")
    ]


def runc(version: str) -> Program:
    """What makes a container of namespaces and cgroups. With seccomp: kubeadm's own pods ask for its default profile."""
    return Program(
        name="runc",
        version=f"v{version}",
        module=RUNC,
        package=RUNC,
        tags=("seccomp", "netgo", "osusergo", "urfave_cli_no_docs"),
        with_c=True,
    )


def crictl(version: str) -> Program:
    """The command line of the container runtime interface."""
    return Program(
        name="crictl",
        version=f"v{version}",
        module=CRI_TOOLS,
        package=f"{CRI_TOOLS}/cmd/crictl",
        variables={f"{CRI_TOOLS}/pkg/version.Version": f"v{version}"},
    )


def cni_plugins(version: str) -> dict[str, Program]:
    """Each CNI plugin by the name it is called by."""
    return {
        name: Program(
            name=f"cni-{name}",
            version=f"v{version}",
            module=CNI_PLUGINS,
            package=f"{CNI_PLUGINS}/plugins/{folder}/{name}",
            variables={f"{CNI_PLUGINS}/pkg/utils/buildversion.BuildVersion": f"v{version}"},
        )
        for folder, names in CNI_PLUGIN_FOLDERS.items()
        for name in names
    }


def coredns(version: str) -> Program:
    """The cluster's DNS server."""
    return Program(name="coredns", version=f"v{version}", module=COREDNS, package=COREDNS)


def flannel(version: str) -> list[Program]:
    """flannel's daemon, and what writes its CNI configuration on a node."""
    return [
        Program(
            name=name,
            version=f"v{version}",
            module=FLANNEL,
            package=package,
            variables={f"{FLANNEL}/pkg/version.Version": f"v{version}"},
            change=_without_two_backends,
        )
        for name, package in (
            ("flanneld", FLANNEL),
            ("flannel-install-conf", f"{FLANNEL}/cmd/install_conf"),
        )
    ]


def _without_two_backends(source: Path) -> None:
    """One wants a cloud's SDK that the module proxy does not serve, the other C; neither is VXLAN."""
    main = source / "main.go"
    backends = re.compile(r'^\t_ ".*/pkg/backend/(tencentvpc|udp)"\n', re.MULTILINE)
    main.write_text(backends.sub("", main.read_text()))


def cloud_controller(version: str) -> Program:
    """What labels nodes with their zone and removes those whose instance is gone."""
    return Program(
        name="aws-cloud-controller-manager",
        version=f"v{version}",
        module=CLOUD_CONTROLLER,
        package=f"{CLOUD_CONTROLLER}/cmd/aws-cloud-controller-manager",
        variables={
            "k8s.io/component-base/version.gitVersion": f"v{version}",
            "main.gitVersion": f"v{version}",
        },
    )


def metrics_server(version: str) -> Program:
    """What collects from kubelets what nodes and pods use."""
    return Program(
        name="metrics-server",
        version=f"v{version}",
        module=METRICS_SERVER,
        package=f"{METRICS_SERVER}/cmd/metrics-server",
        variables={"k8s.io/client-go/pkg/version.gitVersion": f"v{version}"},
    )
