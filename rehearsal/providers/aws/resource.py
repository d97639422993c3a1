"""Base classes of the AWS resource types, and the translation of inputs and tags to AWS requests."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from ..resource_type import Properties, Resource
from .session import Aws

SPELT = {"enableResourceNameDnsAaaaRecord": "EnableResourceNameDnsAAAARecord"}
"""Names whose spelling in AWS differs by more than the first letter."""

LISTED = {
    "elastic-ip": "vpc-elastic-ip",
    "natgateway": "nat-gateway",
    "vpc-flow-log": "flow-logs",
}
"""Kinds of EC2 resources that moto names differently in `describe_tags`."""


class AwsResource(Resource):
    """A resource type of AWS."""

    regional: ClassVar[bool] = True
    """Whether resources of the type belong to a region, which the program may set on each of them."""
    tagged: ClassVar[bool] = True

    def derived(self, aws: Aws, inputs: Properties) -> Properties:
        outputs: Properties = {}
        if self.regional:
            outputs["region"] = aws.region
        if self.tagged:
            outputs["tagsAll"] = aws.tags_all(inputs.get("tags"))
        return outputs


class NamedResource(AwsResource):
    """A resource type whose id follows from its inputs."""

    def identity(self, aws: Aws, inputs: Properties) -> str:
        """The id of the resource in AWS."""
        return inputs["name"]

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        return [self.identity(aws, properties)]


class Ec2Resource(AwsResource):
    """A resource type of EC2. All of them are tagged by the same two calls."""

    kind: ClassVar[str]
    """The name of the type in an EC2 tag specification."""

    def tag_specification(self, aws: Aws, inputs: Properties) -> Properties:
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags}]} if tags else {}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        retag(aws, identity, old, new)
        return {}

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Resources with exactly these tags."""
        kind = LISTED.get(self.kind, self.kind)
        pages = aws.ec2.get_paginator("describe_tags").paginate(
            Filters=[{"Name": "resource-type", "Values": [kind]}]
        )
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for tag in pages.search("Tags[]"):
            found[tag["ResourceId"]][tag["Key"]] = tag["Value"]
        return [identity for identity, tags in found.items() if tags == properties["tagsAll"]]


def retag(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    """Change the tags of an EC2 resource from the old ones to the new ones."""
    changed, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
    if changed:
        aws.ec2.create_tags(Resources=[identity], Tags=tag_list(changed))
    if removed:
        aws.ec2.delete_tags(Resources=[identity], Tags=[{"Key": key} for key in removed])


def tag_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The tags to set, and the keys to remove."""
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    return changed, [key for key in old if key not in new]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def request(inputs: Properties, *names: str, **renamed: str) -> dict[str, Any]:
    """The inputs that have a value, by their names in an AWS request."""
    asked = {_upper(name): inputs[name] for name in names if inputs.get(name) not in (None, "")}
    for name, aws_name in renamed.items():
        if inputs.get(name) not in (None, ""):
            asked[aws_name] = inputs[name]
    return asked


def changed(old: Properties, new: Properties, *names: str) -> bool:
    return any(old.get(name) != new.get(name) for name in names)


def settings(block: Mapping[str, Any]) -> dict[str, Any]:
    """A nested block as AWS takes it. Its keys differ only in the first letter."""
    return {_upper(name): value for name, value in block.items() if value is not None}


def _upper(name: str) -> str:
    return SPELT.get(name) or name[0].upper() + name[1:]
