"""The AWS Load Balancer Controller, as it is asked for."""

import pytest

from components.catalog import installed
from tests.support.clusters import spec


def values(minor="1.37", **sections):
    addons = {"loadBalancerController": True}
    return installed(spec(minor, addons=addons, **sections))["aws-load-balancer-controller"].values


def test_it_is_told_which_cluster_it_makes_load_balancers_for():
    told = values()

    assert (told["clusterName"], told["region"]) == ("dev", "eu-west-1")


@pytest.mark.parametrize(
    ("minor", "label", "taints"),
    [
        (
            "1.20",
            "node-role.kubernetes.io/control-plane",
            ["node-role.kubernetes.io/master"],
        ),
        (
            "1.24",
            "node-role.kubernetes.io/control-plane",
            ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"],
        ),
        (
            "1.37",
            "node-role.kubernetes.io/control-plane",
            ["node-role.kubernetes.io/control-plane"],
        ),
    ],
)
def test_it_runs_on_control_planes_alone_whose_role_may_make_them(minor, label, taints):
    told = values(minor)

    assert told["nodeSelector"] == {label: ""}
    assert [toleration["key"] for toleration in told["tolerations"]] == taints


@pytest.mark.parametrize(("control_planes", "copies"), [(1, 1), (3, 2), (5, 2)])
def test_a_second_copy_waits_where_there_is_a_second_control_plane(control_planes, copies):
    assert values(controlPlane={"count": control_planes})["replicaCount"] == copies


def test_it_asks_no_service_that_its_role_may_not():
    told = values()

    assert [told[name] for name in ("enableShield", "enableWaf", "enableWafv2")] == [False] * 3


@pytest.mark.parametrize(
    ("minor", "version"),
    [("1.20", "1.4.8"), ("1.21", "1.4.8"), ("1.22", "3.5.0"), ("1.37", "3.5.0")],
)
def test_each_minor_has_a_chart_that_is_for_it(minor, version):
    cluster = spec(minor, addons={"loadBalancerController": True})

    assert installed(cluster)["aws-load-balancer-controller"].version == version
