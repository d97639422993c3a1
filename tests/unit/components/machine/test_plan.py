"""The plan of control planes, as parameters hold it."""

import base64
import gzip
import hashlib
import json
from typing import Any

import yaml

from components import ControlPlane
from components.machine.plan import plan as wanted
from components.machine.plan import plan_digest, plan_parts, secret_revision
from components.machine.user_data import control_plane_text
from components.rules import load
from components.spec.cluster import ControlPlaneSpec

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "subnet_ids": {"eu-west-1a": "subnet-a"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
    "target_group_arn": "arn:targets",
}

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"


def plan(deploy, **args):
    """What a machine reads in the parameters of a control plane's plan, whose parts fit together."""
    deployment = deploy(lambda: ControlPlane("cp", {**ARGS, **args}) and None)
    made = deployment.all("Parameter")
    parts = {name: each for name, each in made.items() if name.startswith("cp-plan-")}
    for name, part in parts.items():
        number = name.removeprefix("cp-plan-")
        assert part["name"] == f"/dualstack/prod/control-plane/plan/{number}"
        assert part["type"] == "String"
    digest, length, text = "".join(part["value"] for part in parts.values()).split(" ")
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    assert int(length) == len(text)
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_a_plan_has_the_version_and_the_files_that_follow_from_the_spec(deploy):
    found = plan(deploy, kubeadm={"audit_policy": POLICY})

    assert found["version"] == "1.37.2"
    assert list(found["files"]) == [
        "/etc/dualstack/node.json",
        "/etc/modules-load.d/dualstack-modules.conf",
        "/etc/sysctl.d/90-dualstack.conf",
        "/etc/systemd/logind.conf.d/zz-dualstack.conf",
        "/etc/dualstack/packages",
        "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
        "/etc/systemd/system/containerd.service",
        "/etc/systemd/system/kubelet.service",
        "/etc/containerd/config.toml",
        "/etc/crictl.yaml",
        "/etc/dualstack/kubeadm/init.yaml",
        "/etc/dualstack/kubeadm/join.yaml",
        "/etc/kubernetes/audit-policy.yaml",
    ]
    assert found["files"]["/etc/kubernetes/audit-policy.yaml"] == ["0600", POLICY]


def test_a_plan_has_the_software_of_both_architectures_whatever_the_machines_type(deploy):
    amd64, arm64 = plan(deploy), plan(deploy, control_plane={"instance_type": "m6g.large"})

    assert amd64 == arm64
    assert list(amd64["software"]) == ["x86_64", "aarch64"]
    [kubeadm] = [line for line in amd64["software"]["aarch64"].splitlines() if "kubeadm" in line]
    assert kubeadm.startswith("kubeadm 1.37.2 https://dl.k8s.io/release/v1.37.2/bin/linux/arm64/")


def test_a_plan_for_images_with_all_software_lists_none(deploy):
    found = plan(deploy, nodes={"image": "ami-1234567890abcdef0"}, software={"prebaked": True})

    assert found["software"] == {}


def test_a_plan_has_no_programs_which_machines_fetch_by_themselves(deploy):
    files = plan(deploy)["files"]

    assert not [path for path in files if path.startswith("/usr/local/lib/dualstack")]
    assert not [path for path in files if "dualstack-bootstrap" in path]


def test_a_plan_has_no_file_that_only_a_first_boot_writes(deploy):
    files = plan(deploy, nodes={"files": {"/etc/motd": {"content": "hello\n"}}})["files"]

    assert "/etc/motd" not in files


def test_a_new_machine_is_at_the_plan_because_its_user_data_writes_the_same_files():
    spec = load(
        ControlPlaneSpec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
            "kubeadm": {"auditPolicy": POLICY, "apiServerArgs": {"event-ttl": "2h"}},
        },
    )

    written = {
        file["path"]: (file["permissions"], file["content"])
        for file in yaml.safe_load(control_plane_text(spec))["write_files"]
    }
    found = wanted(spec)

    assert {path: written[path] for path in found["files"]} == found["files"]
    assert written["/etc/dualstack/software"] == ("0644", found["software"]["x86_64"])


def test_another_setting_is_another_plan_and_the_same_settings_are_the_same_plan():
    def named(**sections: Any) -> str:
        given = {"region": "eu-west-1", "project": "dualstack", "stack": "test"}
        cluster = {"name": "prod", "kubernetesVersion": "1.37"}
        return plan_digest(load(ControlPlaneSpec, {**given, "cluster": cluster, **sections}))

    assert named() == named()
    assert named() != named(kubeadm={"apiServerArgs": {"event-ttl": "2h"}})
    assert len(named()) == 64


def test_the_number_of_a_plans_parts_does_not_depend_on_the_texts_of_secret_files():
    given = {"region": "eu-west-1", "project": "dualstack", "stack": "test"}
    cluster = {"name": "prod", "kubernetesVersion": "1.37"}
    counts = set()
    # The texts around the border of a part, where a few characters more take another one.
    for length in range(3700, 4300, 8):
        policy = POLICY + "#" + hashlib.shake_128(b"x").hexdigest(length // 2) + "\n"
        spec = load(
            ControlPlaneSpec, {**given, "cluster": cluster, "kubeadm": {"auditPolicy": policy}}
        )
        found = [
            plan_parts(spec, secret_revision("key", {"/a": text})) for text in map(str, range(5))
        ]
        assert {len(parts) for parts in found} == {len(found[0])}
        assert all(0 < len(part) <= 4096 for parts in found for part in parts)
        counts.add(len(found[0]))

    assert len(counts) == 2


def test_a_revision_of_secret_files_depends_on_paths_texts_and_the_key_and_not_on_their_order():
    one = secret_revision("key", {"/a": "x", "/b": "y"})

    assert one == secret_revision("key", {"/b": "y", "/a": "x"})
    assert one != secret_revision("key", {"/a": "x", "/b": "z"})
    assert one != secret_revision("key", {"/a": "x", "/c": "y"})
    assert one != secret_revision("other", {"/a": "x", "/b": "y"})
    assert len(one) == 16
