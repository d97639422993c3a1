"""Whether this host can run machines, and the packages that they need."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from .shell import LiveError, run

PROGRAMS = {
    "busybox": "busybox-static",
    "cloud-init": "cloud-init",
    "conntrack": "conntrack",
    "curl": "curl",
    "dnsmasq": "dnsmasq-base",
    "ebtables": "ebtables",
    "ethtool": "ethtool",
    "gcc": "gcc",
    "haproxy": "haproxy",
    "ip": "iproute2",
    "iptables": "iptables",
    "nft": "nftables",
    "nsenter": "util-linux",
    "pkg-config": "pkg-config",
    "socat": "socat",
    "sysctl": "procps",
    "systemd-nspawn": "systemd-container",
}
"""Programs that the host and its machines run or are built with, and the Debian package of each."""

LIBRARIES = {"libseccomp": "libseccomp-dev"}
"""Libraries that runc is linked with, by their names in pkg-config, and the Debian package of each."""

CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
"""The cgroup controllers of version 1 in which a machine has groups of its own."""


def check() -> None:
    """Raise LiveError with every reason why machines cannot run here."""
    reasons = list(_reasons())
    if reasons:
        raise LiveError(
            "machines cannot run here:\n" + "\n".join(f"  - {reason}" for reason in reasons)
        )


def _reasons() -> Iterator[str]:
    if sys.platform != "linux":
        yield f"they take Linux, and this is {sys.platform}; `make up` works everywhere"
        return
    if os.geteuid() != 0:
        yield f"they take root, and this is user {os.geteuid()}; run it by sudo, or use `make up`"
    systems = Path("/proc/filesystems").read_text().split()
    if "overlay" not in systems:
        yield "the kernel has no overlay file system (CONFIG_OVERLAY_FS); load it: modprobe overlay"
    for controller in CONTROLLERS:
        if not Path("/sys/fs/cgroup", controller, "cgroup.procs").exists():
            yield (
                f"there is no cgroup hierarchy of version 1 with {controller} in /sys/fs/cgroup; "
                "start the host with systemd.unified_cgroup_hierarchy=0"
            )
            break
    if not socket.has_ipv6 or not Path("/proc/sys/net/ipv6").exists():
        yield "the kernel has no IPv6; take ipv6.disable=1 off its command line"


def install(
    programs: Mapping[str, str] = PROGRAMS, libraries: Mapping[str, str] = LIBRARIES
) -> list[str]:
    """Install the packages of missing programs and libraries; the names of the packages that were missing."""
    missing = sorted(
        {package for name, package in programs.items() if shutil.which(name) is None}
        | {package for name, package in libraries.items() if not _has_library(name)}
    )
    if not missing:
        return []
    if shutil.which("apt-get") is None:
        raise LiveError(f"install {', '.join(missing)}: this host has no apt-get to do it with")
    environment = ("env", "DEBIAN_FRONTEND=noninteractive")
    run(*environment, "apt-get", "update", seconds=300)
    flags = ("--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
    run(*environment, "apt-get", "install", *flags, *missing, seconds=900)
    return missing


def _has_library(name: str) -> bool:
    finder = shutil.which("pkg-config")
    return (
        finder is not None
        and subprocess.run([finder, "--exists", name], check=False).returncode == 0
    )
