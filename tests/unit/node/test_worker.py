"""Workers: they wait for what is not there yet, join, and come back with a newer token."""

import yaml

from tests.unit.node.conftest import HASH, TOKEN, Cluster


def test_a_worker_joins_with_its_own_facts(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    [join] = machine.calls()
    assert join["arguments"][0] == "join"
    assert join["mode"] == "0o600"
    document = yaml.safe_load(join["config"])
    assert document["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "localhost:6443",
        "token": TOKEN,
        "caCertHashes": [HASH],
    }
    assert document["nodeRegistration"]["name"] == machine.instance
    assert "controlPlane" not in document
    assert cluster.status(machine) == "joined"
    assert not list((machine.root / "run/dualstack").glob("*.yaml"))


def test_a_machine_is_called_what_its_node_is_called(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()

    machine.run()

    [call] = machine.calls("hostnamectl")
    assert call["arguments"] == ["set-hostname", machine.instance]


def test_a_worker_has_no_key_and_no_timer(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()

    machine.run()

    assert not (machine.root / "etc/kubernetes/pki").exists()
    started = [call["arguments"][-1] for call in machine.calls("systemctl")]
    assert not [unit for unit in started if unit.endswith(".timer")]


def test_a_join_that_fails_is_cleared_and_tried_with_the_token_of_the_day(cluster: Cluster):
    cluster.api_up.set()
    machine = cluster.worker()
    machine.arrange("kubeadm join", {"exit": 1, "complains": "error execution phase preflight\n"})
    assert machine.run().returncode == 1
    cluster.put(f"/dualstack/{cluster.name}/join/token", "fedcba.fedcba9876543210")

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["join", "reset", "join"]
    tokens = [
        yaml.safe_load(call["config"])["discovery"]["bootstrapToken"]["token"]
        for call in machine.calls()
        if "config" in call
    ]
    assert tokens == ["abcdef.0123456789abcdef", "fedcba.fedcba9876543210"]
    assert cluster.status(machine) == "joined"


def test_a_worker_waits_for_the_load_balancer_and_the_api(cluster: Cluster):
    host = f"/dualstack/{cluster.name}/join/api-host"
    cluster.ssm.delete_parameter(Name=host)
    machine = cluster.worker()

    process = machine.start()
    machine.wait_until_it_says(f"waiting for {host}")
    cluster.put(host, "localhost")
    machine.wait_until_it_says(f"waiting for https://localhost:{cluster.api_port}/readyz")
    cluster.api_up.set()
    ended = machine.end_of(process)

    assert ended.returncode == 0, ended.stdout
    assert machine.verbs() == ["join"]


def test_a_worker_does_not_start_kubeadm_before_its_token_is_good(cluster: Cluster):
    cluster.api_up.set()
    cluster.unsigned = 3
    machine = cluster.worker()

    ended = machine.run()

    assert ended.returncode == 0, ended.stdout
    assert cluster.asked == 4
    assert machine.verbs() == ["join"]


def test_a_token_that_never_gets_good_is_left_to_kubeadm_to_complain_of(cluster: Cluster):
    cluster.api_up.set()
    cluster.unsigned = 1000
    machine = cluster.worker()
    machine.arrange("kubeadm join", {"exit": 1, "complains": "error: could not find a JWS\n"})

    ended = machine.run()

    assert ended.returncode == 1
    # Twice a second for half a minute, and once at its end.
    assert cluster.asked == 61
    assert machine.verbs() == ["join"]
    assert cluster.status(machine) == (
        "failed, attempt 1: kubeadm join: error: could not find a JWS (exit 1)"
    )
