"""Component arguments that a configuration may not set: those this program or kubeadm writes, and those a minor removed."""

from collections.abc import Mapping

from . import ports

ARGUMENT_FIELDS: Mapping[str, str] = {
    "apiServerArgs": "kube-apiserver",
    "controllerManagerArgs": "kube-controller-manager",
    "schedulerArgs": "kube-scheduler",
    "etcdArgs": "etcd",
    "kubeletArgs": "the kubelet",
}
"""The component that each field's arguments are for, as messages name it."""

_RANGES = "it follows from pods and services; set the ranges there"
_MASKS = "it follows from the node masks; set pods.nodeMaskIpv4 and pods.nodeMaskIpv6"
_CLOUD = "it follows from cluster.cloudProvider; set it there"
_RUNTIME = "it follows from cluster.cni, which brings its runtime; leave it out"

OWNED: Mapping[str, Mapping[str, str]] = {
    "apiServerArgs": {
        "service-cluster-ip-range": _RANGES,
        "advertise-address": "it follows from cluster.ipFamilies and the machine's own addresses; leave it out",
        "secure-port": f"the load balancer expects the API on {ports.API}; leave it out",
        "etcd-servers": "each API server asks the etcd beside it; leave it out",
        "cloud-provider": "the API server need not know; leave it out",
        "audit-policy-file": "the file would not be there; give the policy itself in kubeadm.auditPolicy",
    },
    "controllerManagerArgs": {
        "cluster-cidr": _RANGES,
        "service-cluster-ip-range": _RANGES,
        "allocate-node-cidrs": "every node gets its share of both pod ranges from it; leave it out",
        "cidr-allocator-type": "only RangeAllocator, the default, hands out two ranges; leave it out",
        "node-cidr-mask-size": _MASKS,
        "node-cidr-mask-size-ipv4": _MASKS,
        "node-cidr-mask-size-ipv6": _MASKS,
        "cluster-name": "it is cluster.name; set it there",
        "cloud-provider": _CLOUD,
    },
    "etcdArgs": dict.fromkeys(
        (
            *("name", "data-dir", "initial-cluster", "initial-cluster-state"),
            *("initial-advertise-peer-urls", "listen-peer-urls"),
            *("advertise-client-urls", "listen-client-urls"),
        ),
        "kubeadm writes it from the machine's own address; leave it out",
    ),
    "kubeletArgs": {
        "node-ip": "each machine writes its own addresses, in the order of cluster.ipFamilies; leave it out",
        "hostname-override": "each machine writes its own name; leave it out",
        "cloud-provider": _CLOUD,
        "node-labels": "give labels in workers.<name>.labels",
        "register-with-taints": "give taints in workers.<name>.taints",
        "network-plugin": "it follows from cluster.cni; set it there",
        "container-runtime": _RUNTIME,
        "container-runtime-endpoint": _RUNTIME,
        "cgroup-driver": "systemd keeps the cgroups of the runtime too, and both must agree; leave it out",
        "cluster-dns": "kubeadm writes it from the first Service range; leave it out",
        **dict.fromkeys(
            ("config", "kubeconfig", "bootstrap-kubeconfig"),
            "kubeadm writes that file; leave it out",
        ),
    },
}
"""Arguments that this program or kubeadm writes, each with the reason or the place to set it.

A user's value would replace the written one, and then differ from the value that other components are configured with.
"""

_OWN_OF_CADVISOR = (
    *("application-metrics-count-limit", "boot-id-file", "container-hints", "containerd"),
    *("containerd-namespace", "enable-load-reader", "event-storage-age-limit"),
    *("event-storage-event-limit", "global-housekeeping-interval", "log-cadvisor-usage"),
    *("machine-id-file", "storage-driver-buffer-duration", "storage-driver-db"),
    *("storage-driver-host", "storage-driver-password", "storage-driver-secure"),
    *("storage-driver-table", "storage-driver-user"),
)

ENDED: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "apiServerArgs": {
        19: ("basic-auth-file",),
        22: ("kubelet-https", "ssh-keyfile", "ssh-user"),
        24: ("insecure-port", "insecure-bind-address"),
        25: ("service-account-api-audiences",),
        33: ("cloud-config",),
    },
    "controllerManagerArgs": {
        24: ("address", "port", "deployment-controller-sync-period"),
        25: (
            *("deleting-pods-burst", "deleting-pods-qps", "register-retry-count"),
            "experimental-cluster-signing-duration",
        ),
        27: ("enable-taint-manager", "pod-eviction-timeout"),
        31: (
            *(
                "horizontal-pod-autoscaler-downscale-delay",
                "horizontal-pod-autoscaler-upscale-delay",
            ),
            *("volume-host-allow-local-loopback", "volume-host-cidr-denylist"),
        ),
        37: ("concurrent-service-syncs",),
    },
    "schedulerArgs": {
        22: ("algorithm-provider", "hard-pod-affinity-symmetric-weight", "scheduler-name"),
        23: ("policy-config-file", "policy-configmap", "policy-configmap-namespace"),
        24: ("address", "port"),
        28: ("lock-object-name", "lock-object-namespace"),
    },
    "kubeletArgs": {
        24: (
            *("cni-bin-dir", "cni-cache-dir", "cni-conf-dir", "network-plugin-mtu"),
            *("docker-endpoint", "experimental-dockershim-root-directory"),
            *("image-pull-progress-deadline", "non-masquerade-cidr", "dynamic-config-dir"),
        ),
        27: ("master-service-namespace",),
        31: ("iptables-drop-bit", "iptables-masquerade-bit", "keep-terminated-pod-volumes"),
        32: ("runonce",),
        34: ("cloud-config", "register-schedulable"),
        35: ("pod-infra-container-image",),
        37: _OWN_OF_CADVISOR,
    },
}
"""Removed arguments, by the first minor in which the component refuses to start with them. Read in every minor's source.

An argument that this program writes itself is in `OWNED` only.
"""


def end_of(field: str, flag: str) -> int | None:
    """The first minor in which the field's component no longer has a flag; None for a flag that was not removed."""
    return next((minor for minor, flags in ENDED.get(field, {}).items() if flag in flags), None)
