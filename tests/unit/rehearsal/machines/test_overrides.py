"""What a stack says otherwise where machines run on this host."""

from rehearsal.addon_switches import NO_MACHINES, OPTIONAL
from rehearsal.machines.overrides import left_out, overrides, requested
from rehearsal.mirror import Releases

SERVERS = Releases("http://10.0.0.1", "10.0.0.1:5000", {})


def config(**addons):
    return {"config": {"dualstack:addons": addons}}


def test_addons_without_images_here_are_off_whatever_the_stack_says():
    changed = overrides(config(ebsCsi=True, cni=True), SERVERS, "http://aws")

    assert changed["addons"] == {
        "cloudControllerEnvironment": {
            "AWS_ENDPOINT_URL": "http://aws",
            "AWS_ENDPOINT_URL_STS": "http://aws",
        },
        "loadBalancerController": False,
        "ebsCsi": False,
        "clusterAutoscaler": False,
        "nodeLocalDns": False,
    }


def test_those_that_the_stack_asks_for_are_named():
    assert left_out(config(ebsCsi=True, metricsServer=True, nodeLocalDns=False)) == [
        "the EBS CSI driver"
    ]


def test_images_of_metrics_server_are_made_for_a_stack_that_has_it():
    assert requested(config(metricsServer=True)) == ["metricsServer"]
    assert requested(config(metricsServer=False)) == requested(config()) == []


def test_every_switch_of_the_spec_is_off_without_machines_and_the_optional_ones_with_them():
    assert {
        "addons": dict.fromkeys(
            [
                *("cni", "cloudController", "ipMasqAgent", "loadBalancerController"),
                *("ebsCsi", "clusterAutoscaler", "metricsServer", "nodeLocalDns", "reader"),
            ],
            False,
        )
    } == NO_MACHINES
    assert (
        *("loadBalancerController", "ebsCsi", "clusterAutoscaler"),
        *("metricsServer", "reader", "nodeLocalDns"),
    ) == OPTIONAL
