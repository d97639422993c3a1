"""A pool of workers as a test changes it, and as its group, its machines and its refreshes are then."""

from dataclasses import replace
from typing import Any

import yaml

from tests.live.cluster import Cluster, eventually

POOL = "general"


def changed(cluster: Cluster, **settings: Any) -> Cluster:
    """The cluster with other settings of its pool, beside those that its file has."""
    content = yaml.safe_load(cluster.config.read_text())
    content["config"]["dualstack:workers"][POOL].update(settings)
    file = cluster.folder / "changed" / cluster.config.name
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(content))
    return replace(cluster, config=file)


def group(cluster: Cluster) -> dict[str, Any]:
    """The group of the pool, as AWS describes it."""
    [found] = cluster.aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return found


def members(cluster: Cluster) -> dict[str, str]:
    """The state of each machine of the group, by instance."""
    return {one["InstanceId"]: one["LifecycleState"] for one in group(cluster)["Instances"]}


def zones(cluster: Cluster) -> dict[str, str]:
    """The zone of each machine of the group, by instance."""
    return {one["InstanceId"]: one["AvailabilityZone"] for one in group(cluster)["Instances"]}


def workers(cluster: Cluster) -> set[str]:
    """The machines whose Nodes are workers."""
    return {cluster.machine(node).instance for node in cluster.nodes("worker")}


def resize(cluster: Cluster, size: int) -> None:
    cluster.aws("autoscaling").set_desired_capacity(
        AutoScalingGroupName=group(cluster)["AutoScalingGroupName"], DesiredCapacity=size
    )


def in_one_zone(cluster: Cluster) -> None:
    """Let the group move its machines into its first zone, as if the others had had no capacity. It may use all again."""
    update = cluster.aws("autoscaling").update_auto_scaling_group
    name, subnets = (group(cluster)[key] for key in ("AutoScalingGroupName", "VPCZoneIdentifier"))
    for chosen in (subnets.split(",")[0], subnets):
        update(AutoScalingGroupName=name, VPCZoneIdentifier=chosen)


def end(cluster: Cluster, instance: str) -> None:
    """Let the group end a machine, and launch another one."""
    cluster.aws("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=False
    )


def refresh(cluster: Cluster) -> dict[str, Any]:
    """The last refresh of the group."""
    asked = {"AutoScalingGroupName": group(cluster)["AutoScalingGroupName"]}
    found = cluster.aws("autoscaling").describe_instance_refreshes(**asked)
    return found["InstanceRefreshes"][0]


def settled(cluster: Cluster, size: int) -> bool:
    """Whether the group has as many machines, all in service, all of them Ready nodes, and no other worker is left."""
    found = members(cluster)
    control_planes = len(cluster.nodes("control plane"))
    return (
        len(found) == size
        and set(found.values()) == {"InService"}
        and workers(cluster) == set(found)
        and cluster.all_ready(size + control_planes)
    )


def wait_until_settled(cluster: Cluster, size: int) -> None:
    assert eventually(lambda: settled(cluster, size)), members(cluster)


def serving(cluster: Cluster, app: str) -> set[str]:
    """The machines on which pods of an app run that stay."""
    pods = cluster.get("pods", f"--selector=app={app}")["items"]
    return {
        cluster.machine(pod["spec"]["nodeName"]).instance
        for pod in pods
        if not pod["metadata"].get("deletionTimestamp") and "nodeName" in pod["spec"]
    }
