"""Arguments with which a component starts only beside another one, or only without it."""

from collections.abc import Mapping
from dataclasses import dataclass

ANY = ""
"""Stands for every value."""


@dataclass(frozen=True, slots=True)
class Need:
    """An argument, or a word in its value, with which a component starts only beside another argument."""

    flag: str
    word: str
    other: str
    its: str = ANY
    """The word that the other one must have."""
    since: int = 16
    """The first minor that minds."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An argument, or a word in its value, with which a component does not start beside another one."""

    flag: str
    word: str
    other: str
    """The other argument, or with a dash behind it how the names of several begin. It may be the same one."""
    its: str = ANY
    """The word of the other one. For the same argument, any stands for each further word."""


_OF_ISSUERS = (
    *("oidc-ca-file", "oidc-groups-claim", "oidc-groups-prefix", "oidc-required-claim"),
    *("oidc-signing-algs", "oidc-username-claim", "oidc-username-prefix"),
)

NEEDED: Mapping[str, tuple[Need, ...]] = {
    # https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubeapiserver/options/authentication.go and authorization.go
    "apiServerArgs": (
        Need("oidc-issuer-url", ANY, "oidc-client-id"),
        Need("oidc-client-id", ANY, "oidc-issuer-url"),
        *(Need(flag, ANY, "oidc-issuer-url", since=29) for flag in _OF_ISSUERS),
        Need("authorization-mode", "ABAC", "authorization-policy-file"),
        Need("authorization-policy-file", ANY, "authorization-mode", "ABAC"),
        Need("authorization-mode", "Webhook", "authorization-webhook-config-file"),
        Need("authorization-webhook-config-file", ANY, "authorization-mode", "Webhook"),
        Need("enable-admission-plugins", "EventRateLimit", "admission-control-config-file"),
        Need("enable-admission-plugins", "ImagePolicyWebhook", "admission-control-config-file"),
        Need("emulation-forward-compatible", "true", "emulated-version", since=34),
        Need("runtime-config-emulation-forward-compatible", "true", "emulated-version", since=34),
    ),
    # https://github.com/etcd-io/etcd/blob/v3.5.24/server/embed/config.go
    "etcdArgs": (
        Need(
            *("experimental-enable-lease-checkpoint-persist", "true"),
            *("experimental-enable-lease-checkpoint", "true"),
        ),
    ),
    # https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/apis/config/validation/validation.go
    "kubeletArgs": (
        Need("enforce-node-allocatable", "system-reserved", "system-reserved-cgroup"),
        Need("enforce-node-allocatable", "system-reserved-compressible", "system-reserved-cgroup"),
        Need("enforce-node-allocatable", "kube-reserved", "kube-reserved-cgroup"),
        Need("enforce-node-allocatable", "kube-reserved-compressible", "kube-reserved-cgroup"),
        Need("cpu-manager-policy-options", ANY, "cpu-manager-policy", "static"),
        Need("memory-manager-policy", "Static", "reserved-memory"),
        Need("exit-on-lock-contention", "true", "lock-file"),
        Need("tls-cert-file", ANY, "tls-private-key-file"),
        Need("tls-private-key-file", ANY, "tls-cert-file"),
        *(
            Need(
                f"image-credential-provider-{one}",
                ANY,
                f"image-credential-provider-{other}",
                since=24,
            )
            for one, other in (("config", "bin-dir"), ("bin-dir", "config"))
        ),
    ),
}
"""What a component needs beside an argument."""

EXCLUDED: Mapping[str, tuple[Exclusion, ...]] = {
    "apiServerArgs": (
        Exclusion("authorization-config", ANY, "authorization-"),
        Exclusion("authentication-config", ANY, "oidc-"),
    ),
    # https://github.com/etcd-io/etcd/blob/v3.6.8/server/embed/config.go
    "etcdArgs": (
        Exclusion("tls-min-version", "TLS1.3", "tls-max-version", "TLS1.2"),
        *(
            Exclusion(name, ANY, f"experimental-{name}")
            for name in (
                *("compact-hash-check-time", "corrupt-check-time", "compaction-batch-limit"),
                *("watch-progress-notify-interval", "warning-apply-duration", "memory-mlock"),
                *("bootstrap-defrag-threshold-megabytes", "snapshot-catchup-entries"),
                *(
                    "compaction-sleep-interval",
                    "downgrade-check-time",
                    "enable-distributed-tracing",
                ),
                *("peer-skip-client-san-verification", "distributed-tracing-address"),
                *("distributed-tracing-service-name", "distributed-tracing-instance-id"),
                "distributed-tracing-sampling-rate",
            )
        ),
    ),
    "kubeletArgs": (
        Exclusion("enforce-node-allocatable", "none", "enforce-node-allocatable"),
        *(
            Exclusion(
                *("enforce-node-allocatable", name),
                *("enforce-node-allocatable", f"{name}-compressible"),
            )
            for name in ("system-reserved", "kube-reserved")
        ),
        Exclusion("reserved-cpus", ANY, "system-reserved-cgroup"),
        Exclusion("reserved-cpus", ANY, "kube-reserved-cgroup"),
    ),
}
"""What a component does not take beside an argument."""

ONCE: Mapping[str, Mapping[str, int]] = {
    "apiServerArgs": {"authorization-mode": 16},
    "kubeletArgs": {"enforce-node-allocatable": 31},
}
"""Lists in which no word may be twice, with the first minor whose component minds."""
