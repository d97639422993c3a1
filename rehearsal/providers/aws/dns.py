"""Hosted zones and their records."""

import secrets
from typing import Any

from ..resource_type import Made, Properties
from .resource import AwsResource, NamedResource, changed, request, tag_changes, tag_list, tag_map
from .session import Aws, refusal


class Zone(AwsResource):
    """A hosted zone."""

    engine_type = "aws:route53/zone:Zone"
    regional = False
    replaces = frozenset({"name", "delegationSetId"})
    computed = frozenset({"arn", "nameServers", "primaryNameServer", "zoneId"})
    defaults = {"comment": "Managed by Pulumi", "forceDestroy": False}

    def create(self, aws: Aws, inputs: Properties) -> Made:
        client = aws.client("route53")
        vpcs = inputs.get("vpcs") or []
        where = {"VPC": _vpc(aws, vpcs[0])} if vpcs else {}
        made = client.create_hosted_zone(
            Name=inputs["name"],
            CallerReference=secrets.token_hex(8),
            HostedZoneConfig={
                "Comment": inputs.get("comment") or self.defaults["comment"],
                "PrivateZone": bool(vpcs),
            },
            **where,
        )
        identity = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for vpc in vpcs[1:]:
            client.associate_vpc_with_hosted_zone(HostedZoneId=identity, VPC=_vpc(aws, vpc))
        tags = tag_list(aws.tags_all(inputs.get("tags")))
        if tags:
            client.change_tags_for_resource(
                ResourceType="hostedzone", ResourceId=identity, AddTags=tags
            )
        servers = made.get("DelegationSet", {}).get("NameServers", [])
        return Made(
            identity,
            {
                "arn": f"arn:{aws.partition}:route53:::hostedzone/{identity}",
                "nameServers": servers,
                "primaryNameServer": servers[0] if servers else "",
                "zoneId": identity,
            },
        )

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        aws.client("route53").get_hosted_zone(Id=identity)
        return {}

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        client = aws.client("route53")
        if changed(old, new, "comment"):
            client.update_hosted_zone_comment(Id=identity, **request(new, "comment"))
        changed_tags, removed = tag_changes(old.get("tagsAll") or {}, aws.tags_all(new.get("tags")))
        if changed_tags or removed:
            client.change_tags_for_resource(
                ResourceType="hostedzone",
                ResourceId=identity,
                **({"AddTags": tag_list(changed_tags)} if changed_tags else {}),
                **({"RemoveTagKeys": removed} if removed else {}),
            )
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        client = aws.client("route53")
        if properties.get("forceDestroy"):
            found = client.list_resource_record_sets(HostedZoneId=identity)
            for record in found["ResourceRecordSets"]:
                if record["Type"] not in ("NS", "SOA"):
                    _change(aws, identity, "DELETE", record)
        client.delete_hosted_zone(Id=identity)

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """The zones of this name, of which there may be many, that have these tags and no others."""
        client = aws.client("route53")
        zones = client.get_paginator("list_hosted_zones").paginate().search("HostedZones[]")
        ids = [
            zone["Id"].removeprefix("/hostedzone/")
            for zone in zones
            if zone["Name"].rstrip(".") == properties["name"].rstrip(".")
        ]
        tags = properties["tagsAll"]
        return [identity for identity in ids if tags and _tags(client, identity) == tags]


class Record(NamedResource):
    """A record of a zone: addresses and names, or an alias of something in AWS."""

    engine_type = "aws:route53/record:Record"
    regional = False
    tagged = False
    replaces = frozenset({"name", "type", "zoneId", "setIdentifier"})
    computed = frozenset({"fqdn"})

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

    def read(self, aws: Aws, identity: str, properties: Properties) -> Properties | None:
        record = _record(aws, properties)
        return {} if _find(aws, properties["zoneId"], record) else None

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        _change(aws, new["zoneId"], "UPSERT", _record(aws, new))
        return {}

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        _change(aws, properties["zoneId"], "DELETE", _record(aws, properties))

    def alike(self, aws: Aws, properties: Properties) -> list[str]:
        """Nothing where it may have been there before."""
        return [] if properties.get("allowOverwrite") else super().alike(aws, properties)


def _tags(client: Any, zone: str) -> dict[str, str]:
    found = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)
    return tag_map(found["ResourceTagSet"]["Tags"])


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


def _vpc(aws: Aws, vpc: Properties) -> dict[str, str]:
    return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or aws.region}


RESOURCES = (Zone(), Record())
