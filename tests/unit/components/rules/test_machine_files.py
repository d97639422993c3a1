"""An argument may name a file only if it will be there, where the component reads it."""

import hashlib

import pytest
import yaml

from components.machine.documents import init_documents
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.faults import described, faults_in

PATH = "/etc/kubernetes/enc.yaml"
TEXT = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []\n"
SECRET = "c2VjcmV0LWtleS1vZi1ldGNk"


def with_workers(kubeadm: dict[str, object]) -> dict[str, object]:
    return described(workers={"general": {}}, kubeadm=kubeadm)


def faults_of(kubeadm: dict[str, object]) -> list[str]:
    return faults_in(with_workers(kubeadm))


def test_a_file_that_nobody_gives_is_refused():
    assert faults_of({"apiServerArgs": {"encryption-provider-config": PATH}}) == [
        f"kubeadm.apiServerArgs.encryption-provider-config: {PATH} would not be there, and kube-apiserver would not start; "
        "give the file in kubeadm.files, below /etc/kubernetes"
    ]


@pytest.mark.parametrize(
    ("field", "flag", "value"),
    [
        ("apiServerArgs", "admission-control-config-file", "/etc/admission.yaml"),
        ("apiServerArgs", "audit-webhook-config-file", "/etc/webhook.yaml"),
        ("apiServerArgs", "authentication-config", "/etc/kubernetes/authn.yaml"),
        ("apiServerArgs", "authentication-token-webhook-config-file", "/etc/webhook.yaml"),
        ("apiServerArgs", "authorization-config", "/etc/kubernetes/authz.yaml"),
        ("apiServerArgs", "egress-selector-config-file", "/etc/egress.yaml"),
        ("apiServerArgs", "oidc-ca-file", "/etc/oidc.pem"),
        ("apiServerArgs", "token-auth-file", "/etc/tokens.csv"),
        ("apiServerArgs", "tls-sni-cert-key", "/etc/kubernetes/pki/ca.crt,/etc/x.key:a.example"),
        ("apiServerArgs", "tracing-config-file", "tracing.yaml"),
        ("apiServerArgs", "cert-dir", "/var/certs"),
        ("apiServerArgs", "audit-log-path", "/var/log/audit.log"),
        ("controllerManagerArgs", "leader-migration-config", "/etc/migration.yaml"),
        ("schedulerArgs", "config", "/etc/kubernetes/scheduler.yaml"),
        ("schedulerArgs", "tls-sni-cert-key", "/etc/kubernetes/pki/ca.crt,/etc/x.key"),
        ("etcdArgs", "client-crl-file", "/etc/kubernetes/pki/etcd/crl.pem"),
        ("kubeletArgs", "image-credential-provider-config", "/etc/providers.yaml"),
        ("kubeletArgs", "image-credential-provider-bin-dir", "/usr/local/bin"),
        ("kubeletArgs", "config-dir", "/etc/kubernetes/kubelet.d"),
        ("kubeletArgs", "resolv-conf", "/etc/resolv.own"),
        ("kubeletArgs", "tls-cert-file", "/etc/kubelet.crt"),
    ],
)
def test_every_argument_that_names_a_file_is_held_against_the_files(field, flag, value):
    faults = faults_of({field: {flag: value}})

    assert {fault.split(": ")[0] for fault in faults} == {f"kubeadm.{field}.{flag}"}


@pytest.mark.parametrize(
    ("field", "flag", "value"),
    [
        ("apiServerArgs", "egress-selector-config-file", "/etc/kubernetes/pki/ca.crt"),
        ("apiServerArgs", "egress-selector-config-file", "/etc/ssl/certs/ca-certificates.crt"),
        ("apiServerArgs", "audit-log-path", "-"),
        ("apiServerArgs", "runtime-config", "api/alpha=false"),
        ("kubeletArgs", "resolv-conf", "/run/systemd/resolve/resolv.conf"),
        ("kubeletArgs", "volume-plugin-dir", "/opt/volume-plugins"),
    ],
)
def test_what_every_machine_has_need_not_be_given(field, flag, value):
    assert faults_of({field: {flag: value}}) == []


def test_a_file_that_is_given_is_mounted_where_it_is_read_and_written_before_kubeadm():
    admission, webhook = "/etc/kubernetes/admission.yaml", "/etc/kubernetes/webhooks/image.conf"
    scheduler = "/etc/kubernetes/scheduler-profile.yaml"
    kubeadm = {
        "apiServerArgs": {"admission-control-config-file": admission},
        "schedulerArgs": {"config": scheduler},
        "files": {
            admission: {"content": f"path: {webhook}\n"},
            webhook: {"content": "kind: Config\n"},
            scheduler: {"content": "kind: KubeSchedulerConfiguration\n"},
        },
    }

    spec = load(Spec, with_workers(kubeadm))

    cluster = next(iter(yaml.safe_load_all(init_documents(spec))))
    volumes = {
        part: [volume["hostPath"] for volume in cluster[part].get("extraVolumes", [])]
        for part in ("apiServer", "controllerManager", "scheduler")
        if part in cluster
    }
    assert volumes.pop("controllerManager", []) == []
    # Before them are those of the audit log and of the keys that encrypt Secrets.
    assert volumes.pop("apiServer")[3:] == [admission, webhook]
    assert volumes == {"scheduler": [scheduler]}
    assert cluster["apiServer"]["extraVolumes"][3] == {
        "name": "file-0",
        "hostPath": admission,
        "mountPath": admission,
        "readOnly": True,
        "pathType": "File",
    }
    written = {
        file["path"]: (file["content"], file["permissions"])
        for file in yaml.safe_load(control_plane_text(spec))["write_files"]
    }
    assert written[admission] == (f"path: {webhook}\n", "0600")
    assert not {admission, webhook, scheduler} & {
        file["path"] for file in yaml.safe_load(worker_text(spec.pool("general")))["write_files"]
    }


def test_a_kubelets_file_is_on_all_machines():
    path = "/etc/kubernetes/resolv.conf"
    kubeadm = {"kubeletArgs": {"resolv-conf": path}, "files": {path: {"content": "x\n"}}}

    assert faults_of(kubeadm) == [
        f"kubeadm.kubeletArgs.resolv-conf: {path} is on control planes alone, and every machine has a kubelet; "
        "write on: all in kubeadm.files"
    ]
    kubeadm["files"] = {path: {"content": "x\n", "on": "all"}}
    assert faults_of(kubeadm) == []
    worker = worker_text(load(Spec, with_workers(kubeadm)).pool("general"))
    assert path in [file["path"] for file in yaml.safe_load(worker)["write_files"]]


def test_the_text_of_a_secret_file_is_not_in_user_data():
    kubeadm = {
        "apiServerArgs": {"encryption-provider-config": PATH},
        "files": {PATH: {"content": f"{TEXT}# {SECRET}\n", "secret": True}},
    }
    spec = load(Spec, with_workers(kubeadm))

    text = control_plane_text(spec)

    assert SECRET not in text + worker_text(spec.pool("general"))
    assert f'"{PATH}": "/dualstack/dev/control-plane/files{PATH}"' in text


@pytest.mark.parametrize(
    ("path", "file", "fault"),
    [
        ("/etc/kubernetes/pki/x.crt", {"content": "x"}, "/etc/kubernetes/pki is kubeadm's or"),
        ("/etc/kubernetes/manifests/a.yaml", {"content": "x"}, "/etc/kubernetes/manifests is"),
        ("/etc/kubernetes/admin.conf", {"content": "x"}, "/etc/kubernetes/admin.conf is"),
        ("/etc/kubernetes/audit-policy.yaml", {"content": "x"}, "audit-policy.yaml is"),
        ("/etc/kubernetes/../passwd", {"content": "x"}, "is no path for a file of yours"),
        ("/root/x", {"content": "x"}, "is no path for a file of yours"),
        ("enc.yaml", {"content": "x"}, "is no path for a file of yours"),
        (PATH, {}, "content: missing: write the file's lines"),
        (PATH, {"content": ""}, "content: it is empty; write the file's lines"),
        (PATH, {"content": {"key": SECRET}, "secret": True}, "content: it is not a text; write"),
        (PATH, {"content": "x" * 4097, "secret": True}, "4097 bytes do not fit into an SSM"),
        (PATH, {"content": "{{x}}", "secret": True}, "SSM reads two braces"),
        (PATH, {"content": "x", "secret": True, "on": "all"}, "they may read no secret but"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused(path, file, fault):
    [found] = faults_of({"files": {path: file}})

    assert found.startswith("kubeadm.files")
    assert fault in found
    assert SECRET not in found


def test_a_file_is_no_folder_of_another():
    files = {"/etc/kubernetes/a": {"content": "x"}, "/etc/kubernetes/a/b": {"content": "x"}}

    [fault] = faults_of({"files": files})

    assert "/etc/kubernetes/a/b makes it a folder" in fault


def test_files_that_exceed_user_data_are_a_fault_beside_all_others():
    noise = "".join(hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(600))
    files = {PATH: {"content": noise}}

    faults = faults_of({"files": files, "apiServerArgs": {"anonymous-auth": "false"}})

    assert len(faults) == 2
    assert "anonymous-auth" in faults[0]
    assert faults[1].startswith("kubeadm: a machine would get ")
    assert "and EC2 takes 16384; shorten auditPolicy or patches, or a file" in faults[1]
