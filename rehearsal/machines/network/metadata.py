"""The documents of instance metadata."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from components.facts.regions import dns_suffix, partition

from ...well_known import ACCOUNT
from ..view.survey import InstanceView, SubnetView, VpcView

Tree = Mapping[str, "str | Tree"]


def tree(instance: InstanceView, vpc: VpcView, subnet: SubnetView, role: str) -> Tree:
    """Everything below `meta-data` except credentials."""
    blocks = "\n".join(str(block) for block in vpc.ipv6)
    interface: dict[str, str | Tree] = {
        "device-number": "0",
        "interface-id": instance.interface,
        "local-hostname": instance.host,
        "local-ipv4s": instance.ipv4,
        "mac": instance.mac,
        "owner-id": ACCOUNT,
        "security-group-ids": "\n".join(instance.groups),
        "subnet-id": instance.subnet,
        "subnet-ipv4-cidr-block": str(subnet.ipv4),
        "vpc-id": instance.vpc,
        "vpc-ipv4-cidr-block": str(vpc.ipv4),
        "vpc-ipv4-cidr-blocks": str(vpc.ipv4),
        "vpc-ipv6-cidr-blocks": blocks,
    }
    if instance.ipv6:
        interface["ipv6s"] = instance.ipv6
        interface["subnet-ipv6-cidr-blocks"] = str(subnet.ipv6)
    found: dict[str, str | Tree] = {
        "ami-id": instance.image,
        "ami-launch-index": "0",
        "hostname": instance.host,
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": instance.life_cycle,
        "instance-type": instance.type,
        "local-hostname": instance.host,
        "local-ipv4": instance.ipv4,
        "mac": instance.mac,
        "network": {"interfaces": {"macs": {instance.mac: interface}}},
        "placement": {"availability-zone": instance.zone, "region": instance.region},
        "services": {
            "domain": dns_suffix(instance.region),
            "partition": partition(instance.region),
        },
    }
    if instance.interruption:
        found["spot"] = {"instance-action": instance.interruption}
    if instance.rebalance:
        found["events"] = {"recommendations": {"rebalance": instance.rebalance}}
    if instance.target_state:
        found["autoscaling"] = {"target-lifecycle-state": instance.target_state}
    if instance.ipv6:
        found["ipv6"] = instance.ipv6
    if instance.public_ipv4:
        found["public-ipv4"] = instance.public_ipv4
    if role:
        found["iam"] = {
            "info": json.dumps({"Code": "Success", "InstanceProfileArn": instance.profile}),
            "security-credentials": {role: ""},
        }
    return found


def identity_document(instance: InstanceView) -> str:
    """The content of `dynamic/instance-identity/document`."""
    return json.dumps(
        {
            "accountId": ACCOUNT,
            "architecture": "x86_64",
            "availabilityZone": instance.zone,
            "imageId": instance.image,
            "instanceId": instance.id,
            "instanceType": instance.type,
            "privateIp": instance.ipv4,
            "region": instance.region,
            "version": "2017-09-30",
        },
        indent=2,
    )


def credentials_document(keys: Mapping[str, Any], now: datetime) -> str:
    """The credentials of a role: STS's answer, in the form of the metadata service."""
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    return json.dumps(
        {
            "Code": "Success",
            "LastUpdated": now.strftime(stamp),
            "Type": "AWS-HMAC",
            "AccessKeyId": keys["AccessKeyId"],
            "SecretAccessKey": keys["SecretAccessKey"],
            "Token": keys["SessionToken"],
            "Expiration": keys["Expiration"].strftime(stamp),
        }
    )


def look_up(tree: Tree, path: str) -> str | None:
    """The value at a path, or the names below it, one a line; None if the path does not exist."""
    found: str | Tree = tree
    for part in path.strip("/").split("/"):
        if not part:
            continue
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    if isinstance(found, str):
        return found
    return "\n".join(
        name + ("/" if isinstance(below, Mapping) else "") for name, below in found.items()
    )
