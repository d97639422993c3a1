"""Arguments whose words come from a closed set: each word, and the minors whose component knows it.

Read in the sources of 1.36 and 1.37, and what has ended in the changes that ended it. A word that came or went in a minor that nobody
has looked up has the widest life.
"""

from collections.abc import Mapping

from .api_versions import API_VERSIONS
from .controller_names import CONTROLLER_NAMES
from .eviction_thresholds import SIGNALS
from .minors import Minors

Words = Mapping[str, Minors]

ALWAYS = Minors(16)

ADMISSION_PLUGINS: Words = {
    **dict.fromkeys(
        (
            *("AlwaysAdmit", "AlwaysDeny", "AlwaysPullImages", "DefaultStorageClass"),
            *("DefaultTolerationSeconds", "EventRateLimit", "ExtendedResourceToleration"),
            *("ImagePolicyWebhook", "LimitPodHardAntiAffinityTopology", "LimitRanger"),
            *("MutatingAdmissionWebhook", "NamespaceAutoProvision", "NamespaceExists"),
            *("NamespaceLifecycle", "NodeRestriction", "OwnerReferencesPermissionEnforcement"),
            *("PersistentVolumeClaimResize", "PodNodeSelector", "PodTolerationRestriction"),
            *("Priority", "ResourceQuota", "RuntimeClass", "ServiceAccount"),
            *("StorageObjectInUseProtection", "TaintNodesByCondition"),
            "ValidatingAdmissionWebhook",
        ),
        ALWAYS,
    ),
    # #98669
    **dict.fromkeys(("DenyEscalatingExec", "DenyExecOnPrivileged"), Minors(16, 20)),
    "PodPreset": Minors(16, 19),
    "PodSecurityPolicy": Minors(16, 24),
    # #122612
    "SecurityContextDeny": Minors(16, 29),
    # #124505
    "PersistentVolumeLabel": Minors(16, 30),
    **dict.fromkeys(
        (
            *("CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction"),
            "DefaultIngressClass",
        ),
        Minors(18),
    ),
    "DenyServiceExternalIPs": Minors(21),
    "PodSecurity": Minors(22),
    "ValidatingAdmissionPolicy": Minors(26),
    "ClusterTrustBundleAttest": Minors(27),
    "MutatingAdmissionPolicy": Minors(30),
    "PodTopologyLabels": Minors(33),
    **dict.fromkeys(
        ("NodeDeclaredFeatureValidator", "PodGroupProtection", "PodResizeValidator"), Minors(35)
    ),
    **dict.fromkeys(("JobValidation", "PodGroupWorkloadExists"), Minors(35, 36)),
}
"""https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubeapiserver/options/plugins.go"""

HTTP2_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
)
"""One of these must be among the suites of a server for HTTP/2 that takes TLS 1.2, or it does not start: `ConfigureServer` in
https://github.com/golang/net/blob/v0.56.0/http2/server.go"""

SUITES: Words = dict.fromkeys(
    (
        *HTTP2_SUITES,
        *("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"),
        *(
            f"TLS_ECDHE_{key}_WITH_{cipher}"
            for key in ("ECDSA", "RSA")
            for cipher in (
                *("AES_256_GCM_SHA384", "AES_128_CBC_SHA", "AES_256_CBC_SHA", "AES_128_CBC_SHA256"),
                *("CHACHA20_POLY1305", "CHACHA20_POLY1305_SHA256", "RC4_128_SHA"),
            )
        ),
        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
        *(
            f"TLS_RSA_WITH_{cipher}"
            for cipher in (
                *("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CBC_SHA"),
                *("AES_256_CBC_SHA", "AES_128_CBC_SHA256", "3DES_EDE_CBC_SHA", "RC4_128_SHA"),
            )
        ),
    ),
    ALWAYS,
)
"""https://pkg.go.dev/crypto/tls#CipherSuites and InsecureCipherSuites, with the older names of two."""

_LOGS: Words = dict.fromkeys(("text", "json"), ALWAYS)
"""https://github.com/kubernetes/component-base/blob/v0.36.5/logs/api/v1/registry.go"""

_AUDIT_MODES: Words = dict.fromkeys(("batch", "blocking", "blocking-strict"), ALWAYS)

_LOCKS: Words = {
    "leases": ALWAYS,
    # #106852, #117558
    **dict.fromkeys(("endpoints", "configmaps"), Minors(16, 23)),
    **dict.fromkeys(("endpointsleases", "configmapsleases"), Minors(16, 27)),
}

_TLS_OF_ETCD: Words = dict.fromkeys(("TLS1.2", "TLS1.3"), ALWAYS)
"""https://github.com/etcd-io/etcd/blob/v3.6.8/client/pkg/tlsutil/versions.go"""

_LEVELS_OF_ETCD: Words = dict.fromkeys(
    ("debug", "info", "warn", "warning", "error", "dpanic", "panic", "fatal"), ALWAYS
)
"""https://github.com/uber-go/zap/blob/v1.27.1/zapcore/level.go"""

_AUDIT_VERSIONS: Words = {
    "audit.k8s.io/v1": ALWAYS,
    # #108092
    **dict.fromkeys(("audit.k8s.io/v1alpha1", "audit.k8s.io/v1beta1"), Minors(16, 23)),
}

_RESERVABLE: Words = dict.fromkeys(("cpu", "memory", "ephemeral-storage", "pid"), ALWAYS)
"""https://github.com/kubernetes/kubernetes/blob/v1.36.5/cmd/kubelet/app/server.go (parseResourceList)"""

_SIGNING: Words = {
    f"{kind}{bits}": ALWAYS for kind in ("RS", "ES", "PS") for bits in (256, 384, 512)
}
"""https://github.com/kubernetes/apiserver/blob/v0.36.5/plugin/pkg/authenticator/token/oidc/oidc.go"""

_CURVES: Words = dict.fromkeys(("23", "24", "25", "29", "4587", "4588", "4589"), Minors(36))
"""https://pkg.go.dev/crypto/tls#CurveID"""

_SIGNALS: Words = dict.fromkeys(SIGNALS, ALWAYS)

CPU_OPTIONS: Words = {
    "full-pcpus-only": Minors(22),
    "distribute-cpus-across-numa": Minors(23),
    "align-by-socket": Minors(25),
    "distribute-cpus-across-cores": Minors(31),
    **dict.fromkeys(("strict-cpu-reservation", "prefer-align-cpus-by-uncorecache"), Minors(32)),
}
"""https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/cm/cpumanager/policy_options.go"""

TOPOLOGY_OPTIONS: Words = {
    "prefer-closest-numa-nodes": Minors(26),
    "max-allowable-numa-nodes": Minors(31),
}
"""https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/cm/topologymanager/policy_options.go"""

_OF_LEADERS = {
    "tls-cipher-suites": SUITES,
    "tls-curve-preferences": _CURVES,
    "logging-format": _LOGS,
    "leader-elect-resource-lock": _LOCKS,
}

WORDS: Mapping[str, Mapping[str, Words]] = {
    "apiServerArgs": {
        # Others kubeadm leaves out, with a warning in its log.
        "authorization-mode": dict.fromkeys(
            ("Node", "RBAC", "ABAC", "Webhook", "AlwaysAllow", "AlwaysDeny"), ALWAYS
        ),
        "enable-admission-plugins": ADMISSION_PLUGINS,
        "disable-admission-plugins": ADMISSION_PLUGINS,
        "oidc-signing-algs": _SIGNING,
        "tls-cipher-suites": SUITES,
        "tls-curve-preferences": _CURVES,
        "logging-format": _LOGS,
        "audit-log-mode": _AUDIT_MODES,
        "audit-webhook-mode": _AUDIT_MODES,
        "audit-log-format": dict.fromkeys(("json", "legacy"), ALWAYS),
        "runtime-config": API_VERSIONS,
        "audit-log-version": _AUDIT_VERSIONS,
        "audit-webhook-version": _AUDIT_VERSIONS,
        "authentication-token-webhook-version": dict.fromkeys(("v1", "v1beta1"), ALWAYS),
        "authorization-webhook-version": dict.fromkeys(("v1", "v1beta1"), ALWAYS),
        "storage-media-type": dict.fromkeys(
            (
                *("application/json", "application/yaml"),
                "application/vnd.kubernetes.protobuf",
            ),
            ALWAYS,
        ),
    },
    "controllerManagerArgs": {"controllers": CONTROLLER_NAMES, **_OF_LEADERS},
    "schedulerArgs": _OF_LEADERS,
    "etcdArgs": {
        "cipher-suites": SUITES,
        "tls-min-version": _TLS_OF_ETCD,
        "tls-max-version": _TLS_OF_ETCD,
        "auto-compaction-mode": dict.fromkeys(("periodic", "revision"), ALWAYS),
        "log-level": _LEVELS_OF_ETCD,
        "log-format": dict.fromkeys(("json", "console"), ALWAYS),
        # Before 3.5 it had a logger of its own too.
        "logger": {"zap": ALWAYS, "capnslog": Minors(17, 21)},
        "v2-deprecation": {
            "not-yet": Minors(22, 33),
            **dict.fromkeys(("write-only", "write-only-drop-data", "gone"), Minors(22)),
        },
    },
    "kubeletArgs": {
        "tls-cipher-suites": SUITES,
        "logging-format": _LOGS,
        "enforce-node-allocatable": {
            **dict.fromkeys(("none", "pods", "system-reserved", "kube-reserved"), ALWAYS),
            **dict.fromkeys(
                ("system-reserved-compressible", "kube-reserved-compressible"), Minors(32)
            ),
        },
        "cpu-manager-policy": dict.fromkeys(("none", "static"), ALWAYS),
        "cpu-manager-policy-options": CPU_OPTIONS,
        "memory-manager-policy": dict.fromkeys(("None", "Static"), ALWAYS),
        "topology-manager-policy": dict.fromkeys(
            ("none", "best-effort", "restricted", "single-numa-node"), ALWAYS
        ),
        "topology-manager-policy-options": TOPOLOGY_OPTIONS,
        "topology-manager-scope": dict.fromkeys(("container", "pod"), ALWAYS),
        "kube-reserved": _RESERVABLE,
        "system-reserved": _RESERVABLE,
        "qos-reserved": {"memory": ALWAYS},
        "eviction-soft-grace-period": _SIGNALS,
        "eviction-minimum-reclaim": _SIGNALS,
    },
}
"""Arguments with such words. A component does not start with another one."""
