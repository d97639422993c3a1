"""The way of a control plane to the plan of the stack."""

import fcntl
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from components.facts import ssm_paths
from components.facts.role import Role
from components.machine.fetched_programs import in_parts
from components.machine.plan import secret_revision
from tests.support.patience import wait_until
from tests.unit.node import etcd as members
from tests.unit.node.conftest import KEY, Cluster
from tests.unit.node.etcd import Etcd
from tests.unit.node.kubernetes import Kubernetes, let_in, node
from tests.unit.node.machine import PROGRAMS, Machine
from tests.unit.node.test_fetch import store

ENCRYPTED_BY_1 = json.dumps(
    {
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [
                    {"secretbox": {"keys": [{"name": "dualstack-1", "secret": f"{KEY}1"}]}},
                    {"identity": {}},
                ],
            }
        ]
    }
)
"""What the API server of a new control plane starts with."""
LABEL = "node-role.kubernetes.io/control-plane"
PLANS = ("plan", "encryption-plan", "kubelet-plan")
"""The annotations of a Node that name plans."""
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
INIT = "/etc/dualstack/kubeadm/init.yaml"


@pytest.fixture
def machine(cluster: Cluster, api: Kubernetes, etcd: Etcd) -> Machine:
    """A control plane that has joined, of an image with all software."""
    made = cluster.control_plane(etcdPort=etcd.port)
    members.let_in(made, cluster.authority)
    (made.root / "etc/dualstack/software").unlink()
    settings = made.root / "etc/dualstack/node.json"
    given = json.loads(settings.read_text()) | {"apiPort": api.port}
    # What API servers check of kubelets has tests of its own.
    del given["kubeletCertificates"]
    settings.write_text(json.dumps(given))
    let_in(made, api, cluster.authority)
    configuration = made.root / "etc/kubernetes/encryption-at-rest/configuration.yaml"
    configuration.parent.mkdir()
    configuration.write_text(ENCRYPTED_BY_1)
    folder = made.root / "etc/kubernetes/manifests"
    folder.mkdir()
    for component in COMPONENTS:
        (folder / f"{component}.yaml").write_text(f"image: {component}\n")
    api.nodes[made.instance] = node(
        made.instance, addresses=[], nodeInfo={"kubeletVersion": "v1.37.2"}
    )
    api.nodes[made.instance]["metadata"]["labels"][LABEL] = ""
    made.arrange("kubeadm version", *[{"says": "v1.37.2\n"}] * 20)
    store(cluster, Role.CONTROL_PLANE)
    return made


def plan(
    cluster: Cluster, machine: Machine, secrets: dict[str, str] | None = None, **files: str
) -> str:
    """Plan what the machine is, but for some files; the plan's digest. SSM has the texts of secret files already."""
    paths = ("/etc/dualstack/node.json", INIT, "/etc/dualstack/kubeadm/join.yaml")
    texts = {file: (machine.root / file[1:]).read_text() for file in paths} | files
    document = {
        "version": "1.37.2",
        "files": {file: ["0600", text] for file, text in texts.items()},
        "software": {},
    }
    if secrets:
        key = cluster.parameter(ssm_paths.pki_file(cluster.name, "ca.key"))
        document["secrets"] = secret_revision(str(key), secrets)
    parts = in_parts(document)
    for number, part in enumerate(parts, 1):
        cluster.put(f"{ssm_paths.plan_folder(cluster.name)}/{number}", part)
    digest = parts[0].partition(" ")[0]
    # An attempt that was cut off has it already; what makes it has tests of its own.
    kept = machine.root / f"var/lib/dualstack/snapshots/{digest[:16]}.db"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch()
    # Newer than the plan's beginning.
    os.utime(kept, (time.time() + 3600,) * 2)
    return digest


def changed(machine: Machine) -> dict[str, str]:
    """Another text of the documents for `kubeadm init`."""
    return {INIT: (machine.root / INIT[1:]).read_text() + "# another\n"}


def annotations(api: Kubernetes, machine: Machine) -> dict[str, Any]:
    return api.nodes[machine.instance]["metadata"].get("annotations", {})


def reach(cluster: Cluster, machine: Machine, digest: str) -> None:
    """Let a machine go until all control planes have reached a plan."""
    process = machine.start("upgrade.py")
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)


def kubeadm(machine: Machine) -> list[str]:
    """What kubeadm was told to do, without its documents."""
    said = [
        " ".join(call["arguments"]).partition(" --config")[0] for call in machine.calls("kubeadm")
    ]
    return [words for words in said if not words.startswith("version")]


def systemctl(machine: Machine) -> list[str]:
    """What systemd was told to do, without the units that a control plane always has."""
    said = [" ".join(call["arguments"]) for call in machine.calls("systemctl")]
    return [words for words in said if not words.startswith("enable --now")]


WHOLE = [
    "config images pull",
    "init phase certs apiserver",
    "init phase etcd local",
    "init phase control-plane all",
    "init phase upload-config all",
    "upgrade apply v1.37.2 --yes --etcd-upgrade=false",
    "init phase kubelet-start",
]


def test_a_new_control_plane_with_the_files_of_the_plan_is_at_it_at_once(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine)

    reach(cluster, machine, digest)

    assert {name: annotations(api, machine)[f"dualstack/{name}"] for name in PLANS} == {
        "plan": digest,
        "encryption-plan": digest,
        "kubelet-plan": digest,
    }
    assert kubeadm(machine) == []
    assert cluster.status(machine) is None


def test_another_setting_goes_through_static_pods_and_then_the_kubelet(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    files = changed(machine)
    digest = plan(cluster, machine, **files)

    reach(cluster, machine, digest)

    assert kubeadm(machine) == WHOLE
    assert (machine.root / INIT[1:]).read_text() == files[INIT]
    assert systemctl(machine) == [
        "stop kubelet",
        "start kubelet",
        "restart containerd",
    ]
    assert annotations(api, machine)["dualstack/kubelet-plan"] == digest
    wait_until(lambda: cluster.status(machine) is not None, "the status")


POLICY = "/etc/kubernetes/audit-policy.yaml"
SECRET = "/etc/kubernetes/encryption.yaml"


def read_by_the_api_server(machine: Machine, file: str, text: str) -> None:
    """A file that is on the machine, and in the pod of the API server."""
    (machine.root / file[1:]).write_text(text)
    manifest = machine.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.write_text(f"image: kube-apiserver\npath: {file}\n")


def with_a_secret_file(cluster: Cluster, machine: Machine, text: str) -> None:
    """A secret file of the configuration, on the machine as it was when it joined."""
    settings = machine.root / "etc/dualstack/node.json"
    files = {SECRET: ssm_paths.machine_file(cluster.name, SECRET)}
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"files": files}))
    key = machine.root / "etc/kubernetes/pki/ca.key"
    key.write_text(str(cluster.parameter(ssm_paths.pki_file(cluster.name, "ca.key"))))
    read_by_the_api_server(machine, SECRET, text)


def restarted(machine: Machine) -> list[str]:
    """The containers that were ended."""
    calls = [call["arguments"] for call in machine.calls("crictl")]
    return [words[-1] for words in calls if words[0] == "stop"]


def runs_again(machine: Machine, api: Kubernetes, component: str) -> None:
    """Let a component run in a container that is new after it has been ended."""
    one = {"id": "old", "state": "CONTAINER_RUNNING", "metadata": {"attempt": 0}}
    some, none = {"says": json.dumps({"containers": [one]})}, {"says": "{}"}
    # A look whether the API server has read its keys, one at each component in their order, and one at the one that is ended.
    looks = [some if each == component else none for each in COMPONENTS]
    machine.arrange("crictl ps", none, *looks, some)
    state = {"ready": True, "containerID": "containerd://new"}
    api.pods = [
        {
            "metadata": {"name": f"{component}-{machine.instance}"},
            "status": {"containerStatuses": [state]},
        }
    ]


def test_the_component_that_reads_a_changed_file_is_restarted_although_its_manifest_is_the_same(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    read_by_the_api_server(machine, POLICY, "old\n")
    runs_again(machine, api, "kube-apiserver")
    digest = plan(cluster, machine, **{POLICY: "new\n"})

    reach(cluster, machine, digest)

    assert restarted(machine) == ["old"]
    assert (machine.root / POLICY[1:]).read_text() == "new\n"


def test_a_policy_that_comes_later_finds_a_folder_for_its_log_that_only_root_enters(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine, **{POLICY: "new\n"})

    reach(cluster, machine, digest)

    folder = machine.root / "var/log/kubernetes/audit"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_changed_secret_file_reaches_a_running_control_plane(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    with_a_secret_file(cluster, machine, "old\r\n")
    runs_again(machine, api, "kube-apiserver")
    cluster.put(ssm_paths.machine_file(cluster.name, SECRET), "new\r\n")
    digest = plan(cluster, machine, secrets={SECRET: "new\r\n"})

    reach(cluster, machine, digest)

    placed = machine.root / SECRET[1:]
    assert placed.read_bytes() == b"new\r\n"
    assert placed.stat().st_mode & 0o777 == 0o600
    assert restarted(machine) == ["old"]
    assert "new" not in (machine.root / "journal").read_text()


def test_a_machine_whose_secret_files_are_those_of_the_plan_does_nothing(
    cluster: Cluster, machine: Machine
):
    with_a_secret_file(cluster, machine, "same\r\n")
    digest = plan(cluster, machine, secrets={SECRET: "same\r\n"})

    reach(cluster, machine, digest)

    assert kubeadm(machine) == []


def test_secret_files_of_another_plan_are_not_taken(cluster: Cluster, machine: Machine):
    with_a_secret_file(cluster, machine, "old")
    cluster.put(ssm_paths.machine_file(cluster.name, SECRET), "of another")
    plan(cluster, machine, secrets={SECRET: "new"})

    process = machine.start("upgrade.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: /etc/kubernetes/encryption.yaml: SSM has other texts than those of the plan; run `pulumi up` "
        "until it ends well"
    )
    assert (machine.root / SECRET[1:]).read_text() == "old"


def another_address(machine: Machine) -> dict[str, str]:
    """Documents in which kube-proxy serves its metrics at another address."""
    text = (machine.root / INIT[1:]).read_text()
    assert text.rstrip().endswith('mode: "iptables"')
    return {INIT: f'{text}metricsBindAddress: "[::]:10249"\n'}


def test_another_configuration_of_kube_proxy_restarts_the_proxies_when_all_are_there(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    api.proxies = {}
    digest = plan(cluster, machine, **another_address(machine))

    reach(cluster, machine, digest)

    assert kubeadm(machine) == [*WHOLE, "init phase addon kube-proxy"]
    assert api.proxies == {"metadata": {"annotations": {"dualstack/plan": digest}}}


def test_a_cluster_without_kube_proxy_gets_none(cluster: Cluster, machine: Machine):
    digest = plan(cluster, machine, **another_address(machine))

    reach(cluster, machine, digest)

    assert kubeadm(machine) == WHOLE


def test_an_upgrade_waits_while_certificates_are_renewed(cluster: Cluster, machine: Machine):
    digest = plan(cluster, machine, **changed(machine))
    lock = machine.root / "run/dualstack/static-pods"
    lock.parent.mkdir(parents=True)

    with lock.open("w") as renewal:
        fcntl.flock(renewal, fcntl.LOCK_EX)
        process = machine.start("upgrade.py")
        wait_until(lambda: waits_for_lock(process.pid), "the upgrade at the lock")
        before = kubeadm(machine)
        machine.crash(process)
    reach(cluster, machine, digest)

    assert before == []
    assert kubeadm(machine) == WHOLE


def waits_for_lock(pid: int) -> bool:
    """Whether a process waits for a lock of a file, as the kernel lists it."""
    # The lines of those that wait have an arrow.
    waiting = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any("->" in words and str(pid) in words for words in waiting)


def test_a_machine_that_lost_power_goes_on_where_it_was(cluster: Cluster, machine: Machine):
    digest = plan(cluster, machine, **changed(machine))
    cluster.put(ssm_paths.reached(cluster.name), "another 1.36.5")
    machine.arrange("kubeadm upgrade", {"until": "never"})

    process = machine.start("upgrade.py")
    wait_until(lambda: "upgrade" in machine.verbs(), "kubeadm upgrade")
    machine.crash(process)
    assert cluster.parameter(ssm_paths.reached(cluster.name)) == "changing 1.36.5"
    reach(cluster, machine, digest)

    assert kubeadm(machine) == [*WHOLE[:6], *WHOLE[4:]]


def test_no_plan_is_followed_by_programs_from_before_although_fetching_failed_once(
    cluster: Cluster, machine: Machine
):
    program = machine.root / PROGRAMS / "order.py"
    wanted = program.read_text()
    program.write_text(f"{wanted}# of an earlier release\n")
    obstacle = program.with_name("order.py.new.partial")
    obstacle.mkdir()
    plan(cluster, machine, **changed(machine))

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("upgrade: IsADirectoryError")
    obstacle.rmdir()
    ended = machine.end_of(process)

    assert ended.returncode == 0
    assert program.read_text() == wanted
    assert kubeadm(machine) == []
    assert systemctl(machine) == [
        "try-restart dualstack-nodes.service dualstack-kubelets.service dualstack-restore.service"
    ]


def test_a_machine_waits_for_the_one_before_it_and_says_so(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    first = node("i-00000000000000000")
    first["metadata"]["labels"][LABEL] = ""
    api.nodes["i-00000000000000000"] = first
    plan(cluster, machine, **changed(machine))

    process = machine.start("upgrade.py")
    said = "joined; upgrade to 1.37.2: waits for i-00000000000000000, whose turn it is"
    wait_until(lambda: cluster.status(machine) == said, "the status")
    machine.crash(process)

    assert kubeadm(machine) == []


def test_a_document_that_kubeadm_refuses_leaves_the_manifests_and_is_said(
    cluster: Cluster, machine: Machine
):
    plan(cluster, machine, **changed(machine))
    refusal = {"exit": 1, "complains": "error: unknown field\n"}
    # The pull of images, the certificate, and then etcd's manifest.
    machine.arrange("kubeadm init", {}, refusal)

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("upgrade: kubeadm init: error: unknown field")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: kubeadm init: error: unknown field (exit 1)"
    )
    manifest = machine.root / "etc/kubernetes/manifests/etcd.yaml"
    assert manifest.read_text() == "image: etcd\n"
    assert systemctl(machine) == [
        "stop kubelet",
        "start kubelet",
    ]


def test_a_version_that_cannot_be_downloaded_is_said_and_the_plan_of_before_ends_well(
    cluster: Cluster, machine: Machine, api: Kubernetes, tmp_path: Path
):
    before = {INIT: (machine.root / INIT[1:]).read_text()}
    nowhere = (tmp_path / "kubeadm").as_uri()
    listed = f"kubeadm 1.37.99 {nowhere} {'0' * 64} program /usr/local/bin\n"
    (machine.root / "etc/dualstack/packages").write_text("bash\n")
    reach(cluster, machine, plan(cluster, machine))
    plan(cluster, machine, **changed(machine), **{"/etc/dualstack/software": listed})

    process = machine.start("upgrade.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)
    said, done = cluster.status(machine) or "", kubeadm(machine)
    (machine.root / "etc/dualstack/software").unlink()
    reached = cluster.parameter(ssm_paths.reached(cluster.name))
    digest = plan(cluster, machine, **before)
    reach(cluster, machine, digest)

    assert f"error: cannot fetch {nowhere}: " in said
    assert done == []
    assert reached == "begun 1.37.2"
    assert (machine.root / INIT[1:]).read_text() == before[INIT]
    assert kubeadm(machine) == WHOLE
    assert systemctl(machine) == ["stop kubelet", "start kubelet", "restart containerd"]
    assert annotations(api, machine)["dualstack/plan"] == digest


def test_a_machine_that_joins_during_an_upgrade_waits_for_its_end(
    cluster: Cluster, api: Kubernetes
):
    cluster.api_up.set()
    machine = cluster.control_plane()
    digest = plan(cluster, machine, **changed(machine))
    cluster.put(ssm_paths.reached(cluster.name), f"{'0' * 64} 1.36.5")
    cluster.put(f"{ssm_paths.leader_folder(cluster.name)}/0123456789abcdef-done", "i-1")

    process = machine.start()
    machine.wait_until_it_says("waits until all control planes have reached 1.37.2")
    before = machine.verbs()
    cluster.put(ssm_paths.reached(cluster.name), f"{digest} 1.37.2")
    ended = machine.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert (before, machine.verbs()) == ([], ["join"])
    assert (machine.root / INIT[1:]).read_text().endswith("# another\n")


def test_what_an_earlier_cluster_of_the_name_has_reached_holds_no_new_one_up(cluster: Cluster):
    machine = cluster.control_plane()
    plan(cluster, machine, **changed(machine))
    cluster.put(ssm_paths.reached(cluster.name), f"{'0' * 64} 1.36.5")

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["init"]


def test_a_component_that_does_not_start_is_put_back_with_the_words_of_its_container(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    plan(cluster, machine, **changed(machine))
    manifest = machine.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    # kubeadm's stand-in writes nothing: the manifest from before an attempt that was cut off is another.
    read_by_the_api_server(machine, POLICY, "broken\n")
    manifest.write_text("image: kube-apiserver\n")
    kept = machine.root / "var/lib/dualstack/manifests"
    (kept / "files/etc/kubernetes").mkdir(parents=True)
    (kept / f"files{POLICY}").write_text("works\n")
    for component in COMPONENTS:
        text = (manifest.parent / f"{component}.yaml").read_text()
        (kept / f"{component}.yaml").write_text(text)
    (kept / "kube-apiserver.yaml").write_text("image: older\n")
    broken = {"id": "new", "state": "CONTAINER_EXITED", "metadata": {"attempt": 4}}
    broken["createdAt"] = str(time.time_ns())
    none, some = {"says": "{}"}, {"says": json.dumps({"containers": [broken]})}
    # Four that run before, the one to stop, the one that does not start, no etcd that stays, and those of the way back.
    machine.arrange("crictl ps", *[none] * 5, some, none, *[some] * 20)
    machine.arrange("crictl logs", *[{"says": 'Error: invalid argument "bogus"\n'}] * 4)

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("putting back what was")
    state = {"ready": True, "containerID": "containerd://another"}
    name = f"kube-apiserver-{machine.instance}"
    api.pods = [{"metadata": {"name": name}, "status": {"containerStatuses": [state]}}]
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        'joined; upgrade to 1.37.2 failed: kube-apiserver does not start: Error: invalid argument "bogus"; '
        "the manifests from before are back"
    )
    assert manifest.read_text() == "image: older\n"
    assert (machine.root / POLICY[1:]).read_text() == "works\n"
    assert "upgrade" not in machine.verbs()


PATCHES = "/etc/dualstack/kubeadm/patches"


def test_a_patch_that_the_plan_lacks_is_removed_and_kubeadm_hears_of_no_patches(
    cluster: Cluster, machine: Machine
):
    folder = machine.root / PATCHES[1:]
    folder.mkdir(exist_ok=True)
    (folder / "etcd0+strategic.yaml").write_text("spec: {}\n")

    reach(cluster, machine, plan(cluster, machine))

    assert [*folder.iterdir()] == []
    assert kubeadm(machine) == WHOLE


def test_a_patch_of_the_plan_is_given_to_kubeadm(cluster: Cluster, machine: Machine):
    patch = f"{PATCHES}/etcd0+strategic.yaml"

    reach(cluster, machine, plan(cluster, machine, **{patch: "spec: {}\n"}))

    assert (machine.root / patch[1:]).read_text() == "spec: {}\n"
    assert f"{WHOLE[5]} --patches={machine.root}{PATCHES}" in kubeadm(machine)


def test_a_plan_that_was_cut_off_and_broke_the_api_server_is_put_back_for_the_next(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine, **changed(machine))
    manifest = machine.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.write_text("image: broken\n")
    kept = machine.root / "var/lib/dualstack/manifests"
    kept.mkdir(parents=True)
    for component in COMPONENTS:
        (kept / f"{component}.yaml").write_text(f"image: {component}\n")
    record = {"pods": "", "encryption": "", "kubelet": "", "begun": "another plan", "reread": []}
    (machine.root / "var/lib/dualstack/plan").write_text(json.dumps(record))
    api.away = True

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("putting back what was")
    wait_until(lambda: not kept.exists(), "the manifests from before to be back")
    assert manifest.read_text() == "image: kube-apiserver\n"
    api.away = False
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)


def test_a_plan_that_another_control_plane_still_has_is_written_into_the_cluster_again(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    was = plan(cluster, machine)
    reach(cluster, machine, was)
    before = (machine.root / INIT[1:]).read_text()
    reach(cluster, machine, plan(cluster, machine, **changed(machine)))
    written = api.configuration["metadata"]["annotations"]["dualstack/configuration"]
    api.nodes["i-other"] = node("i-other", addresses=[])
    api.nodes["i-other"]["metadata"] |= {
        "labels": {LABEL: ""},
        "annotations": {f"dualstack/{one}": was for one in PLANS},
    }

    assert plan(cluster, machine, **{INIT: before}) == was
    reach(cluster, machine, was)

    assert kubeadm(machine) == [*WHOLE, *WHOLE]
    again = api.configuration["metadata"]["annotations"]["dualstack/configuration"]
    assert written == hashlib.sha256(f"{before}# another\n".encode()).hexdigest()
    assert again == hashlib.sha256(before.encode()).hexdigest()


def test_what_a_lost_machine_has_written_into_the_cluster_is_written_again_by_those_that_stay(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    api.configuration["metadata"]["annotations"] = {"dualstack/configuration": "another"}

    reach(cluster, machine, plan(cluster, machine))

    assert kubeadm(machine) == WHOLE[4:6]


def test_a_kubelet_that_does_not_become_ready_gets_its_configuration_back(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    reach(cluster, machine, plan(cluster, machine))
    file = machine.root / "var/lib/kubelet/config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("works\n")
    plan(cluster, machine, **changed(machine))
    kept = machine.root / "var/lib/dualstack/kubelet"
    machine.arrange("kubeadm upgrade", {"write": {"var/lib/kubelet/config.yaml": "broken\n"}})
    phases = sum(words.startswith("init phase") for words in WHOLE)
    machine.arrange("kubeadm init", *[{}] * (phases - 1), {"until": "go"})

    machine.environment["PACE"] = "1"
    process = machine.start("upgrade.py")
    wait_until(lambda: kubeadm(machine)[-len(WHOLE) :] == WHOLE, "the kubelet's turn")
    assert file.read_text() == "broken\n"
    api.nodes[machine.instance]["status"]["conditions"][0]["status"] = "Unknown"
    (machine.root / "go").touch()
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert cluster.status(machine) == (
        "joined; upgrade to 1.37.2 failed: the kubelet of 1.37.2 is not Ready after 180 seconds, or static pods beside it are not; its "
        "configuration from before is back. `journalctl -u kubelet` says why"
    )
    assert file.read_text() == "works\n"
    assert systemctl(machine)[-1] == "restart kubelet"
    assert not kept.exists()


def test_a_kubelet_that_kubeadm_has_stopped_and_not_started_runs_again_as_before(
    cluster: Cluster, machine: Machine
):
    reach(cluster, machine, plan(cluster, machine))
    file = machine.root / "var/lib/kubelet/config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("works\n")
    # The static pods have this plan already.
    record = machine.root / "var/lib/dualstack/plan"
    digest = plan(cluster, machine, **changed(machine))
    said = json.loads(record.read_text())
    record.write_text(json.dumps(said | {"pods": digest, "encryption": digest}))
    half = {"write": {"var/lib/kubelet/config.yaml": "half"}, "exit": 1}
    machine.arrange("kubeadm init", half)

    process = machine.start("upgrade.py")
    wait_until(lambda: "failed" in (cluster.status(machine) or ""), "the status")
    machine.crash(process)

    assert systemctl(machine)[:2] == ["restart containerd", "restart kubelet"]
    assert file.read_text() == "works\n"


@pytest.mark.parametrize(
    ("before", "members", "ended"),
    [
        ("v1.36.5", ["1", "2"], ["30", "30", "30", "5"]),
        ("v1.36.5", ["1"], []),
        ("v1.37.1", ["1", "2"], []),
    ],
    ids=["another minor", "another minor, alone", "another patch"],
)
def test_static_pods_beside_others_end_gently_before_a_kubelet_of_another_minor(  # noqa: PLR0917
    cluster: Cluster,
    machine: Machine,
    api: Kubernetes,
    etcd: Etcd,
    before: str,
    members: list[str],
    ended: list[str],
):
    reach(cluster, machine, plan(cluster, machine))
    etcd.members = [{"ID": one, "name": one} for one in members]
    info = api.nodes[machine.instance]["status"]["nodeInfo"]
    info["kubeletVersion"] = before
    # The static pods have this plan already.
    record = machine.root / "var/lib/dualstack/plan"
    digest = plan(cluster, machine, **changed(machine))
    machine.arrange("kubeadm init", {"until": "go"})
    said = json.loads(record.read_text())
    record.write_text(json.dumps(said | {"pods": digest, "encryption": digest}))
    one = {"id": "one", "state": "CONTAINER_RUNNING", "createdAt": "1", "metadata": {"attempt": 0}}
    machine.arrange("crictl ps", *[{"says": json.dumps({"containers": [one]})}] * 10)

    process = machine.start("upgrade.py")
    wait_until(lambda: "init" in machine.verbs(), "the kubelet's turn")
    calls = [call["arguments"] for call in machine.calls("crictl")]
    assert [words[2] for words in calls if words[0] == "stop"] == ended
    assert systemctl(machine) == ["restart containerd", *(["stop kubelet"] if ended else [])]
    info["kubeletVersion"] = "v1.37.2"
    (machine.root / "go").touch()
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)


def test_an_api_that_answers_with_a_failure_while_the_kubelet_restarts_is_asked_again(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine, **changed(machine))
    kept = machine.root / "var/lib/dualstack/kubelet"

    machine.environment["PACE"] = "1"
    process = machine.start("upgrade.py")
    wait_until(kept.exists, "the kubelet's turn")
    asked = len(api.asked)
    api.away = True
    wait_until(lambda: len(api.asked) > asked + 1, "questions that nobody answers")
    api.away = False
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)

    assert kubeadm(machine).count("init phase kubelet-start") == 1


def test_nothing_restarts_while_a_static_pod_of_another_control_plane_is_not_ready(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine, **changed(machine))
    api.nodes["i-other"] = node("i-other", addresses=[])
    api.nodes["i-other"]["metadata"] |= {
        "labels": {LABEL: ""},
        "annotations": {f"dualstack/{one}": digest for one in PLANS},
    }
    conditions = [{"type": "Ready", "status": "False"}]
    broken = {"name": "etcd-i-other"}
    machine.arrange("kubeadm config", {"until": "go"})

    process = machine.start("upgrade.py")
    wait_until(lambda: "config" in machine.verbs(), "the download of images")
    api.pods = [
        {
            "metadata": broken,
            "spec": {"nodeName": "i-other"},
            "status": {"conditions": conditions},
        }
    ]
    (machine.root / "go").touch()
    words = "joined; upgrade to 1.37.2: waits for etcd-i-other to be ready"
    wait_until(lambda: cluster.status(machine) == words, "the wait")
    assert "stop kubelet" not in systemctl(machine)
    conditions[0]["status"] = "True"
    wait_until(
        lambda: cluster.parameter(ssm_paths.reached(cluster.name)) == f"{digest} 1.37.2",
        "the plan to be reached",
    )
    machine.crash(process)


def test_a_control_plane_that_no_manifest_starts_on_follows_the_next_plan_without_its_api(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    digest = plan(cluster, machine, **changed(machine))
    record = {"pods": "", "encryption": "", "kubelet": "", "begun": "", "broken": "another plan"}
    (machine.root / "var/lib/dualstack/plan").write_text(json.dumps(record))
    api.away = True
    machine.arrange("kubeadm upgrade", {"until": "never"})

    process = machine.start("upgrade.py")
    wait_until(lambda: "start kubelet" in systemctl(machine), "the manifests of the plan")
    api.away = False
    wait_until(lambda: "upgrade" in machine.verbs(), "kubeadm upgrade")
    machine.crash(process)

    assert kubeadm(machine) == WHOLE[:6]
    record = json.loads((machine.root / "var/lib/dualstack/plan").read_text())
    assert (record["begun"], record["broken"]) == (digest, "")


def test_an_api_server_of_a_minor_does_not_go_back_to_the_one_before(
    cluster: Cluster, machine: Machine
):
    plan(cluster, machine, **changed(machine))
    manifest = machine.root / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.write_text("image: registry.k8s.io/kube-apiserver:v1.38.0\n")

    process = machine.start("upgrade.py")
    machine.wait_until_it_says(
        "upgrade: the API server here is of 1.38 and has written what one of 1.37.2 may not read; write 1.38 again"
    )
    machine.crash(process)

    assert kubeadm(machine) == []


def test_a_machine_with_docker_follows_no_plan(cluster: Cluster, machine: Machine):
    settings = machine.root / "etc/dualstack/node.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"runtime": "docker"}))
    plan(cluster, machine, **changed(machine))

    process = machine.start("upgrade.py")
    machine.wait_until_it_says("control planes with Docker follow no plan")
    machine.crash(process)

    assert kubeadm(machine) == []
