"""Arguments after which a component, a machine or a node would not come up are refused; harmless ones are accepted in every minor."""

import pytest

from tests.support.faults import described, faults_in
from tests.support.minors import ALL as MINORS

API, MANAGER, SCHEDULER = "apiServerArgs", "controllerManagerArgs", "schedulerArgs"
ETCD, KUBELET = "etcdArgs", "kubeletArgs"


def faults_of(minor: str, **kubeadm: object) -> list[str]:
    """The faults of a cluster with some settings of kubeadm."""
    cluster = {"name": "dev", "kubernetesVersion": minor, "cloudProvider": "none"}
    pods = {"ipv6Range": "fd20::/16"} if minor == "1.16" else {}
    return faults_in(described(cluster=cluster, pods=pods, kubeadm=kubeadm))


REFUSED = [
    # the kubelet's probes, and machines that join
    (
        API,
        "anonymous-auth",
        "false",
        "the kubelet's probes and machines that join ask without a name",
    ),
    (API, "anonymous-auth", "0", "the kubelet's probes and machines that join ask without a name"),
    (API, "anonymous-auth", "", "the kubelet's probes and machines that join ask without a name"),
    (API, "enable-bootstrap-token-auth", "false", "machines join with a bootstrap token"),
    (API, "bind-address", "127.0.0.1", "the machine's own addresses of both families"),
    (API, "bind-address", "10.0.0.7", "the machine's own addresses of both families"),
    (MANAGER, "bind-address", "10.0.0.7", "one address fits no two machines"),
    (SCHEDULER, "bind-address", "eth0", "one address fits no two machines"),
    (MANAGER, "secure-port", "0", "the kubelet's probes ask the port that kubeadm writes"),
    (SCHEDULER, "secure-port", "10260", "the kubelet's probes ask the port that kubeadm writes"),
    (ETCD, "listen-metrics-urls", "https://127.0.0.1:2381", "asks the first of these URLs without"),
    (ETCD, "listen-metrics-urls", "http://10.0.0.7:2381", "asks the first of these URLs without"),
    (ETCD, "listen-metrics-urls", "http://0.0.0.0:2379", "asks the first of these URLs without"),
    (ETCD, "listen-metrics-urls", "", "asks the first of these URLs without"),
    (KUBELET, "healthz-port", "0", "kubeadm asks there whether the kubelet runs"),
    (KUBELET, "healthz-bind-address", "10.0.0.7", "kubeadm asks on 127.0.0.1"),
    (KUBELET, "register-node", "false", "kubeadm waits for the node"),
    # who may do what
    (API, "authorization-mode", "RBAC", "kubelets need Node"),
    (API, "authorization-mode", "AlwaysAllow", "kubelets need Node"),
    (API, "authorization-mode", "Node,RBAC,AlwaysAllow", "AlwaysAllow or AlwaysDeny would decide"),
    (API, "enable-admission-plugins", "PodNodeSelector", "it replaces kubeadm's NodeRestriction"),
    (API, "disable-admission-plugins", "NodeRestriction", "a node may change others"),
    (API, "disable-admission-plugins", "PodNodeSelector,ServiceAccount", "pods do not start"),
    (API, "admission-control", "NodeRestriction", "it excludes enable-admission-plugins"),
    (API, "allow-privileged", "false", "kube-proxy and network plugins are privileged"),
    (API, "service-account-issuer", "http://issuer.example.com", "write one with https://"),
    (API, "kubelet-preferred-address-types", "Hostname", "InternalIP is the address"),
    (
        API,
        "kubelet-certificate-authority",
        "/etc/kubernetes/pki/ca.crt",
        "kubeadm.kubeletCertificates",
    ),
    (API, "endpoint-reconciler-type", "none", "would not list the API servers"),
    (API, "runtime-config", "api/all=false", "need the stable APIs"),
    (API, "runtime-config", "apps/v1=false", "need the stable APIs"),
    (API, "tls-min-version", "1.2", "write VersionTLS12"),
    (MANAGER, "use-service-account-credentials", "false", "controllers' own accounts"),
    (MANAGER, "controllers", "*", "begin with *,bootstrapsigner,tokencleaner"),
    (MANAGER, "controllers", "*,bootstrapsigner,tokencleaner,-csrapproving", "begin with *,"),
    (MANAGER, "controllers", "*,bootstrapsigner,-tokencleaner", "begin with *,"),
    (MANAGER, "controllers", "-nodeipam,*,bootstrapsigner,tokencleaner", "begin with *,"),
    (MANAGER, "controllers", "deployment,replicaset", "begin with *,"),
    (MANAGER, "leader-elect", "false", "each would act at once"),
    (SCHEDULER, "leader-elect", "false", "each would act at once"),
    (ETCD, "client-cert-auth", "false", "could read and write the whole cluster"),
    (ETCD, "peer-client-cert-auth", "false", "could read and write the whole cluster"),
    (ETCD, "auto-tls", "true", "the cluster's own authority"),
    (ETCD, "force-new-cluster", "true", "loses data or its fellow members"),
    (ETCD, "enable-grpc-gateway", "false", "removes members of lost machines"),
    (ETCD, "peer-cert-allowed-cn", "etcd", "a certificate with its own name"),
    (KUBELET, "anonymous-auth", "true", "clients without a name"),
    (KUBELET, "authorization-mode", "AlwaysAllow", "run commands in every pod"),
    (KUBELET, "authentication-token-webhook", "false", "metrics-server"),
    (KUBELET, "rotate-certificates", "false", "after a year"),
    (KUBELET, "read-only-port", "10255", "read every pod's data"),
    # what the machine has and the firewall opens
    (KUBELET, "port", "10350", "the firewall opens 10250"),
    (API, "kubelet-port", "10350", "kubelets listen on 10250"),
    (KUBELET, "address", "127.0.0.1", "API servers ask every node's own address"),
    (KUBELET, "cgroups-per-qos", "false", "by these cgroups"),
    (KUBELET, "cgroup-root", "/pods", "no other cgroup is made"),
    (KUBELET, "system-cgroups", "/system", "only beside a cgroup-root"),
    (KUBELET, "system-reserved-cgroup", "/reserved", "no other cgroup is made"),
    (KUBELET, "hairpin-mode", "none", "could not reach itself"),
    (KUBELET, "enable-controller-attach-detach", "false", "volumes are attached"),
    (KUBELET, "make-iptables-util-chains", "false", "relies on the kubelet's chains"),
    (ETCD, "log-outputs", "/var/log/etcd.log", "no folder for logs is mounted"),
    (KUBELET, "system-reserved", "cpu=100m, memory=1Gi", "has a space"),
    # what kubeadm or this program writes
    *[
        (API, flag, "x", "would replace what kube-apiserver")
        for flag in (
            *("client-ca-file", "tls-cert-file", "tls-private-key-file", "kubelet-client-key"),
            *("etcd-cafile", "requestheader-allowed-names", "requestheader-client-ca-file"),
            *("service-account-key-file", "service-account-signing-key-file", "version"),
            *("proxy-client-cert-file", "kubelet-client-certificate", "audit-policy-file"),
        )
    ],
    *[
        (MANAGER, flag, "x", "would replace what kube-controller-manager")
        for flag in (
            *("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig", "master"),
            *(
                "root-ca-file",
                "cluster-signing-key-file",
                "cluster-signing-kubelet-client-cert-file",
            ),
            *("service-account-private-key-file", "client-ca-file", "tls-cert-file"),
        )
    ],
    *[
        (SCHEDULER, flag, "x", "would replace what kube-scheduler")
        for flag in ("kubeconfig", "authentication-kubeconfig", "write-config-to", "client-ca-file")
    ],
    *[
        (ETCD, flag, "x", "would replace what etcd")
        for flag in (
            *("cert-file", "trusted-ca-file", "peer-key-file", "wal-dir", "discovery"),
            *("config-file", "listen-client-http-urls", "initial-cluster-state"),
        )
    ],
    *[
        (KUBELET, flag, "x", "would replace what the kubelet")
        for flag in (
            *("pod-manifest-path", "root-dir", "cert-dir", "client-ca-file", "provider-id"),
            *("image-service-endpoint", "pod-cidr", "help"),
        )
    ],
]


@pytest.mark.parametrize("minor", ["1.20", "1.36"])
@pytest.mark.parametrize(("field", "flag", "value", "reason"), REFUSED)
def test_an_argument_that_would_break_the_cluster_is_refused_with_the_reason(
    field, flag, value, reason, minor
):
    [fault] = faults_of(minor, **{field: {flag: value}})

    assert fault.startswith(f"kubeadm.{field}.{flag}: ")
    assert reason in fault


ACCEPTED = {
    API: {
        "v": "4",
        "anonymous-auth": "true",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction,PodNodeSelector",
        "disable-admission-plugins": "DefaultTolerationSeconds",
        "runtime-config": "rbac.authorization.k8s.io/v1alpha1=false,batch/v1beta1=true",
        "audit-log-maxage": "30",
        "bind-address": "0.0.0.0",
        "default-not-ready-toleration-seconds": "30",
        "event-ttl": "2h",
        "feature-gates": "APIResponseCompression=true",
        "max-requests-inflight": "800",
        "max-mutating-requests-inflight": "400",
        "oidc-issuer-url": "https://issuer.example.com",
        "oidc-client-id": "kubernetes",
        "oidc-username-claim": "email",
        "oidc-groups-claim": "groups",
        "profiling": "false",
        "request-timeout": "300s",
        "service-account-issuer": "https://oidc.example.com/prod",
        "service-account-lookup": "true",
        "tls-cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "tls-min-version": "VersionTLS12",
    },
    MANAGER: {
        "bind-address": "0.0.0.0",
        "controllers": "*,bootstrapsigner,tokencleaner,-ttl",
        "kube-api-qps": "50",
        "kube-api-burst": "100",
        "leader-elect": "true",
        "node-monitor-grace-period": "40s",
        "profiling": "false",
        "terminated-pod-gc-threshold": "500",
        "v": "2",
    },
    SCHEDULER: {"bind-address": "::", "profiling": "false", "kube-api-qps": "50", "v": "2"},
    ETCD: {
        "auto-compaction-mode": "periodic",
        "auto-compaction-retention": "8h",
        "election-timeout": "5000",
        "heartbeat-interval": "250",
        "listen-metrics-urls": "http://0.0.0.0:2381",
        "quota-backend-bytes": "8589934592",
        "snapshot-count": "10000",
    },
    KUBELET: {
        "anonymous-auth": "false",
        "container-log-max-files": "5",
        "container-log-max-size": "50Mi",
        "event-qps": "0",
        "eviction-hard": "memory.available<200Mi,nodefs.available<10%",
        "fail-swap-on": "true",
        "image-gc-high-threshold": "80",
        "image-gc-low-threshold": "70",
        "kube-api-qps": "50",
        "kube-reserved": "cpu=100m,memory=256Mi",
        "max-pods": "60",
        "protect-kernel-defaults": "true",
        "read-only-port": "0",
        "rotate-certificates": "true",
        "serialize-image-pulls": "false",
        "streaming-connection-idle-timeout": "5m",
        "tls-min-version": "VersionTLS12",
        "v": "4",
    },
}


@pytest.mark.parametrize("minor", MINORS)
def test_arguments_in_common_use_are_accepted_in_every_minor(minor):
    assert faults_of(minor, **ACCEPTED) == []


@pytest.mark.parametrize("minor", ["1.28", "1.37"])
def test_controllers_may_be_named_as_they_are_since_1_28(minor):
    named = "*,bootstrap-signer-controller,token-cleaner-controller,-ttl-controller"

    assert faults_of(minor, controllerManagerArgs={"controllers": named}) == []
    assert faults_of(minor, controllerManagerArgs={"controllers": f"-node-ipam-controller,{named}"})


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        (
            API,
            {"authorization-mode": "Node,RBAC,ABAC"},
            "authorization-mode: with ABAC kube-apiserver of 1.36 does not start without authorization-policy-file; "
            "give it too, or leave ABAC out",
        ),
        (
            API,
            {"enable-admission-plugins": "NodeRestriction,EventRateLimit"},
            "enable-admission-plugins: with EventRateLimit kube-apiserver of 1.36 does not start without "
            "admission-control-config-file; give it too, or leave EventRateLimit out",
        ),
        (
            KUBELET,
            {"enforce-node-allocatable": "pods,kube-reserved"},
            "enforce-node-allocatable: with kube-reserved the kubelet of 1.36 does not start without "
            "kube-reserved-cgroup; give it too, or leave kube-reserved out",
        ),
        (
            API,
            {"authorization-webhook-config-file": "/etc/kubernetes/pki/ca.crt"},
            "authorization-webhook-config-file: with it kube-apiserver of 1.36 does not start without Webhook in "
            "authorization-mode; write it there too, or leave it out",
        ),
        (
            API,
            {"emulation-forward-compatible": "t"},
            "emulation-forward-compatible: with it kube-apiserver of 1.36 does not start without emulated-version; "
            "give it too, or leave it out",
        ),
        (
            KUBELET,
            {"cpu-manager-policy-options": "full-pcpus-only=true", "cpu-manager-policy": "none"},
            "cpu-manager-policy-options: with it the kubelet of 1.36 does not start without static in "
            "cpu-manager-policy; write it there too, or leave it out",
        ),
        (
            KUBELET,
            {"tls-cert-file": "/etc/kubernetes/pki/ca.crt"},
            "tls-cert-file: with it the kubelet of 1.36 does not start without tls-private-key-file; "
            "give it too, or leave it out",
        ),
    ],
)
def test_an_argument_that_needs_another_is_refused_alone(field, given, fault):
    assert faults_of("1.36", **{field: given}) == [f"kubeadm.{field}.{fault}"]


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        (
            API,
            {"authorization-mode": "Node,RBAC,Node"},
            "authorization-mode: kube-apiserver of 1.36 does not start with Node twice; write it once",
        ),
        (
            KUBELET,
            {"enforce-node-allocatable": "none,pods"},
            "enforce-node-allocatable: the kubelet of 1.36 does not start with none beside pods; leave one of both out",
        ),
        (
            KUBELET,
            {
                "enforce-node-allocatable": "kube-reserved,kube-reserved-compressible",
                "kube-reserved-cgroup": "/system.slice",
            },
            "enforce-node-allocatable: the kubelet of 1.36 does not start with kube-reserved beside "
            "kube-reserved-compressible; leave one of both out",
        ),
        (
            KUBELET,
            {"reserved-cpus": "0-1", "system-reserved-cgroup": "/system.slice"},
            "system-reserved-cgroup: the kubelet of 1.36 does not start with it beside reserved-cpus; leave one of both out",
        ),
        (
            ETCD,
            {"tls-min-version": "TLS1.3", "tls-max-version": "TLS1.2"},
            "tls-max-version: etcd of 1.36 does not start with TLS1.2 beside TLS1.3 in tls-min-version; leave one of both out",
        ),
        (
            ETCD,
            {"corrupt-check-time": "1h", "experimental-corrupt-check-time": "1h"},
            "experimental-corrupt-check-time: etcd of 1.36 does not start with it beside corrupt-check-time; "
            "leave one of both out",
        ),
    ],
)
def test_arguments_that_exclude_each_other_are_refused_together(field, given, fault):
    assert faults_of("1.36", **{field: given}) == [f"kubeadm.{field}.{fault}"]


def test_arguments_that_exclude_each_other_are_taken_with_words_that_do_not():
    assert (
        faults_of("1.36", etcdArgs={"tls-min-version": "TLS1.2", "tls-max-version": "TLS1.2"}) == []
    )
    assert faults_of("1.30", kubeletArgs={"enforce-node-allocatable": "pods,pods"}) == []


def test_a_patch_of_the_kubelet_may_say_what_an_argument_needs():
    options = {"cpu-manager-policy-options": "full-pcpus-only=true"}
    patches = {"kubeletconfiguration.yaml": "cpuManagerPolicy: static"}

    assert faults_of("1.36", kubeletArgs=options, patches=patches) == []


@pytest.mark.parametrize(
    ("field", "flag", "value", "bounds"),
    [
        (API, "max-requests-inflight", "-1", "0 or more"),
        (API, "audit-log-maxage", "-1", "0 or more"),
        (API, "request-timeout", "-5s", "0s or more"),
        (MANAGER, "concurrent-service-endpoint-syncs", "100", "1 to 50"),
        (MANAGER, "max-endpoints-per-slice", "5000", "1 to 1000"),
        (MANAGER, "concurrent-job-syncs", "0", "1 or more"),
        (MANAGER, "concurrent-deployment-syncs", "0", "1 or more"),
        (MANAGER, "concurrent-gc-syncs", "-1", "1 or more"),
        (ETCD, "max-txn-ops", "0", "1 or more"),
        (SCHEDULER, "kube-api-burst", "-1", "0 or more"),
        (ETCD, "compact-hash-check-time", "0", "1ns or more"),
        (KUBELET, "kube-api-qps", "-1", "0 or more"),
        (KUBELET, "oom-score-adj", "-2000", "-1000 to 1000"),
        (KUBELET, "cpu-cfs-quota-period", "2s", "1ms to 1s"),
    ],
)
def test_a_number_or_a_time_out_of_bounds_is_refused(field, flag, value, bounds):
    [fault] = [fault for fault in faults_of("1.36", **{field: {flag: value}}) if "outside" in fault]

    assert fault.startswith(f"kubeadm.{field}.{flag}: {value} is outside of what ")
    assert fault.endswith(f" of 1.36 takes; write {bounds}")


@pytest.mark.parametrize(
    ("minor", "field", "flag", "value"),
    [
        ("1.36", API, "max-requests-inflight", "0"),
        ("1.36", MANAGER, "concurrent-service-endpoint-syncs", "0x32"),
        ("1.36", MANAGER, "max-endpoints-per-slice", "1000"),
        ("1.36", KUBELET, "oom-score-adj", "-999"),
        ("1.35", KUBELET, "minimum-image-ttl-duration", "-1s"),
        ("1.18", KUBELET, "node-status-max-images", "-2"),
        ("1.36", KUBELET, "node-status-max-images", "-1"),
    ],
)
def test_a_number_or_a_time_within_its_bounds_is_taken(minor, field, flag, value):
    assert faults_of(minor, **{field: {flag: value}}) == []


@pytest.mark.parametrize(
    ("field", "flag", "value", "begin"),
    [
        (API, "shutdown-send-retry-after", "true", 23),
        (API, "goaway-chance", "0.001", 18),
        (ETCD, "watch-progress-notify-interval", "10m", 34),
        (KUBELET, "topology-manager-scope", "pod", 20),
        (KUBELET, "local-storage-capacity-isolation", "true", 25),
    ],
)
def test_an_argument_is_refused_before_its_first_minor(field, flag, value, begin):
    before = faults_of(f"1.{begin - 1}", **{field: {flag: value}})

    assert len(before) == 1
    assert f"takes it from 1.{begin} on" in before[0]
    assert faults_of(f"1.{begin}", **{field: {flag: value}}) == []


@pytest.mark.parametrize(
    ("field", "flag", "component", "advice"),
    [
        (API, "audit-log-maxag", "kube-apiserver", "did you mean audit-log-maxage?"),
        (MANAGER, "kube-api-qsp", "kube-controller-manager", "did you mean kube-api-qps?"),
        (SCHEDULER, "node-monitor-period", "kube-scheduler", "leave it out"),
        (ETCD, "quota-backend-byte", "etcd", "did you mean quota-backend-bytes?"),
        (KUBELET, "maxpods", "the kubelet", "did you mean max-pods?"),
    ],
)
def test_an_argument_that_no_minor_has_is_refused_with_one_that_may_be_meant(
    field, flag, component, advice
):
    assert faults_of("1.36", **{field: {flag: "30"}}) == [
        f"kubeadm.{field}.{flag}: {component} has no such argument in any minor, and does not start with one that it does not "
        f"know; {advice}"
    ]


@pytest.mark.parametrize(
    ("field", "flag", "value", "needed"),
    [
        (API, "profiling", "no", "true or false; write one of them"),
        (API, "audit-log-maxage", "30d", "a whole number; write one, like 30"),
        (API, "audit-log-maxage", "08", "a whole number; write one, like 30"),
        (API, "event-ttl", "3600", "a time with its unit; write one, like 30s or 1h30m"),
        (API, "event-ttl", "1d", "a time with its unit; write one, like 30s or 1h30m"),
        (API, "goaway-chance", "1%", "a number; write one, like 50 or 0.1"),
        (MANAGER, "kube-api-burst", "many", "a whole number; write one, like 30"),
        (SCHEDULER, "v", "debug", "a whole number; write one, like 30"),
        (ETCD, "heartbeat-interval", "250ms", "a whole number from 0 on; write one, like 30"),
        (KUBELET, "streaming-connection-idle-timeout", "5 m", "a time with its unit"),
        (API, "default-not-ready-toleration-seconds", "5m", "a whole number; write one, like 30"),
        (API, "vmodule", "foo", "a list of levels; write names of files with = and a level"),
        (ETCD, "auto-compaction-retention", "5x", "a number of hours or of revisions"),
        (ETCD, "auto-compaction-retention", "1d", "a number of hours or of revisions"),
        (KUBELET, "kube-reserved", "cpu=100m,memory=500MB", "a list of amounts"),
        (KUBELET, "system-reserved", "memory=-1Gi", "a list of amounts"),
        (KUBELET, "container-log-max-size", "50MB", "an amount; write one, like 50Mi or 1000"),
        (KUBELET, "eviction-soft-grace-period", "memory.available=90", "a list of times"),
        (KUBELET, "eviction-minimum-reclaim", "memory.available", "a list of amounts"),
        (KUBELET, "reserved-cpus", "0-", "a list of processors"),
        (KUBELET, "reserved-cpus", "3-1", "a list of processors"),
        (KUBELET, "reserved-memory", "memory=1Gi", "a list of reservations"),
        (KUBELET, "cpu-manager-policy-options", "full-pcpus-only=yes", "an option with its answer"),
        (
            *(KUBELET, "cpu-manager-policy-options"),
            *("full-pcpus-only=true,align-by-socket=true", "an option with its answer"),
        ),
        (
            *(KUBELET, "topology-manager-policy-options"),
            *("max-allowable-numa-nodes=4", "an option with its answer"),
        ),
    ],
)
def test_a_value_that_a_component_cannot_read_is_refused(field, flag, value, needed):
    fault = faults_of("1.36", **{field: {flag: value}})[0]

    assert fault.startswith(f"kubeadm.{field}.{flag}: {value} is not {needed}")


@pytest.mark.parametrize(
    ("field", "flag", "value"),
    [
        (API, "profiling", "F"),
        (API, "audit-log-maxage", "0x1e"),
        (API, "event-ttl", "1h30m"),
        (API, "event-ttl", "0"),
        (MANAGER, "kube-api-qps", "1e2"),
        (ETCD, "snapshot-count", "010"),
        (KUBELET, "registry-qps", "0"),
        (API, "default-not-ready-toleration-seconds", "-1"),
        (API, "vmodule", "kubelet=4,cache*=2"),
        (ETCD, "auto-compaction-retention", "30m"),
        (KUBELET, "kube-reserved", "cpu=.5,memory=1e9,pid=1k,ephemeral-storage=1Gi"),
        (KUBELET, "container-log-max-size", "-1"),
        (KUBELET, "eviction-soft-grace-period", "memory.available=1m30s,nodefs.available=0"),
        (KUBELET, "eviction-minimum-reclaim", "memory.available=500Mi,nodefs.available=5%"),
        (KUBELET, "reserved-cpus", "0-1,4"),
        (KUBELET, "reserved-memory", "0:memory=1Gi;1:memory=1Gi,hugepages-2Mi=1Gi"),
    ],
)
def test_a_value_is_read_as_components_read_it(field, flag, value):
    assert faults_of("1.36", **{field: {flag: value}}) == []
