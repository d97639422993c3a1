"""What kubeadm reads on each machine, for every minor and both orders."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from components.machine import documents as kubeadm
from components.machine.documents import control_plane_join, fill, init_documents, worker_join
from components.rendering import quoted, templates
from components.spec.cluster import ControlPlaneSpec, WorkerPoolSpec
from tests.support.minors import ALL as MINORS
from tests.support.minors import BORDERS

ORDERS = [["IPv4", "IPv6"], ["IPv6", "IPv4"]]
TEMPLATES = Path(__file__).parents[4] / "templates" / "kubeadm"

FACTS = {
    "NODE_NAME": "i-0123456789abcdef0",
    "NODE_IPV4": "10.0.0.10",
    "NODE_IPV6": "2600:1f14:db8::10",
    "API_HOST": "api.example.com",
    "CA_HASH": "sha256:0000",
    "TOKEN": "abcdef.0123456789abcdef",
}

OWN_GATE = ",IPv6DualStack=true"
"""What this program adds to a user's gates up to 1.20."""

DESCRIBED = {
    "region": "eu-west-1",
    "cluster": {"name": "demo", "cloudProvider": "none"},
    "pods": {"ipv4Range": "10.244.0.0/16", "ipv6Range": "fd00:10:244::/56"},
    "services": {"ipv4Range": "10.96.0.0/16", "ipv6Range": "fd00:10:96::/112"},
    "project": "dualstack",
    "stack": "test",
}


def control_plane(
    version: str, families: list[str] = ORDERS[0], **sections: Any
) -> ControlPlaneSpec:
    """A control plane in one version, with some sections of its own."""
    named = {"kubernetesVersion": version, "ipFamilies": families}
    cluster = DESCRIBED["cluster"] | named | sections.pop("cluster", {})
    if version == "1.16":
        sections = {"pods": {"ipv6Range": "fd20::/16"}} | sections
    return ControlPlaneSpec.model_validate(DESCRIBED | sections | {"cluster": cluster})


def worker(version: str, families: list[str] = ORDERS[0], **sections: Any) -> WorkerPoolSpec:
    """A pool's worker in one version, with some sections of its own."""
    named = {"kubernetesVersion": version, "ipFamilies": families}
    cluster = DESCRIBED["cluster"] | named | sections.pop("cluster", {})
    described = {"region": "eu-west-1", "poolName": "general", "cluster": cluster}
    return WorkerPoolSpec.model_validate(described | sections)


def parsed(documents: str) -> dict[str, Any]:
    """The documents by kind."""
    return {document["kind"]: document for document in yaml.load_all(documents, yaml.CSafeLoader)}


def arguments(given: dict[str, str] | list[dict[str, str]] | None) -> dict[str, str]:
    """Extra arguments in either shape."""
    if isinstance(given, list):
        return {argument["name"]: argument["value"] for argument in given}
    return given or {}


def kubelet_arguments(document: dict[str, Any]) -> dict[str, str]:
    return arguments(document["nodeRegistration"].get("kubeletExtraArgs"))


class Documents(SingleFileSnapshotExtension):
    """Snapshots as YAML files that a review shows as a machine gets them."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def documents(snapshot):
    return snapshot.use_extension(Documents)


def every_document(spec: ControlPlaneSpec, pool: WorkerPoolSpec) -> str:
    return (
        f"# The control plane that makes the cluster\n{init_documents(spec)}"
        f"---\n# Any other control plane\n{control_plane_join(spec)}"
        f"---\n# A worker\n{worker_join(pool)}"
    )


@pytest.mark.parametrize("families", ORDERS, ids=lambda families: f"{families[0]}-first")
@pytest.mark.parametrize("version", BORDERS)
def test_the_documents_are_as_reviewed(version, families, documents):
    pool = {
        "labels": {"example.com/tier": "data"},
        "taints": [{"key": "dedicated", "value": "databases", "effect": "NoSchedule"}],
    }

    rendered = every_document(
        control_plane(version, families), worker(version, families, pool=pool)
    )

    assert rendered == documents


@pytest.mark.parametrize(
    ("version", "cni"),
    [("1.20", "flannel"), ("1.23", "kubenet"), ("1.30", "none"), ("1.37", "cilium")],
)
def test_additions_are_as_reviewed(version, cni, documents):
    additions = {
        "apiServerArgs": {"feature-gates": "EndpointSlice=true", "audit-log-maxage": "7"},
        "controllerManagerArgs": {"v": "2"},
        "schedulerArgs": {"v": "2"},
        "etcdArgs": {"quota-backend-bytes": "4294967296"},
        "kubeletArgs": {"max-pods": "200"},
        "featureGates": {"PublicKeysECDSA": True} if version != "1.37" else {},
        "certSans": ["kubernetes.example.com", "203.0.113.7"],
        "patches": {"etcd+merge.yaml": "{}"} if version != "1.20" else {},
        "auditPolicy": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n",
        "proxyMode": "nftables" if version == "1.37" else "ipvs",
    }
    shared = {
        "cluster": {"cni": cni, "cloudProvider": "external"},
        "kubeadm": additions,
        "software": {"imageRepository": "registry.example.com/k8s"},
    }
    spec = control_plane(version, **shared)

    rendered = every_document(spec, worker(version, **shared))

    assert rendered == documents


@pytest.mark.parametrize("families", ORDERS, ids=lambda families: f"{families[0]}-first")
@pytest.mark.parametrize("version", MINORS)
def test_the_order_of_the_families_is_the_order_of_everything(version, families):
    ipv6_pods = "fd20::/16" if version == "1.16" else "fd00:10:244::/56"
    pods = {"IPv4": "10.244.0.0/16", "IPv6": ipv6_pods}
    services = {"IPv4": "10.96.0.0/16", "IPv6": "fd00:10:96::/112"}
    nodes = {"IPv4": "10.0.0.10", "IPv6": "2600:1f14:db8::10"}
    first, second = families

    found = parsed(fill(init_documents(control_plane(version, families)), FACTS))
    cluster, init = found["ClusterConfiguration"], found["InitConfiguration"]
    joined = parsed(fill(control_plane_join(control_plane(version, families)), FACTS))

    networking = cluster["networking"]
    listed = arguments(cluster["apiServer"]["extraArgs"])
    assert networking["podSubnet"] == f"{pods[first]},{pods[second]}"
    assert (
        listed.get("service-cluster-ip-range", networking["serviceSubnet"])
        == f"{services[first]},{services[second]}"
    )
    assert networking["serviceSubnet"].split(",")[0] == services[first]
    assert init["localAPIEndpoint"] == {"advertiseAddress": nodes[first]}
    assert joined["JoinConfiguration"]["controlPlane"] == {
        "localAPIEndpoint": {"advertiseAddress": nodes[first]}
    }
    assert kubelet_arguments(init)["node-ip"].split(",")[0] == nodes[first]
    assert cluster["apiServer"]["certSANs"] == ["api.example.com", nodes[first], nodes[second]]


# minor: gate in the cluster's document, ranges as arguments, node masks as arguments
SEED = {
    "1.16": (True, True, {}),
    **{f"1.{minor}": (True, False, {"ipv4": "24", "ipv6": "64"}) for minor in range(17, 21)},
    **{f"1.{minor}": (False, False, {"ipv4": "24", "ipv6": "64"}) for minor in range(21, 38)},
}


SUITES = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
]
COMMON = {
    "shutdown-delay-duration": "20s",
    "profiling": "false",
    "tls-cipher-suites": ",".join(SUITES),
}
SHORT_TOKENS = {"service-account-extend-token-expiration": "false"}
"""An argument of every API server from 1.29 on."""
ENCRYPTION = {"encryption-provider-config": "/etc/kubernetes/encryption-at-rest/configuration.yaml"}
AUDIT = {
    "audit-policy-file": "/etc/kubernetes/audit-policy.yaml",
    "audit-log-path": "/var/log/kubernetes/audit/audit.log",
    "audit-log-maxage": "30",
    "audit-log-maxbackup": "10",
    "audit-log-maxsize": "100",
}
"""The arguments of every API server."""
CHECK = {"kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt"}
"""That of every one whose minor lets control planes approve certificates of kubelets."""

AUDIT_VOLUMES = [
    {
        "name": "audit-policy",
        "hostPath": "/etc/kubernetes/audit-policy.yaml",
        "mountPath": "/etc/kubernetes/audit-policy.yaml",
        "readOnly": True,
        "pathType": "File",
    },
    {
        "name": "audit",
        "hostPath": "/var/log/kubernetes/audit",
        "mountPath": "/var/log/kubernetes/audit",
        "readOnly": False,
        "pathType": "DirectoryOrCreate",
    },
]

ENCRYPTION_VOLUME = {
    "name": "encryption-at-rest",
    "hostPath": "/etc/kubernetes/encryption-at-rest",
    "mountPath": "/etc/kubernetes/encryption-at-rest",
    "readOnly": True,
    "pathType": "Directory",
}


@pytest.mark.parametrize("version", MINORS)
def test_only_what_kubeadm_does_not_derive_is_written(version):
    gate, ranges, masks = SEED[version]

    text = init_documents(control_plane(version))
    cluster = parsed(text)["ClusterConfiguration"]

    listed = {"service-cluster-ip-range": "10.96.0.0/16,fd00:10:96::/112"} if ranges else {}
    flags = {f"node-cidr-mask-size-{family}": mask for family, mask in masks.items()}
    gates = {"IPv6DualStack": True} if gate else {}
    # Off by default in these two alone; earlier ones do not know it.
    gates |= {"EtcdLearnerMode": True} if version in ("1.27", "1.28") else {}
    assert cluster.get("featureGates", {}) == gates
    tokens = SHORT_TOKENS if int(version.split(".")[1]) >= 29 else {}
    check = {} if version in ("1.16", "1.17", "1.18") else CHECK
    expected = listed | COMMON | tokens | AUDIT | ENCRYPTION | check
    assert arguments(cluster["apiServer"]["extraArgs"]) == expected
    quiet = {"profiling": "false"}
    assert arguments(cluster["controllerManager"]["extraArgs"]) == listed | flags | quiet
    assert arguments(cluster["scheduler"]["extraArgs"]) == quiet
    assert text.count("IPv6DualStack") == (1 if gate else 0)
    for derived in ("clusterDNS", "clusterCIDR", "cluster-cidr", "bindAddress", "taints"):
        assert derived not in text


@pytest.mark.parametrize(
    ("version", "provider", "ipv4_first", "ipv6_first"),
    [
        ("1.16", "none", "10.0.0.10", "2600:1f14:db8::10"),
        ("1.19", "none", "10.0.0.10", "2600:1f14:db8::10"),
        ("1.20", "none", "10.0.0.10,2600:1f14:db8::10", "2600:1f14:db8::10,10.0.0.10"),
        ("1.37", "none", "10.0.0.10,2600:1f14:db8::10", "2600:1f14:db8::10,10.0.0.10"),
        ("1.16", "external", None, None),
        ("1.17", "external", None, None),
        ("1.18", "external", None, "::"),
        ("1.28", "external", None, "::"),
        ("1.29", "external", "10.0.0.10,2600:1f14:db8::10", "2600:1f14:db8::10,10.0.0.10"),
        ("1.37", "external", "10.0.0.10,2600:1f14:db8::10", "2600:1f14:db8::10,10.0.0.10"),
    ],
)
def test_a_kubelet_is_told_its_addresses_as_it_can_hear_them(
    version, provider, ipv4_first, ipv6_first
):
    for families, expected in zip(ORDERS, (ipv4_first, ipv6_first), strict=True):
        spec = worker(version, families, cluster={"cloudProvider": provider})

        found = kubelet_arguments(parsed(fill(worker_join(spec), FACTS))["JoinConfiguration"])

        assert found.get("node-ip") == expected
        assert found.get("cloud-provider") == (None if provider == "none" else "external")


def test_the_controller_manager_knows_of_an_external_cloud_provider():
    spec = control_plane("1.37", cluster={"cloudProvider": "external"})

    found = parsed(init_documents(spec))["ClusterConfiguration"]

    assert arguments(found["controllerManager"]["extraArgs"])["cloud-provider"] == "external"
    assert "cloud-provider" not in arguments(found["apiServer"]["extraArgs"])


@pytest.mark.parametrize(
    ("version", "gate"), [("1.16", True), ("1.18", True), ("1.19", False), ("1.37", False)]
)
def test_a_joining_kubelet_is_given_the_gate_up_to_1_18(version, gate):
    joins = (control_plane_join(control_plane(version)), worker_join(worker(version)))

    for join in joins:
        found = kubelet_arguments(parsed(join)["JoinConfiguration"])
        assert found.get("feature-gates") == ("IPv6DualStack=true" if gate else None)


@pytest.mark.parametrize("version", ["1.16", "1.18", "1.20"])
def test_feature_gates_of_ones_own_keep_the_dual_stack_gate_beside_them(version):
    fields = ("apiServerArgs", "controllerManagerArgs", "schedulerArgs", "kubeletArgs")
    given = {field: {"feature-gates": "EndpointSlice=true"} for field in fields}

    found = parsed(init_documents(control_plane(version, kubeadm=given)))
    joined = parsed(worker_join(worker(version, kubeadm=given)))["JoinConfiguration"]

    cluster = found["ClusterConfiguration"]
    components = [
        arguments(cluster[component]["extraArgs"])
        for component in ("apiServer", "controllerManager", "scheduler")
    ]
    kubelets = [kubelet_arguments(found["InitConfiguration"]), kubelet_arguments(joined)]
    assert {argument["feature-gates"] for argument in (*components, *kubelets)} == {
        "EndpointSlice=true,IPv6DualStack=true"
    }


def test_feature_gates_of_ones_own_are_left_alone_once_the_gate_is_on():
    given = {"apiServerArgs": {"feature-gates": "EndpointSlice=true"}}

    found = parsed(init_documents(control_plane("1.21", kubeadm=given)))["ClusterConfiguration"]

    assert found["apiServer"]["extraArgs"]["feature-gates"] == "EndpointSlice=true"


def test_kubeadms_own_gates_stand_beside_the_dual_stack_gate():
    spec = control_plane("1.20", kubeadm={"featureGates": {"PublicKeysECDSA": True}})

    found = parsed(init_documents(spec))["ClusterConfiguration"]

    assert found["featureGates"] == {"IPv6DualStack": True, "PublicKeysECDSA": True}


@pytest.mark.parametrize(("version", "confined"), [("1.24", None), ("1.25", True), ("1.37", True)])
def test_kubelets_take_good_suites_and_confine_pods_where_their_gate_is_on(version, confined):
    found = parsed(init_documents(control_plane(version)))["KubeletConfiguration"]

    assert found["tlsCipherSuites"] == SUITES
    assert found.get("seccompDefault") is confined


def test_the_audit_log_has_limits_that_a_user_may_change():
    given = {"apiServerArgs": {"audit-log-maxage": "7"}}

    found = parsed(init_documents(control_plane("1.30", kubeadm=given)))["ClusterConfiguration"]

    assert found["apiServer"]["extraArgs"] == {
        **COMMON,
        **SHORT_TOKENS,
        **AUDIT,
        **ENCRYPTION,
        **CHECK,
        "audit-log-maxage": "7",
    }
    assert found["apiServer"]["extraVolumes"] == [*AUDIT_VOLUMES, ENCRYPTION_VOLUME]


def test_without_an_audit_log_the_api_server_has_neither_its_flags_nor_its_mounts():
    spec = control_plane("1.30", kubeadm={"audit": False})

    found = parsed(init_documents(spec))["ClusterConfiguration"]["apiServer"]

    assert found["extraArgs"] == COMMON | SHORT_TOKENS | ENCRYPTION | CHECK
    assert found["extraVolumes"] == [ENCRYPTION_VOLUME]


def test_what_a_user_says_of_an_api_server_and_of_learners_holds():
    said = {
        "shutdown-delay-duration": "5s",
        "profiling": "true",
        "tls-cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    }
    given = {
        "apiServerArgs": said,
        "featureGates": {"EtcdLearnerMode": False},
    }

    found = parsed(init_documents(control_plane("1.28", kubeadm=given)))["ClusterConfiguration"]

    assert found["apiServer"]["extraArgs"] == AUDIT | ENCRYPTION | CHECK | said
    assert found["featureGates"] == {"EtcdLearnerMode": False}


@pytest.mark.parametrize("encryption", [{}, {"enabled": False}, {"key": 3}])
def test_every_api_server_reads_a_configuration_of_encryption_whatever_it_says(encryption):
    spec = control_plane("1.37", encryption=encryption)

    found = parsed(init_documents(spec))["ClusterConfiguration"]["apiServer"]

    assert arguments(found["extraArgs"]) == COMMON | SHORT_TOKENS | AUDIT | ENCRYPTION | CHECK
    assert found["extraVolumes"] == [*AUDIT_VOLUMES, ENCRYPTION_VOLUME]


def test_a_configuration_of_encryption_of_the_users_own_takes_the_place_of_the_composed_one():
    path = "/etc/kubernetes/enc.yaml"
    given = {
        "apiServerArgs": {"encryption-provider-config": path},
        "files": {path: {"content": "kind: EncryptionConfiguration\n"}},
    }

    found = parsed(init_documents(control_plane("1.37", kubeadm=given)))["ClusterConfiguration"]

    assert arguments(found["apiServer"]["extraArgs"]) == COMMON | SHORT_TOKENS | AUDIT | CHECK | {
        "encryption-provider-config": path
    }
    *audit, own = found["apiServer"]["extraVolumes"]
    assert audit == AUDIT_VOLUMES
    assert own["hostPath"] == path


def test_kubenet_comes_with_docker():
    found = parsed(worker_join(worker("1.23", cluster={"cni": "kubenet"})))["JoinConfiguration"]

    assert found["nodeRegistration"]["criSocket"] == "/var/run/dockershim.sock"
    assert kubelet_arguments(found)["network-plugin"] == "kubenet"


def test_kubenet_leaves_masquerade_to_what_does_both_families():
    found = parsed(worker_join(worker("1.16", cluster={"cni": "kubenet"})))["JoinConfiguration"]

    assert kubelet_arguments(found)["non-masquerade-cidr"] == "0.0.0.0/0"


def test_labels_and_taints_of_a_pool_are_its_workers_alone():
    pool = {
        "labels": {"example.com/tier": "data", "zone": "b"},
        "taints": [{"key": "dedicated", "effect": "NoExecute"}],
    }

    found = parsed(worker_join(worker("1.37", pool=pool)))["JoinConfiguration"]
    control = parsed(control_plane_join(control_plane("1.37")))["JoinConfiguration"]

    assert kubelet_arguments(found)["node-labels"] == "example.com/tier=data,zone=b"
    assert found["nodeRegistration"]["taints"] == [
        {"key": "dedicated", "value": "", "effect": "NoExecute"}
    ]
    assert "controlPlane" not in found
    assert "taints" not in control["nodeRegistration"]
    assert "node-labels" not in kubelet_arguments(control)


@pytest.mark.parametrize(("version", "exact"), [("1.31", "v1.31.14"), ("1.31.2", "v1.31.2")])
def test_the_version_is_exact(version, exact):
    found = parsed(init_documents(control_plane(version)))["ClusterConfiguration"]

    assert found["kubernetesVersion"] == exact
    assert "imageRepository" not in found


def test_a_mask_other_than_kubeadms_is_written_in_1_16():
    spec = control_plane("1.16", pods={"ipv6Range": "fd20::/16", "nodeMaskIpv4": 25})

    found = parsed(init_documents(spec))["ClusterConfiguration"]

    assert found["controllerManager"]["extraArgs"] == {
        "profiling": "false",
        "service-cluster-ip-range": "10.96.0.0/16,fd00:10:96::/112",
        "node-cidr-mask-size": "25",
    }


def test_ranges_that_are_not_given_are_the_clusters_own():
    own = {"pods": {}, "services": {}}

    newest, oldest = control_plane("1.37", **own), control_plane("1.16", **own)

    assert [str(found) for found in newest.pod_ranges] == [
        "10.244.0.0/16",
        "fd44:d480:1d80:100::/56",
    ]
    assert [str(found) for found in oldest.pod_ranges] == ["10.244.0.0/16", "fd45::/16"]
    assert [str(found) for found in newest.service_ranges] == [
        "10.96.0.0/16",
        "fd44:d480:1d80::/112",
    ]
    assert (newest.node_masks, oldest.node_masks) == ([24, 64], [24, 24])


@pytest.mark.parametrize("version", ["1.17", "1.37"])
def test_a_value_is_data_whatever_is_in_it(version):
    odd = "a \"quote\", a 'quote': a colon # no comment\n- {{ no_template }} {% no tag %} \\n @x \u2028 \U0001f600"
    fields = ("apiServerArgs", "controllerManagerArgs", "schedulerArgs", "etcdArgs", "kubeletArgs")
    given = {field: {"odd": odd} for field in fields}

    found = parsed(init_documents(control_plane(version, kubeadm=given)))

    cluster = found["ClusterConfiguration"]
    assert arguments(cluster["apiServer"]["extraArgs"])["odd"] == odd
    assert arguments(cluster["controllerManager"]["extraArgs"])["odd"] == odd
    assert arguments(cluster["scheduler"]["extraArgs"])["odd"] == odd
    assert arguments(cluster["etcd"]["local"]["extraArgs"])["odd"] == odd
    assert kubelet_arguments(found["InitConfiguration"])["odd"] == odd


@given(st.text())
@example("\x85\u2028\u2029\ufeff\ufffe\uffff\x7f\x00\U0010ffff")
def test_yaml_reads_a_quoted_text_as_the_same_text(text):
    assert yaml.safe_load(f"key: {quoted(text)}\n") == {"key": text}


@pytest.mark.parametrize(
    "value", ["yes", "null", "1.20", "0x10", "1e3", "~", "", " ", True, False, 64]
)
def test_yaml_reads_a_quoted_value_as_the_same_value(value):
    assert yaml.safe_load(f"key: {quoted(value)}\n") == {"key": value}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_every_value_enters_a_template_through_the_quoting_filter(path):
    expressions = re.findall(r"\{\{(.*?)\}\}", path.read_text())

    unquoted = [found for found in expressions if not found.rstrip().endswith("| quoted")]

    # Arguments are a macro: what it writes, it has quoted.
    assert [found for found in unquoted if not found.startswith(" arguments(")] == []


def test_a_value_that_is_missing_fails_loudly(monkeypatch):
    given: dict[str, dict[str, Any]] = {}

    def render(kind, values):
        given[kind] = dict(values)
        return ""

    monkeypatch.setattr(kubeadm, "_render", render)
    init_documents(control_plane("1.37"))
    worker_join(worker("1.37", pool={"labels": {"a": "b"}}))

    assert sorted(given) == ["cluster", "init", "join", "kube-proxy", "kubelet"]
    for kind, values in given.items():
        template = templates("kubeadm").get_template(f"{kind}.yaml.j2")
        assert template.render(values)
        for name in values:
            with pytest.raises(UndefinedError, match=f"'{name}' is undefined"):
                template.render({key: value for key, value in values.items() if key != name})


def test_a_machine_fills_in_what_it_alone_knows():
    text = init_documents(control_plane("1.37")) + control_plane_join(control_plane("1.37"))

    filled = fill(text, FACTS)

    assert "@" in text
    assert "@" not in filled
    assert '"i-0123456789abcdef0"' in filled


def test_a_kubelets_argument_may_hold_its_machines_address():
    given = {"kubeletArgs": {"odd": "[@NODE_IPV6@]:80 someone@example.com"}}

    found = parsed(fill(worker_join(worker("1.37", kubeadm=given)), FACTS))["JoinConfiguration"]

    assert kubelet_arguments(found)["odd"] == "[2600:1f14:db8::10]:80 someone@example.com"


@pytest.mark.parametrize("version", BORDERS)
@pytest.mark.parametrize("name", FACTS)
def test_an_argument_of_the_control_plane_is_written_as_it_stands(version, name):
    """The other control planes read it from the cluster: an address would be that of the first machine."""
    text = f"[@{name}@]:80 someone@example.com @{name}@{name}@"
    fields = ("apiServerArgs", "controllerManagerArgs", "schedulerArgs", "etcdArgs")
    given = {field: {"odd": text, "feature-gates": text} for field in fields}

    first = fill(init_documents(control_plane(version, kubeadm=given)), FACTS)

    found = parsed(first)["ClusterConfiguration"]
    components = [found["apiServer"], found["controllerManager"], found["scheduler"]]
    for part in [*components, found["etcd"]["local"]]:
        assert arguments(part["extraArgs"])["odd"] == text
        assert arguments(part["extraArgs"])["feature-gates"].removesuffix(OWN_GATE) == text


@pytest.mark.parametrize("name", ["TOKEN", "CA_HASH"])
def test_no_join_token_enters_a_kubelets_argument(name):
    text = f"a @{name}@ @NODE_NAME@"
    given = {"kubeletArgs": {"odd": text, "feature-gates": text}}

    first = fill(init_documents(control_plane("1.18", kubeadm=given)), FACTS)
    joining = fill(worker_join(worker("1.37", kubeadm=given)), FACTS)

    for document in (parsed(first)["InitConfiguration"], parsed(joining)["JoinConfiguration"]):
        assert kubelet_arguments(document)["odd"] == text
        assert kubelet_arguments(document)["feature-gates"].removesuffix(OWN_GATE) == text


def test_a_token_without_a_value_is_refused():
    without = {key: value for key, value in FACTS.items() if key != "NODE_IPV6"}

    with pytest.raises(ValueError, match="@NODE_IPV6@ has no value; give NODE_IPV6"):
        fill(worker_join(worker("1.37")), without)


def test_a_fact_that_would_end_its_quotes_is_refused():
    with pytest.raises(ValueError, match="@NODE_NAME@ cannot be"):
        fill(worker_join(worker("1.37")), FACTS | {"NODE_NAME": 'a"\nb: c'})
