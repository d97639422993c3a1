"""Control planes: one makes the cluster, the others join it, whatever happens to the first."""

import pytest
import yaml

from components.facts import ssm_paths
from components.machine.documents import init_documents
from components.spec.service_account_issuer import ServiceAccountIssuerSection
from tests.support.patience import wait_until
from tests.unit.node.conftest import HASH, TOKEN, Cluster


def test_the_first_control_plane_makes_the_cluster(cluster: Cluster):
    machine = cluster.control_plane()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    [init] = machine.calls()
    assert init["arguments"][0::3] == ["init", "--skip-token-print"]
    assert init["mode"] == "0o600"
    documents = {document["kind"]: document for document in yaml.safe_load_all(init["config"])}
    assert documents["ClusterConfiguration"]["controlPlaneEndpoint"] == "localhost:6443"
    assert documents["InitConfiguration"]["bootstrapTokens"][0]["token"] == TOKEN
    assert documents["InitConfiguration"]["localAPIEndpoint"] == {"advertiseAddress": "127.0.0.1"}
    registration = documents["InitConfiguration"]["nodeRegistration"]
    assert registration["name"] == machine.instance
    assert {"name": "node-ip", "value": "127.0.0.1,::1"} in registration["kubeletExtraArgs"]
    assert cluster.marker() == machine.instance
    assert cluster.marker("-done") == machine.instance
    assert cluster.status(machine) == "joined, and leaves etcd by itself"
    assert (machine.root / "var/lib/dualstack/joined").read_text() == f"{machine.instance}\n"


def test_a_control_plane_reads_the_issuer_of_tokens_before_it_makes_the_cluster(
    cluster: Cluster,
):
    url = "https://prod-issuer-1234567.s3.eu-west-1.amazonaws.com"
    machine = cluster.control_plane()
    document = machine.root / "etc/dualstack/kubeadm/init.yaml"
    issued = cluster.spec.model_copy(
        update={"service_account_issuer": ServiceAccountIssuerSection(enabled=True)}
    )
    document.write_text(init_documents(issued))
    cluster.put(ssm_paths.issuer(cluster.name), url)

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    [init] = machine.calls()
    documents = {document["kind"]: document for document in yaml.safe_load_all(init["config"])}
    given = documents["ClusterConfiguration"]["apiServer"]["extraArgs"]
    assert [argument for argument in given if url in argument["value"]] == [
        {"name": "service-account-issuer", "value": url},
        {"name": "service-account-jwks-uri", "value": f"{url}/openid/v1/jwks"},
    ]


def test_the_authorities_lie_where_kubeadm_looks_and_only_root_reads_the_keys(cluster: Cluster):
    machine = cluster.control_plane()

    machine.run()

    pki = machine.root / "etc/kubernetes/pki"
    modes = {
        str(file.relative_to(pki)): oct(file.stat().st_mode & 0o777)
        for file in pki.rglob("*")
        if file.is_file()
    }
    assert modes == {
        "ca.crt": "0o644",
        "ca.key": "0o600",
        "etcd/ca.crt": "0o644",
        "etcd/ca.key": "0o600",
        "front-proxy-ca.crt": "0o644",
        "front-proxy-ca.key": "0o600",
        "sa.key": "0o600",
        "sa.pub": "0o644",
    }
    assert (pki / "ca.crt").read_text() == cluster.authority.certificate
    assert (pki / "etcd/ca.key").read_text().endswith("etcd/ca.key\n")


def test_only_root_enters_the_folder_of_the_audit_log(cluster: Cluster):
    machine = cluster.control_plane()

    machine.run()

    assert (machine.root / "var/log/kubernetes/audit").stat().st_mode & 0o777 == 0o700


def test_a_control_plane_starts_its_runtime_before_kubeadm_and_its_own_units_after(
    cluster: Cluster,
):
    machine = cluster.control_plane()

    machine.run()

    assert [call["arguments"] for call in machine.calls("systemctl")] == [
        ["enable", "kubelet", "containerd"],
        ["start", "containerd"],
        [
            *("enable", "--now"),
            *("dualstack-token.timer", "dualstack-members.timer", "dualstack-certificates.timer"),
            *("dualstack-backup.timer", "dualstack-nodes.service", "dualstack-kubelets.service"),
            *("dualstack-handover.service", "dualstack-gone.service", "dualstack-upgrade.service"),
            *("dualstack-restore.service", "dualstack-put-back.service"),
        ],
    ]


def test_of_two_control_planes_that_start_at_once_one_makes_the_cluster_and_one_joins(
    cluster: Cluster,
):
    machines = [cluster.control_plane(), cluster.control_plane()]
    for machine in machines:
        machine.arrange("kubeadm init", {"until": "the-other-waits"})

    running = [machine.start() for machine in machines]
    wait_until(lambda: any(machine.verbs() == ["init"] for machine in machines))
    leader, other = sorted(machines, key=lambda machine: machine.verbs() != ["init"])
    other.wait_until_it_says(f"waiting for {leader.instance} to make the cluster")
    (leader.root / "the-other-waits").touch()
    wait_until(lambda: cluster.marker("-done"))
    cluster.api_up.set()
    ended = [machine.end_of(process) for machine, process in zip(machines, running, strict=True)]

    assert [each.returncode for each in ended] == [0, 0], ended
    assert sorted(machine.verbs() for machine in machines) == [["init"], ["join"]]
    joined = next(machine for machine in machines if machine.verbs() == ["join"])
    document = yaml.safe_load(joined.calls()[0]["config"])
    assert document["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "localhost:6443",
        "token": TOKEN,
        "caCertHashes": [HASH],
    }
    assert document["controlPlane"] == {"localAPIEndpoint": {"advertiseAddress": "127.0.0.1"}}


def test_a_leader_that_dies_in_init_clears_what_it_left_and_starts_again(cluster: Cluster):
    leader = cluster.control_plane()
    leader.arrange("kubeadm init", {"until": "power-is-cut"})
    process = leader.start()
    wait_until(lambda: leader.verbs() == ["init"])
    leader.crash(process)

    ended = leader.run()

    assert ended.returncode == 0, ended.stdout
    assert leader.verbs() == ["init", "reset", "init"]
    assert leader.calls()[1]["arguments"] == [
        "reset",
        "--force",
        "--cri-socket",
        "unix:///run/containerd/containerd.sock",
    ]
    assert (leader.root / "etc/kubernetes/pki/ca.key").exists()
    assert cluster.marker("-done") == leader.instance


def test_a_leader_whose_api_came_up_before_it_died_clears_nothing(cluster: Cluster):
    leader = cluster.control_plane()
    leader.arrange(
        "kubeadm init", {"exit": 1, "touch": ["etc/kubernetes/manifests/kube-apiserver.yaml"]}
    )
    leader.run()
    cluster.api_up.set()

    ended = leader.run()

    assert ended.returncode == 0, ended.stdout
    assert leader.verbs() == ["init", "init"]
    assert leader.calls()[1]["arguments"][3:] == [
        "--skip-token-print",
        "--ignore-preflight-errors=all",
    ]


def test_a_leader_that_died_after_init_never_runs_it_again(cluster: Cluster):
    leader = cluster.control_plane()
    leader.arrange("systemctl enable", {}, {"exit": 1})
    assert leader.run().returncode == 1

    ended = leader.run()

    assert ended.returncode == 0, ended.stdout
    assert leader.verbs() == ["init"]
    assert cluster.status(leader) == "joined, and leaves etcd by itself"


def test_another_takes_over_when_the_leader_is_terminated_during_init(cluster: Cluster):
    leader, other = cluster.control_plane(), cluster.control_plane()
    leader.arrange("kubeadm init", {"until": "power-is-cut"})
    first = leader.start()
    wait_until(lambda: leader.verbs() == ["init"])
    second = other.start()
    other.wait_until_it_says(f"waiting for {leader.instance} to make the cluster")
    leader.crash(first)

    cluster.terminate(leader)
    ended = other.end_of(second)

    assert ended.returncode == 0, ended.stdout
    assert other.verbs() == ["init"]
    assert cluster.marker("-2") == other.instance
    assert cluster.marker("-done") == other.instance


def test_of_two_that_could_take_over_one_does(cluster: Cluster):
    leader = cluster.control_plane()
    leader.arrange("kubeadm init", {"exit": 1})
    leader.run()
    cluster.terminate(leader)
    others = [cluster.control_plane(), cluster.control_plane()]

    running = [machine.start() for machine in others]
    wait_until(lambda: cluster.marker("-done"))
    cluster.api_up.set()
    ended = [machine.end_of(process) for machine, process in zip(others, running, strict=True)]

    assert [each.returncode for each in ended] == [0, 0], ended
    assert sorted(machine.verbs() for machine in others) == [["init"], ["join"]]
    assert cluster.marker("-3") is None


def test_nobody_takes_over_from_a_leader_that_is_only_stopped(cluster: Cluster):
    leader, other = cluster.control_plane(), cluster.control_plane()
    leader.arrange("kubeadm init", {"exit": 1})
    leader.run()
    cluster.ec2.stop_instances(InstanceIds=[leader.instance])

    ended = other.run_out_of_patience()

    assert ended.returncode == 1
    assert other.verbs() == []
    assert cluster.marker("-2") is None
    assert f"{leader.instance} leads and has not made the cluster" in (cluster.status(other) or "")


def test_nobody_takes_over_where_ec2_does_not_know_the_asking_machine(cluster: Cluster):
    leader, other = cluster.control_plane(), cluster.control_plane()
    leader.arrange("kubeadm init", {"exit": 1})
    leader.run()
    cluster.terminate(leader)
    other.metadata.values["instance-id"] = "i-0123456789abcdef0"

    ended = other.run_out_of_patience()

    assert ended.returncode == 1
    assert other.verbs() == []
    assert cluster.marker("-2") is None


def test_a_leader_that_ec2_has_forgotten_is_replaced_only_when_its_marker_is_old(cluster: Cluster):
    other = cluster.control_plane()
    cluster.ssm.put_parameter(
        Name=f"/dualstack/{cluster.name}/leader/0123456789abcdef",
        Value="i-0aaaaaaaaaaaaaaaa",
        Type="String",
    )

    ended = other.run_out_of_patience()

    assert ended.returncode == 1
    assert other.verbs() == []


def test_the_replacement_of_the_first_machine_joins(cluster: Cluster):
    first = cluster.control_plane()
    first.run()
    cluster.terminate(first)
    cluster.api_up.set()
    replacement = cluster.control_plane()

    ended = replacement.run()

    assert ended.returncode == 0, ended.stdout
    assert replacement.verbs() == ["join"]


def test_no_replacement_makes_a_second_cluster_while_the_api_is_down(cluster: Cluster):
    first = cluster.control_plane()
    first.run()
    cluster.terminate(first)
    replacement = cluster.control_plane()

    ended = replacement.run_out_of_patience()

    assert ended.returncode == 1
    assert replacement.verbs() == []
    assert f"https://localhost:{cluster.api_port} did not answer for 900 seconds" in ended.stdout


def test_a_control_plane_trusts_no_api_of_another_authority(cluster: Cluster):
    first = cluster.control_plane()
    first.run()
    cluster.api_up.set()
    cluster.put(
        f"/dualstack/{cluster.name}/control-plane/ca.crt",
        type(cluster.authority).made().certificate,
    )
    other = cluster.control_plane()

    ended = other.run_out_of_patience()

    assert ended.returncode == 1
    assert other.verbs() == []


@pytest.mark.parametrize("verb", ["init", "join"])
def test_preflight_checks_that_an_image_cannot_pass_can_be_ignored(cluster: Cluster, verb: str):
    cluster.api_up.set()
    if verb == "join":
        cluster.control_plane().run()
    machine = cluster.control_plane()
    machine.environment["KUBEADM_IGNORE_PREFLIGHT_ERRORS"] = "SystemVerification,NumCPU"

    machine.run()

    assert machine.verbs() == [verb]
    assert (
        machine.calls()[0]["arguments"][-1] == "--ignore-preflight-errors=SystemVerification,NumCPU"
    )
