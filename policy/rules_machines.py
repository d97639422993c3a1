"""Rules on machines: instances, launch templates and disks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .rule import UNKNOWN, Finding, Resource, Rule, Settings, parts, true

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VOLUME = "aws:ebs/volume:Volume"
EVERY = {
    "accountEncrypts": {
        "type": "boolean",
        "default": False,
        "description": "Whether EBS encryption by default is on in every account and region of the stacks.",
    }
}


def metadata_with_tokens(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for machine in _machines(resources):
        options = _options(machine)
        if options is UNKNOWN or options.get("httpEndpoint") == "disabled":
            continue
        tokens = options.get("httpTokens")
        if tokens not in ("required", UNKNOWN):
            yield Finding(
                machine,
                f"its metadata answers without a token (httpTokens is {tokens or 'not set'})",
                "set metadataOptions.httpTokens to required",
            )


def metadata_by_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for machine in _machines(resources):
        options = _options(machine)
        if options is UNKNOWN or options.get("httpEndpoint") == "disabled":
            continue
        if options.get("httpProtocolIpv6") not in ("enabled", UNKNOWN):
            yield Finding(
                machine,
                "its metadata is not at fd00:ec2::254 (httpProtocolIpv6 is "
                f"{options.get('httpProtocolIpv6') or 'not set'})",
                "set metadataOptions.httpProtocolIpv6 to enabled",
            )


def disks_encrypted(resources: Sequence[Resource], settings: Settings) -> Iterator[Finding]:
    if settings.get("accountEncrypts"):
        return
    for one in resources:
        for where, disk in _disks(one):
            if not true(disk.get("encrypted")):
                yield Finding(
                    one,
                    f"{where} is not encrypted",
                    "set encrypted to true",
                )


def public_ipv4_with_ipv6(resources: Sequence[Resource], _: Settings) -> Iterator[Finding]:
    for one in resources:
        interfaces: list[Mapping[str, Any]] = []
        if one.type == INSTANCE:
            interfaces = [one.properties]
        elif one.type == TEMPLATE:
            interfaces = parts(one.get("networkInterfaces"))
        for interface in interfaces:
            ipv6 = any(interface.get(n) for n in ("ipv6AddressCount", "ipv6Addresses"))
            public = interface.get("associatePublicIpAddress")
            if public is not UNKNOWN and true(public) and not ipv6:
                yield Finding(
                    one,
                    "it asks for a public IPv4 address and for no IPv6 address",
                    "set ipv6AddressCount to 1",
                )


def _machines(resources: Sequence[Resource]) -> list[Resource]:
    return [one for one in resources if one.type in (INSTANCE, TEMPLATE)]


def _options(machine: Resource) -> Any:
    return machine.get("metadataOptions", {})


def _disks(one: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The disks of a resource, each with its place."""
    if one.type == VOLUME:
        yield "the volume", one.properties
    if one.type == INSTANCE:
        root = one.get("rootBlockDevice", {})
        if isinstance(root, Mapping):
            yield "the root disk (rootBlockDevice)", root
        for disk in parts(one.get("ebsBlockDevices")):
            yield f"the disk {disk.get('deviceName', '')}", disk
    if one.type == TEMPLATE:
        for device in parts(one.get("blockDeviceMappings")):
            ebs = device.get("ebs")
            if isinstance(ebs, Mapping):
                yield f"the disk {device.get('deviceName', '')}", ebs


RULES = (
    Rule(
        "metadata-v2",
        "The metadata of a machine asks for a token.",
        "Without one, a server that fetches addresses for others gives away the credentials of its machine.",
        metadata_with_tokens,
    ),
    Rule(
        "metadata-ipv6",
        "The metadata of a machine is there by IPv6 too.",
        "Software that speaks IPv6 alone cannot find its region and its role otherwise.",
        metadata_by_ipv6,
        mandatory=False,
    ),
    Rule(
        "disk-encrypted",
        "A disk is encrypted.",
        "Snapshots of it can be shared by mistake, and encryption costs nothing.",
        disks_encrypted,
        settings=EVERY,
    ),
    Rule(
        "public-ipv4",
        "A machine with a public IPv4 address has an IPv6 address.",
        "It is paid for the one and lacks the other, so half of the internet reaches it by IPv4 alone.",
        public_ipv4_with_ipv6,
        mandatory=False,
    ),
)
