"""The newest minor's own API server, controller manager and kubelet, on the files that kubeadm wrote from the documents."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import dual_stack_service
from components.config.check import SpecError
from components.facts.versions import MINORS, NEWEST
from components.machine.documents import fill, worker_join
from rehearsal.builds import kubernetes
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.reading import flags
from tests.kubeadm.rendered import FACTS, ORDERS, cluster, workers
from tests.kubeadm.sandbox import sandbox

MINOR = MINORS[NEWEST].name

ADDRESS = {"IPv4 first": "10.0.0.10", "IPv6 first": "fd00:aa::10"}
SERVICE_RANGES = {"IPv4": ip_network("10.96.0.0/16"), "IPv6": ip_network("fd00:10:96::/112")}


@pytest.fixture(scope="module", params=ORDERS)
def order(request: pytest.FixtureRequest) -> str:
    """A family order."""
    return request.param


@pytest.fixture(scope="module")
def plane(order: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A running control plane of that order."""
    with sandbox(tmp_path_factory.mktemp("control-plane")) as machine:
        made = ControlPlane(machine, MINOR, ADDRESS[order])
        made.prepare(cluster(MINOR, order))
        made.start()
        yield made


SERVICES: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "default": ({}, {"IPv4 first": ["IPv4"], "IPv6 first": ["IPv6"]}),
    "single": (
        {"ipFamilyPolicy": "SingleStack"},
        {"IPv4 first": ["IPv4"], "IPv6 first": ["IPv6"]},
    ),
    "ipv4": ({"ipFamilies": ["IPv4"]}, {"IPv4 first": ["IPv4"], "IPv6 first": ["IPv4"]}),
    "ipv6": ({"ipFamilies": ["IPv6"]}, {"IPv4 first": ["IPv6"], "IPv6 first": ["IPv6"]}),
    "prefer": (
        {"ipFamilyPolicy": "PreferDualStack"},
        {"IPv4 first": ["IPv4", "IPv6"], "IPv6 first": ["IPv6", "IPv4"]},
    ),
    "require": (
        {"ipFamilyPolicy": "RequireDualStack"},
        {"IPv4 first": ["IPv4", "IPv6"], "IPv6 first": ["IPv6", "IPv4"]},
    ),
    "prefer-ipv4": (
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4", "IPv6"]},
        {"IPv4 first": ["IPv4", "IPv6"], "IPv6 first": ["IPv4", "IPv6"]},
    ),
    "prefer-ipv6": (
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
        {"IPv4 first": ["IPv6", "IPv4"], "IPv6 first": ["IPv6", "IPv4"]},
    ),
}
"""What a Service asks for, and the families that it gets in each order."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_an_address_of_each_family_it_asks_for(plane, order, name):
    asked, families = SERVICES[name][0], SERVICES[name][1][order]
    service = {
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], "selector": {"app": name}, **asked},
    }

    given = plane.ask("POST", "/api/v1/namespaces/default/services", service)["spec"]

    assert given["ipFamilies"] == families
    addresses = [ip_address(address) for address in given["clusterIPs"]]
    assert [f"IPv{address.version}" for address in addresses] == families
    for family, address in zip(families, addresses, strict=True):
        assert address in SERVICE_RANGES[family]


SERVICES_OF_DEFAULT = "/api/v1/namespaces/default/services"

FAMILIES = (None, ["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"])
POLICIES = (None, "SingleStack", "PreferDualStack", "RequireDualStack")


@pytest.mark.parametrize("kind", ["ClusterIP", "Headless", "LoadBalancer", "ExternalName"])
def test_the_api_refuses_the_families_and_policies_that_the_library_refuses(plane, kind):
    plain = {
        "name": "web",
        "kubernetes_version": MINOR,
        "type": kind,
        "ports": [{"port": 80}],
        "external_name": "db.example.com" if kind == "ExternalName" else None,
    }
    wrong = []
    for families, policy in product(FAMILIES, POLICIES):
        try:
            service = dual_stack_service(**plain, ip_families=families, ip_family_policy=policy)
            refused = False
        except SpecError:
            service = dual_stack_service(**plain)
            service["spec"] |= {"ipFamilies": families, "ipFamilyPolicy": policy}
            refused = True
        if bool(plane.refusal(SERVICES_OF_DEFAULT, service)) is not refused:
            wrong.append((families, policy))

    assert wrong == []


TRAFFIC: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "from outside": ({"external_traffic_policy": "Local"}, {"externalTrafficPolicy": "Local"}),
    "health": (
        {"external_traffic_policy": "Local", "health_check_node_port": 31000},
        {"externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
    ),
    "health of all nodes": ({"health_check_node_port": 31000}, {"healthCheckNodePort": 31000}),
    "a class": ({"load_balancer_class": "a/b"}, {"loadBalancerClass": "a/b"}),
    "no node ports": (
        {"allocate_load_balancer_node_ports": False, "load_balancer_class": "a/b"},
        {"allocateLoadBalancerNodePorts": False, "loadBalancerClass": "a/b"},
    ),
    "an endless session": (
        {"session_affinity": "ClientIP", "session_timeout_seconds": 86401},
        {
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}},
        },
    ),
    "an address from elsewhere": (
        {"external_ips": ["203.0.113.9"], "external_traffic_policy": "Local"},
        {"externalIPs": ["203.0.113.9"], "externalTrafficPolicy": "Local"},
    ),
    "an address that leads nowhere": (
        {"external_ips": ["169.254.1.1"]},
        {"externalIPs": ["169.254.1.1"]},
    ),
    "a fixed address": ({"cluster_ips": ["10.96.7.7"]}, {"clusterIP": "10.96.7.7"}),
    "a distribution that is none": (
        {"traffic_distribution": "PreferFar"},
        {"trafficDistribution": "PreferFar"},
    ),
    "members": ({"publish_not_ready_addresses": True}, {"publishNotReadyAddresses": True}),
    "near": ({"traffic_distribution": "PreferSameNode"}, {"trafficDistribution": "PreferSameNode"}),
    "inside": ({"internal_traffic_policy": "Local"}, {"internalTrafficPolicy": "Local"}),
    "sessions": ({"session_affinity": "ClientIP"}, {"sessionAffinity": "ClientIP"}),
}
"""Settings of a Service's traffic, as the library and as the API spell them."""

WITHOUT_EFFECT = {
    # A fixed address in place of None makes another Service of it.
    "Headless": {"near", "inside", "sessions", "an address from elsewhere", "a fixed address"},
    "ExternalName": {"near", "inside", "sessions", "members"},
}
"""What the API takes and nothing acts on. The library refuses it, by type."""


@pytest.mark.parametrize(
    "kind", ["ClusterIP", "Headless", "NodePort", "LoadBalancer", "ExternalName"]
)
def test_the_api_refuses_the_traffic_that_the_library_refuses(plane, kind):
    plain: dict[str, Any] = {
        "name": "web",
        "kubernetes_version": MINOR,
        "type": kind,
        "ports": [{"port": 80}],
        "external_name": "db.example.com" if kind == "ExternalName" else None,
    }
    wrong = []
    for name, (said, written) in TRAFFIC.items():
        try:
            service = dual_stack_service(**{**plain, **said})
            refused = False
        except SpecError:
            service = dual_stack_service(**plain)
            service["spec"] |= written
            refused = name not in WITHOUT_EFFECT.get(kind, ())
        if bool(plane.refusal(SERVICES_OF_DEFAULT, service)) is not refused:
            wrong.append(name)

    assert wrong == []


def test_the_api_wants_a_policy_beside_two_families(plane):
    spec = {"ports": [{"port": 80}], "ipFamilies": ["IPv4", "IPv6"]}

    refusal = plane.refusal(SERVICES_OF_DEFAULT, {"metadata": {"name": "web"}, "spec": spec})

    assert "spec.ipFamilyPolicy" in refusal


REFUSED_SERVICES = {
    "no port": ({}, "spec.ports"),
    "several ports without a name": ({"ports": [{"port": 80}, {"port": 81}]}, "spec.ports[0].name"),
    "two ports of one name": (
        {"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]},
        "spec.ports[1].name",
    ),
    "a port twice": (
        {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]},
        "spec.ports[1]",
    ),
    "a node port twice": (
        {
            "type": "NodePort",
            "ports": [
                {"name": "a", "port": 80, "nodePort": 30080},
                {"name": "b", "port": 81, "nodePort": 30080},
            ],
        },
        "spec.ports[1].nodePort",
    ),
    "a node port of no node": (
        {"ports": [{"port": 80, "nodePort": 30080}]},
        "spec.ports[0].nodePort",
    ),
    "another name that is missing": ({"type": "ExternalName"}, "spec.externalName"),
    "source ranges of no load balancer": (
        {"ports": [{"port": 80}], "loadBalancerSourceRanges": ["10.0.0.0/8"]},
        "spec.LoadBalancerSourceRanges",
    ),
}
"""What the library refuses beside families, as the API would be asked for it, and the field that it names. The range of
node ports is not here: a dry run does not look at it."""


@pytest.mark.parametrize("what", REFUSED_SERVICES)
def test_the_api_refuses_what_else_the_library_refuses(plane, what):
    spec, field = REFUSED_SERVICES[what]

    refusal = plane.refusal(SERVICES_OF_DEFAULT, {"metadata": {"name": "web"}, "spec": spec})

    assert field in refusal


EXAMPLES = Path(__file__).parent.parent.parent / "examples/services/from-1.20"

GIVEN = {
    "default": {"IPv4 first": ["IPv4"], "IPv6 first": ["IPv6"]},
    "ipv4": {"IPv4 first": ["IPv4"], "IPv6 first": ["IPv4"]},
    "ipv6": {"IPv4 first": ["IPv6"], "IPv6 first": ["IPv6"]},
    "both": {"IPv4 first": ["IPv4", "IPv6"], "IPv6 first": ["IPv6", "IPv4"]},
    "load-balancer-ipv6": {"IPv4 first": ["IPv6"], "IPv6 first": ["IPv6"]},
}
"""The families that each example is given."""


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.iterdir()))
def test_an_example_is_given_the_families_that_it_is_for(plane, order, name):
    service = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())

    given = plane.ask("POST", f"{SERVICES_OF_DEFAULT}?dryRun=All", service)["spec"]

    families = [f"IPv{ip_address(address).version}" for address in given["clusterIPs"]]
    assert families == given["ipFamilies"] == GIVEN[name][order]


def test_the_api_itself_has_the_first_address_of_the_primary_family(plane, order):
    def service() -> dict[str, Any]:
        return plane.ask(
            "GET", "/api/v1/namespaces/default/services?fieldSelector=metadata.name=kubernetes"
        )

    plane.wait_for("the Service of the API", lambda: service()["items"])

    (found,) = service()["items"]
    first = {"IPv4 first": ["10.96.0.1"], "IPv6 first": ["fd00:10:96::1"]}
    assert found["spec"]["clusterIPs"] == first[order]


def test_the_clusters_service_ranges_are_in_the_order_of_the_families(plane, order):
    path = "/apis/networking.k8s.io/v1/servicecidrs/kubernetes"

    ranges = plane.ask("GET", path)["spec"]["cidrs"]

    assert (
        ranges
        == {
            "IPv4 first": ["10.96.0.0/16", "fd00:10:96::/112"],
            "IPv6 first": ["fd00:10:96::/112", "10.96.0.0/16"],
        }[order]
    )


def test_the_controller_manager_gives_a_node_its_share_of_both_pod_ranges(plane, order):
    plane.ask("POST", "/api/v1/nodes", {"metadata": {"name": "node1"}})

    def shares() -> list[str]:
        return plane.ask("GET", "/api/v1/nodes/node1")["spec"].get("podCIDRs", [])

    plane.wait_for("the node's share", shares)

    assert (
        shares()
        == {
            "IPv4 first": ["10.244.0.0/24", "fd00:10:244::/64"],
            "IPv6 first": ["fd00:10:244::/64", "10.244.0.0/24"],
        }[order]
    )


NO_RUNTIME = 'validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock"'
"""Where a kubelet ends that has understood all it was told, on a machine without containerd."""


def test_the_kubelet_accepts_what_it_is_told_and_misses_only_a_runtime(plane):
    ended = plane.tried("kubelet", plane.kubelet_arguments())

    last = ended.output.replace('\\"', '"').splitlines()[-1]
    assert "command failed" in last, ended.output
    assert NO_RUNTIME in last


REFUSED = {
    "the gate, by the kubelet": (
        "kubelet",
        ["--feature-gates=IPv6DualStack=true"],
        "unrecognized feature gate: IPv6DualStack",
    ),
    "the gate, by the API server": (
        "kube-apiserver",
        ["--feature-gates=IPv6DualStack=true"],
        "unrecognized feature gate: IPv6DualStack",
    ),
    "the gate, by the controller manager": (
        "kube-controller-manager",
        ["--feature-gates=IPv6DualStack=true"],
        "unrecognized feature gate: IPv6DualStack",
    ),
    "two ranges of one family": (
        "kube-apiserver",
        ["--service-cluster-ip-range=10.96.0.0/16,10.97.0.0/16"],
        "--service-cluster-ip-range[0] and --service-cluster-ip-range[1] must be of different IP family",
    ),
    "one node mask for two families": (
        "kube-controller-manager",
        # Beside the running one, so without its port and its lease.
        ["--node-cidr-mask-size=24", "--secure-port=0", "--leader-elect=false"],
        "usage of --node-cidr-mask-size is not allowed with dual-stack clusters",
    ),
}
"""What each program is told beside its own arguments, and its last words. The spec keeps all of them from a machine."""


@pytest.mark.parametrize("what", REFUSED)
def test_the_programs_end_at_what_the_spec_refuses(plane, what):
    component, more, words = REFUSED[what]
    own = plane.kubelet_arguments() if component == "kubelet" else plane.manifest(component)

    ended = plane.tried(component, [*own, *more])

    assert ended.status != 0
    assert words in ended.output


def test_an_api_server_cannot_advertise_an_address_of_the_secondary_family(plane, order):
    primary, other = {
        "IPv4 first": ("10.96.0.0/16", "fd00:aa::10"),
        "IPv6 first": ("fd00:10:96::/112", "10.0.0.10"),
    }[order]
    arguments = [*plane.manifest("kube-apiserver"), f"--advertise-address={other}"]

    ended = plane.tried("kube-apiserver", arguments)

    assert ended.status != 0
    assert f'service IP family "{primary}" must match public address family "{other}"' in (
        ended.output.replace('\\"', '"')
    )


def test_a_worker_joins_as_far_as_its_kubelet(plane, order):
    """The last test, because the worker's files take the place of the control plane's."""
    documents = "/etc/documents/init.yaml"
    for phase in ("upload-config all", "bootstrap-token"):
        kubeconfig = "--kubeconfig=/etc/kubernetes/super-admin.conf"
        plane.kubeadm("init", "phase", *phase.split(), "--config", documents, kubeconfig)
    facts = {**FACTS, "NODE_NAME": "node2", "CA_HASH": plane.ca_hash()}
    join = plane.machine.write(
        "documents/join.yaml", fill(worker_join(workers(MINOR, order)), facts)
    )

    joined = plane.machine.run_until(
        r"Starting the kubelet|error execution phase",
        kubernetes.kubeadm(MINOR),
        *("join", "--config", join, "--ignore-preflight-errors=all"),
    )

    assert "Starting the kubelet" in joined.output, joined.output
    told = flags(plane.kubelet_arguments())
    pair = {"IPv4 first": "10.0.0.10,fd00:aa::10", "IPv6 first": "fd00:aa::10,10.0.0.10"}
    assert told["node-ip"] == [pair[order]]
    assert told["node-labels"] == ["example.com/purpose=batch"]
    assert told["register-with-taints"] == ["dedicated=batch:NoSchedule"]
    configuration = yaml.safe_load((plane.machine.folder / "lib/kubelet/config.yaml").read_text())
    dns = {"IPv4 first": ["10.96.0.10"], "IPv6 first": ["fd00:10:96::a"]}
    assert configuration["clusterDNS"] == dns[order]
    assert configuration["cgroupDriver"] == "systemd"
