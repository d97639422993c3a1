"""The configuration of this machine's kubelet, and the one from before a change until the kubelet works with the new one."""

import shutil

from machine import path, run

FOLDER = "/var/lib/kubelet"
FILES = ("config.yaml", "instance-config.yaml", "kubeadm-flags.env")
"""The files that `kubeadm init phase kubelet-start` writes. The second exists from 1.35 on."""
KEPT = "/var/lib/dualstack/kubelet"


def keep():
    """Keep the configuration, once: that of a change that was cut off is not the one from before."""
    if path(KEPT).exists():
        return
    partial = path(f"{KEPT}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in FILES:
        if path(f"{FOLDER}/{name}").exists():
            shutil.copy2(path(f"{FOLDER}/{name}"), partial)
    partial.rename(path(KEPT))


def put_back():
    """Give the kubelet the configuration from before, and restart it."""
    for name in FILES:
        kept, file = path(f"{KEPT}/{name}"), path(f"{FOLDER}/{name}")
        if kept.exists():
            shutil.copy2(kept, file)
        elif file.exists():
            file.unlink()
    run("systemctl", "restart", "kubelet", seconds=120)
    keep_no_more()


def keep_no_more():
    """Remove what was kept, in one step: a half of it would pass for what was before."""
    partial = path(f"{KEPT}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    path(KEPT).rename(partial)
    shutil.rmtree(partial)
