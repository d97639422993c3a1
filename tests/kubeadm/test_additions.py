"""What a user adds to the documents reaches the components through the real kubeadm, and takes nothing away."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from components.facts.kubernetes_folder import AUDIT_POLICY_FILE
from components.machine.documents import PATCHES_FOLDER
from tests.kubeadm.reading import Written, initialised
from tests.kubeadm.rendered import cluster, initial
from tests.kubeadm.sandbox import sandbox

AWKWARD = """it's "quoted": {{ no template }} $HOME #1\\n"""
"""Everything that means something to YAML, Jinja or a shell."""

ENCRYPTION = "/etc/kubernetes/encryption.yaml"
"""A file that an argument of the API server names."""

ADDITIONS: dict[str, Any] = {
    "kubeadm": {
        "apiServerArgs": {
            "feature-gates": "StorageVersionHash=true",
            "v": "4",
            "encryption-provider-config": ENCRYPTION,
        },
        "controllerManagerArgs": {"feature-gates": "HPAScaleToZero=true"},
        "schedulerArgs": {"leader-elect-resource-name": AWKWARD},
        "etcdArgs": {"quota-backend-bytes": "8589934592"},
        "kubeletArgs": {"max-pods": "60", "feature-gates": "RotateKubeletServerCertificate=true"},
        "certSans": ["api.example.org", "203.0.113.7"],
        "auditPolicy": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n",
        "files": {ENCRYPTION: {"content": "kind: EncryptionConfiguration\n", "secret": True}},
        "dnsDomain": "corp.example",
        "proxyMetricsBindAddress": "[::]:10249",
        "proxyMode": "ipvs",
    },
    "software": {"imageRepository": "registry.example.com/kubernetes"},
}

PATCH = {"kube-apiserver+merge.yaml": 'metadata: {annotations: {"example.com/patched": "yes"}}\n'}

OWN_GATE = {
    **dict.fromkeys(("1.16", "1.17", "1.18", "1.19", "1.20"), ",IPv6DualStack=true"),
    **dict.fromkeys([f"1.{minor}" for minor in range(21, 38)], ""),
}
"""What follows a user's feature gates: in 1.16 to 1.20 they would replace the generated ones."""

LAST_WITHOUT_WARNING_OF_IPVS = 36

FIRST_WITH_CERTIFICATE_SETTINGS = 31


@pytest.fixture(scope="module")
def additions(minor: str) -> dict[str, Any]:
    """All that a configuration can add in this minor."""
    number = int(minor.split(".")[1])
    more = dict(ADDITIONS["kubeadm"])
    if number > LAST_WITHOUT_WARNING_OF_IPVS:
        more["proxyMode"] = "nftables"
    if number >= 22:
        more["patches"] = PATCH
    if number >= FIRST_WITH_CERTIFICATE_SETTINGS:
        more |= {"keyAlgorithm": "ECDSA-P256", "certificateDays": 180}
    return {**ADDITIONS, "kubeadm": more}


@pytest.fixture(scope="module")
def written(
    kubeadm: Path, minor: str, additions: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Written:
    """What kubeadm writes for a cluster with all additions, after it has accepted them without a word."""
    text = initial(cluster(minor, "IPv4 first", **additions))
    with sandbox(tmp_path_factory.mktemp("additions")) as machine:
        for name, patch in PATCH.items():
            machine.write(f"{PATCHES_FOLDER.removeprefix('/etc/')}/{name}", patch)
        machine.write(AUDIT_POLICY_FILE.removeprefix("/etc/"), "kind: Policy\n")
        machine.write(ENCRYPTION.removeprefix("/etc/"), "kind: EncryptionConfiguration\n")
        verdict, found = initialised(machine, kubeadm, text)
    assert verdict.complaints == []
    assert found is not None, verdict.output
    return found


def test_a_users_gates_stand_beside_the_dual_stack_gate(written, minor):
    gates = {
        name: flags["feature-gates"]
        for name, flags in written.manifests.items()
        if name in {"kube-apiserver", "kube-controller-manager"}
    }

    assert gates == {
        "kube-apiserver": [f"StorageVersionHash=true{OWN_GATE[minor]}"],
        "kube-controller-manager": [f"HPAScaleToZero=true{OWN_GATE[minor]}"],
    }
    assert written.kubelet_flags["feature-gates"] == [
        f"RotateKubeletServerCertificate=true{OWN_GATE[minor]}"
    ]


def test_a_value_with_quotes_braces_and_a_dollar_reaches_the_component_as_it_was_written(written):
    assert written.manifests["kube-scheduler"]["leader-elect-resource-name"] == [AWKWARD]


def test_arguments_reach_their_component(written):
    assert written.manifests["kube-apiserver"]["v"] == ["4"]
    assert written.manifests["etcd"]["quota-backend-bytes"] == ["8589934592"]
    assert written.kubelet_flags["max-pods"] == ["60"]


def test_certificate_names_are_added_to_those_of_the_node(written):
    assert set(written.certificate_ips) == {"10.96.0.1", "10.0.0.10", "fd00:aa::10", "203.0.113.7"}


def test_the_audit_policy_is_mounted_where_the_api_server_looks_for_it(written):
    pod = yaml.safe_load((written.folder / "kube-apiserver.yaml").read_text())["spec"]

    mounted = {mount["mountPath"]: mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    host = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"]}
    assert written.manifests["kube-apiserver"]["audit-policy-file"] == [
        "/etc/kubernetes/audit-policy.yaml"
    ]
    assert host[mounted["/etc/kubernetes/audit-policy.yaml"]] == "/etc/kubernetes/audit-policy.yaml"
    assert host[mounted["/var/log/kubernetes/audit"]] == "/var/log/kubernetes/audit"


def test_images_come_from_the_users_repository(written):
    pod = yaml.safe_load((written.folder / "kube-apiserver.yaml").read_text())["spec"]

    assert pod["containers"][0]["image"].startswith(
        "registry.example.com/kubernetes/kube-apiserver:"
    )


def test_the_mode_of_kube_proxy_is_the_users(written, additions):
    assert written.kube_proxy["mode"] == additions["kubeadm"]["proxyMode"]


def test_a_file_that_an_argument_names_is_in_the_pod(written):
    pod = yaml.safe_load((written.folder / "kube-apiserver.yaml").read_text())

    assert written.manifests["kube-apiserver"]["encryption-provider-config"] == [ENCRYPTION]
    [name] = [
        volume["name"]
        for volume in pod["spec"]["volumes"]
        if volume["hostPath"] == {"path": ENCRYPTION, "type": "File"}
    ]
    assert {"name": name, "mountPath": ENCRYPTION, "readOnly": True} in (
        pod["spec"]["containers"][0]["volumeMounts"]
    )


def test_the_domain_reaches_the_kubelet_and_the_cluster(written):
    assert written.kubelet["clusterDomain"] == "corp.example"
    assert written.cluster["networking"]["dnsDomain"] == "corp.example"


def test_kube_proxy_serves_metrics_where_it_is_asked_to(written):
    assert written.kube_proxy["metricsBindAddress"] == "[::]:10249"


@pytest.mark.since("1.31")
def test_joins_and_renewals_find_the_algorithm_of_keys_and_the_life_of_certificates(written):
    assert written.cluster["encryptionAlgorithm"] == "ECDSA-P256"
    assert written.cluster["certificateValidityPeriod"] == "4320h0m0s"


@pytest.mark.since("1.31")
@pytest.mark.parametrize("name", ["apiserver", "etcd/server", "front-proxy-client"])
def test_certificates_have_the_algorithm_and_the_life_that_were_asked_for(written, name):
    certificate = x509.load_pem_x509_certificate((written.folder / f"{name}.crt").read_bytes())

    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    # kubeadm counts from five minutes before it signs, for clocks that differ.
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 180


@pytest.mark.since("1.22")
def test_patches_are_applied(written):
    pod = yaml.safe_load((written.folder / "kube-apiserver.yaml").read_text())

    assert pod["metadata"]["annotations"]["example.com/patched"] == "yes"


def test_the_ranges_are_still_those_of_the_cluster(written):
    services = "10.96.0.0/16,fd00:10:96::/112"

    assert written.manifests["kube-apiserver"]["service-cluster-ip-range"] == [services]
    assert written.manifests["kube-controller-manager"]["service-cluster-ip-range"] == [services]
