"""The cluster autoscaler, as its own chart makes it of our values."""

import pytest

from tests.support.schemas import faults

pytestmark = pytest.mark.parametrize("minor", ["1.17", "1.22", "1.23", "1.36"])
"""The first and the last minor of each way of asking."""

NAME = "cluster-autoscaler"


@pytest.fixture
def objects(rendered, minor):
    return lambda **args: rendered(
        NAME, minor, addons={"clusterAutoscaler": True, "cni": False}, **args
    )


@pytest.fixture
def deployment(objects):
    return lambda **args: objects(**args).one("Deployment", NAME)["spec"]


def test_it_finds_the_pools_of_its_own_cluster_by_their_tags(deployment):
    (container,) = deployment()["template"]["spec"]["containers"]

    assert container["command"][:4] == [
        "./cluster-autoscaler",
        "--cloud-provider=aws",
        "--namespace=kube-system",
        "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/dev",
    ]
    assert {"name": "AWS_REGION", "value": "eu-west-1"} in container["env"]


def test_it_runs_the_release_of_the_clusters_minor(deployment, minor):
    (container,) = deployment()["template"]["spec"]["containers"]

    repository, _, tag = container["image"].rpartition(":")
    assert repository == "registry.k8s.io/autoscaling/cluster-autoscaler"
    assert tag.startswith(f"v{minor}.")


def test_it_lets_no_kind_of_pod_keep_a_machine_for_ever(deployment, minor):
    (container,) = deployment()["template"]["spec"]["containers"]

    static = ["--aws-use-static-instance-list=true"] if minor in ("1.17", "1.22") else []
    assert sorted(container["command"][4:]) == sorted(
        [
            *static,
            "--expander=least-waste",
            "--logtostderr=true",
            "--max-node-provision-time=20m0s",
            "--skip-nodes-with-local-storage=false",
            "--skip-nodes-with-system-pods=false",
            "--stderrthreshold=info",
            "--v=4",
        ]
    )


def test_it_reaches_metadata_in_one_hop_on_a_control_plane(deployment):
    pod = deployment()["template"]["spec"]

    assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "Default")
    (label,) = pod["nodeSelector"]
    assert label.startswith("node-role.kubernetes.io/")
    assert {toleration["effect"] for toleration in pod["tolerations"]} == {"NoSchedule"}


@pytest.mark.parametrize(("control_planes", "copies"), [(1, 1), (3, 2)])
def test_a_new_copy_waits_for_the_port_of_the_old_one(deployment, control_planes, copies):
    found = deployment(controlPlane={"count": control_planes})

    assert found["replicas"] == copies
    assert found["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }


def test_its_image_comes_from_the_users_own_repository_by_its_last_name(deployment):
    found = deployment(software={"imageRepository": "mirror.example.com/k8s"})
    (container,) = found["template"]["spec"]["containers"]

    assert container["image"].rpartition(":")[0] == f"mirror.example.com/k8s/{NAME}"


def test_the_api_has_all_that_is_asked_of_it(objects, minor):
    made = objects()

    wrong = {
        f"{item['kind']} {item['metadata']['name']}": found
        for item in made
        if (found := faults(item, int(minor.partition(".")[2])))
    }
    assert wrong == {}
    assert sorted(item["kind"] for item in made) == [
        "ClusterRole",
        "ClusterRoleBinding",
        "Deployment",
        "PodDisruptionBudget",
        "Role",
        "RoleBinding",
        "ServiceAccount",
    ]
