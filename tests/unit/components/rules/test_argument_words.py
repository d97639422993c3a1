"""Values are read as the minor's component reads them: lists with spaces and words that it does not know are refused."""

import pytest

from tests.support.faults import described, faults_in

API, MANAGER, SCHEDULER = "apiServerArgs", "controllerManagerArgs", "schedulerArgs"
ETCD, KUBELET = "etcdArgs", "kubeletArgs"


def faults_of(minor: str, **kubeadm: object) -> list[str]:
    """The faults of a cluster with some settings of kubeadm."""
    cluster = {"name": "dev", "kubernetesVersion": minor, "cloudProvider": "none"}
    pods = {"ipv6Range": "fd20::/16"} if minor == "1.16" else {}
    return faults_in(described(cluster=cluster, pods=pods, kubeadm=kubeadm))


@pytest.mark.parametrize(
    ("field", "flag", "value"),
    [
        (API, "authorization-mode", "Node, RBAC"),
        (API, "authorization-mode", "Node,RBAC\n"),
        (API, "enable-admission-plugins", "NodeRestriction, AlwaysPullImages"),
        (API, "enable-admission-plugins", "NodeRestriction,\nAlwaysPullImages"),
        (API, "disable-admission-plugins", "RuntimeClass, DefaultTolerationSeconds"),
        (API, "tls-cipher-suites", ", ".join(("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",) * 2)),
        (API, "kubelet-preferred-address-types", "InternalIP, Hostname"),
        (API, "api-audiences", "a, b"),
        (MANAGER, "controllers", "*, bootstrapsigner, tokencleaner"),
        (SCHEDULER, "tls-cipher-suites", " TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (ETCD, "cipher-suites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 "),
        (ETCD, "log-outputs", "stderr, stdout"),
    ],
)
def test_a_list_with_a_space_is_refused_where_the_component_keeps_it(field, flag, value):
    [fault] = faults_of("1.36", **{field: {flag: value}})

    assert fault.startswith(f"kubeadm.{field}.{flag}: ")
    assert fault.endswith(
        "is not a list that the component can read, which takes a space for a part of a name; write it without spaces"
    )


@pytest.mark.parametrize(
    ("field", "flag", "value"),
    [
        (API, "feature-gates", "APIResponseCompression=true, AllAlpha=false"),
        (API, "runtime-config", "api/alpha=false, batch/v1beta1=true"),
        (ETCD, "listen-metrics-urls", "http://127.0.0.1:2381, http://[::1]:2382"),
    ],
)
def test_a_list_may_have_spaces_where_the_component_takes_them_away(field, flag, value):
    assert faults_of("1.36", **{field: {flag: value}}) == []


GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
PLUGINS = "enable-admission-plugins"


@pytest.mark.parametrize(
    ("minor", "field", "flag", "value", "fault"),
    [
        (
            "1.36",
            API,
            PLUGINS,
            "NodeRestriction,Foo",
            "kube-apiserver of 1.36 knows no Foo; leave it out",
        ),
        (
            "1.36",
            API,
            PLUGINS,
            "NodeRestriction,AlwaysPullImage",
            "kube-apiserver of 1.36 knows no AlwaysPullImage; did you mean AlwaysPullImages?",
        ),
        (
            "1.36",
            API,
            PLUGINS,
            "NodeRestriction,",
            "kube-apiserver of 1.36 knows no empty word; leave it out",
        ),
        (
            "1.16",
            API,
            PLUGINS,
            "NodeRestriction,Initializers",
            "kube-apiserver of 1.16 knows no Initializers; leave it out",
        ),
        (
            "1.21",
            API,
            PLUGINS,
            "NodeRestriction,DenyEscalatingExec",
            "DenyEscalatingExec ended with 1.20, and this is 1.21; leave it out",
        ),
        (
            "1.31",
            API,
            PLUGINS,
            "NodeRestriction,PersistentVolumeLabel",
            "PersistentVolumeLabel ended with 1.30, and this is 1.31; leave it out",
        ),
        (
            "1.21",
            API,
            PLUGINS,
            "NodeRestriction,PodSecurity",
            "PodSecurity begins with 1.22, and this is 1.21; leave it out",
        ),
        (
            "1.20",
            API,
            PLUGINS,
            "NodeRestriction,DenyServiceExternalIPs",
            "DenyServiceExternalIPs begins with 1.21, and this is 1.20; leave it out",
        ),
        (
            "1.36",
            API,
            "disable-admission-plugins",
            "Foo",
            "kube-apiserver of 1.36 knows no Foo; leave it out",
        ),
        *(
            (
                "1.36",
                field,
                "tls-cipher-suites",
                f"{GCM},TLS_FOO",
                f"{component} of 1.36 knows no TLS_FOO; leave it out",
            )
            for field, component in (
                (API, "kube-apiserver"),
                (MANAGER, "kube-controller-manager"),
                (SCHEDULER, "kube-scheduler"),
                (KUBELET, "the kubelet"),
            )
        ),
        (
            "1.36",
            ETCD,
            "cipher-suites",
            f"{GCM},ECDHE-RSA-AES128-GCM-SHA256",
            "etcd of 1.36 knows no ECDHE-RSA-AES128-GCM-SHA256; did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?",
        ),
        (
            "1.36",
            ETCD,
            "tls-min-version",
            "VersionTLS12",
            "etcd of 1.36 knows no VersionTLS12; write TLS1.2 or TLS1.3",
        ),
        (
            "1.24",
            MANAGER,
            "leader-elect-resource-lock",
            "endpoints",
            "endpoints ended with 1.23, and this is 1.24; write leases or endpointsleases or configmapsleases",
        ),
        (
            "1.28",
            SCHEDULER,
            "leader-elect-resource-lock",
            "configmapsleases",
            "configmapsleases ended with 1.27, and this is 1.28; write leases",
        ),
        (
            "1.36",
            API,
            "logging-format",
            "xml",
            "kube-apiserver of 1.36 knows no xml; write text or json",
        ),
        (
            "1.36",
            API,
            "audit-log-mode",
            "foo",
            "kube-apiserver of 1.36 knows no foo; write batch or blocking or blocking-strict",
        ),
        *(
            ("1.36", KUBELET, flag, value, f"the kubelet of 1.36 knows no {word}; write {known}")
            for flag, value, word, known in (
                ("cpu-manager-policy", "Static", "Static", "none or static"),
                ("memory-manager-policy", "static", "static", "None or Static"),
                (
                    *("topology-manager-policy", "single-numa", "single-numa"),
                    "none or best-effort or restricted or single-numa-node",
                ),
                ("topology-manager-scope", "node", "node", "container or pod"),
                (
                    *("topology-manager-policy-options", "foo=true", "foo"),
                    "prefer-closest-numa-nodes or max-allowable-numa-nodes",
                ),
                (
                    *("kube-reserved", "cpu=1,memry=1Gi", "memry"),
                    "cpu or memory or ephemeral-storage or pid",
                ),
            )
        ),
        (
            "1.36",
            MANAGER,
            "controllers",
            "*,bootstrapsigner,tokencleaner,-podgs",
            "kube-controller-manager of 1.36 knows no podgs; did you mean podgc?",
        ),
        (
            "1.27",
            MANAGER,
            "controllers",
            "*,bootstrapsigner,tokencleaner,-ttl-controller",
            "ttl-controller begins with 1.28, and this is 1.27; leave it out",
        ),
        (
            "1.36",
            ETCD,
            "log-level",
            "verbose",
            "etcd of 1.36 knows no verbose; write debug or info or warn or warning or error or dpanic or panic or fatal",
        ),
        (
            "1.36",
            API,
            "storage-media-type",
            "application/xml",
            "kube-apiserver of 1.36 knows no application/xml; write application/json or application/yaml or "
            "application/vnd.kubernetes.protobuf",
        ),
        (
            "1.24",
            API,
            "audit-log-version",
            "audit.k8s.io/v1beta1",
            "audit.k8s.io/v1beta1 ended with 1.23, and this is 1.24; write audit.k8s.io/v1",
        ),
        (
            "1.36",
            API,
            "runtime-config",
            "resource.k8s.io/v1alpha2=true",
            "resource.k8s.io/v1alpha2 ended with 1.30, and this is 1.36; leave it out",
        ),
        (
            "1.21",
            API,
            "runtime-config",
            "batch/v2alpha1=true",
            "batch/v2alpha1 ended with 1.20, and this is 1.21; leave it out",
        ),
        (
            "1.36",
            API,
            "runtime-config",
            "nonsense.example.com/v1=true",
            "kube-apiserver of 1.36 knows no nonsense.example.com/v1; leave it out",
        ),
        (
            "1.36",
            API,
            "runtime-config",
            "resource.k8s.io/v2",
            "kube-apiserver of 1.36 knows no resource.k8s.io/v2; did you mean resource.k8s.io/v1?",
        ),
        (
            "1.16",
            API,
            "runtime-config",
            "api/alpha=false",
            "api/alpha begins with 1.17, and this is 1.16; leave it out",
        ),
        (
            "1.36",
            API,
            "authorization-mode",
            "Node,RBAC,Webhok",
            "kube-apiserver of 1.36 knows no Webhok; "
            "write Node or RBAC or ABAC or Webhook or AlwaysAllow or AlwaysDeny",
        ),
    ],
)
def test_a_word_that_the_minors_component_does_not_know_is_refused(
    minor, field, flag, value, fault
):
    assert faults_of(minor, **{field: {flag: value}}) == [f"kubeadm.{field}.{flag}: {fault}"]


@pytest.mark.parametrize(
    ("minor", "field", "flag", "value"),
    [
        ("1.20", API, PLUGINS, "NodeRestriction,DenyEscalatingExec"),
        ("1.30", API, PLUGINS, "NodeRestriction,PersistentVolumeLabel"),
        ("1.21", API, PLUGINS, "NodeRestriction,DenyServiceExternalIPs"),
        ("1.22", API, PLUGINS, "NodeRestriction,PodSecurity"),
        ("1.23", MANAGER, "leader-elect-resource-lock", "endpoints"),
        ("1.27", SCHEDULER, "leader-elect-resource-lock", "endpointsleases"),
        ("1.36", SCHEDULER, "leader-elect-resource-lock", "leases"),
        ("1.36", ETCD, "tls-min-version", "TLS1.3"),
        ("1.36", KUBELET, "logging-format", "json"),
        ("1.16", API, "tls-cipher-suites", f"{GCM},TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"),
        ("1.26", API, "cors-allowed-origins", "example"),
        ("1.36", API, "cors-allowed-origins", r"^https://a\.example$,//b\.example(:|$)"),
        ("1.36", API, "goaway-chance", "0.02"),
        ("1.36", API, "service-account-max-token-expiration", "1h"),
        ("1.36", API, "service-account-max-token-expiration", "0"),
        (
            "1.36",
            API,
            "runtime-config",
            "resource.k8s.io/v1beta1=true,extensions/v1beta1/pods=false",
        ),
        ("1.20", API, "runtime-config", "batch/v2alpha1=true,api/beta=false"),
        ("1.30", API, "runtime-config", "resource.k8s.io/v1alpha2=true"),
        ("1.36", API, "runtime-config", "apiregistration.k8s.io/v1beta1=1,node.k8s.io/v1alpha1"),
        ("1.23", API, "audit-log-version", "audit.k8s.io/v1beta1"),
        ("1.36", API, "storage-media-type", "application/vnd.kubernetes.protobuf"),
        ("1.36", API, "tls-curve-preferences", "29,4588"),
        ("1.36", API, "watch-cache-sizes", "pods#500,events.events.k8s.io#0"),
        ("1.36", API, "strict-transport-security-directives", "max-age=31536000,preload"),
        ("1.36", ETCD, "log-level", "DEBUG"),
        ("1.36", KUBELET, "topology-manager-policy", "single-numa-node"),
        ("1.36", KUBELET, "topology-manager-policy-options", "prefer-closest-numa-nodes=true"),
        ("1.36", KUBELET, "topology-manager-policy-options", "max-allowable-numa-nodes=16"),
        ("1.36", API, "emulated-version", "1.33"),
        ("1.32", API, "emulated-version", "kube=1.31"),
        ("1.36", KUBELET, "container-log-max-files", "2"),
        ("1.36", KUBELET, "enforce-node-allocatable", "none"),
        ("1.36", KUBELET, "allowed-unsafe-sysctls", "kernel.msg*,net.core.somaxconn,kernel.sem"),
        (
            "1.36",
            KUBELET,
            "allowed-unsafe-sysctls",
            "net.*,fs.mqueue.msg_max,kernel.shm_rmid_forced",
        ),
    ],
)
def test_a_value_that_some_minor_takes_is_accepted_there(minor, field, flag, value):
    assert faults_of(minor, **{field: {flag: value}}) == []


@pytest.mark.parametrize(
    ("field", "flag", "value", "reason"),
    [
        (API, "cors-allowed-origins", "*", "where the name of a host begins and ends"),
        (API, "cors-allowed-origins", "^https://a$,example", "where the name of a host begins"),
        (API, "goaway-chance", "0.03", "takes 0 to 0.02"),
        (API, "goaway-chance", "-0.01", "takes 0 to 0.02"),
        (API, "service-account-max-token-expiration", "59m", "an hour at least"),
        (API, "service-account-max-token-expiration", "-1h", "an hour at least"),
        (API, "runtime-config", "batch=true", "write groups with their versions"),
        (API, "runtime-config", "batch/v1beta1=on", "write groups with their versions"),
        (API, "show-hidden-metrics-for-version", "1.30", "write 1.35, or leave it out"),
        (MANAGER, "show-hidden-metrics-for-version", "1.36", "write 1.35, or leave it out"),
        (
            API,
            "strict-transport-security-directives",
            "max-age",
            "write max-age, includeSubDomains or preload",
        ),
        (API, "watch-cache-sizes", "pods=500", "like pods#500"),
        (API, "service-account-jwks-uri", "http://a.example", "a URL with https://"),
        (API, "tls-curve-preferences", "X25519", "write 23 or 24 or 25 or 29"),
        (ETCD, "auth-token", "basic", "write simple or jwt"),
        (KUBELET, "resolv-conf", "", "CoreDNS among them, would ask nobody"),
        (ETCD, "enable-log-rotation", "true", "no folder for logs is mounted"),
        (API, "emulated-version", "1.32", "write one from 1.33 to 1.36"),
        (MANAGER, "emulated-version", "kube=1.37", "write one from 1.33 to 1.36"),
        (SCHEDULER, "emulated-version", "newest", "write one from 1.33 to 1.36"),
        (KUBELET, "container-log-max-files", "1", "write 2 or more"),
        (KUBELET, "container-log-max-files", "-1", "write 2 or more"),
        (KUBELET, "allowed-unsafe-sysctls", "kernel.msg*,vm.swappiness", "each pod has for itself"),
        (KUBELET, "allowed-unsafe-sysctls", "kernel.*", "each pod has for itself"),
    ],
)
def test_a_value_that_the_component_checks_is_checked_before(field, flag, value, reason):
    [fault] = faults_of("1.36", **{field: {flag: value}})

    assert fault.startswith(f"kubeadm.{field}.{flag}: ")
    assert reason in fault


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        (
            PLUGINS,
            "NodeRestriction,Foo,Bar,PodPreset",
            [
                "kube-apiserver of 1.36 knows no Foo; leave it out",
                "kube-apiserver of 1.36 knows no Bar; leave it out",
                "PodPreset ended with 1.19, and this is 1.36; leave it out",
            ],
        ),
        (
            "tls-cipher-suites",
            "A,B",
            [
                "kube-apiserver of 1.36 knows no A; leave it out",
                "kube-apiserver of 1.36 knows no B; leave it out",
            ],
        ),
        (
            "authorization-mode",
            "AlwaysAllow,Foo",
            [
                "AlwaysAllow,Foo does not suit kube-apiserver of 1.36: kubelets need Node, kubeadm's own roles need RBAC, and "
                "AlwaysAllow or AlwaysDeny would decide for both; write Node,RBAC, and others after them",
                "kube-apiserver of 1.36 knows no Foo; write Node or RBAC or ABAC or Webhook or AlwaysAllow or AlwaysDeny",
            ],
        ),
    ],
)
def test_every_fault_of_a_value_is_said_at_once(flag, value, said):
    assert faults_of("1.36", apiServerArgs={flag: value}) == [
        f"kubeadm.apiServerArgs.{flag}: {each}" for each in said
    ]


def test_an_issuer_needs_its_client_and_tls():
    issuer = {"oidc-issuer-url": "https://issuer.example.com"}

    assert faults_of("1.20", apiServerArgs=issuer) == [
        "kubeadm.apiServerArgs.oidc-issuer-url: with it kube-apiserver of 1.20 does not start without oidc-client-id; give it "
        "too, or leave it out"
    ]
    assert faults_of("1.36", apiServerArgs={"oidc-client-id": "kubernetes"}) == [
        "kubeadm.apiServerArgs.oidc-client-id: with it kube-apiserver of 1.36 does not start without oidc-issuer-url; give it "
        "too, or leave it out"
    ]
    [fault] = faults_of(
        "1.36",
        apiServerArgs={"oidc-issuer-url": "http://issuer.example.com", "oidc-client-id": "x"},
    )
    assert "write a URL with https://" in fault


def test_any_argument_of_an_issuer_needs_one_from_1_29_on():
    claim = {"oidc-username-claim": "email"}

    assert faults_of("1.28", apiServerArgs=claim) == []
    assert faults_of("1.29", apiServerArgs=claim) == [
        "kubeadm.apiServerArgs.oidc-username-claim: with it kube-apiserver of 1.29 does not start without oidc-issuer-url; "
        "give it too, or leave it out"
    ]


def test_a_plugin_is_not_both_on_and_off():
    both = {
        PLUGINS: "NodeRestriction,AlwaysPullImages",
        "disable-admission-plugins": "AlwaysPullImages",
    }

    assert faults_of("1.36", apiServerArgs=both) == [
        "kubeadm.apiServerArgs.disable-admission-plugins: AlwaysPullImages is in enable-admission-plugins too, and "
        "kube-apiserver does not start with both; leave it out of one"
    ]


@pytest.mark.parametrize(
    ("field", "flag", "component", "newest"),
    [
        (API, "tls-cipher-suites", "kube-apiserver", "VersionTLS13"),
        (MANAGER, "tls-cipher-suites", "kube-controller-manager", "VersionTLS13"),
        (SCHEDULER, "tls-cipher-suites", "kube-scheduler", "VersionTLS13"),
        (KUBELET, "tls-cipher-suites", "the kubelet", "VersionTLS13"),
        (ETCD, "cipher-suites", "etcd", "TLS1.3"),
    ],
)
def test_among_cipher_suites_is_one_of_http2(field, flag, component, newest):
    strong = {flag: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}
    needed = f"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 or {GCM}"

    assert faults_of("1.36", **{field: strong}) == [
        f"kubeadm.{field}.{flag}: without a suite that HTTP/2 needs {component} does not start; add {needed}"
    ]
    assert faults_of("1.36", **{field: {flag: f"{strong[flag]},{GCM}"}}) == []
    beside = faults_of("1.36", **{field: {**strong, "tls-min-version": newest}})
    assert beside == (
        [
            "kubeadm.etcdArgs.cipher-suites: etcd does not start with them beside tls-min-version TLS1.3, which chooses its own; "
            "leave them out"
        ]
        if field == ETCD
        else []
    )
