"""Auto Scaling groups. As the provider handles them:

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group.go
"""

from typing import Any

from botocore.exceptions import ClientError

from ..resource_type import Made, Properties, UnfinishedError
from .capacity import failures, missing_after_create, missing_after_update, wait_until_empty
from .interfaces import check_ipv6, subnets_by_id
from .launched import launched, policy_of, template_of
from .lifecycle_hooks import put_hook
from .resource import NamedResource, changed, inputs_from, request
from .session import Aws, refusal

LAUNCHED_WITH = ("launchTemplate", "mixedInstancesPolicy")

SENT = (
    *("minSize", "maxSize", "terminationPolicies", "capacityRebalance", "healthCheckType"),
    *("healthCheckGracePeriod", "defaultInstanceWarmup", "maxInstanceLifetime"),
)
"""Inputs that the group has in AWS by the same names, and that an update sends."""

SENT_OTHERWISE = {"protectFromScaleIn": "NewInstancesProtectedFromScaleIn"}


class AutoScalingGroupResource(NamedResource):
    """An Auto Scaling group: a number of instances launched from a template."""

    engine_type = "aws:autoscaling/group:Group"
    tagged = False
    autoname = "name"
    replaces = frozenset({"name", "namePrefix", "placementGroup", "region"})
    computed = frozenset({"arn", "predictedCapacity", "warmPoolSize", "desiredCapacity"})
    defaults = {
        "healthCheckGracePeriod": 300,
        "forceDelete": False,
        "protectFromScaleIn": False,
        "capacityRebalance": False,
        "ignoreFailedScalingActivities": False,
        "waitForCapacityTimeout": "10m",
    }

    def create(self, aws: Aws, inputs: Properties) -> Made:
        _check_template(aws, "CreateAutoScalingGroup", inputs)
        name = inputs["name"]
        client = aws.client("autoscaling")
        hooks = inputs.get("initialLifecycleHooks") or ()
        # A group with hooks is made empty, and gets its size after them, so that its first machines have them.
        sizes = {"MinSize": 0, "MaxSize": inputs["maxSize"]} if hooks else _sizes(inputs)
        client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            Tags=_tags(aws, inputs),
            **sizes,
            **request(
                inputs,
                *("placementGroup", *SENT[2:]),
                targetGroupArns="TargetGroupARNs",
                **SENT_OTHERWISE,
            ),
            **launched(inputs),
        )
        for hook in hooks:
            put_hook(aws, name, hook)
        if hooks:
            client.update_auto_scaling_group(AutoScalingGroupName=name, **_sizes(inputs))
        missing = missing_after_create(aws, name, inputs)
        if missing:
            made = Made(self.identity(aws, inputs), _outputs(_describe(aws, name)))
            raise UnfinishedError(missing, made)
        if inputs.get("suspendedProcesses"):
            client.suspend_processes(
                AutoScalingGroupName=name, ScalingProcesses=inputs["suspendedProcesses"]
            )
        if inputs.get("enabledMetrics"):
            client.enable_metrics_collection(
                AutoScalingGroupName=name,
                Granularity=inputs.get("metricsGranularity") or "1Minute",
                Metrics=inputs["enabledMetrics"],
            )
        return Made(self.identity(aws, inputs), _outputs(_describe(aws, name)))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        group = _describe(aws, identity)
        if not group:
            return None
        return _outputs(group) | {
            "name": identity,
            "tags": _tags_of(aws, group, known),
            "vpcZoneIdentifiers": [p for p in group["VPCZoneIdentifier"].split(",") if p],
            "suspendedProcesses": [p["ProcessName"] for p in group.get("SuspendedProcesses") or ()],
            "enabledMetrics": [one["Metric"] for one in group.get("EnabledMetrics") or ()],
            "launchTemplate": template_of(group.get("LaunchTemplate"), "id", "name"),
            "mixedInstancesPolicy": policy_of(group),
            **inputs_from(group, *SENT, **SENT_OTHERWISE),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("autoscaling")
        _check_template(aws, "UpdateAutoScalingGroup", new)
        known = failures(aws, identity)
        client.update_auto_scaling_group(
            AutoScalingGroupName=identity,
            **_sizes(new),
            **request(new, *SENT[2:], **SENT_OTHERWISE),
            **launched(new),
        )
        _retag(aws, identity, old, new)
        self._target_groups(client, identity, old, new)
        if new.get("instanceRefresh") and changed(old, new, *LAUNCHED_WITH):
            _refresh(client, identity, new)
        if changed(old, new, "minSize") or new.get("desiredCapacity") not in (
            None,
            old.get("desiredCapacity"),
        ):
            missing = missing_after_update(aws, identity, old, new, known=known)
            if missing:
                raise UnfinishedError(missing, Made(identity, _outputs(_describe(aws, identity))))
        return _outputs(_describe(aws, identity))

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        if not _describe(aws, identity):
            return
        client, forced = aws.client("autoscaling"), bool(properties.get("forceDelete"))
        if not forced:
            _drain(aws, client, identity)
        client.delete_auto_scaling_group(AutoScalingGroupName=identity, ForceDelete=forced)

    def _target_groups(self, client: Any, name: str, old: Properties, new: Properties) -> None:
        before, after = old.get("targetGroupArns") or [], new.get("targetGroupArns") or []
        added = [arn for arn in after if arn not in before]
        removed = [arn for arn in before if arn not in after]
        if added:
            client.attach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=added
            )
        if removed:
            client.detach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=removed
            )


def _drain(aws: Aws, client: Any, name: str) -> None:
    """Take the size away, and wait until the machines have left, their termination hooks included."""
    client.update_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0
    )
    protected = [
        one["InstanceId"]
        for one in _describe(aws, name)["Instances"]
        if one["ProtectedFromScaleIn"]
    ]
    if protected:
        client.set_instance_protection(
            AutoScalingGroupName=name, InstanceIds=protected, ProtectedFromScaleIn=False
        )
        client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=0)
    wait_until_empty(lambda: len(_describe(aws, name)["Instances"]), name)


def _refresh(client: Any, name: str, group: Properties) -> None:
    """Start an instance refresh, in place of one that still runs. Nothing waits for its end.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group.go (startInstanceRefresh)
    """
    asked = group["instanceRefresh"]
    started = {"AutoScalingGroupName": name, "Strategy": asked["strategy"]}
    if asked.get("preferences"):
        started["Preferences"] = _preferences(asked["preferences"])
        if started["Preferences"]["AutoRollback"]:
            # The group has its new template already, so this is also what a rollback goes back to.
            # https://github.com/hashicorp/terraform-provider-aws/issues/34189
            wanted = launched(group)
            parts = ("LaunchTemplate", "MixedInstancesPolicy")
            started["DesiredConfiguration"] = {n: wanted[n] for n in parts if n in wanted}
    try:
        client.start_instance_refresh(**started)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InstanceRefreshInProgress":
            raise
        client.cancel_instance_refresh(AutoScalingGroupName=name)
        client.start_instance_refresh(**started)


def _preferences(asked: Properties) -> dict[str, Any]:
    """The preferences of a refresh: the provider sends each of its defaults, as if the program had set it."""
    warm_up = asked.get("instanceWarmup")
    sent = {
        "MinHealthyPercentage": asked.get("minHealthyPercentage", 90),
        "MaxHealthyPercentage": asked.get("maxHealthyPercentage", 100),
        "ScaleInProtectedInstances": asked.get("scaleInProtectedInstances", "Ignore"),
        "StandbyInstances": asked.get("standbyInstances", "Ignore"),
        "SkipMatching": asked.get("skipMatching", False),
        "AutoRollback": asked.get("autoRollback", False),
    }
    marks, delay = asked.get("checkpointPercentages"), asked.get("checkpointDelay")
    sent |= {"CheckpointPercentages": marks} if marks else {}
    sent |= {"CheckpointDelay": int(delay)} if delay is not None else {}
    return sent | ({} if warm_up is None else {"InstanceWarmup": int(warm_up)})


def _sizes(inputs: Properties) -> dict[str, Any]:
    desired = inputs.get("desiredCapacity")
    if desired is not None and not inputs["minSize"] <= desired <= inputs["maxSize"]:
        raise refusal(
            "CreateAutoScalingGroup",
            "ValidationError",
            f"Desired capacity:{desired} must be between the specified min size:"
            f"{inputs['minSize']} and max size:{inputs['maxSize']}",
        )
    return request(inputs, "minSize", "maxSize", "desiredCapacity")


def _check_template(aws: Aws, operation: str, inputs: Properties) -> None:
    """Refuse a template that its subnets cannot launch: AWS checks this when it accepts the group."""
    asked = launched(inputs)
    policy = asked.get("MixedInstancesPolicy")
    wanted = asked.get("LaunchTemplate") or (
        policy["LaunchTemplate"]["LaunchTemplateSpecification"] if policy else None
    )
    if not wanted or not inputs.get("vpcZoneIdentifiers"):
        return
    version = wanted.pop("Version", "$Default")
    found = aws.ec2.describe_launch_template_versions(**wanted, Versions=[version])
    data = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    for subnet in subnets_by_id(aws, inputs["vpcZoneIdentifiers"]):
        check_ipv6(
            operation,
            subnet,
            count=interface.get("Ipv6AddressCount"),
            primary=bool(interface.get("PrimaryIpv6")),
        )


def _tags(aws: Aws, inputs: Properties) -> list[dict[str, Any]]:
    own = {tag["key"]: tag for tag in inputs.get("tags") or ()}
    default = {
        key: {"key": key, "value": value, "propagateAtLaunch": True}
        for key, value in aws.default_tags.items()
    }
    return [
        {
            "Key": tag["key"],
            "Value": tag["value"],
            "PropagateAtLaunch": tag["propagateAtLaunch"],
            "ResourceId": inputs["name"],
            "ResourceType": "auto-scaling-group",
        }
        for tag in (default | own).values()
    ]


def _tags_of(aws: Aws, group: dict[str, Any], known: Properties) -> list[Properties]:
    """The group's tags, without those of the provider's configuration and those that AWS makes itself."""
    own = {tag["key"] for tag in known.get("tags") or ()}
    return [
        inputs_from(tag, "key", "value", "propagateAtLaunch")
        for tag in group.get("Tags") or ()
        if tag["Key"] in own
        or (not tag["Key"].startswith("aws:") and aws.default_tags.get(tag["Key"]) != tag["Value"])
    ]


def _retag(aws: Aws, name: str, old: Properties, new: Properties) -> None:
    if not changed(old, new, "tags"):
        return
    after = _tags(aws, new)
    keys = {tag["Key"] for tag in after}
    before = _tags(aws, old | {"name": name})
    removed = [tag for tag in before if tag["Key"] not in keys]
    if after:
        aws.client("autoscaling").create_or_update_tags(Tags=after)
    if removed:
        aws.client("autoscaling").delete_tags(Tags=removed)


def _describe(aws: Aws, name: str) -> dict[str, Any]:
    found = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return next(iter(found["AutoScalingGroups"]), {})


def _outputs(group: dict[str, Any]) -> Properties:
    return {
        "arn": group["AutoScalingGroupARN"],
        "desiredCapacity": group["DesiredCapacity"],
        "predictedCapacity": 0,
        "warmPoolSize": 0,
    }


RESOURCES = (AutoScalingGroupResource(),)
