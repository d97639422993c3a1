"""The token with which machines join, renewed by a control plane."""

from datetime import timedelta

from tests.unit.node.conftest import TOKEN, Cluster
from tests.unit.node.timers import span, timer


def test_a_new_token_replaces_the_old_one_encrypted(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange(
        "kubeadm token",
        {"says": "fedcba.fedcba9876543210\n", "complains": "W1124 a warning of an old kubeadm\n"},
    )

    ended = machine.run("renew_token.py")

    name = f"/dualstack/{cluster.name}/join/token"
    assert ended.returncode == 0, ended.stdout
    assert machine.calls()[0]["arguments"] == [
        *("token", "create", "--ttl", "24h0m0s", "--kubeconfig", "/etc/kubernetes/admin.conf")
    ]
    assert cluster.parameter(name) == "fedcba.fedcba9876543210"
    assert cluster.ssm.get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"
    assert ended.stdout == "token fedcba is good for 24h0m0s\n"


def test_a_token_is_renewed_every_6_hours_and_outlives_three_renewals_that_fail(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange("kubeadm token", {"says": "fedcba.fedcba9876543210\n"})

    machine.run("renew_token.py")

    arguments = machine.calls()[0]["arguments"]
    lifetime = span(arguments[arguments.index("--ttl") + 1])
    assert lifetime == timedelta(hours=24)
    assert timer("token").period == timedelta(hours=6)
    assert 4 * timer("token").period <= lifetime


def test_a_new_token_is_encrypted_under_the_key_of_the_cluster(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange("kubeadm token", {"says": "fedcba.fedcba9876543210\n"})

    machine.run("renew_token.py")

    filters = [{"Key": "Name", "Values": [f"/dualstack/{cluster.name}/join/token"]}]
    (found,) = cluster.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    assert found["KeyId"] == f"alias/dualstack/{cluster.name}"


def test_a_token_that_cannot_be_made_leaves_the_old_one(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange(
        "kubeadm token", {"exit": 1, "complains": "timed out waiting for the condition\n"}
    )

    ended = machine.run("renew_token.py")

    assert ended.returncode == 1
    assert ended.stdout == "no new token: timed out waiting for the condition\n"
    assert cluster.parameter(f"/dualstack/{cluster.name}/join/token") == TOKEN
