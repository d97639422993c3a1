"""What a machine's image holds, beside the programs of this host: what an AMI's owner would have put into it.

The user data is executed as it is. What this place needs (where AWS answers, a cgroup tree of version 1, no right to
raise a limit) is said where an owner of images says it: in environment files and drop-ins.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..well_known import AWS_PORT, HOST
from .view.survey import InstanceView

AWS = f"http://{HOST[0]}:{AWS_PORT}"
"""Where AWS answers, seen from a machine."""

KEPT_UNITS = ("cloud-", "dbus", "getty", "systemd-journald", "remote-fs", "ssh-keygen")
"""Beginnings of the units that a machine starts; those of this host's own services are left out."""

ABSENT = (
    # Every program of Kubernetes and its runtime comes by the user data.
    *("usr/bin/containerd", "usr/bin/containerd-shim-runc-v2", "usr/bin/ctr", "usr/sbin/runc"),
    *("usr/bin/containerd-shim", "usr/bin/containerd-shim-runc-v1", "usr/bin/crictl"),
    *("usr/local/bin/kubeadm", "usr/local/bin/kubelet", "usr/local/bin/kubectl"),
    # Addresses are given with the network; a lease that never comes would cost minutes.
    "usr/sbin/dhclient",
    "usr/sbin/policy-rc.d",
    "var/lib/cloud",
    "etc/containerd",
    "etc/kubernetes",
    "etc/cni",
)

MASKED = (
    *("networking", "systemd-networkd", "systemd-resolved", "systemd-udevd", "systemd-timesyncd"),
    *("ifupdown-pre", "systemd-udev-trigger", "systemd-logind", "getty@tty1", "console-getty"),
)

DATA_SOURCE = """\
datasource_list: [Ec2, None]
network: {config: disabled}
locale: C.UTF-8
ssh_genkeytypes: [ed25519]
apt: {preserve_sources_list: true}
"""

FIRMWARE = """\
#!/bin/sh
# What the firmware of an EC2 instance says of itself.
case $2 in
  system-uuid | system-serial-number) echo ec2IDENTITY ;;
  system-manufacturer | chassis-asset-tag) echo "Amazon EC2" ;;
  system-product-name) echo TYPE ;;
esac
"""

OOM_SCORES = """\
[Service]
# A score below this process's own takes a right that the host does not have, so containers keep theirs. The section of a
# file replaces the one that it adds to, so it is the whole section.
ExecStartPre=/bin/sh -c 'mkdir -p /etc/containerd/conf.d && sed -e "/^imports/d" -e "/^.plugins..io.containerd.grpc.v1.cri..$/a restrict_oom_score_adj = true" /etc/containerd/config.toml > /etc/containerd/conf.d/rehearsal.toml'
"""

DEVICES = """\
[Unit]
Description=Keeps the cgroups of pods
[Service]
# It is never started: that there is a unit with devices among those of pods is enough. Without one, systemd takes the devices
# cgroup of a slice away whenever a property of it is set, while the kubelet makes that of a pod in it, which then waits 15 s.
Type=oneshot
ExecStart=/bin/true
Slice=kubepods.slice
DeviceAllow=/dev/null
"""

KUBELET = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
localStorageCapacityIsolation: false
"""


def furnish(root: Path, instance: InstanceView, resolver: str, more: Mapping[str, str]) -> None:
    """Write a machine's own files over those of this host."""
    for name in ABSENT:
        _remove(root / name)
    for link in _host_services(root):
        _remove(link)
    for name, content in _files(instance, resolver, more).items():
        _write(root / name, content)
    for name in MASKED:
        _remove(root / f"etc/systemd/system/{name}.service")
        (root / f"etc/systemd/system/{name}.service").symlink_to("/dev/null")
    (root / "usr/local/sbin/dmidecode").chmod(0o755)
    _believe_firmware(root)
    for folder in ("var/log/journal", "etc/containerd/conf.d", "etc/kubernetes"):
        (root / folder).mkdir(parents=True, exist_ok=True)


def _files(instance: InstanceView, resolver: str, more: Mapping[str, str]) -> dict[str, str]:
    domain = instance.host.split(".", 1)[1]
    files = {
        "etc/hostname": f"{instance.host}\n",
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
        "etc/resolv.conf": f"nameserver {resolver}\nsearch {domain}\n",
        "etc/machine-id": f"{uuid.uuid4().hex}\n",
        "etc/fstab": "",
        "etc/cloud/cloud.cfg.d/99-rehearsal.cfg": DATA_SOURCE,
        "usr/local/sbin/dmidecode": FIRMWARE.replace(
            "IDENTITY", str(uuid.uuid5(uuid.NAMESPACE_DNS, instance.host))[3:]
        ).replace("TYPE", instance.type),
        "etc/systemd/system.conf.d/rehearsal.conf": "[Manager]\nDefaultTimeoutStopSec=15s\n",
        "etc/systemd/system/containerd.service.d/rehearsal.conf": OOM_SCORES,
        "etc/systemd/system/rehearsal-devices.service": DEVICES,
        # systemd knows of a unit only once another names it.
        "etc/systemd/system/kubelet.service.d/rehearsal.conf": "[Unit]\nAfter=rehearsal-devices.service\n",
        "etc/dualstack/environment": (
            f"AWS_ENDPOINT_URL={AWS}\nKUBEADM_IGNORE_PREFLIGHT_ERRORS=SystemVerification\n"
        ),
        "etc/default/kubelet": "KUBELET_EXTRA_ARGS=--config-dir=/etc/rehearsal/kubelet.d\n",
        "etc/rehearsal/kubelet.d/10-host.conf": KUBELET,
    }
    files |= {path.lstrip("/"): content for path, content in more.items()}
    return files


def _host_services(root: Path) -> Iterator[Path]:
    """Links by which this host's own services would start."""
    for folder in (root / "etc/systemd/system").glob("*.wants"):
        for link in folder.iterdir():
            if not link.name.startswith(KEPT_UNITS):
                yield link


def _believe_firmware(root: Path) -> None:
    """cloud-init holds what firmware says in a container for the host's; here it is the machine's own."""
    for module in root.glob("usr/lib/python3/dist-packages/cloudinit/dmi.py"):
        text = module.read_text()
        _write(module, text.replace("if is_container():", "if False:"))


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(content)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
