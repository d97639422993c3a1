"""Placement groups, which moto has not: the requests about them, and what a group or a key of disks refuses of a launch.

A name or a key that the account does not have stands for one of others, as with images and transit gateways.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.kms.models import kms_backends

WITHOUT_CLUSTERS = re.compile(r"t\d[a-z]*\.|[a-z0-9]+-flex\.|mac")
"""Instance types that a cluster group does not take.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html
"""

MOST_DEDICATED_PARTITIONS = 2


@dataclass(frozen=True, slots=True)
class PlacementGroup:
    """A placement group."""

    identity: str
    name: str
    strategy: str
    partitions: int

    def refuse(self, kind: str, tenancy: str) -> None:
        """Refuse machines that the group does not take, by their instance type and tenancy."""
        dedicated = tenancy == "dedicated"
        if self.strategy == "cluster" and WITHOUT_CLUSTERS.match(kind):
            raise EC2ClientError(
                "InvalidParameterCombination",
                f"Cluster placement groups are not supported by the '{kind}' instance type. Specify a supported instance "
                "type or change the placement group strategy, and try again.",
            )
        if self.strategy == "spread" and dedicated:
            raise EC2ClientError(
                "InvalidParameterCombination",
                "Spread placement groups are not supported for Dedicated Instances.",
            )
        if dedicated and self.partitions > MOST_DEDICATED_PARTITIONS:
            raise EC2ClientError(
                "InvalidParameterCombination",
                f"A partition placement group with Dedicated Instances has at most {MOST_DEDICATED_PARTITIONS} partitions.",
            )


def repair() -> None:
    """Answer the three operations of placement groups."""
    response: Any = EC2Response
    response.create_placement_group = _create
    response.describe_placement_groups = _describe
    response.delete_placement_group = _delete


def check(backend: Any, kind: str, placement: Mapping[str, Any]) -> None:
    """Refuse a launch that its placement group does not take."""
    group = _of(backend).get(placement.get("GroupName", ""))
    if group:
        group.refuse(kind, placement.get("Tenancy", "default"))


def check_keys(backend: Any, disks: list[Mapping[str, Any]]) -> None:
    """Refuse disks with a key of the account that is disabled, or waits for its deletion.

    EC2 accepts the request and ends the machine with these words, at which the provider ends its wait.
    """
    keys = kms_backends[backend.account_id][backend.region_name].keys
    for disk in disks:
        named = (disk.get("Ebs") or {}).get("KmsKeyId") or ""
        key = keys.get(named.rpartition("/")[2])
        if key and key.key_state != "Enabled":
            raise EC2ClientError(
                "Client.InvalidKMSKey.InvalidState",
                f"The KMS key provided is in an incorrect state: {named} is {key.key_state}",
            )


def _of(backend: Any) -> dict[str, PlacementGroup]:
    """The groups of an account in a region, by name."""
    return vars(backend).setdefault("placement_groups", {})


def _create(asked: Any) -> ActionResult:
    groups, name = _of(asked.ec2_backend), asked._get_param("GroupName")
    if name in groups:
        raise EC2ClientError(
            "InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists."
        )
    strategy = asked._get_param("Strategy") or "cluster"
    partitions = int(asked._get_param("PartitionCount") or 2) if strategy == "partition" else 0
    groups[name] = PlacementGroup(f"pg-0{secrets.token_hex(8)}", name, strategy, partitions)
    return ActionResult({"PlacementGroup": _described(groups[name])})


def _describe(asked: Any) -> ActionResult:
    groups, names = _of(asked.ec2_backend), asked._get_param("GroupNames") or []
    for name in names:
        _known(groups, name)
    return ActionResult(
        {
            "PlacementGroups": [
                _described(group) for group in groups.values() if not names or group.name in names
            ]
        }
    )


def _delete(asked: Any) -> ActionResult:
    groups, name = _of(asked.ec2_backend), asked._get_param("GroupName")
    _known(groups, name)
    if name in _used(asked.ec2_backend):
        raise EC2ClientError(
            "InvalidPlacementGroup.InUse",
            f"The placement group '{name}' is in use and may not be deleted.",
        )
    del groups[name]
    return ActionResult({"Return": True})


def _known(groups: Mapping[str, PlacementGroup], name: str) -> None:
    if name not in groups:
        raise EC2ClientError(
            "InvalidPlacementGroup.Unknown", f"The placement group '{name}' is unknown."
        )


def _used(backend: Any) -> Iterator[str]:
    """The names of the groups in which machines are."""
    for reservation in backend.all_reservations():
        for instance in reservation.instances:
            if instance._state.name != "terminated":
                yield getattr(instance.placement, "group_name", "")


def _described(group: PlacementGroup) -> dict[str, Any]:
    return {
        "GroupId": group.identity,
        "GroupName": group.name,
        "State": "available",
        "Strategy": group.strategy,
        **({"PartitionCount": group.partitions} if group.partitions else {}),
        **({"SpreadLevel": "rack"} if group.strategy == "spread" else {}),
    }
