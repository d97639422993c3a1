"""The files of a machine's image, beside the programs of this host: what an AMI's owner would have put into it.

The user data is executed unchanged. This host needs a few settings: the address of AWS, a cgroup tree of version 1, and
no permission to raise a limit. They are in environment files and drop-ins, as an owner of images would write them.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..well_known import AWS_PORT, HOST
from .view.survey import InstanceView

AWS = f"http://{HOST[0]}:{AWS_PORT}"
"""The URL of AWS, as a machine reaches it."""

KEPT_UNITS = ("cloud-", "dbus", "getty", "systemd-journald", "remote-fs", "ssh-keygen")
"""Prefixes of the units that a machine starts. The units of this host's other services are removed."""

ABSENT = (
    # The user data installs every program of Kubernetes and its runtime.
    *("usr/bin/containerd", "usr/bin/containerd-shim-runc-v2", "usr/bin/ctr", "usr/sbin/runc"),
    *("usr/bin/containerd-shim", "usr/bin/containerd-shim-runc-v1", "usr/bin/crictl"),
    *("usr/local/bin/kubeadm", "usr/local/bin/kubelet", "usr/local/bin/kubectl"),
    # A machine gets its addresses with its network. A DHCP lease never comes, and waiting for it would cost minutes.
    "usr/sbin/dhclient",
    "usr/sbin/policy-rc.d",
    "var/lib/cloud",
    "etc/containerd",
    "etc/kubernetes",
    "etc/cni",
)

MASKED = (
    *("networking", "systemd-networkd", "systemd-resolved", "systemd-udevd", "systemd-timesyncd"),
    *("ifupdown-pre", "systemd-udev-trigger", "getty@tty1", "console-getty"),
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
# The values that the firmware of an EC2 instance reports.
case $2 in
  system-uuid | system-serial-number) echo ec2IDENTITY ;;
  system-manufacturer | chassis-asset-tag) echo "Amazon EC2" ;;
  system-product-name) echo TYPE ;;
esac
"""

OOM_SCORES = """\
[Service]
# An OOM score below the process's own needs CAP_SYS_RESOURCE, which the host lacks, so containers keep the inherited score.
# A section of an imported file replaces the section of that name, so this file holds the whole section.
ExecStartPre=/bin/sh -c 'mkdir -p /etc/containerd/conf.d && sed -e "/^imports/d" -e "/^.plugins..io.containerd.grpc.v1.cri..$/a restrict_oom_score_adj = true" /etc/containerd/config.toml > /etc/containerd/conf.d/rehearsal.toml'
"""

DEVICES = """\
[Unit]
Description=Keeps the cgroups of pods
[Service]
# The unit is never started: it is enough that a unit with a device rule exists in this slice. Without one, systemd removes the
# devices cgroup of the slice whenever a property of the slice is set. The kubelet may be making a pod's cgroup in it at that
# moment, and the pod then waits 15 s.
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
    """Write the machine's own files over those of this host, and remove or mask what a machine must not have."""
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
        # systemd loads a unit only if another unit names it.
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
    """The links that would start this host's own services."""
    for folder in (root / "etc/systemd/system").glob("*.wants"):
        for link in folder.iterdir():
            if not link.name.startswith(KEPT_UNITS):
                yield link


def _believe_firmware(root: Path) -> None:
    """Make cloud-init read the firmware. In a container it ignores DMI, taking the values for the host's; here they are the machine's."""
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
