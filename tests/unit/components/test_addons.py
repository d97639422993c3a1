"""Add-ons, as Pulumi is asked for them."""

import pulumi
import pytest

from components import Cluster
from components.addons import Addons, Object, Release
from components.catalog import Chart

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "dev", "kubernetes_version": "1.36", "cni": "flannel"},
    "kubeconfig": """
clusters:
- {name: dev, cluster: {server: "https://api.example.com:6443", certificate-authority-data: QUFB}}
""",
    "identity": "sha256:abc",
    "control_plane_ids": ["i-1", "i-2"],
}

CLUSTER = {
    "region": "eu-west-1",
    "cluster": {"name": "dev", "kubernetes_version": "1.36", "cni": "flannel"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowed_cidrs": ["10.0.0.0/16", "fd00::/8"]},
}

OBJECTS = [
    *(f"{kind} dev-flannel" for kind in ("ClusterRole", "ClusterRoleBinding", "ConfigMap")),
    *(f"{kind} dev-flannel" for kind in ("DaemonSet", "ServiceAccount")),
]


def addons(**args):
    """A program that installs the add-ons of one cluster."""

    def program():
        Addons("dev", {**ARGS, **args})

    return program


def cluster(**args):
    """A program that makes a whole cluster."""

    def program():
        Cluster("dev", {**CLUSTER, **args})

    return program


@pytest.fixture(scope="module")
def installed(deploy):
    return deploy(addons(addons={"cloud_controller": False}))


def test_each_object_of_a_manifest_is_a_resource_of_its_own(installed):
    made = [key for key, one in installed.resources.items() if one.parent == "Addons dev"]

    assert sorted(made) == [*OBJECTS, "kubernetes dev"]


def test_every_object_is_made_through_the_clusters_own_provider(installed):
    providers = {installed.resources[key].provider for key in OBJECTS}

    (provider,) = providers
    assert "pulumi:providers:kubernetes::dev" in provider


def test_a_config_map_says_what_its_template_says(installed):
    config = installed.one("ConfigMap")

    assert (config["apiVersion"], config["kind"]) == ("v1", "ConfigMap")
    assert config["metadata"] == {"name": "flannel", "namespace": "kube-system"}
    assert sorted(config["data"]) == ["cni-conf.json", "net-conf.json"]


@pytest.mark.parametrize(
    ("version", "kind", "typ"),
    [
        ("v1", "ConfigMap", "kubernetes:core/v1:ConfigMap"),
        ("apps/v1", "DaemonSet", "kubernetes:apps/v1:DaemonSet"),
        (
            "rbac.authorization.k8s.io/v1",
            "ClusterRole",
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        ),
    ],
)
def test_an_objects_type_is_the_one_that_the_kubernetes_package_has(deploy, version, kind, typ):
    content = {"apiVersion": version, "kind": kind, "metadata": {"name": "one"}}

    deployment = deploy(lambda: {"urn": Object("one", content, pulumi.ResourceOptions()).urn})

    assert deployment.outputs["urn"].split("::")[2].rpartition("$")[2] == typ


def test_another_address_of_the_api_is_the_same_cluster(installed):
    assert installed.one("kubernetes")["clusterIdentifier"] == "sha256:abc"


def test_with_everything_off_nobody_waits_for_an_api(deploy, monkeypatch):
    asked = []
    monkeypatch.setattr("components.readiness.answers", lambda *place: asked.append(place))
    off = {"cni": False, "cloud_controller": False}

    deployment = deploy(cluster(addons=off))

    assert asked == []
    assert deployment.all("Addons") == deployment.all("kubernetes") == {}


def test_nothing_is_asked_of_an_api_in_a_preview(deploy, monkeypatch):
    asked = []
    monkeypatch.setattr("components.readiness.answers", lambda *place: asked.append(place))

    deployment = deploy(addons(), preview=True)

    assert asked == []
    assert {"DaemonSet dev-flannel", "DaemonSet dev-aws-cloud-controller-manager"} <= set(
        deployment.resources
    )


def test_a_chart_is_one_release_of_its_own_name_version_and_values(deploy):
    chart = Chart("cilium", "https://charts.example.com", "1.2.3", "kube-system", {"ipv6": True})

    made = deploy(lambda: Release("dev-cilium", chart, pulumi.ResourceOptions()) and None)

    assert made.one("Release") == {
        "name": "cilium",
        "chart": "cilium",
        "version": "1.2.3",
        "namespace": "kube-system",
        "createNamespace": True,
        "timeout": 900,
        "repositoryOpts": {"repo": "https://charts.example.com"},
        "values": {"ipv6": True},
    }


def test_calicos_network_waits_for_the_operator_that_knows_its_kind(deploy):
    args = {**ARGS, "cluster": {**ARGS["cluster"], "cni": "calico"}}

    deployment = deploy(lambda: Addons("dev", args) and None)

    network = deployment.resources["Installation dev-default"]
    assert "Release dev-calico" in network.waits_for


@pytest.mark.parametrize(("count", "replicas"), [(1, 1), (3, 2)])
def test_a_cluster_says_how_many_machines_its_controllers_have(deploy, count, replicas):
    chosen = {**CLUSTER["cluster"], "cni": "cilium"}

    deployment = deploy(cluster(cluster=chosen, control_plane={"count": count}))

    assert deployment.one("Release")["values"]["operator"] == {"replicas": replicas}


def test_the_provider_of_the_add_ons_connects_other_objects(deploy):
    def program():
        made = Cluster("dev", CLUSTER)
        content = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
        Object("shop", content, pulumi.ResourceOptions(provider=made.kubernetes_provider))

    deployment = deploy(program)

    namespace, addon = (
        deployment.resources[key] for key in ("Namespace shop", "DaemonSet dev-addons-flannel")
    )
    assert namespace.provider == addon.provider


def test_without_add_ons_a_cluster_has_no_provider_and_add_ons_alone_make_one(deploy):
    off = {"cni": False, "cloud_controller": False}
    made = []

    def program():
        made.append(Cluster("dev", {**CLUSTER, "addons": off}).kubernetes_provider)
        made.append(Addons("dev", {**ARGS, "addons": off}).kubernetes_provider)

    deployment = deploy(program)

    assert made[0] is None
    assert [key for key in deployment.resources if key.startswith("kubernetes ")] == [
        "kubernetes dev"
    ]
