"""Add-ons that are there when they are asked for, as Pulumi makes them."""

import json

import pytest

from components import Cluster
from components.addons import Addons
from components.catalog import installed
from components.facts.choices import Cni
from rehearsal.workspace import NO_MACHINES
from tests.support.clusters import spec

OFF = {"cni": False, "cloud_controller": False}

ARGS = {
    "region": "eu-west-1",
    "kubeconfig": """
clusters:
- {name: dev, cluster: {server: "https://api.example.com:6443", certificate-authority-data: QUFB}}
""",
    "identity": "sha256:abc",
    "control_plane_ids": ["i-1"],
}

METRICS = [
    "APIService dev-v1beta1.metrics.k8s.io",
    "ClusterRole dev-metrics-server",
    "ClusterRole dev-metrics-server-reader",
    "ClusterRoleBinding dev-metrics-server",
    "ClusterRoleBinding dev-metrics-server-delegator",
    "Deployment dev-metrics-server",
    "RoleBinding dev-metrics-server",
    "Service dev-metrics-server",
    "ServiceAccount dev-metrics-server",
]

DNS_CACHE = [
    "ConfigMap dev-node-local-dns",
    "DaemonSet dev-node-local-dns",
    "Service dev-kube-dns-upstream",
    "ServiceAccount dev-node-local-dns",
]


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
@pytest.mark.parametrize(
    ("switch", "minor", "made"),
    [
        ("load_balancer_controller", "1.20", ["Release dev-aws-load-balancer-controller"]),
        ("load_balancer_controller", "1.37", ["Release dev-aws-load-balancer-controller"]),
        ("ebs_csi", "1.21", ["Release dev-aws-ebs-csi-driver"]),
        ("ebs_csi", "1.37", ["Release dev-aws-ebs-csi-driver"]),
        ("cluster_autoscaler", "1.16", ["Release dev-cluster-autoscaler"]),
        ("cluster_autoscaler", "1.36", ["Release dev-cluster-autoscaler"]),
        ("metrics_server", "1.16", METRICS),
        ("metrics_server", "1.37", METRICS),
        ("node_local_dns", "1.18", DNS_CACHE),
        ("node_local_dns", "1.37", DNS_CACHE),
    ],
)
def test_what_is_asked_for_is_made_in_the_oldest_minor_as_in_the_newest(
    deploy, switch, minor, made, preview
):
    args = {
        **ARGS,
        "cluster": {"name": "dev", "kubernetes_version": minor},
        "addons": {**OFF, switch: True},
    }

    deployment = deploy(lambda: Addons("dev", args) and None, preview=preview)

    children = [key for key, one in deployment.resources.items() if one.parent == "Addons dev"]
    assert sorted(children) == [*made, "kubernetes dev"]


@pytest.mark.parametrize(
    ("addons", "allowed"),
    [
        ({}, []),
        ({"load_balancer_controller": True}, ["MakeLoadBalancers"]),
        ({"ebs_csi": True}, ["MakeVolumes"]),
        ({"cluster_autoscaler": True}, ["ScaleOwnPools"]),
        ({"metrics_server": True}, []),
    ],
    ids=json.dumps,
)
def test_control_planes_may_make_what_their_addons_make(deploy, addons, allowed):
    deployment = deploy(
        lambda: (
            Cluster(
                "dev",
                {
                    "region": "eu-west-1",
                    "cluster": {"name": "dev", "kubernetes_version": "1.36"},
                    "network": {"zones": ["eu-west-1a"]},
                    "api": {"allowed_cidrs": ["10.0.0.0/16", "fd00::/8"]},
                    "addons": addons,
                },
            )
            and None
        ),
        preview=True,
    )

    assert may_make(deployment, "control-plane") == allowed
    assert may_make(deployment, "worker") == []


def may_make(deployment, role):
    """What a role may make of load balancers, volumes and machines."""
    policies = [
        json.loads(one["policy"])
        for name, one in deployment.all("RolePolicy").items()
        if name.startswith(f"dev-{role}")
    ]
    sids = [statement["Sid"] for policy in policies for statement in policy["Statement"]]
    making = ("MakeLoadBalancers", "MakeVolumes", "ScaleOwnPools")
    return [sid for sid in sids if sid in making]


@pytest.mark.parametrize("cni", list(Cni))
def test_where_no_machine_runs_nothing_is_installed(cni):
    asked = {"loadBalancerController": True, "ebsCsi": True, "metricsServer": True}

    assert set(installed(spec("1.23", cni=cni, addons=asked))) > {"metrics-server"}
    assert installed(spec("1.23", cni=cni, addons=asked | NO_MACHINES["addons"])) == {}
