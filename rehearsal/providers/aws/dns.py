"""Records of hosted zones."""

from typing import Any

from ..resource_type import Made, Properties
from .resource import NamedResource, inputs_from, request
from .session import Aws, refusal


class RecordResource(NamedResource):
    """A record of a zone: values, or an alias of an AWS resource."""

    engine_type = "aws:route53/record:Record"
    regional = False
    tagged = False
    replaces = frozenset({"name", "type", "zoneId", "setIdentifier"})
    computed = frozenset({"fqdn"})
    read_back = frozenset({"records", "aliases", "ttl"})

    def identity(self, aws: Aws, inputs: Properties) -> str:
        record = _record(aws, inputs)
        return f"{inputs['zoneId']}_{record['Name']}_{record['Type']}"

    def create(self, aws: Aws, inputs: Properties) -> Made:
        zone = inputs["zoneId"]
        record = _record(aws, inputs)
        present = _find(aws, zone, record)
        if present and not inputs.get("allowOverwrite"):
            raise refusal(
                "ChangeResourceRecordSets",
                "InvalidChangeBatch",
                f"[Tried to create resource record set [name='{record['Name']}.', "
                f"type='{record['Type']}'] but it already exists]",
            )
        _change(aws, zone, "UPSERT", record)
        return Made(self.identity(aws, inputs), {"fqdn": record["Name"]})

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        found = _find(aws, known["zoneId"], _record(aws, known))
        if not found:
            return None
        alias = found.get("AliasTarget")
        return inputs_from(found, "type", "setIdentifier", ttl="TTL") | {
            "records": [one["Value"] for one in found.get("ResourceRecords") or ()],
            "aliases": [_alias(alias)] if alias else [],
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        _change(aws, new["zoneId"], "UPSERT", _record(aws, new))
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        _change(aws, properties["zoneId"], "DELETE", _record(aws, properties))

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Nothing if `allowOverwrite` is set: the record may be older than the run."""
        return [] if properties.get("allowOverwrite") else super().alike(aws, properties)


def _record(aws: Aws, inputs: Properties) -> dict[str, Any]:
    zone = aws.client("route53").get_hosted_zone(Id=inputs["zoneId"])["HostedZone"]["Name"]
    record = request(inputs, "type", "setIdentifier", ttl="TTL")
    record["Name"] = _full_name(inputs["name"], zone.rstrip("."))
    if inputs.get("records"):
        record["ResourceRecords"] = [{"Value": value} for value in inputs["records"]]
    if inputs.get("aliases"):
        alias = inputs["aliases"][0]
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    if bool(inputs.get("records")) == bool(inputs.get("aliases")):
        raise refusal(
            "ChangeResourceRecordSets",
            "InvalidInput",
            f"{record['Name']}: a record has either records or an alias",
        )
    return record


def _alias(target: dict[str, Any]) -> Properties:
    name = target["DNSName"].rstrip(".")
    return {"name": name, **inputs_from(target, "evaluateTargetHealth", zoneId="HostedZoneId")}


def _full_name(name: str, zone: str) -> str:
    name = name.rstrip(".")
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def _find(aws: Aws, zone: str, record: dict[str, Any]) -> dict[str, Any] | None:
    found = aws.client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=record["Name"], StartRecordType=record["Type"]
    )
    for present in found["ResourceRecordSets"]:
        same = present["Name"].rstrip(".") == record["Name"] and present["Type"] == record["Type"]
        if same and present.get("SetIdentifier") == record.get("SetIdentifier"):
            return present
    return None


def _change(aws: Aws, zone: str, action: str, record: dict[str, Any]) -> None:
    aws.client("route53").change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


RESOURCES = (RecordResource(),)
