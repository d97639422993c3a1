"""Numbers and times that a component works with only within bounds: with another one it does not start, or does nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from .argument_checks import measure


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that an argument may say, as the component reads them."""

    least: str
    most: str | None = None
    since: int = 16
    """The first minor that minds."""

    def hold(self, value: str) -> bool:
        """Whether a value, which the component can read, is within them."""
        given = measure(value)
        return measure(self.least) <= given and (self.most is None or given <= measure(self.most))

    def __str__(self) -> str:
        return f"{self.least} to {self.most}" if self.most else f"{self.least} or more"


_COUNT, _NOT_BEFORE = Bounds("0"), Bounds("0s")

BOUNDS: Mapping[str, Mapping[str, Bounds]] = {
    # https://github.com/kubernetes/apiserver/blob/v0.36.5/pkg/server/options/server_run_options.go and audit.go
    "apiServerArgs": {
        **dict.fromkeys(
            (
                *("max-requests-inflight", "max-mutating-requests-inflight"),
                *("min-request-timeout", "target-ram-mb"),
                *("audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"),
            ),
            _COUNT,
        ),
        **dict.fromkeys(
            (
                *("livez-grace-period", "request-timeout", "shutdown-delay-duration"),
                *("shutdown-watch-termination-grace-period", "storage-initialization-timeout"),
            ),
            _NOT_BEFORE,
        ),
        "apiserver-count": Bounds("1"),
    },
    # https://github.com/kubernetes/kubernetes/tree/v1.36.5/cmd/kube-controller-manager/app/options
    "controllerManagerArgs": {
        **dict.fromkeys(
            (
                *("concurrent-cron-job-syncs", "concurrent-daemonset-syncs"),
                *("concurrent-device-taint-eviction-syncs", "concurrent-ephemeralvolume-syncs"),
                *("concurrent-horizontal-pod-autoscaler-syncs", "concurrent-job-syncs"),
                *("concurrent-resourceclaim-syncs", "concurrent-statefulset-syncs"),
                "concurrent-validating-admission-policy-status-syncs",
            ),
            Bounds("1"),
        ),
        # Without a worker a controller does nothing, and says nothing of it.
        **dict.fromkeys(
            (
                *("concurrent-deployment-syncs", "concurrent-replicaset-syncs"),
                *("concurrent-namespace-syncs", "concurrent-endpoint-syncs", "concurrent-rc-syncs"),
                *("concurrent-serviceaccount-token-syncs", "concurrent-gc-syncs"),
            ),
            Bounds("1"),
        ),
        **dict.fromkeys(
            ("concurrent-service-endpoint-syncs", "mirroring-concurrent-service-endpoint-syncs"),
            Bounds("1", "50"),
        ),
        **dict.fromkeys(
            ("max-endpoints-per-slice", "mirroring-max-endpoints-per-subset"), Bounds("1", "1000")
        ),
        "attach-detach-reconcile-sync-period": Bounds("1s", since=28),
    },
    # https://github.com/kubernetes/component-base/blob/v0.36.5/config/validation/validation.go
    "schedulerArgs": {"kube-api-burst": _COUNT},
    # https://github.com/etcd-io/etcd/blob/v3.6.8/server/embed/config.go
    "etcdArgs": {
        **dict.fromkeys(("heartbeat-interval", "election-timeout", "max-txn-ops"), Bounds("1")),
        **dict.fromkeys(
            ("compact-hash-check-time", "experimental-compact-hash-check-time"), Bounds("1ns")
        ),
    },
    # https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/apis/config/validation/validation.go
    "kubeletArgs": {
        **dict.fromkeys(
            (
                *("event-burst", "event-qps", "kube-api-burst", "kube-api-qps", "max-open-files"),
                *("pods-per-core", "registry-burst", "registry-qps"),
            ),
            _COUNT,
        ),
        **dict.fromkeys(("image-gc-high-threshold", "image-gc-low-threshold"), Bounds("0", "100")),
        **dict.fromkeys(("iptables-drop-bit", "iptables-masquerade-bit"), Bounds("0", "31")),
        "node-status-max-images": Bounds("-1", since=19),
        "oom-score-adj": Bounds("-1000", "1000"),
        "cpu-cfs-quota-period": Bounds("1ms", "1s", since=26),
        "minimum-container-ttl-duration": _NOT_BEFORE,
        "minimum-image-ttl-duration": Bounds("0s", since=36),
    },
}
"""Arguments with such bounds."""
