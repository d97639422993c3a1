"""The network is as closed as AWS's: what no rule lets in does not pass, and metadata keeps to its rules."""

import json

from rehearsal.machines.network.internet import CLIENT
from tests.live.cluster import OUTSIDE, Cluster, eventually, fetch_all, internal_addresses, url
from tests.live.outage import alone

ASK_TOKEN = (
    "curl -gsS -m 3 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {0}/latest/api/token"
)
SERVICES = ("http://169.254.169.254", "http://[fd00:ec2::254]")


def test_a_node_lets_nobody_in_from_the_internet(cluster):
    asked = [
        (url(address, 10250, "/healthz", "https"),)
        for node in cluster.nodes()
        for address in internal_addresses(node)
    ]

    assert set(fetch_all(OUTSIDE, *asked)) == {""}


def test_a_worker_reaches_no_etcd(cluster):
    worker = cluster.machine(cluster.nodes("worker")[0])

    for address in internal_addresses(cluster.nodes("control plane")[0]):
        asked = f"timeout 2 bash -c '</dev/tcp/{address}/2379' && echo open || echo closed"
        assert worker.run("bash", "-c", asked).strip() == "closed"


def test_a_machine_without_its_security_group_is_cut_off_until_it_is_back(workload):
    node = workload.get("pod", "client")["spec"]["nodeName"]

    with alone(workload, node.split(".")[0]):
        assert eventually(lambda: not _can_exec(workload))

    assert eventually(lambda: _can_exec(workload))


def test_metadata_answers_in_both_families_and_only_with_a_token(cluster):
    for node in cluster.nodes():
        machine = cluster.machine(node)
        for service in SERVICES:
            without = f"curl -gs -m 3 -o /dev/null -w '%{{http_code}}' {service}/latest/meta-data/instance-id"
            told = (
                f'curl -gsS -m 3 -H "X-aws-ec2-metadata-token: $({ASK_TOKEN.format(service)})"'
                f" {service}/latest/meta-data/instance-id"
            )

            assert machine.run("bash", "-c", without) == "401"
            assert machine.run("bash", "-c", told) == machine.instance


def test_a_pod_gets_no_token_of_its_machine_unless_the_instance_allows_two_hops(workload):
    node = workload.get("pod", "client")["spec"]["nodeName"]
    instance = node.split(".")[0]
    ec2 = workload.aws("ec2")

    def allow(hops: int) -> None:
        ec2.modify_instance_metadata_options(
            InstanceId=instance, HttpPutResponseHopLimit=hops, HttpTokens="required"
        )

    def tokens() -> list[bool]:
        lifetime = {"X_aws_ec2_metadata_token_ttl_seconds": "60"}
        return [
            "200 OK"
            in workload.fetch("client", address, 80, "/latest/api/token", "PUT", **lifetime)
            for address in ("169.254.169.254", "fd00:ec2::254")
        ]

    # As the program made the machine.
    assert tokens() == [False, False]
    try:
        allow(2)
        assert eventually(lambda: tokens() == [True, True])
    finally:
        allow(1)

    assert eventually(lambda: tokens() == [False, False])


def test_a_role_gets_keys_that_aws_knows(cluster):
    machine = cluster.machine(cluster.nodes("worker")[0])
    program = (
        "import json, sys; sys.path.insert(0, '/usr/local/lib/dualstack'); import imds;"
        " roles = 'iam/security-credentials/'; print(imds.get(roles + imds.get(roles)))"
    )

    keys = json.loads(machine.run("python3", "-c", program))

    assert keys["Code"] == "Success"
    assert keys["AccessKeyId"].startswith("ASIA")
    assert CLIENT == ("203.0.113.10", "2001:db8:203::10")


def _can_exec(cluster: Cluster) -> bool:
    try:
        return cluster.exec("client", "/bin/busybox", "true", seconds=8) == ""
    except Exception:  # noqa: BLE001 refused or never answered, it is closed
        return False
