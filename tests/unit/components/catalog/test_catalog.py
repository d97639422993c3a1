"""What runs inside the cluster, as the API is given it."""

import json

import pytest

from components.catalog import installed, needed
from tests.support.clusters import spec
from tests.support.minors import ALL


def found(name, kind, **args):
    (one,) = [item for item in installed(spec(**args))[name].objects() if item["kind"] == kind]
    return one


def pod(name, **args):
    return found(name, "DaemonSet", **args)["spec"]["template"]["spec"]


CLOUD = "aws-cloud-controller-manager"


@pytest.mark.parametrize("families", [("IPv4", "IPv6"), ("IPv6", "IPv4")])
def test_flannel_spans_both_pod_ranges_in_either_order(families):
    data = found("flannel", "ConfigMap", families=families)["data"]

    assert json.loads(data["net-conf.json"]) == {
        "Network": "10.240.0.0/16",
        "EnableIPv6": True,
        "IPv6Network": "fd00:10:244::/56",
        "Backend": {"Type": "vxlan"},
    }


def test_flannel_masquerades_and_can_be_asked_for_its_health_in_either_family():
    (container,) = pod("flannel")["containers"]

    assert container["command"] == [
        "/opt/bin/flanneld",
        "--ip-masq",
        "--kube-subnet-mgr",
        "--healthz-ip=::",
        "--healthz-port=8081",
    ]


@pytest.mark.parametrize(
    ("families", "lines"),
    [
        (("IPv4", "IPv6"), ["NodeIPFamilies = ipv4", "NodeIPFamilies = ipv6"]),
        (("IPv6", "IPv4"), ["NodeIPFamilies = ipv6", "NodeIPFamilies = ipv4"]),
    ],
)
def test_the_cloud_controller_names_both_addresses_in_the_order_of_the_families(families, lines):
    configuration = found(CLOUD, "ConfigMap", families=families)["data"]["cloud.conf"]

    assert configuration.splitlines() == ["[Global]", "KubernetesClusterID = dev", *lines]


def test_the_cloud_controller_makes_neither_routes_nor_load_balancers():
    (container,) = pod(CLOUD)["containers"]

    assert container["args"] == [
        "--cloud-provider=aws",
        "--cloud-config=/etc/aws/cloud.conf",
        "--cluster-name=dev",
        "--controllers=*,-service,-route",
        "--configure-cloud-routes=false",
        "--v=2",
    ]


@pytest.mark.parametrize("name", ["flannel", CLOUD])
def test_an_addon_runs_before_nodes_have_a_network_and_whatever_their_taints(name):
    found_pod = pod(name)

    assert (found_pod["hostNetwork"], found_pod["tolerations"]) == (True, [{"operator": "Exists"}])


@pytest.mark.parametrize(
    ("minor", "label"),
    [
        ("1.19", "node-role.kubernetes.io/master"),
        ("1.20", "node-role.kubernetes.io/control-plane"),
        ("1.37", "node-role.kubernetes.io/control-plane"),
    ],
)
def test_the_cloud_controller_runs_on_control_planes_alone(minor, label):
    assert pod(CLOUD, minor=minor)["nodeSelector"] == {label: ""}


@pytest.mark.parametrize(
    ("minor", "version"), [("1.16", "1.22.8"), ("1.22", "1.22.8"), ("1.37", "1.37.1")]
)
def test_each_minor_has_its_cloud_controller_from_the_first_that_knows_ipv6(minor, version):
    # Its own pod range: 1.16 wants a wider one than the others.
    (container,) = pod(CLOUD, minor=minor, pods={})["containers"]

    assert container["image"] == f"registry.k8s.io/provider-aws/cloud-controller-manager:v{version}"


def test_images_come_from_the_users_own_repository_by_their_last_name():
    mirror = {"software": {"imageRepository": "mirror.example.com/k8s"}}

    images = {
        container["image"]
        for name in ("flannel", CLOUD)
        for part in ("initContainers", "containers")
        for container in pod(name, **mirror).get(part, [])
    }

    assert images == {
        "mirror.example.com/k8s/flannel:v0.28.10",
        "mirror.example.com/k8s/flannel-cni-plugin:v1.9.1-flannel3",
        "mirror.example.com/k8s/cloud-controller-manager:v1.36.2",
    }


def test_the_cloud_controllers_environment_is_what_the_user_says():
    addons = {"cloudControllerEnvironment": {"HTTPS_PROXY": 'http://proxy:3128/"\n# {{ no }}'}}

    (container,) = pod(CLOUD, addons=addons)["containers"]

    assert container["env"] == [{"name": "HTTPS_PROXY", "value": 'http://proxy:3128/"\n# {{ no }}'}]


def test_pods_start_again_when_what_they_read_at_their_start_has_changed():
    def annotation(**args):
        template = found("flannel", "DaemonSet", **args)["spec"]["template"]
        return template["metadata"]["annotations"]["dualstack/configuration"]

    same = annotation(minor="1.36") == annotation(minor="1.37")
    pods = {"ipv4Range": "10.200.0.0/16", "ipv6Range": "fd00:10:244::/56"}

    assert same
    assert annotation() != annotation(pods=pods)


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({}, ["flannel", CLOUD]),
        ({"cni": "cilium"}, ["cilium", CLOUD]),
        ({"provider": "none"}, ["flannel"]),
        ({"addons": {"cni": False}}, [CLOUD]),
        ({"addons": {"cloudController": False}}, ["flannel"]),
        ({"addons": {"cni": False, "cloudController": False}}, []),
    ],
    ids=json.dumps,
)
def test_what_is_installed_follows_the_cluster_and_the_switches(args, names):
    assert list(installed(spec(**args))) == names


def test_what_others_install_can_be_read_all_the_same():
    off = {"cni": False, "cloudController": False}

    assert list(needed(spec(addons=off))) == ["flannel", CLOUD]


@pytest.mark.parametrize("minor", ALL)
def test_every_minor_is_given_objects_of_kinds_it_has(minor):
    kinds = {
        (item["apiVersion"], item["kind"])
        for addon in installed(spec(minor=minor, pods={})).values()
        for item in addon.objects()
    }

    # All of them are there since 1.9.
    assert kinds == {
        ("v1", "ConfigMap"),
        ("v1", "ServiceAccount"),
        ("apps/v1", "DaemonSet"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    }
