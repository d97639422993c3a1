"""Target groups, listeners and target attachments."""

from typing import Any

from botocore.exceptions import ClientError

from ..resource_type import Made, Properties
from .interfaces import has_primary_ipv6
from .load_balancers import attribute_list, attributes_of, retag, tags_at
from .resource import (
    AwsResource,
    NamedResource,
    block,
    changed,
    inputs_from,
    request,
    settings,
    tag_list,
)
from .session import Aws, refusal

ATTRIBUTES = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
}
"""Inputs that are attributes of the target group in AWS."""

UNHEALTHY = {
    "enableUnhealthyConnectionTermination": "target_health_state.unhealthy.connection_termination.enabled",
    "unhealthyDrainingInterval": "target_health_state.unhealthy.draining_interval_seconds",
}
"""Members of `targetHealthStates`: what becomes of the connections to a target that is unhealthy."""

STICKINESS = {"enabled": "stickiness.enabled", "type": "stickiness.type"}

TIMEOUT = "tcp.idle_timeout.seconds"
"""The attribute of a listener that is an input."""

HEALTH_CHECK = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
"""Members of a health check, and their names in AWS."""


class TargetGroupResource(AwsResource):
    """A target group: targets of one family, and their health check."""

    engine_type = "aws:lb/targetGroup:TargetGroup"
    autoname = "name"
    name_limit = 32
    replaces = frozenset(
        {"name", "namePrefix", "port", "protocol", "protocolVersion", "targetType", "vpcId"}
        | {"ipAddressType", "region"}
    )
    computed = frozenset({"arn", "arnSuffix", "loadBalancerArns"})
    defaults = {"targetType": "instance", "ipAddressType": "ipv4", "deregistrationDelay": "300"}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        inputs = self.defaults | inputs
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        group = aws.client("elbv2").create_target_group(
            **request(inputs, "name", "port", "protocol", "protocolVersion", "targetType"),
            **request(inputs, "vpcId", "ipAddressType"),
            **_health_check(inputs),
            **({"Tags": tags} if tags else {}),
        )["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        self._set_attributes(aws, arn, self.defaults, inputs)
        suffix = arn.rpartition(":")[2]
        return Made(arn, {"arn": arn, "arnSuffix": suffix, "loadBalancerArns": []})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("elbv2")
        group = _describe_group(aws, identity)
        found = client.describe_target_group_attributes(TargetGroupArn=identity)["Attributes"]
        check = inputs_from(
            group, **{name: key for name, key in HEALTH_CHECK.items() if key in group}
        )
        sticky, unhealthy = attributes_of(STICKINESS, found), attributes_of(UNHEALTHY, found)
        return {
            "name": group["TargetGroupName"],
            "healthCheck": check | {"matcher": (group.get("Matcher") or {}).get("HttpCode")},
            **inputs_from(group, "port", "protocol", "protocolVersion", "targetType", "vpcId"),
            **inputs_from(group, "ipAddressType"),
            **attributes_of(ATTRIBUTES, found),
            **({"stickiness": sticky} if "stickiness" in known else {}),
            **({"targetHealthStates": [unhealthy]} if "targetHealthStates" in known else {}),
            "tagsAll": tags_at(aws, identity),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if changed(old, new, "healthCheck"):
            aws.client("elbv2").modify_target_group(TargetGroupArn=identity, **_health_check(new))
        self._set_attributes(aws, identity, old, new)
        retag(aws, identity, old, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("elbv2").delete_target_group(TargetGroupArn=identity)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        found = aws.client("elbv2").describe_target_groups(Names=[properties["name"]])
        return [group["TargetGroupArn"] for group in found["TargetGroups"]]

    def _set_attributes(self, aws: Aws, arn: str, old: Properties, new: Properties) -> None:
        attributes = attribute_list(ATTRIBUTES, old, new)
        sticky_before, sticky = old.get("stickiness") or {}, new.get("stickiness") or {}
        attributes += attribute_list(STICKINESS, sticky_before, sticky)
        attributes += attribute_list(UNHEALTHY, _unhealthy(old), _unhealthy(new))
        if attributes:
            aws.client("elbv2").modify_target_group_attributes(
                TargetGroupArn=arn, Attributes=attributes
            )


def _unhealthy(properties: Properties) -> Properties:
    return (properties.get("targetHealthStates") or [{}])[0]


class ListenerResource(AwsResource):
    """A listener: a port of a load balancer, and the target group of its connections."""

    engine_type = "aws:lb/listener:Listener"
    replaces = frozenset({"loadBalancerArn", "region"})
    computed = frozenset({"arn"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        _check_families(aws, "CreateListener", inputs)
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        listener = aws.client("elbv2").create_listener(
            LoadBalancerArn=inputs["loadBalancerArn"],
            **_listening(inputs),
            **({"Tags": tags} if tags else {}),
        )["Listeners"][0]
        arn = listener["ListenerArn"]
        self._set_timeout(aws, arn, inputs)
        return Made(arn, {"arn": arn})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("elbv2")
        listener = client.describe_listeners(ListenerArns=[identity])["Listeners"][0]
        found = client.describe_listener_attributes(ListenerArn=identity)["Attributes"]
        certificates = listener.get("Certificates") or [{}]
        return {
            "arn": identity,
            "defaultActions": block(listener["DefaultActions"]),
            "certificateArn": certificates[0].get("CertificateArn", ""),
            **inputs_from(listener, "loadBalancerArn", "port", "protocol", "sslPolicy"),
            **attributes_of({"tcpIdleTimeoutSeconds": TIMEOUT}, found),
            "tagsAll": tags_at(aws, identity),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if changed(old, new, "defaultActions", "port", "protocol", "sslPolicy", "certificateArn"):
            _check_families(aws, "ModifyListener", new)
            aws.client("elbv2").modify_listener(ListenerArn=identity, **_listening(new))
        if changed(old, new, "tcpIdleTimeoutSeconds"):
            self._set_timeout(aws, identity, new)
        retag(aws, identity, old, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("elbv2").delete_listener(ListenerArn=identity)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """The listener at the same port of the load balancer."""
        found = aws.client("elbv2").describe_listeners(
            LoadBalancerArn=properties["loadBalancerArn"]
        )["Listeners"]
        return [one["ListenerArn"] for one in found if one["Port"] == properties["port"]]

    def _set_timeout(self, aws: Aws, arn: str, inputs: Properties) -> None:
        seconds = inputs.get("tcpIdleTimeoutSeconds")
        if seconds is not None:
            attribute = {"Key": TIMEOUT, "Value": str(seconds)}
            aws.client("elbv2").modify_listener_attributes(ListenerArn=arn, Attributes=[attribute])


class TargetGroupAttachmentResource(NamedResource):
    """The registration of one target in a target group."""

    engine_type = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
    tagged = False
    replaces = frozenset({"*"})

    def identity(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['targetGroupArn'].rpartition(':')[2]}-{inputs['targetId']}"

    def create(self, aws: Aws, inputs: Properties) -> Made:
        group = _describe_group(aws, inputs["targetGroupArn"])
        if group["TargetType"] == "instance" and group.get("IpAddressType") == "ipv6":
            _check_primary_ipv6(aws, inputs["targetId"])
        aws.client("elbv2").register_targets(
            TargetGroupArn=inputs["targetGroupArn"], Targets=[_target(inputs)]
        )
        return Made(self.identity(aws, inputs), {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = aws.client("elbv2").describe_target_health(TargetGroupArn=known["targetGroupArn"])[
            "TargetHealthDescriptions"
        ]
        ids = [target["Target"]["Id"] for target in found]
        return {} if known["targetId"] in ids else None

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        try:
            aws.client("elbv2").deregister_targets(
                TargetGroupArn=properties["targetGroupArn"], Targets=[_target(properties)]
            )
        except ClientError as error:
            # A terminated instance is registered nowhere. Unlike AWS, moto refuses to deregister it.
            if error.response["Error"]["Code"] != "InvalidTarget":
                raise


def _target(inputs: Properties) -> Properties:
    return request(inputs, "port", "availabilityZone", targetId="Id")


def _health_check(inputs: Properties) -> dict[str, Any]:
    check = inputs.get("healthCheck") or {}
    asked = request(check, **HEALTH_CHECK)
    if check.get("matcher"):
        asked["Matcher"] = {"HttpCode": check["matcher"]}
    return asked


def _listening(inputs: Properties) -> dict[str, Any]:
    asked = request(inputs, "port", "protocol", "sslPolicy")
    if inputs.get("certificateArn"):
        asked["Certificates"] = [{"CertificateArn": inputs["certificateArn"]}]
    if inputs.get("alpnPolicy"):
        asked["AlpnPolicy"] = [inputs["alpnPolicy"]]
    return asked | {"DefaultActions": [_action(action) for action in inputs["defaultActions"]]}


def _action(action: Properties) -> dict[str, Any]:
    asked = request(action, "type", "order", "targetGroupArn")
    if action.get("redirect"):
        asked["RedirectConfig"] = settings(action["redirect"])
    if action.get("fixedResponse"):
        asked["FixedResponseConfig"] = settings(action["fixedResponse"])
    if action.get("forward"):
        groups = [request(g, "weight", arn="TargetGroupArn") for g in _forwarded(action)]
        asked["ForwardConfig"] = {"TargetGroups": groups}
    return asked


def _forwarded(action: Properties) -> list[Properties]:
    return action["forward"].get("targetGroups") or []


def _check_families(aws: Aws, operation: str, inputs: Properties) -> None:
    """Refuse a target group of IPv6 targets unless the load balancer is dualstack."""
    arns = [a["targetGroupArn"] for a in inputs["defaultActions"] if a.get("targetGroupArn")]
    groups = [_describe_group(aws, arn) for arn in arns]
    ipv6 = [g["TargetGroupName"] for g in groups if g.get("IpAddressType") == "ipv6"]
    if not ipv6:
        return
    found = aws.client("elbv2").describe_load_balancers(
        LoadBalancerArns=[inputs["loadBalancerArn"]]
    )
    if found["LoadBalancers"][0]["IpAddressType"] != "dualstack":
        raise refusal(
            operation,
            "InvalidConfigurationRequest",
            f"Target group {ipv6[0]} has IPv6 targets, which a load balancer of type ipv4 cannot reach",
        )


def _check_primary_ipv6(aws: Aws, instance: str) -> None:
    if not has_primary_ipv6(aws, instance):
        raise refusal(
            "RegisterTargets",
            "InvalidTarget",
            f"The instance {instance} has no primary IPv6 address, "
            "which a target group of IPv6 instances needs",
        )


def _describe_group(aws: Aws, arn: str) -> dict[str, Any]:
    return aws.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]


RESOURCES = (TargetGroupResource(), ListenerResource(), TargetGroupAttachmentResource())
