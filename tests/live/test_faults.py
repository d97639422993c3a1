"""Faults, and nothing lost: after each the cluster is Ready and holds what was written before."""

from base64 import b64decode
from collections.abc import Iterator

import pytest

from rehearsal.live.namespaces import Namespace

from .cluster import LAUNCHED_HERE, Cluster, eventually

SECONDS = 300

CUT = """
table inet cut {{
  chain heard {{ type filter hook prerouting priority -400; iifname "{0}" drop; }}
}}
"""
"""What the router is told so that it hears no more of a machine."""


@pytest.fixture(autouse=True)
def written(cluster: Cluster) -> Iterator[None]:
    """What is written before a fault is there after it."""
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "written"},
            "data": {"before": "the fault"},
        }
    )
    yield
    assert eventually(lambda: cluster.get("configmap", "written"), SECONDS)["data"] == {
        "before": "the fault"
    }


def test_a_worker_that_reboots_comes_back(cluster):
    node = cluster.nodes("worker")[0]["metadata"]["name"]
    before = _boot(cluster, node)

    cluster.machine(node).run("systemctl", "reboot")

    assert eventually(
        lambda: _boot(cluster, node) != before and cluster.all_ready(len(cluster.nodes())), SECONDS
    )


def test_a_control_plane_that_reboots_comes_back(cluster):
    node = cluster.nodes("control plane")[0]["metadata"]["name"]
    before, wanted = _boot(cluster, node), len(cluster.nodes())

    cluster.machine(node).run("systemctl", "reboot")

    assert eventually(lambda: _boot(cluster, node) != before and cluster.all_ready(wanted), SECONDS)


def test_a_zone_that_was_cut_off_comes_back(cluster):
    wanted = len(cluster.nodes())
    zone = cluster.nodes("worker")[-1]["metadata"]["name"]
    machine = cluster.machine(zone)
    vpc = cluster.aws("ec2").describe_instances(InstanceIds=[machine.instance])
    router = Namespace(f"rh-{vpc['Reservations'][0]['Instances'][0]['VpcId']}")

    router.run("nft", "--file", "-", text=CUT.format(machine.link))
    try:
        assert eventually(lambda: not cluster.all_ready(wanted), 120)
    finally:
        router.run("nft", "delete", "table", "inet", "cut")

    assert eventually(lambda: cluster.all_ready(wanted), SECONDS)


def test_a_worker_joins_after_the_first_token_has_expired(cluster):
    wanted = len(cluster.nodes()) + 1
    for secret in cluster.get("secrets", "--namespace=kube-system")["items"]:
        if secret["type"] == "bootstrap.kubernetes.io/token":
            cluster.api.run(
                "delete", "secret", secret["metadata"]["name"], "--namespace=kube-system"
            )
    # What the timer does every six hours.
    cluster.machine(cluster.nodes("control plane")[0]).run(
        "systemctl", "start", "dualstack-token.service", seconds=120
    )

    _scale(cluster, +1)

    assert eventually(lambda: cluster.all_ready(wanted), SECONDS)


@pytest.mark.stacks("ipv6first")
def test_a_control_plane_that_is_destroyed_is_replaced(cluster):
    wanted = len(cluster.nodes())
    lost = cluster.nodes("control plane")[0]["metadata"]["name"]
    replacement = _launch_like(cluster, lost.split(".")[0])

    def replaced() -> bool:
        names = [node["metadata"]["name"] for node in cluster.nodes("control plane")]
        if lost in names:
            cluster.api.run("delete", "node", lost)
        return any(name.startswith(replacement) for name in names) and cluster.all_ready(wanted)

    assert eventually(replaced, SECONDS)


def _boot(cluster: Cluster, node: str) -> str:
    return (
        cluster.get("node", node)["status"]["nodeInfo"]["bootID"] if _answers(cluster, node) else ""
    )


def _answers(cluster: Cluster, node: str) -> bool:
    return cluster.machine(node).leader is not None


def _scale(cluster: Cluster, by: int) -> None:
    scaling = cluster.aws("autoscaling")
    group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    scaling.set_desired_capacity(
        AutoScalingGroupName=group["AutoScalingGroupName"],
        DesiredCapacity=group["DesiredCapacity"] + by,
    )


def _launch_like(cluster: Cluster, lost: str) -> str:
    """Terminate an instance, and launch one as Pulumi would make it anew."""
    ec2, balancer = cluster.aws("ec2"), cluster.aws("elbv2")
    told = ec2.describe_instances(InstanceIds=[lost])["Reservations"][0]["Instances"][0]
    data = ec2.describe_instance_attribute(InstanceId=lost, Attribute="userData")["UserData"][
        "Value"
    ]
    ec2.terminate_instances(InstanceIds=[lost])
    interface = {
        "DeviceIndex": 0,
        "SubnetId": told["SubnetId"],
        "Groups": [group["GroupId"] for group in told["SecurityGroups"]],
        "Ipv6AddressCount": 1,
    }
    made = ec2.run_instances(
        ImageId=told["ImageId"],
        InstanceType=told["InstanceType"],
        MinCount=1,
        MaxCount=1,
        UserData=b64decode(data),
        IamInstanceProfile={"Arn": told["IamInstanceProfile"]["Arn"]},
        NetworkInterfaces=[interface],
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [*told["Tags"], LAUNCHED_HERE]}],
    )["Instances"][0]["InstanceId"]
    group = balancer.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    balancer.register_targets(TargetGroupArn=group, Targets=[{"Id": made, "Port": 6443}])
    return made
