"""Component arguments by minor: when each began and ended."""

from collections.abc import Mapping

ARGUMENT_FIELDS: Mapping[str, str] = {
    "apiServerArgs": "kube-apiserver",
    "controllerManagerArgs": "kube-controller-manager",
    "schedulerArgs": "kube-scheduler",
    "etcdArgs": "etcd",
    "kubeletArgs": "the kubelet",
}
"""The component that each field's arguments are for, as messages name it."""

_OWN_OF_CADVISOR = (
    *("application-metrics-count-limit", "boot-id-file", "container-hints", "containerd"),
    *("containerd-namespace", "enable-load-reader", "event-storage-age-limit"),
    *("event-storage-event-limit", "global-housekeeping-interval", "log-cadvisor-usage"),
    *("machine-id-file", "storage-driver-buffer-duration", "storage-driver-db"),
    *("storage-driver-host", "storage-driver-password", "storage-driver-secure"),
    *("storage-driver-table", "storage-driver-user"),
)

_EXPERIMENTS_OF_ETCD = tuple(
    f"experimental-{name}"
    for name in (
        *("bootstrap-defrag-threshold-megabytes", "compact-hash-check-enabled"),
        *("compact-hash-check-time", "compaction-batch-limit", "compaction-sleep-interval"),
        *("corrupt-check-time", "distributed-tracing-address", "distributed-tracing-instance-id"),
        *("distributed-tracing-sampling-rate", "distributed-tracing-service-name"),
        *("downgrade-check-time", "enable-distributed-tracing", "enable-lease-checkpoint"),
        *("enable-lease-checkpoint-persist", "initial-corrupt-check", "memory-mlock"),
        *("peer-skip-client-san-verification", "snapshot-catchup-entries"),
        *("stop-grpc-service-on-defrag", "txn-mode-write-with-shared-buffer"),
        *("warning-apply-duration", "warning-unary-request-duration"),
        "watch-progress-notify-interval",
    )
)
"""Arguments of etcd 3.5 and 3.6 that 3.7 lost: from 3.6 on each has a name without its first word, or a feature gate."""

_OF_THE_LOG = (
    *("add-dir-header", "alsologtostderr", "log-backtrace-at", "log-dir", "log-file"),
    *("log-file-max-size", "logtostderr", "one-output", "skip-headers", "skip-log-headers"),
    "stderrthreshold",
)
"""Arguments of klog that every component but etcd lost in 1.26 (#112120)."""

ENDED: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "apiServerArgs": {
        19: ("basic-auth-file",),
        22: ("kubelet-https", "ssh-keyfile", "ssh-user"),
        24: ("insecure-port", "insecure-bind-address"),
        25: ("service-account-api-audiences",),
        26: _OF_THE_LOG,
        33: ("cloud-config",),
    },
    "controllerManagerArgs": {
        24: ("address", "port", "deployment-controller-sync-period"),
        25: (
            *("deleting-pods-burst", "deleting-pods-qps", "register-retry-count"),
            "experimental-cluster-signing-duration",
        ),
        26: _OF_THE_LOG,
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
        26: _OF_THE_LOG,
        28: ("lock-object-name", "lock-object-namespace"),
    },
    # By the minor whose kubeadm brings the etcd without them: 3.5, 3.6 and 3.7.
    "etcdArgs": {
        22: ("debug", "log-output", "log-package-levels"),
        34: ("enable-v2", "experimental-enable-v2v3"),
        37: _EXPERIMENTS_OF_ETCD,
    },
    "kubeletArgs": {
        24: (
            *("cni-bin-dir", "cni-cache-dir", "cni-conf-dir", "network-plugin-mtu"),
            *("docker-endpoint", "experimental-dockershim-root-directory"),
            *("image-pull-progress-deadline", "non-masquerade-cidr", "dynamic-config-dir"),
        ),
        26: _OF_THE_LOG,
        27: ("master-service-namespace",),
        31: ("iptables-drop-bit", "iptables-masquerade-bit", "keep-terminated-pod-volumes"),
        32: ("runonce",),
        34: ("cloud-config", "register-schedulable"),
        35: ("pod-infra-container-image",),
        37: _OWN_OF_CADVISOR,
    },
}
"""Removed arguments, by the first minor in which the component refuses to start with them. Read in every minor's source.

An argument that this program or kubeadm writes itself is in `OWNED`, with a reason that holds for every minor.
"""

BEGUN: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "apiServerArgs": {
        18: ("service-account-jwks-uri", "goaway-chance"),
        22: ("tracing-config-file",),
        23: ("shutdown-send-retry-after",),
        26: ("encryption-provider-config-automatic-reload",),
        27: ("shutdown-watch-termination-grace-period",),
        30: ("authentication-config", "authorization-config"),
    },
    "controllerManagerArgs": {21: ("leader-migration-config", "enable-leader-migration")},
    "schedulerArgs": {},
    "etcdArgs": {
        34: (
            *("bootstrap-defrag-threshold-megabytes", "compact-hash-check-time"),
            *("compaction-batch-limit", "compaction-sleep-interval", "corrupt-check-time"),
            *("distributed-tracing-address", "distributed-tracing-instance-id"),
            *("distributed-tracing-sampling-rate", "distributed-tracing-service-name"),
            *("downgrade-check-time", "enable-distributed-tracing", "feature-gates", "log-format"),
            *("max-learners", "memory-mlock", "peer-skip-client-san-verification"),
            *("snapshot-catchup-entries", "warning-apply-duration"),
            *("warning-unary-request-duration", "watch-progress-notify-interval"),
        )
    },
    "kubeletArgs": {
        20: (
            *("image-credential-provider-config", "image-credential-provider-bin-dir"),
            "topology-manager-scope",
        ),
        21: ("memory-manager-policy", "reserved-memory"),
        22: ("cpu-manager-policy-options", "seccomp-default"),
        28: ("config-dir",),
    },
}
"""The first minor that takes each of these newer arguments. A component without an argument does not start with it.

kubeadm writes `authorization-mode` beside `authorization-config`, and the two exclude each other, until 1.30 (#123654).
`authentication-config` needs a gate in 1.29.
"""


def end_of(field: str, flag: str) -> int | None:
    """The first minor in which the field's component no longer has a flag; None for a flag that was not removed."""
    return next((minor for minor, flags in ENDED.get(field, {}).items() if flag in flags), None)


def begin_of(field: str, flag: str) -> int | None:
    """The first minor in which the field's component takes a flag; None for a flag of every minor, or an unknown one."""
    return next((minor for minor, flags in BEGUN.get(field, {}).items() if flag in flags), None)
