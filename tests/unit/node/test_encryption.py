"""How a control plane's API server encrypts Secrets, learns another key, and has the Secrets rewritten."""

import json
import time
from typing import Any

import pytest

from components.facts import ssm_paths
from tests.support.patience import wait_until
from tests.unit.node import test_upgrade
from tests.unit.node.conftest import KEY, Cluster
from tests.unit.node.etcd import Etcd, member
from tests.unit.node.kubernetes import Kubernetes, Secrets, node
from tests.unit.node.machine import Machine
from tests.unit.node.test_upgrade import LABEL, annotations, kubeadm, plan, reach

machine = test_upgrade.machine

NODE = "/etc/dualstack/node.json"
FILE = "etc/kubernetes/encryption-at-rest/configuration.yaml"
PLAIN, BY_1, BY_2 = (
    b"k8s\0text",
    b"k8s:enc:secretbox:v1:dualstack-1:box",
    b"k8s:enc:secretbox:v1:dualstack-2:box",
)


@pytest.fixture(autouse=True)
def secrets(machine: Machine, api: Kubernetes, etcd: Etcd) -> Secrets:
    """Secrets of two namespaces, more than etcd is asked for at once, and an API server that writes by the file that is there."""
    etcd.held = {f"/registry/secrets/default/s{number}": BY_1 for number in range(60)}
    etcd.held |= {"/registry/secrets/kube-system/token": BY_1, "/registry/secretsother/x": PLAIN}
    api.secrets = Secrets(etcd.held, machine.root / FILE)
    return api.secrets


def asked(machine: Machine, *, enabled: bool = True, keys: tuple[int, ...]) -> dict[str, str]:
    """The settings of a plan with these keys."""
    settings = json.loads((machine.root / NODE[1:]).read_text())
    names = [f"dualstack-{number}" for number in keys]
    return {NODE: json.dumps(settings | {"encryption": {"enabled": enabled, "keys": names}})}


def settled(machine: Machine) -> None:
    """The machine follows an earlier plan."""
    record = machine.root / "var/lib/dualstack/plan"
    record.parent.mkdir(parents=True, exist_ok=True)
    before = dict.fromkeys(("pods", "encryption", "kubelet"), "0" * 64)
    record.write_text(json.dumps(before | {"begun": ""}))


def runs(machine: Machine, api: Kubernetes) -> None:
    """An API server runs since before all files. After a restart it is ready in another container."""
    first = {"containers": [container("first", 1)]}
    machine.arrange("crictl ps", *[{"says": json.dumps(first)}] * 30)
    api.pods = [another_pod(machine)]


def another_pod(machine: Machine) -> dict[str, Any]:
    return {
        "metadata": {"name": f"kube-apiserver-{machine.instance}"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"ready": True, "containerID": "containerd://another"}],
        },
    }


def container(identity: str, created: int, attempt: int = 0) -> dict[str, Any]:
    return {
        "id": identity,
        "state": "CONTAINER_RUNNING",
        "createdAt": str(created),
        "metadata": {"attempt": attempt},
    }


def providers(machine: Machine) -> list[Any]:
    """The providers of the configuration in order, each key by its name alone."""
    [listed] = json.loads((machine.root / FILE).read_text())["resources"]
    return [
        [key["name"] for key in each["secretbox"]["keys"]] if "secretbox" in each else "plain"
        for each in listed["providers"]
    ]


def test_a_new_control_plane_has_the_configuration_before_kubeadm_runs(cluster: Cluster):
    made = cluster.control_plane()

    ended = made.run()

    assert ended.returncode == 0, ended.stdout
    file = made.root / FILE
    assert json.loads(file.read_text()) == {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [
                    {"secretbox": {"keys": [{"name": "dualstack-1", "secret": f"{KEY}1"}]}},
                    {"identity": {}},
                ],
            }
        ],
    }
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert KEY not in ended.stdout


def test_another_key_is_learned_then_encrypts_and_then_all_secrets_have_it(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    digest = plan(cluster, machine, **asked(machine, keys=(2, 1)))

    reach(cluster, machine, digest)

    journal = (machine.root / "journal").read_text()
    assert journal.count("restarts the API server for its keys") == 1, journal
    stops = [
        call["arguments"] for call in machine.calls("crictl") if call["arguments"][0] == "stop"
    ]
    # The API server learns the key and then encrypts with it. A controller manager ends after it both times.
    assert stops == [["stop", "--timeout", "2", "first"]] * 4
    assert providers(machine) == [["dualstack-2", "dualstack-1"], "plain"]
    assert etcd.held.pop("/registry/secretsother/x") == PLAIN
    assert {*etcd.held.values()} == {BY_2}
    assert "61 Secrets are rewritten for dualstack-2" in journal
    assert etcd.compacted == ["70"]
    assert kubeadm(machine) == ["init phase kubelet-start"]
    assert annotations(api, machine)["dualstack/encryption-plan"] == digest
    assert KEY not in journal


def test_beside_others_the_api_server_serves_on_until_load_balancers_have_left_it(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    other = {"ID": "2", "name": "i-0123456789abcdef0"}
    urls = {"clientURLs": ["https://localhost:2379"]}
    etcd.members = [member(machine, "1") | urls, other | urls]
    runs(machine, api)
    settled(machine)
    digest = plan(cluster, machine, **asked(machine, keys=(2, 1)))

    reach(cluster, machine, digest)

    stops = [
        call["arguments"] for call in machine.calls("crictl") if call["arguments"][0] == "stop"
    ]
    assert ["stop", "--timeout", "30", "first"] in stops


def test_before_another_machine_encrypts_by_a_new_key_this_one_reads_it_and_writes_as_before(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    second = node("i-fffffffffffffffff")
    second["metadata"]["labels"][LABEL] = ""
    api.nodes["i-fffffffffffffffff"] = second
    digest = plan(cluster, machine, **asked(machine, keys=(2, 1)))

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("waits for i-fffffffffffffffff, whose turn it is")
    machine.crash(process)

    assert providers(machine) == [["dualstack-1", "dualstack-2"], "plain"]
    assert annotations(api, machine)["dualstack/plan"] == digest
    assert annotations(api, machine)["dualstack/encryption-plan"] == "0" * 64
    assert BY_2 not in etcd.held.values()


def test_a_cluster_without_encryption_reads_the_key_with_the_new_manifest_before_it_encrypts(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    etcd.held.update(dict.fromkeys(etcd.held, PLAIN))
    (machine.root / FILE).unlink()
    runs(machine, api)
    files = asked(machine, keys=(1,)) | test_upgrade.changed(machine)
    digest = plan(cluster, machine, **files)

    machine.arrange("kubeadm upgrade", {"until": "looked"})
    process = machine.start("upgrade.py")
    wait_until(lambda: "upgrade" in machine.verbs(), "the manifests to be there")
    learned = providers(machine)
    (machine.root / "looked").touch()
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)

    assert learned == ["plain", ["dualstack-1"]]
    assert providers(machine) == [["dualstack-1"], "plain"]
    assert {value for key, value in etcd.held.items() if key != "/registry/secretsother/x"} == {
        BY_1
    }


def test_encryption_that_is_turned_off_leaves_the_keys_readable_and_decrypts_all(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    digest = plan(cluster, machine, **asked(machine, enabled=False, keys=(1,)))

    reach(cluster, machine, digest)

    assert providers(machine) == ["plain", ["dualstack-1"]]
    assert {*etcd.held.values()} == {PLAIN}


def test_a_key_that_secrets_still_need_is_not_taken_away(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    etcd.held["/registry/secrets/default/s7"] = b"k8s:enc:aescbc:v1:theirs:box"
    before = (machine.root / FILE).read_text()
    plan(cluster, machine, **asked(machine, keys=(2, 1)))

    process = machine.start("upgrade.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert "etcd holds Secrets encrypted by aescbc v1 theirs" in (cluster.status(machine) or "")
    assert (machine.root / FILE).read_text() == before
    assert [call for call in machine.calls("crictl") if call["arguments"][0] == "stop"] == []


def test_a_secret_that_a_webhook_keeps_from_being_written_is_named_and_the_plan_is_not_reached(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd, secrets: Secrets
):
    runs(machine, api)
    settled(machine)
    secrets.refused["default/s7"] = "admission webhook denied the request: no label"
    plan(cluster, machine, **asked(machine, keys=(2, 1)))

    process = machine.start("upgrade.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: not all Secrets are of dualstack-2, 1 are left: default/s7: admission webhook denied "
        "the request: no label"
    )
    assert cluster.parameter(ssm_paths.reached(cluster.name)) is None
    assert etcd.held["/registry/secrets/default/s7"] == BY_1
    assert etcd.held["/registry/secrets/default/s8"] == BY_2


def test_secrets_that_a_restore_has_brought_back_are_rewritten_without_another_plan(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    digest = plan(cluster, machine)
    cluster.put(ssm_paths.reached(cluster.name), f"{digest} 1.37.2")
    etcd.held["/registry/secrets/default/s7"] = PLAIN

    process = machine.start("upgrade.py")
    wait_until(lambda: etcd.held["/registry/secrets/default/s7"] == BY_1, "the Secret")
    machine.crash(process)

    assert {*etcd.held.values()} == {BY_1, PLAIN}


def test_what_secrets_were_before_is_forgotten_although_the_power_failed_after_they_were_rewritten(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    digest = plan(cluster, machine)
    cluster.put(ssm_paths.reached(cluster.name), f"{digest} 1.37.2")
    mark = machine.root / "var/lib/dualstack/to-forget"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()

    process = machine.start("upgrade.py")
    wait_until(lambda: not mark.exists(), "etcd to forget")
    machine.crash(process)

    assert etcd.compacted == ["70"]


def test_an_api_server_that_does_not_start_with_its_keys_has_those_from_before_again(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    settled(machine)
    before = (machine.root / FILE).read_text()
    broken = container("second", time.time_ns() * 2, attempt=5) | {"state": "CONTAINER_EXITED"}
    first, both = (
        {"says": json.dumps({"containers": each})}
        for each in ([container("first", 1)], [container("first", 1), broken])
    )
    # The one that is older than the file, the ones before the restart, the one to stop, and then one that fails again and again.
    machine.arrange("crictl ps", *[first] * 3, *[both] * 20)
    machine.arrange("crictl logs", *[{"says": "Error: illegal base64 data\n"}] * 4)
    plan(cluster, machine, **asked(machine, keys=(2, 1)))

    process = machine.start("upgrade.py")
    wait_until(lambda: (machine.root / FILE).read_text() != before, "the new keys")
    wait_until(lambda: (machine.root / FILE).read_text() == before, "the old ones")
    api.pods = [another_pod(machine)]
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: kube-apiserver does not start: Error: illegal base64 data; "
        "the keys from before are back"
    )


def test_what_was_cut_off_with_its_new_keys_still_goes_back_to_those_from_before(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    settled(machine)
    before = (machine.root / FILE).read_text()
    first = {"says": json.dumps({"containers": [container("first", 1)]})}
    machine.arrange("crictl ps", *[first] * 20)
    machine.arrange("systemctl restart", {"until": "never"})
    plan(cluster, machine, **asked(machine, keys=(2, 1)))
    process = machine.start("upgrade.py")
    wait_until(lambda: restarts(machine) == 1, "the kubelet to restart")
    machine.crash(process)
    cut_off = providers(machine)

    broken = container("second", time.time_ns() * 2, attempt=5) | {"state": "CONTAINER_EXITED"}
    both = {"says": json.dumps({"containers": [container("first", 1), broken]})}
    # The ones before the restart, the one to stop, and then one that fails again and again.
    machine.arrange("crictl ps", *[first] * 2, *[both] * 20)
    process = machine.start("upgrade.py")
    wait_until(lambda: restarts(machine) == 3, "the restart with the keys from before")
    put_back = (machine.root / FILE).read_text()
    api.pods = [another_pod(machine)]
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cut_off == [["dualstack-1", "dualstack-2"], "plain"]
    assert put_back == before
    assert not (machine.root / "var/lib/dualstack/keys").exists()


def restarts(machine: Machine) -> int:
    """How often the kubelet was restarted."""
    return [call["arguments"] for call in machine.calls("systemctl")].count(["restart", "kubelet"])


def test_a_change_that_was_cut_off_before_its_api_server_was_seen_healthy_restarts_it(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    kept = machine.root / "var/lib/dualstack/keys"
    kept.write_text(json.dumps({f"/{FILE}": (machine.root / FILE).read_text()}))
    # A container of after the files: it has started with them, and may end again and again.
    later = {"containers": [container("later", time.time_ns() * 2)]}
    machine.arrange("crictl ps", *[{"says": json.dumps(later)}] * 30)
    digest = plan(cluster, machine, **asked(machine, keys=(2, 1)))

    reach(cluster, machine, digest)

    assert restarts(machine) == 1
    assert not kept.exists()


def test_secrets_are_rewritten_for_a_plan_that_comes_back_after_another_one(
    cluster: Cluster, machine: Machine, api: Kubernetes, etcd: Etcd
):
    runs(machine, api)
    settled(machine)
    away = node("i-fffffffffffffffff")
    away["metadata"]["labels"][LABEL] = ""
    away["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    process = machine.start("upgrade.py")
    first = plan(cluster, machine, **asked(machine, keys=(1,)))
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{first} 1.37.2",
        "the first plan to be reached",
    )
    api.nodes["i-fffffffffffffffff"] = away
    plan(cluster, machine, **asked(machine, keys=(2, 1)))
    machine.wait_until_it_says("waits for i-fffffffffffffffff to be Ready")

    # Another machine had begun to follow the other plan.
    etcd.held["/registry/secrets/default/s7"] = BY_2
    del api.nodes["i-fffffffffffffffff"]
    plan(cluster, machine, **asked(machine, keys=(1,)))

    wait_until(lambda: etcd.held["/registry/secrets/default/s7"] == BY_1, "the Secret")
    machine.crash(process)
