"""What an Auto Scaling group launches, and where: as AWS is asked for it and as it answers."""

from typing import Any

from ..resource_type import Properties
from .resource import block, inputs_from, request, settings


def launched(inputs: Properties) -> dict[str, Any]:
    """The subnets and the template of the group, as AWS takes them."""
    asked: dict[str, Any] = {}
    if inputs.get("vpcZoneIdentifiers"):
        asked["VPCZoneIdentifier"] = ",".join(inputs["vpcZoneIdentifiers"])
    if inputs.get("availabilityZones"):
        asked["AvailabilityZones"] = inputs["availabilityZones"]
    if inputs.get("launchTemplate"):
        asked["LaunchTemplate"] = _specification(inputs["launchTemplate"], "id", "name")
    policy = inputs.get("mixedInstancesPolicy")
    if policy:
        template = policy["launchTemplate"]
        names = ("launchTemplateId", "launchTemplateName")
        specification = _specification(template["launchTemplateSpecification"], *names)
        asked["MixedInstancesPolicy"] = {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [_override(part) for part in template.get("overrides") or ()],
            },
        }
        if policy.get("instancesDistribution"):
            distribution = settings(policy["instancesDistribution"])
            asked["MixedInstancesPolicy"]["InstancesDistribution"] = distribution
    return asked


def _specification(template: Properties, identity: str, name: str) -> dict[str, Any]:
    return request(
        template, "version", **{identity: "LaunchTemplateId", name: "LaunchTemplateName"}
    )


def _override(part: Properties) -> dict[str, Any]:
    return request(part, "instanceType", "weightedCapacity")


def template_of(answer: dict[str, Any] | None, identity: str, name: str) -> Properties:
    if not answer:
        return {}
    renamed = {identity: "LaunchTemplateId", name: "LaunchTemplateName"}
    return inputs_from(answer, "version", **renamed)


def policy_of(group: dict[str, Any]) -> Properties:
    policy = group.get("MixedInstancesPolicy")
    if not policy:
        return {}
    template = policy["LaunchTemplate"]
    names = ("launchTemplateId", "launchTemplateName")
    return {
        "instancesDistribution": block(policy.get("InstancesDistribution") or {}),
        "launchTemplate": {
            "launchTemplateSpecification": template_of(
                template["LaunchTemplateSpecification"], *names
            ),
            "overrides": block(template.get("Overrides") or []),
        },
    }
