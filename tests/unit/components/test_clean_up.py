"""What makes a destroy end in one go: which resource waits for which, since the engine deletes in the reverse order."""

import pytest

from components import Cluster

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "dev", "kubernetes_version": "1.36", "cni": "flannel"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowed_cidrs": ["10.0.0.0/16", "fd00::/8"]},
    "workers": {"general": {}},
}
OFF = {"cni": False, "cloud_controller": False}


def resources(deploy, **args):
    """The resources of a cluster."""
    return deploy(lambda: Cluster("dev", {**ARGS, **args}) and None).resources


@pytest.fixture(scope="module")
def made(deploy):
    return resources(deploy)


def test_the_object_is_deleted_before_all_that_a_clean_up_needs(made):
    needed = {
        *("Instance dev-control-plane-0", "Group dev-general", "LifecycleHook dev-general-left"),
        *("LoadBalancer dev-api", "Listener dev-api", "DaemonSet dev-addons-flannel"),
    }

    assert needed <= made["ConfigMap dev-clean-up"].waits_for


def test_keys_and_backups_are_there_until_the_clean_up_is_done_so_that_a_stopped_destroy_leaves_a_cluster(
    made,
):
    kept = {
        *("RandomBytes dev-encryption-1", "Parameter dev-encryption-1", "PrivateKey dev-sa"),
        *("Parameter dev-sa-key", "Parameter dev-ca-key", "Parameter dev-backups"),
        *("SelfSignedCert dev-etcd-ca", "BucketVersioning dev-backups", "RolePolicy dev-backups"),
        *("Key dev-parameters", "BucketPolicy dev-backups", "Role dev-control-plane"),
    }

    assert kept - made["ConfigMap dev-clean-up"].waits_for == set()


def test_the_mark_is_deleted_before_the_object(made):
    assert "ConfigMap dev-clean-up" in made["Parameter dev-present"].waits_for
    assert made["Parameter dev-present"].inputs["name"] == "/dualstack/dev/running/present"


def test_the_object_has_no_finalizer_of_the_stack_so_that_older_machines_hold_up_no_destroy(made):
    assert made["ConfigMap dev-clean-up"].inputs["metadata"] == {
        "name": "dualstack-clean-up",
        "namespace": "kube-system",
    }


def test_without_add_ons_there_is_the_mark_alone(deploy):
    without = resources(deploy, addons=OFF)

    assert "ConfigMap dev-clean-up" not in without
    assert "Instance dev-control-plane-0" in without["Parameter dev-present"].waits_for


def test_turning_add_ons_off_keeps_the_mark_by_which_nothing_is_deleted(deploy, made):
    without = resources(deploy, addons=OFF)

    assert without["Parameter dev-present"].inputs == made["Parameter dev-present"].inputs
