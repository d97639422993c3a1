"""What must hold between fields, and what deserves a second look."""

from collections.abc import Callable
from typing import Any

import pytest

from components import Cluster
from components.config.check import SpecError
from components.config.section import Section
from components.rules import load, warnings
from components.rules.name_lengths import CLUSTER_NAMES, POOL_NAMES
from components.spec.cluster import ControlPlaneSpec, Spec, WorkerPoolSpec
from components.spec.network import NetworkSpec

CLUSTER = {"name": "prod", "kubernetesVersion": "1.37", "cni": "flannel"}
ALLOWED = ["198.51.100.0/24", "2001:db8:1::/48"]
ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def config(**sections: Any) -> dict[str, Any]:
    """A small cluster, with some of its sections replaced."""
    return {
        "project": "dualstack",
        "stack": "prod",
        "region": "eu-west-1",
        "cluster": CLUSTER,
        "network": {"zones": ZONES},
        "api": {"allowedCidrs": ALLOWED},
        **sections,
    }


def faults_of(model: type[Section], given: dict[str, Any]) -> list[str]:
    try:
        load(model, given)
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


def warnings_of(**sections: Any) -> list[str]:
    # An internal API, the default, is warned of while add-ons are on: that is not what most of these tests are about.
    given = {"api": {"scheme": "internet-facing", "allowedCidrs": ALLOWED}, **sections}
    return [str(warning) for warning in warnings(load(Spec, config(**given)))]


def test_a_network_alone_is_held_to_a_networks_rules():
    faults = faults_of(
        NetworkSpec,
        {
            "zones": ["eu-west-1a", "eu-west-2a"],
            "ipv6": {"source": "byoip"},
            "flowLogs": {"destination": "s3"},
        },
    )

    assert faults == [
        "zones: the zones lie in eu-west-1 and eu-west-2; a network lies in one region",
        "ipv6.poolId: missing: name the pool of source byoip, like ipv6pool-ec2-0123456789abcdef0",
        "ipv6.range: missing: choose the range to take from the BYOIP pool",
        "flowLogs.bucketArn: missing: name the bucket, like arn:aws:s3:::my-flow-logs",
    ]


def test_a_pool_alone_is_held_to_a_pools_rules():
    faults = faults_of(
        WorkerPoolSpec,
        {
            "region": "eu-west-1",
            "cluster": {**CLUSTER, "name": "internal-x"},
            "poolName": "p" * 120,
            "pool": {"min": 3, "max": 2, "instanceTypes": ["m6i.large", "m7g.large"]},
            "software": {"prebaked": True},
        },
    )

    assert faults == [
        "cluster.name: internal-x starts with internal-, which AWS refuses in the name of a load balancer; choose another name",
        "poolName: pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…ppppppppppp is too long: its launch template "
        "would be called internal-x-ppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…ppp-1234567, and AWS allows 128 "
        "characters; choose a name of at most 109",
        "nodes.image: ubuntu holds no kubelet, yet software.prebaked says that nothing is downloaded; name the AMI that holds it, "
        "or leave prebaked out",
        "pool.min: 3 is more than max, 2; lower min or raise max",
        "pool.instanceTypes: m6i.large is amd64 and m7g.large is arm64; give each architecture a pool of its own",
    ]


def test_a_control_plane_alone_is_held_to_its_ranges():
    given = config(services={"ipv4Range": "10.244.1.0/24"})
    del given["network"], given["api"]

    assert faults_of(ControlPlaneSpec, given) == [
        "services.ipv4Range: 10.244.1.0/24 lies inside 10.244.0.0/16, which is pods.ipv4Range; choose a range outside it"
    ]


@pytest.mark.parametrize(
    ("pods", "services", "faults"),
    [
        # The cluster's own prefix is fdd8:7e87:2f36::/48, its Services lie in the first /112 and its pods in the second /56.
        (
            "fdd8:7e87:2f36::/56",
            None,
            [
                "pods.ipv6Range: fdd8:7e87:2f36::/56 contains fdd8:7e87:2f36::/112, which is services.ipv6Range; choose a range outside it"
            ],
        ),
        (
            None,
            "fdd8:7e87:2f36:1ff::/112",
            [
                "services.ipv6Range: fdd8:7e87:2f36:1ff::/112 lies inside fdd8:7e87:2f36:100::/56, which is pods.ipv6Range; choose a range outside it"
            ],
        ),
        ("fdd8:7e87:2f36:200::/56", None, []),
        (None, "fdd8:7e87:2f36:200::/112", []),
    ],
)
def test_a_range_that_is_given_keeps_clear_of_the_clusters_own(pods, services, faults):
    given = config(pods={"ipv6Range": pods}, services={"ipv6Range": services})

    assert faults_of(Spec, given) == faults


@pytest.mark.parametrize(
    ("ranges", "faults"),
    [
        ([f"198.51.100.{2 * n}/32" for n in range(57)], []),
        (
            [f"198.51.100.{2 * n}/32" for n in range(58)],
            [
                "api.allowedCidrs: 58 IPv4 ranges are too many for a security group with 3 rules of its own; write at most 57, by "
                "joining neighbours"
            ],
        ),
    ],
)
def test_fifty_seven_ranges_of_a_family_fit_into_the_security_group(ranges, faults):
    sixes = [f"2001:db8:{n:x}::/48" for n in range(1, 51)]

    assert faults_of(Spec, config(api={"allowedCidrs": [*ranges, *sixes]})) == faults


@pytest.mark.parametrize(
    ("vpc", "zones", "most"),
    [("10.0.0.0/20", 1, 507), ("10.0.0.0/20", 3, 1521), ("10.0.0.0/18", 1, 2043)],
)
def test_a_pool_is_as_large_as_its_subnets(vpc, zones, most):
    def faults(size: int) -> list[str]:
        return faults_of(
            Spec,
            config(
                network={"ipv4Range": vpc, "zones": ZONES},
                pods={"ipv4Range": "10.128.0.0/11", "ipv6Range": "fd12:3456:789a::/48"},
                workers={"general": {"max": size, "zones": ZONES[:zones]}},
            ),
        )

    # Each zone has a control plane too.
    assert faults(most - zones) == []
    assert len(faults(most - zones + 1)) == 1
    assert faults(most + 1) == [
        f"workers.general.max: {most + 1} machines do not fit into the {most} IPv4 addresses of its subnets; "
        "lower max, add zones, or choose a larger network.ipv4Range"
    ]


@pytest.mark.parametrize(
    "label",
    [
        "node-role.kubernetes.io/worker",
        "kubernetes.io/role",
        "node-restriction.kubernetes.io/team",
        "k8s.io/team",
        "a.b.k8s.io/team",
    ],
)
def test_a_label_at_which_the_kubelet_stops_is_refused(label):
    faults = faults_of(Spec, config(workers={"general": {"labels": {label: "x"}}}))

    assert faults == [
        f'workers.general.labels["{label}"]: the kubelet refuses to start with the label {label}, because a node must not give '
        "itself a role; choose a domain of your own, or set it with kubectl label"
    ]


@pytest.mark.parametrize(
    "label",
    [
        "tier",
        "example.com/tier",
        "mykubernetes.io/tier",
        "node.kubernetes.io/tier",
        "a.node.kubernetes.io/tier",
        "kubelet.kubernetes.io/tier",
        "node.kubernetes.io/exclude-from-external-load-balancers",
    ],
)
def test_a_label_that_the_kubelet_may_give_itself_is_taken(label):
    assert faults_of(Spec, config(workers={"general": {"labels": {label: "x"}}})) == []


@pytest.mark.parametrize(
    ("name", "fits"),
    [("a" * 20, True), ("a" * 21, False), ("internals", True), ("internal-a", False)],
)
def test_a_clusters_name_fits_a_load_balancers(name, fits):
    faults = faults_of(Spec, config(cluster={**CLUSTER, "name": name}))

    assert (faults == []) is fits


def test_names_are_measured_as_the_cluster_makes_them(deploy: Callable[..., Any]):
    sections = config(
        workers={"general": {}},
        nodes={"image": "ami-0123456789abcdef0"},
        addons={"cni": False, "cloudController": False},
    )
    for own in ("project", "stack"):
        del sections[own]

    deployment = deploy(lambda: Cluster("prod", sections))

    # Each of these is a name on AWS, with a hyphen and seven characters of Pulumi's.
    made = {
        what: list(deployment.all(kind))
        for what, kind in (
            ("load balancer", "LoadBalancer"),
            ("target group", "TargetGroup"),
            ("IAM role", "Role"),
            ("instance profile", "InstanceProfile"),
            ("security group", "SecurityGroup"),
            ("launch template", "LaunchTemplate"),
            ("Auto Scaling group", "Group"),
        )
    }
    measured = {
        name.what: name.made.format(cluster="prod", pool="general", family="").removesuffix(
            "-1234567"
        )
        for name in (*CLUSTER_NAMES, *POOL_NAMES)
    }
    assert made == {
        "load balancer": ["prod-api"],
        "target group": ["prod-api"],
        "IAM role": ["prod-control-plane", "prod-worker"],
        "instance profile": ["prod-control-plane", "prod-worker"],
        "security group": ["prod-control-plane", "prod-load-balancer", "prod-worker"],
        "launch template": ["prod-general"],
        "Auto Scaling group": ["prod-general"],
    }
    assert {what: max(names, key=len) for what, names in made.items()} == {
        what: measured[what] for what in made
    }


def test_a_quiet_cluster_has_no_warning():
    assert warnings_of() == []


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            {
                "api": {
                    "scheme": "internet-facing",
                    "allowedCidrs": ["0.0.0.0/0", "2001:db8:1::/48"],
                }
            },
            [
                "api.allowedCidrs: 0.0.0.0/0 lets the whole internet try the API; name the ranges of those who use it"
            ],
        ),
        (
            {"api": {"scheme": "internet-facing", "allowedCidrs": ["198.51.100.0/24", "::/0"]}},
            [
                "api.allowedCidrs: ::/0 lets the whole internet try the API; name the ranges of those who use it"
            ],
        ),
        (
            {"api": {"allowedCidrs": ["0.0.0.0/0", "::/0"]}},
            [
                "api.scheme: internal, and add-ons are installed through the API: outside the VPC `up` waits 30 minutes and fails. "
                "Run it on a machine inside or over a VPN; or write internet-facing, which api.allowedCidrs limits; or turn the "
                "add-ons off and install what `make render` writes"
            ],
        ),
        (
            {
                "api": {"allowedCidrs": ALLOWED},
                "cluster": {**CLUSTER, "cloudProvider": "none"},
                "addons": {"cni": False, "cloudController": False},
            },
            [],
        ),
        (
            {"cluster": {**CLUSTER, "protect": True}, "controlPlane": {"count": 1}},
            [
                "controlPlane.count: 1 control plane holds the only copy of etcd, though cluster.protect says that it must not be lost; write 3"
            ],
        ),
        (
            {"network": {"zones": ZONES[:1]}},
            ["network.zones: 3 control planes all fail with eu-west-1a; name three zones"],
        ),
        (
            {"network": {"zones": ZONES[:2]}, "controlPlane": {"count": 5}},
            [
                "network.zones: of 5 control planes most stand in eu-west-1a, and etcd stops with it; name three zones"
            ],
        ),
        ({"network": {"zones": ZONES[:1]}, "controlPlane": {"count": 1}}, []),
        (
            {"network": {"zones": [f"eu-west-1{letter}" for letter in "abcdef"]}},
            [
                "network.nat: 6 NAT gateways take 6 Elastic IP addresses, and an account has 5 in a region unless AWS raised its "
                "quota; request more before you bring the stack up, or write single"
            ],
        ),
        (
            {"network": {"zones": [f"eu-west-1{letter}" for letter in "abcde"]}},
            [],
        ),
        (
            {
                "network": {
                    "zones": ZONES,
                    "endpoints": {"interfaces": [f"service{number}" for number in range(51)]},
                }
            },
            [
                "network.endpoints.interfaces: 51 interface endpoints are more than the 50 that a VPC has unless AWS raised the "
                "quota; request more before you bring the stack up"
            ],
        ),
        (
            {"network": {"zones": ZONES, "nat": "single"}},
            [
                "network.nat: if eu-west-1a fails, machines in eu-west-1b, eu-west-1c lose IPv4 egress; perZone avoids it"
            ],
        ),
        (
            {
                "network": {
                    "zones": ZONES,
                    "nat": "none",
                    "endpoints": {"interfaces": ["ssm", "ec2"]},
                },
                "software": {
                    "releaseServer": "https://mirror.example.com",
                    "imageRepository": "registry.example.com/k8s",
                    "packageMirror": "http://archive.ubuntu.com/ubuntu",
                },
            },
            [
                "network.endpoints.interfaces: without NAT, what asks elasticloadbalancing, ec2messages, ssmmessages by an IPv4 name "
                "gets no answer; add endpoints for those in use"
            ],
        ),
        (
            {
                "network": {
                    "zones": ZONES,
                    "nat": "none",
                    "endpoints": {"interfaces": ["ssm", "ec2"]},
                },
                "serviceAccountIssuer": {"enabled": True},
                "software": {
                    "releaseServer": "https://mirror.example.com",
                    "imageRepository": "registry.example.com/k8s",
                    "packageMirror": "http://archive.ubuntu.com/ubuntu",
                },
            },
            [
                "network.endpoints.interfaces: without NAT, what asks elasticloadbalancing, ec2messages, ssmmessages, sts by an IPv4 name "
                "gets no answer; add endpoints for those in use"
            ],
        ),
        (
            {
                "pods": {"ipv4Range": "11.0.0.0/16"},
                "services": {"ipv6Range": "2600:1f14:db8::/112"},
            },
            [
                "pods.ipv4Range: 11.0.0.0/16 is public space, so pods cannot reach its real owners; choose one within 10.0.0.0/8",
                "services.ipv6Range: 2600:1f14:db8::/112 is public space, so pods cannot reach its real owners; choose one within fd00::/8",
            ],
        ),
        (
            {"workers": {"blue": {"spot": True}, "green": {"spot": False}}},
            [
                "workers.blue.instanceTypes: m6i.large alone may find no spot capacity; name several types of its size"
            ],
        ),
        (
            {
                "workers": {
                    name: {
                        "min": least,
                        "taints": [
                            {"key": "dedicated", "value": "x", "effect": "NoSchedule"},
                            {"key": "dedicated", "value": "x", "effect": second},
                        ],
                    }
                    for name, least, second in (
                        ("empty", 0, "NoExecute"),
                        ("held", 1, "NoExecute"),
                        ("soft", 0, "PreferNoSchedule"),
                    )
                }
            },
            [
                "workers.empty.taints: an empty pool tells the autoscaler of one effect of dedicated, which is NoExecute, and a pod "
                "that tolerates that alone starts machines it cannot run on; let pods tolerate both, or raise min to 1"
            ],
        ),
        (
            {
                "cluster": {**CLUSTER, "kubernetesVersion": "1.21"},
                "addons": {"cloudController": False},
            },
            [
                "addons.cloudController: AWS's cloud controller of 1.21 names IPv4 addresses alone, so nodes would show no other; "
                "install that of 1.22, with NodeIPFamilies for both, or turn addons.cloudController on, which does"
            ],
        ),
        ({"cluster": {**CLUSTER, "kubernetesVersion": "1.21"}}, []),
        (
            {"cluster": {**CLUSTER, "kubernetesVersion": "1.23", "cni": "kubenet"}},
            [
                "cluster.cni: kubenet makes no way between machines: add a route for each node's pod ranges to the private route "
                "tables, and switch off the source/destination check of workers; or choose flannel, which needs neither"
            ],
        ),
        (
            {
                "cluster": {**CLUSTER, "kubernetesVersion": "1.22"},
                "addons": {"cloudController": False},
            },
            [],
        ),
        (
            {
                "cluster": {**CLUSTER, "kubernetesVersion": "1.21", "cloudProvider": "none"},
                "addons": {"cloudController": False},
            },
            [],
        ),
        (
            {"software": {"imageRepository": "k8s.gcr.io"}},
            [
                "software.imageRepository: k8s.gcr.io is frozen since April 2023 and has no newer images; leave it out, or name a mirror"
            ],
        ),
        (
            {
                "software": {"prebaked": True, "releaseServer": "https://mirror.example.com"},
                "nodes": {"image": "ami-0123456789abcdef0"},
            },
            [
                "software.releaseServer: https://mirror.example.com is never asked, because prebaked says that nothing is downloaded"
            ],
        ),
    ],
)
def test_what_may_not_have_been_meant_is_warned_of(sections, expected):
    assert warnings_of(**sections) == expected
