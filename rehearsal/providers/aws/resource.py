"""What the resource types of AWS have in common: regions, tags, and requests named like their inputs."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from ..resource_type import Properties, Resource
from .session import Aws

SPELT = {"enableResourceNameDnsAaaaRecord": "EnableResourceNameDnsAAAARecord"}
"""Names that AWS spells in a way of its own."""

LISTED = {
    "elastic-ip": "vpc-elastic-ip",
    "natgateway": "nat-gateway",
    "vpc-flow-log": "flow-logs",
}
"""Kinds that moto calls by a name of its own when it lists tags."""


class AwsResource(Resource):
    """A resource type of AWS."""

    regional: ClassVar[bool] = True
    """Whether it is in one region, which the program may choose for each resource."""
    tagged: ClassVar[bool] = True

    def derived(self, aws: Aws, inputs: Properties) -> Properties:
        outputs: Properties = {}
        if self.regional:
            outputs["region"] = aws.region
        if self.tagged:
            outputs["tagsAll"] = aws.tags_all(inputs.get("tags"))
        return outputs


class NamedResource(AwsResource):
    """A resource type whose identity follows from its inputs."""

    def identity(self, aws: Aws, inputs: Properties) -> str:
        """What AWS knows the resource by."""
        return inputs["name"]

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        return [self.identity(aws, properties)]


class Ec2Resource(AwsResource):
    """A resource type of EC2, whose tags are all set in one way."""

    kind: ClassVar[str]
    """What EC2 calls it in a tag specification."""

    def tag_specification(self, aws: Aws, inputs: Properties) -> Properties:
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags}]} if tags else {}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        retag(aws, identity, old, new)
        return {}

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """What has these tags and no others."""
        kind = LISTED.get(self.kind, self.kind)
        pages = aws.ec2.get_paginator("describe_tags").paginate(
            Filters=[{"Name": "resource-type", "Values": [kind]}]
        )
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for tag in pages.search("Tags[]"):
            found[tag["ResourceId"]][tag["Key"]] = tag["Value"]
        return [identity for identity, tags in found.items() if tags == properties["tagsAll"]]


def retag(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    """Bring the tags of an EC2 resource from the old ones to the new."""
    changed, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
    if changed:
        aws.ec2.create_tags(Resources=[identity], Tags=tag_list(changed))
    if removed:
        aws.ec2.delete_tags(Resources=[identity], Tags=[{"Key": key} for key in removed])


def tag_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The tags to set, and the keys to take away."""
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    return changed, [key for key in old if key not in new]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def request(inputs: Properties, *names: str, **renamed: str) -> dict[str, Any]:
    """Those inputs that are given, named as AWS names them in its requests."""
    asked = {_upper(name): inputs[name] for name in names if inputs.get(name) not in (None, "")}
    for name, aws_name in renamed.items():
        if inputs.get(name) not in (None, ""):
            asked[aws_name] = inputs[name]
    return asked


def changed(old: Properties, new: Properties, *names: str) -> bool:
    return any(old.get(name) != new.get(name) for name in names)


def settings(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block of settings whose keys differ from those of AWS only in the first letter."""
    return {_upper(name): value for name, value in block.items() if value is not None}


def _upper(name: str) -> str:
    return SPELT.get(name) or name[0].upper() + name[1:]
