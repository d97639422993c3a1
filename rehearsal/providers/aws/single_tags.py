"""A single tag of an EC2 resource that something else made."""

from typing import Any

from ..resource_type import Made, Properties
from .resource import AwsResource, tag_list
from .session import Aws, refusal


class TagResource(AwsResource):
    """One tag. AWS overwrites a tag that is there already, and deletes it only with the value that it has."""

    engine_type = "aws:ec2/tag:Tag"
    tagged = False
    replaces = frozenset({"key", "region", "resourceId"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        set_tag(aws, inputs)
        return Made(f"{inputs['resourceId']},{inputs['key']}", {})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        resource, key = identity.split(",", 1)
        value = tags_of(aws, resource).get(key)
        return None if value is None else {"resourceId": resource, "key": key, "value": value}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        set_tag(aws, new)
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        tag = {"Key": properties["key"], "Value": properties["value"]}
        aws.ec2.delete_tags(Resources=[properties["resourceId"]], Tags=[tag])

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        found = tags_of(aws, properties["resourceId"]).get(properties["key"])
        identity = f"{properties['resourceId']},{properties['key']}"
        return [identity] if found == properties["value"] else []


def set_tag(aws: Aws, inputs: Properties) -> None:
    """Tag the resource. moto tags an id that nothing has; AWS refuses it."""
    resource = inputs["resourceId"]
    if resource.startswith("subnet-"):
        aws.ec2.describe_subnets(SubnetIds=[resource])
    if inputs["key"].startswith("aws:"):
        raise refusal(
            "CreateTags",
            "InvalidParameterValue",
            f"Tag keys starting with 'aws:' are reserved for internal use: {inputs['key']}",
        )
    aws.ec2.create_tags(Resources=[resource], Tags=tag_list({inputs["key"]: inputs["value"]}))


def tags_of(aws: Aws, resource: str) -> dict[str, Any]:
    """The tags of an EC2 resource."""
    where = [{"Name": "resource-id", "Values": [resource]}]
    found = aws.ec2.describe_tags(Filters=where)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


RESOURCES = (TagResource(),)
