"""The EBS CSI driver, as it is asked for."""

from components.catalog import installed
from tests.support.clusters import spec


def values(**sections):
    return installed(spec("1.37", addons={"ebsCsi": True}, **sections))["aws-ebs-csi-driver"].values


def test_a_claim_that_names_no_class_gets_an_encrypted_gp3_volume_in_the_zone_of_its_pod():
    (made,) = values()["storageClasses"]

    assert made == {
        "name": "gp3",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        "parameters": {"type": "gp3", "encrypted": "true"},
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def test_its_controller_runs_on_control_planes_and_marks_volumes_as_this_clusters():
    controller = values()["controller"]

    assert controller["k8sTagClusterId"] == "dev"
    assert controller["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}


def test_it_asks_aws_at_the_names_that_have_both_families():
    assert values()["controller"]["env"] == [
        {"name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true"}
    ]
