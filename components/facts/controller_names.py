"""Names of controllers, with the minors whose controller manager knows each. Those before 1.28 have two since (#115813).

Read in the sources of every minor's last patch:
https://github.com/kubernetes/kubernetes/blob/v1.36.5/cmd/kube-controller-manager/names/controller_names.go
"""

from collections.abc import Mapping

from .minors import Minors

CONTROLLER_NAMES: Mapping[str, Minors] = {
    "*": Minors(16),
    **dict.fromkeys(
        (*("cloud-node-lifecycle", "route", "service"),),
        Minors(16, 36),
    ),
    **dict.fromkeys(
        (
            *("attachdetach", "bootstrapsigner", "clusterrole-aggregation", "cronjob"),
            *("csrapproving", "csrcleaner", "csrsigning", "daemonset", "deployment"),
            *("disruption", "endpoint", "endpointslice", "garbagecollector"),
            *("horizontalpodautoscaling", "job", "namespace", "nodeipam", "nodelifecycle"),
            *("persistentvolume-binder", "persistentvolume-expander", "podgc"),
            *("pv-protection", "pvc-protection", "replicaset", "replicationcontroller"),
            *("resourcequota", "root-ca-cert-publisher", "serviceaccount"),
            *("serviceaccount-token", "statefulset", "tokencleaner", "ttl"),
            "ttl-after-finished",
        ),
        Minors(16),
    ),
    **dict.fromkeys(
        (*("endpointslicemirroring", "ephemeral-volume"),),
        Minors(19),
    ),
    "storage-version-gc": Minors(20),
    "resource-claim-controller": Minors(26),
    **dict.fromkeys(
        (
            *("cloud-node-lifecycle-controller", "node-route-controller"),
            "service-lb-controller",
        ),
        Minors(28, 36),
    ),
    **dict.fromkeys(
        (
            "bootstrap-signer-controller",
            "certificatesigningrequest-approving-controller",
            "certificatesigningrequest-cleaner-controller",
            "certificatesigningrequest-signing-controller",
            *("clusterrole-aggregation-controller", "cronjob-controller"),
            *("daemonset-controller", "deployment-controller", "disruption-controller"),
            *("endpoints-controller", "endpointslice-controller"),
            *("endpointslice-mirroring-controller", "ephemeral-volume-controller"),
            *("garbage-collector-controller", "horizontal-pod-autoscaler-controller"),
            *("job-controller", "legacy-service-account-token-cleaner"),
            *("legacy-serviceaccount-token-cleaner-controller", "namespace-controller"),
            *("node-ipam-controller", "node-lifecycle-controller"),
            "persistentvolume-attach-detach-controller",
            *("persistentvolume-binder-controller", "persistentvolume-expander-controller"),
            "persistentvolume-protection-controller",
            "persistentvolumeclaim-protection-controller",
            *("pod-garbage-collector-controller", "replicaset-controller"),
            *("replicationcontroller-controller", "resourceclaim-controller"),
            *("resourcequota-controller", "root-ca-certificate-publisher-controller"),
            *("serviceaccount-controller", "serviceaccount-token-controller"),
            *("statefulset-controller", "storageversion-garbage-collector-controller"),
            *("token-cleaner-controller", "ttl-after-finished-controller"),
            *("ttl-controller", "validatingadmissionpolicy-status-controller"),
        ),
        Minors(28),
    ),
    **dict.fromkeys(
        (*("service-cidr-controller", "taint-eviction-controller"),),
        Minors(29),
    ),
    **dict.fromkeys(
        (*("storage-version-migrator-controller", "svm"),),
        Minors(30),
    ),
    **dict.fromkeys(
        (
            "kube-apiserver-serving-clustertrustbundle-publisher-controller",
            *("selinux-warning-controller", "volumeattributesclass-protection-controller"),
        ),
        Minors(32),
    ),
    "device-taint-eviction-controller": Minors(33),
    "podcertificaterequest-cleaner-controller": Minors(34),
    **dict.fromkeys(
        (*("podgroup-protection-controller", "resourcepoolstatusrequest-controller"),),
        Minors(36),
    ),
}
"""Each as `controllers` names it. `*` stands for all that are on by default."""
