"""Nodes, pods and Services have two addresses each, and every one of them works."""

import pytest

from rehearsal.machines.network import internet
from rehearsal.machines.network.page import page
from rehearsal.machines.network.router import RESOLVER
from tests.live.cluster import OUTSIDE, Cluster, fetch_all, internal_addresses, url
from tests.live.workload import FAMILIES, NODE_PORT, SIZE

SHOWN = {"ipv4first": (1, 2), "ipv6first": (3, 2)}


def body(answer: str) -> str:
    return answer.replace("\r\n", "\n").partition("\n\n")[2]


def pod_addresses(cluster: Cluster, pod: str) -> list[str]:
    return [found["ip"] for found in cluster.get("pod", pod)["status"]["podIPs"]]


def family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def test_every_machine_is_a_ready_node(cluster):
    control_planes, workers = len(cluster.nodes("control plane")), len(cluster.nodes("worker"))

    assert (control_planes, workers) == SHOWN[cluster.name]
    assert cluster.all_ready(control_planes + workers)


def test_nodes_have_two_addresses_and_two_pod_ranges_in_the_order_of_the_families(cluster):
    for node in cluster.nodes():
        assert [family(a) for a in internal_addresses(node)] == cluster.families
        assert [family(r) for r in node["spec"]["podCIDRs"]] == cluster.families


def test_a_node_has_the_addresses_that_aws_gave_its_instance(cluster):
    for node in cluster.nodes():
        instance = node["metadata"]["name"].split(".")[0]
        told = cluster.aws("ec2").describe_instances(InstanceIds=[instance])
        interface = told["Reservations"][0]["Instances"][0]["NetworkInterfaces"][0]
        given = {interface["PrivateIpAddress"], interface["Ipv6Addresses"][0]["Ipv6Address"]}

        assert set(internal_addresses(node)) == given


def test_pods_reach_each_other_across_nodes_in_both_families(workload):
    addresses = pod_addresses(workload, "server")

    assert [family(a) for a in addresses] == workload.families
    for address in addresses:
        assert body(workload.fetch("client", address, 8080, "/name")) == "server\n"


def test_a_payload_of_many_packets_arrives_whole(workload):
    for address in pod_addresses(workload, "server"):
        assert len(body(workload.fetch("client", address, 8080, "/large"))) == SIZE


@pytest.mark.parametrize("service", list(FAMILIES))
def test_a_service_answers_at_each_of_its_addresses(workload, service):
    addresses = workload.get("service", service)["spec"]["clusterIPs"]

    assert [family(a) for a in addresses] == FAMILIES[service][0]
    for address in addresses:
        assert body(workload.fetch("client", address, 80, "/name")) == "server\n"


def test_a_node_port_answers_on_both_addresses_of_every_node(workload):
    asking = workload.machine(workload.nodes("control plane")[0])

    for node in workload.nodes():
        for address in internal_addresses(node):
            answer = asking.run("curl", "-gsS", "--max-time", "5", url(address, NODE_PORT, "/name"))
            assert answer == "server\n"


def test_a_service_has_an_a_and_an_aaaa_record(workload):
    ipv4, ipv6 = workload.get("service", "dual")["spec"]["clusterIPs"]

    for record, address in (("a", ipv4), ("aaaa", ipv6)):
        name = "dual.default.svc.cluster.local"
        told = workload.exec("client", "/bin/busybox", "nslookup", f"-type={record}", name)
        assert address in told.split("Name:")[-1]


def test_instances_and_the_load_balancer_have_names_in_both_families(cluster):
    node = cluster.nodes()[0]
    machine, host = cluster.machine(node), cluster.endpoint()[0]

    for name, addresses in (
        (node["metadata"]["name"], internal_addresses(node)),
        (host, cluster.endpoint()[1]),
    ):
        told = machine.run("getent", "ahosts", name)
        assert {line.split()[0] for line in told.splitlines()} == set(addresses)
    assert RESOLVER == ("169.254.169.253", "fd00:ec2::253")


@pytest.mark.parametrize("way", [0, 1], ids=["IPv4", "IPv6"])
def test_a_pod_reaches_the_internet_from_its_nodes_address(workload, way):
    client = workload.get("pod", "client")
    node = next(n for n in workload.nodes() if n["metadata"]["name"] == client["spec"]["nodeName"])
    own = sorted(internal_addresses(node), key=lambda a: ":" in a)[way]
    nat = workload.aws("ec2").describe_nat_gateways()["NatGateways"][0]["NatGatewayAddresses"]
    expected = nat[0]["PublicIp"] if way == 0 else own

    with page(OUTSIDE, internet.CLIENT[way]) as seen:
        workload.fetch("client", internet.CLIENT[way], 8099)

    assert seen == [expected]


def test_the_api_answers_from_outside_where_it_faces_the_internet(cluster):
    _, addresses = cluster.endpoint()
    expected = {"ipv4first": "ok", "ipv6first": ""}[cluster.name]

    asked = [(url(address, 6443, "/readyz", "https"),) for address in addresses]

    assert set(fetch_all(OUTSIDE, *asked)) == {expected}


def test_the_api_answers_no_stranger(cluster):
    _, addresses = cluster.endpoint()

    asked = [
        (url(address, 6443, "/readyz", "https"), internet.STRANGER[":" in address])
        for address in addresses
    ]

    assert set(fetch_all(OUTSIDE, *asked)) == {""}


def test_each_control_plane_reaches_the_api_through_the_load_balancer(cluster):
    _, addresses = cluster.endpoint()

    for node in cluster.nodes("control plane"):
        for address in addresses:
            asked = url(address, 6443, "/readyz", "https")
            answer = cluster.machine(node).run("curl", "-gskS", "--max-time", "5", asked)
            assert answer == "ok"
