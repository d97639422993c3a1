"""One range of node ports holds for the API server, the firewall and Services."""

import pytest
import yaml

from components.machine.documents import init_documents
from components.rules import load, warnings
from components.spec.cluster import Spec
from components.spec.service import ServiceSpec
from components.spec.values import port_range
from components.traffic import rules, tcp, udp
from tests.support.faults import described, faults_in


def of_node_ports(node_ports: str) -> dict[str, object]:
    return described(services={"nodePorts": node_ports})


def test_the_api_server_and_the_firewall_get_the_chosen_range():
    spec = load(Spec, of_node_ports("20000-22767"))

    cluster = next(iter(yaml.safe_load_all(init_documents(spec))))
    opened = {
        rule.traffic
        for rule in rules(spec.cluster.cni, (), port_range(spec.firewall_part().node_ports))
        if rule.purpose.startswith("node-ports")
    }
    assert {"name": "service-node-port-range", "value": "20000-22767"} in (
        cluster["apiServer"]["extraArgs"]
    )
    assert opened == {tcp(20000, 22767), udp(20000, 22767)}


def test_the_usual_range_is_not_written():
    cluster = next(
        iter(yaml.safe_load_all(init_documents(load(Spec, of_node_ports("30000-32767")))))
    )

    written = {argument["name"] for argument in cluster["apiServer"]["extraArgs"]}
    assert "service-node-port-range" not in written


def test_the_argument_is_refused_with_the_field_to_use():
    given = {**of_node_ports("30000-32767"), "kubeadm": {"apiServerArgs": {}}}
    given["kubeadm"] = {"apiServerArgs": {"service-node-port-range": "80-60000"}}

    assert faults_in(given) == [
        "kubeadm.apiServerArgs.service-node-port-range: 80-60000 would replace what kube-apiserver of 1.36 is given: "
        "the firewall opens the same ports; set them in services.nodePorts"
    ]


@pytest.mark.parametrize(
    ("ports", "fault"),
    [
        ("6000-7000", "6000-7000 holds ports of the machines' own programs: 6443 (the API server)"),
        ("2380-2380", "2380-2380 holds ports of the machines' own programs: 2380 (etcd)"),
        ("10250-10260", "10250 (the kubelet), 10256 (kube-proxy's health)"),
        ("32767-30000", "32767-30000 is no range of ports"),
        ("0-10", "0-10 is no range of ports"),
        ("30000-70000", "30000-70000 is no range of ports"),
        ("30000", "is not a range of node ports"),
        ("３0000-32767", "is not a range of node ports"),  # noqa: RUF001 (digits of another script)
    ],
)
def test_a_range_that_nodes_cannot_give_is_refused(ports, fault):
    [found] = faults_in(of_node_ports(ports))

    assert found.startswith("services.nodePorts: ")
    assert fault in found


def test_a_range_of_connections_of_the_node_is_warned_of():
    warned = [str(warning) for warning in warnings(load(Spec, of_node_ports("30000-40000")))]

    assert [line.split(": ")[0] for line in warned if "nodePorts" in line] == ["services.nodePorts"]
    usual = warnings(load(Spec, of_node_ports("30000-32767")))
    assert not [warning for warning in usual if "nodePorts" in warning.path]


def test_a_service_may_choose_a_port_of_the_chosen_range():
    service = {
        "name": "web",
        "kubernetesVersion": "1.36",
        "type": "NodePort",
        "ports": [{"port": 80, "nodePort": 20080}],
    }

    assert faults_in({**service, "nodePortRange": "20000-22767"}, ServiceSpec) == []
    assert faults_in(service, ServiceSpec) == [
        "ports[0].nodePort: 20080 is not among the node ports; write 30000 to 32767, or leave it out"
    ]
