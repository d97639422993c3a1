"""The EBS CSI driver, as its own chart makes it of our values."""

import pytest

from tests.support.schemas import faults

pytestmark = pytest.mark.parametrize("minor", ["1.21", "1.37"])
"""The first and the last minor of the release."""


@pytest.fixture
def objects(rendered, minor):
    return lambda **args: rendered(
        "aws-ebs-csi-driver", minor, addons={"ebsCsi": True, "cni": False}, **args
    )


def pods(objects):
    return {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]
        for item in objects
        if item["kind"] in ("Deployment", "DaemonSet")
    }


def container(pod, name):
    (found,) = [one for one in pod["containers"] if one["name"] == name]
    return found


def test_the_default_class_is_of_encrypted_gp3_volumes(objects):
    (made,) = [item for item in objects() if item["kind"] == "StorageClass"]

    assert made == {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "gp3",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def test_the_controller_runs_on_control_planes_and_marks_volumes_as_the_clusters(objects):
    pod = pods(objects())["ebs-csi-controller"]
    driver = container(pod, "ebs-plugin")
    environment = {one["name"]: one.get("value") for one in driver["env"]}

    assert pod["nodeSelector"] == {
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/control-plane": "",
    }
    assert "--k8s-tag-cluster-id=dev" in driver["args"]
    assert (environment["AWS_REGION"], environment["AWS_USE_DUALSTACK_ENDPOINT"]) == (
        "eu-west-1",
        "true",
    )


@pytest.mark.parametrize(("control_planes", "copies"), [(1, 1), (3, 2)])
def test_a_second_copy_of_the_controller_waits_on_a_second_control_plane(
    objects, control_planes, copies
):
    made = objects(controlPlane={"count": control_planes})

    assert made.one("Deployment", "ebs-csi-controller")["spec"]["replicas"] == copies


def test_each_linux_node_has_the_driver_and_asks_metadata_before_the_api(objects):
    made = pods(objects())

    assert sorted(made) == ["ebs-csi-controller", "ebs-csi-node"]
    assert made["ebs-csi-node"]["tolerations"] == [{"operator": "Exists"}]
    driver = container(made["ebs-csi-node"], "ebs-plugin")
    assert "--metadata-sources=imds,kubernetes" in driver["args"]


def test_images_come_from_the_users_own_repository_by_their_last_name(objects):
    made = pods(objects(software={"imageRepository": "mirror.example.com/k8s"}))

    images = {one["image"] for pod in made.values() for one in pod["containers"]}
    assert {image.rpartition(":")[0] for image in images} == {
        f"mirror.example.com/k8s/{name}"
        for name in (
            "aws-ebs-csi-driver",
            "csi-attacher",
            "csi-node-driver-registrar",
            "csi-provisioner",
            "csi-resizer",
            "livenessprobe",
        )
    }


def test_the_api_has_all_that_is_asked_of_it(objects, minor):
    wrong = {
        f"{item['kind']} {item['metadata']['name']}": found
        for item in objects()
        if (found := faults(item, int(minor.partition(".")[2])))
    }

    assert wrong == {}
