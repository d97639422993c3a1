"""The cluster autoscaler, as it is asked for."""

import pytest

from components.catalog import installed
from tests.support.clusters import spec


def values(minor="1.36", **sections):
    made = installed(spec(minor, addons={"clusterAutoscaler": True, "cni": False}, **sections))
    return made["cluster-autoscaler"].values


def test_it_looks_for_the_tags_of_its_own_cluster():
    assert values()["autoDiscovery"] == {"clusterName": "dev"}


def test_it_runs_on_control_planes_in_the_hosts_network_so_that_no_pod_needs_their_role():
    made = values()

    assert made["hostNetwork"] is True
    assert made["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}


@pytest.mark.parametrize(
    ("minor", "release"), [("1.17", "v1.17.4"), ("1.29", "v1.29.5"), ("1.36", "v1.36.1")]
)
def test_it_simulates_the_scheduler_of_the_clusters_minor(minor, release):
    assert values(minor)["image"]["tag"] == release


@pytest.mark.parametrize(("minor", "listed"), [("1.22", True), ("1.23", False)])
def test_an_old_release_knows_instance_types_by_its_own_list_alone(minor, listed):
    assert ("aws-use-static-instance-list" in values(minor)["extraArgs"]) is listed


def test_it_asks_aws_through_the_machines_proxy():
    made = values(software={"proxy": "http://10.0.0.9:3128"})

    assert made["extraEnv"]["HTTPS_PROXY"] == "http://10.0.0.9:3128"
    assert "169.254.169.254" in made["extraEnv"]["NO_PROXY"].split(",")
