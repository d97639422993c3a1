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

    def imported(self, outputs: Properties) -> Properties:
        return {n: value for n, value in super().imported(outputs).items() if n != "region"}

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        """What AWS has, in the program's names; or None if the resource no longer exists."""
        raise NotImplementedError

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        found = self.state(aws, identity, properties)
        if found is None:
            return None
        if self.regional:
            found["region"] = aws.region
        if self.tagged:
            # Tags that AWS makes itself are nobody's change. A default tag belongs to the provider's configuration.
            every = {k: v for k, v in found["tagsAll"].items() if not k.startswith("aws:")}
            found |= {"tagsAll": every, "tags": aws.own_tags(every, properties.get("tags"))}
        return found


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


def tags_of(described: Mapping[str, Any], member: str = "Tags") -> dict[str, str]:
    """The tags in an answer of AWS."""
    return {tag["Key"]: tag["Value"] for tag in described.get(member) or ()}


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


def inputs_from(described: Mapping[str, Any], *names: str, **renamed: str) -> Properties:
    """The inputs of these names, as an answer of AWS has them: the reverse of `request`."""
    found = {name: block(described.get(_upper(name))) for name in names}
    return found | {name: block(described.get(there)) for name, there in renamed.items()}


def block(answer: Any) -> Any:
    """A nested block of an answer, with the program's names: the reverse of `settings`."""
    if isinstance(answer, Mapping):
        return {_lower(name): block(value) for name, value in answer.items()}
    return [block(part) for part in answer] if isinstance(answer, list) else answer


def _lower(name: str) -> str:
    name = name.replace("AAAA", "Aaaa")
    return name[0].lower() + name[1:]


def _upper(name: str) -> str:
    return SPELT.get(name) or name[0].upper() + name[1:]
