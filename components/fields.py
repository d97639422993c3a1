"""The kinds of value a configuration holds: closed sets, and texts of a certain form."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from .families import Family


class Cni(StrEnum):
    """Who gives pods their network."""

    CALICO = "calico"
    CILIUM = "cilium"
    FLANNEL = "flannel"
    KUBENET = "kubenet"
    NONE = "none"


class CloudProvider(StrEnum):
    """Whether AWS's cloud controller manager names the nodes and their addresses."""

    EXTERNAL = "external"
    NONE = "none"


class Nat(StrEnum):
    """How private nodes reach IPv4 destinations outside."""

    PER_ZONE = "perZone"
    SINGLE = "single"
    NONE = "none"


class Ipv6Source(StrEnum):
    """Where the VPC's IPv6 range comes from."""

    AMAZON = "amazon"
    IPAM = "ipam"
    BYOIP = "byoip"


class FlowLogDestination(StrEnum):
    """Where the VPC's flow logs go."""

    NONE = "none"
    CLOUD_WATCH = "cloudWatch"
    S3 = "s3"


class Scheme(StrEnum):
    """From where the API endpoint can be reached."""

    INTERNET_FACING = "internet-facing"
    INTERNAL = "internal"


class ProxyMode(StrEnum):
    """How kube-proxy programs Services."""

    IPTABLES = "iptables"
    IPVS = "ipvs"
    NFTABLES = "nftables"


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


def matching(pattern: str, wanted: str) -> AfterValidator:
    """Accept texts of one form; refuse others by naming the form."""
    compiled = re.compile(pattern)

    def match(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {wanted}")
        return value

    return AfterValidator(match)


def _version(value: Any) -> Any:
    """Answer the forms that YAML and habit produce before the pattern does."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        raise ValueError(f'{value} was read as a number; quote the version, like "1.30"')
    if isinstance(value, str) and value.startswith("v"):
        raise ValueError(f'{value!r} starts with a v; write "{value[1:]}"')
    return value


def _family_pair(value: list[Family]) -> list[Family]:
    if sorted(value) != [Family.IPV4, Family.IPV6]:
        written = ", ".join(value) or "nothing"
        raise ValueError(
            f"[{written}] is not one of each family; write [IPv4, IPv6] or [IPv6, IPv4], the primary family first"
        )
    return value


DnsLabel = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]*[a-z0-9])?",
        "a name of lower-case letters, digits and hyphens that starts with a letter and ends with no hyphen",
    ),
]
DnsName = Annotated[
    str,
    matching(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "a full DNS name in lower case, like api.example.com",
    ),
]
Version = Annotated[
    str,
    BeforeValidator(_version),
    matching(
        r"1\.\d{1,2}(\.\d{1,2})?",
        'a Kubernetes version; write a minor like "1.37" or a patch like "1.37.2"',
    ),
]
RegionName = Annotated[
    str, matching(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region; write one like eu-west-1")
]
ZoneName = Annotated[
    str,
    matching(
        r"[a-z]{2}(-[a-z]+)+-\d[a-g]",
        "an availability zone (Local and Wavelength Zones are not supported); write one like eu-west-1a",
    ),
]
FamilyPair = Annotated[list[Family], AfterValidator(_family_pair)]
DiskGib = Annotated[int, Field(ge=20, le=16384)]
LabelValue = Annotated[
    str,
    matching(
        r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?",
        "a Kubernetes label value of at most 63 characters",
    ),
]
LabelKey = Annotated[
    str,
    matching(
        r"(([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "a Kubernetes label key, like example.com/tier",
    ),
]
Url = Annotated[
    str,
    matching(
        r"https?://[^\s/][^\s]*[^\s/]",
        "a URL without a slash at its end, like https://mirror.example.com",
    ),
]
Arguments = dict[
    Annotated[str, matching(r"[a-z0-9][a-z0-9-]*", "a flag; write it without its dashes, like v")],
    str,
]
