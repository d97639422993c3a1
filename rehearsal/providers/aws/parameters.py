"""Parameters of AWS Systems Manager (SSM)."""

from collections.abc import Iterable

from ..resource_type import Made, Properties
from .resource import NamedResource, changed, inputs_from, request, tag_changes, tag_list, tags_of
from .session import Aws, refusal

LIMITS = {"Standard": 4096, "Intelligent-Tiering": 8192, "Advanced": 8192}
"""Maximum size of a value in bytes, by tier."""


class ParameterResource(NamedResource):
    """A named value, in plain text or encrypted."""

    engine_type = "aws:ssm/parameter:Parameter"
    autoname = "name"
    name_limit = 1011
    replaces = frozenset({"name", "dataType", "region"})
    computed = frozenset({"arn", "version", "hasValueWo"})
    secrets = frozenset({"value", "valueWo"})
    defaults = {"tier": "Standard", "dataType": "text"}

    def replaced_by(self, old: Properties, new: Properties, changed: Iterable[str]) -> set[str]:
        replaced = super().replaced_by(old, new, changed)
        if old.get("tier") == "Advanced" and new.get("tier") in (None, "Standard"):
            replaced.add("tier")
        return replaced

    def moves(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset({"version"})

    def create(self, aws: Aws, inputs: Properties) -> Made:
        overwrite = bool(inputs.get("overwrite"))
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        # AWS refuses a request with both tags and Overwrite.
        version = _put(aws, inputs, overwrite, [] if overwrite else tags)
        if overwrite and tags:
            aws.client("ssm").add_tags_to_resource(
                ResourceType="Parameter", ResourceId=inputs["name"], Tags=tags
            )
        return Made(self.identity(aws, inputs), _outputs(aws, inputs, version))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        client = aws.client("ssm")
        found = client.get_parameter(Name=identity, WithDecryption=True)["Parameter"]
        where = [{"Key": "Name", "Option": "Equals", "Values": [identity]}]
        about = client.describe_parameters(ParameterFilters=where)["Parameters"][0]
        tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=identity)
        field = "insecureValue" if known.get("insecureValue") is not None else "value"
        return {
            "arn": found["ARN"],
            "tagsAll": tags_of(tags, "TagList"),
            **inputs_from(found, "name", "type", "version", "dataType"),
            **inputs_from(about, "tier", "description", "allowedPattern"),
            # AWS names a key of its own where the program names none.
            **(inputs_from(about, "keyId") if known.get("keyId") else {}),
            **({} if known.get("valueWo") else {field: found["Value"]}),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        version = old["version"]
        if changed(old, new, "value", "insecureValue", "valueWoVersion", "type", "tier") or changed(
            old, new, "description", "keyId", "allowedPattern"
        ):
            # resourceParameterUpdate in internal/service/ssm/parameter.go of terraform-provider-aws names the key only if it changes.
            named = new if changed(old, new, "keyId") else new | {"keyId": None}
            version = _put(aws, named, True, [])
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        target = {"ResourceType": "Parameter", "ResourceId": identity}
        if changed_tags:
            aws.client("ssm").add_tags_to_resource(**target, Tags=tag_list(changed_tags))
        if removed:
            aws.client("ssm").remove_tags_from_resource(**target, TagKeys=removed)
        return _outputs(aws, new, version)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Nothing if `overwrite` is set: the parameter may be older than the run."""
        return [] if properties.get("overwrite") else super().alike(aws, properties)

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.client("ssm").delete_parameter(Name=identity)


def _put(aws: Aws, inputs: Properties, overwrite: bool, tags: list[dict[str, str]]) -> int:
    value = _value(inputs)
    tier = inputs.get("tier") or "Standard"
    if len(value.encode()) > LIMITS[tier]:
        raise refusal(
            "PutParameter",
            "ValidationException",
            f"{tier} tier parameters support a maximum parameter value of {LIMITS[tier]} "
            f"characters, and {inputs['name']} has {len(value.encode())}.",
        )
    if "{{" in value:
        raise refusal(
            "PutParameter",
            "ValidationException",
            f"Parameter value of {inputs['name']} can't nest another parameter: it contains {{{{.",
        )
    return aws.client("ssm").put_parameter(
        **request(inputs, "name", "type", "description", "keyId", "allowedPattern", "dataType"),
        Value=value,
        Tier=tier,
        Overwrite=overwrite,
        **({"Tags": tags} if tags else {}),
    )["Version"]


def _value(inputs: Properties) -> str:
    for name in ("value", "insecureValue", "valueWo"):
        if inputs.get(name):
            return inputs[name]
    raise refusal(
        "PutParameter",
        "ValidationException",
        f"{inputs['name']}: exactly one of value, insecureValue and valueWo must be given",
    )


def _outputs(aws: Aws, inputs: Properties, version: int) -> Properties:
    return {
        "arn": aws.arn("ssm", f"parameter/{inputs['name'].removeprefix('/')}"),
        "version": version,
        "hasValueWo": bool(inputs.get("valueWo")),
    }


RESOURCES = (ParameterResource(),)
