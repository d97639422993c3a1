"""Programs of a node beside Kubernetes itself, built from their Go modules."""

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
"""Every CNI plugin for Linux, by its folder in the module."""


def containerd(version: str) -> list[Program]:
    """containerd, its shim, which runs once for each pod, and its client `ctr`."""
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
    """runc, with seccomp: kubeadm's static pods ask for the default profile."""
    return Program(
        name="runc",
        version=f"v{version}",
        module=RUNC,
        package=RUNC,
        tags=("seccomp", "netgo", "osusergo", "urfave_cli_no_docs"),
        with_c=True,
    )


IN_PLACE_OF = {"1.35.0": "1.36.0"}
"""Releases of crictl that the module proxy does not serve, and the neighbour whose program is used for each. Both speak CRI v1, and
kubeadm asks for no version of it."""


def crictl(version: str) -> Program:
    """The command line of the container runtime interface."""
    version = IN_PLACE_OF.get(version, version)
    return Program(
        name="crictl",
        version=f"v{version}",
        module=CRI_TOOLS,
        package=f"{CRI_TOOLS}/cmd/crictl",
        variables={f"{CRI_TOOLS}/pkg/version.Version": f"v{version}"},
    )


def cni_plugins(version: str) -> dict[str, Program]:
    """Each CNI plugin by its name."""
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
    """flannel's daemon, and the program that writes its CNI configuration on a node."""
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
    """Remove two backends. tencentvpc needs an SDK that the module proxy does not serve, and udp needs C. Neither is VXLAN."""
    main = source / "main.go"
    backends = re.compile(r'^\t_ ".*/pkg/backend/(tencentvpc|udp)"\n', re.MULTILINE)
    main.write_text(backends.sub("", main.read_text()))


def cloud_controller(version: str) -> Program:
    """The AWS cloud controller manager, which labels nodes with their zone and deletes nodes whose instance is gone."""
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
    """metrics-server, which collects the resource usage of nodes and pods from kubelets."""
    return Program(
        name="metrics-server",
        version=f"v{version}",
        module=METRICS_SERVER,
        package=f"{METRICS_SERVER}/cmd/metrics-server",
        variables={"k8s.io/client-go/pkg/version.gitVersion": f"v{version}"},
    )
