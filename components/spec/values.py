"""The kinds of value that fields have: texts of a certain form, and numbers within limits."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from ..config.forms import AS_GIVEN, OR_OUTPUT, Whole, distinct, matching
from ..config.section import Unsound
from ..config.wording import shown
from ..facts.aws_names import EC2_ID
from ..facts.choices import ImageFamily
from ..facts.endpoint_services import ELSEWHERE, FULL, region_named, short_name
from ..facts.families import Family
from ..facts.ports import NODE_PORTS, ON_MACHINES
from ..facts.regions import PARTITIONS, REGION, partition, unsupported_partition
from ..facts.versions import MINORS, NEWEST, Minor, minor_number

CLOUD_WATCH_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)
"""The retention times that a log group can have, in days.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

EXAMPLE_VERSIONS = [MINORS[NEWEST].name, MINORS[NEWEST].patch]
"""The newest minor and its patch, as examples of a Kubernetes version."""


MOST_CONTROL_PLANES = 5

CONTROL_PLANE_NAME = r"control-plane-[0-9]+"
"""The end of the names of a cluster's control planes."""


def _odd_count(value: int) -> int:
    if value in (2, 4):
        raise ValueError(
            f"{value} control planes survive no more losses than {value - 1}, because etcd needs a majority; "
            f"write {value - 1} or {value + 1}"
        )
    if value < 1:
        raise ValueError(f"{shown(value)} control planes run no cluster; write 1, 3 or 5")
    if value > MOST_CONTROL_PLANES:
        raise ValueError(
            f"{shown(value)} control planes slow etcd down more than they protect it; write 5"
        )
    return value


def _retention(value: int) -> int:
    if value not in CLOUD_WATCH_RETENTIONS:
        near = min(CLOUD_WATCH_RETENTIONS, key=lambda days: abs(days - value))
        known = ", ".join(map(str, CLOUD_WATCH_RETENTIONS))
        raise ValueError(
            f"CloudWatch cannot keep logs for {shown(value)} days; write {near}, or another of {known}"
        )
    return value


def _service(value: str) -> str:
    """Refuse a full name where the short one says all. In aws-cn, names begin in two ways, so that a full name may be needed."""
    if ELSEWHERE.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is none of AWS's services in the region; make its endpoint in a program of your own, with the VPC's outputs"
        )
    region = region_named(value)
    chinese = region and re.fullmatch(REGION, region) and partition(region) == "aws-cn"
    if FULL.fullmatch(value) and not chinese:
        raise ValueError(
            f"{shown(value)} is the full name; write {short_name(value)}, the region is known"
        )
    return value


def _place(value: str) -> str:
    """Refuse a region or zone of a partition whose ARNs, endpoints and images this project does not know."""
    if name := unsupported_partition(value):
        raise ValueError(
            f"{shown(value)} lies in the partition {name}, which is not supported; "
            f"choose a place in {', '.join(PARTITIONS[:-1])} or {PARTITIONS[-1]}"
        )
    return value


def _version(value: Any) -> Any:
    """Explain forms that YAML and habit produce, before the pattern refuses them."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        # YAML reads 1.30 as the number 1.3. Every minor since 1.16 has two digits.
        text = f"{value:.2f}" if isinstance(value, float) else ""
        meant = text if text and float(text) == value else EXAMPLE_VERSIONS[0]
        raise ValueError(f'{shown(value)} was read as a number; put it in quotes, like "{meant}"')
    if isinstance(value, str) and value.startswith("v"):
        raise ValueError(f'{shown(value)} starts with a v; write "{value[1:]}"')
    return value


def _ascii_digits(value: str) -> str:
    """Refuse digits of other scripts, which look like numbers and which no component reads as such."""
    if any(sign.isdecimal() and not sign.isascii() for sign in value):
        raise ValueError(f"{shown(value)} has digits of another script; write them as 0 to 9")
    return value


def _node_ports(value: str) -> str:
    ports = port_range(value)
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise ValueError(
            f"{value} is no range of ports; write the first and the last, from 1 to 65535, like {USUAL_NODE_PORTS}"
        )
    if message := taken_ports(value, ON_MACHINES):
        raise ValueError(message)
    return value


def taken_ports(value: str, users: Mapping[int, str]) -> str | None:
    """The message about a range of node ports in which programs listen; None if none does."""
    ports = port_range(value)
    taken = [f"{port} ({user})" for port, user in users.items() if port in ports]
    if not taken:
        return None
    return (
        f"{value} holds ports of the machines' own programs: {', '.join(taken)}; write a range without them, "
        f"like {USUAL_NODE_PORTS}"
    )


def port_range(value: str) -> range:
    """The ports from the first to the last of a text like 30000-32767."""
    first, _, last = value.partition("-")
    return range(int(first), int(last) + 1)


def _family_pair(value: list[Family]) -> list[Family]:
    if sorted(value) != [Family.IPV4, Family.IPV6]:
        written = ", ".join(value)
        raise ValueError(
            f"[{written}] is not one of each family; write [IPv4, IPv6] or [IPv6, IPv4], the primary family first"
        )
    return value


def _pool_name(value: str) -> str:
    """Refuse the names of control planes, by which their machines are found."""
    if re.fullmatch(CONTROL_PLANE_NAME, value):
        raise ValueError(
            f"{shown(value)} is what a control plane is called, and workers of that name would count as one; choose another name"
        )
    return value


def _key_name(value: str) -> str:
    if re.match(r"(sk-)?(ssh|ecdsa)-\S+ AAAA|-----BEGIN ", value):
        raise ValueError(
            f"{shown(value)} is a key itself; write the name that it has in EC2, where it is imported once in each region"
        )
    return value


def _bucket_arn(value: str) -> str:
    bucket, _, folder = value.rpartition(":::")[2].partition("/")
    if ".." in bucket or re.fullmatch(r"([0-9]+\.){3}[0-9]+", bucket):
        raise ValueError(
            f"{shown(bucket)} is the name of no bucket: none has two dots in a row, or is an address; write that of yours"
        )
    if folder.split("/")[0] == RESERVED_FOLDER:
        raise ValueError(
            f"{shown(value)} names the folder {RESERVED_FOLDER}, which AWS makes of its own accord; leave it out"
        )
    return value


def _port(value: int) -> int:
    if not 1 <= value <= 65535:
        raise ValueError(f"{shown(value)} is no port; write 1 to 65535")
    return value


def sound_minor(version: str) -> Minor:
    """The row of a version's minor, or `Unsound` if the table has none."""
    minor = MINORS.get(minor_number(version))
    if minor is None:
        raise Unsound("kubernetes_version")
    return minor


DNS_NAME = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

USUAL_NODE_PORTS = f"{NODE_PORTS[0]}-{NODE_PORTS[-1]}"
"""Kubernetes' own range of node ports."""

NodePorts = Annotated[
    str,
    matching(
        r"[0-9]{1,5}-[0-9]{1,5}",
        "a range of node ports; write the first and the last with a hyphen, like 30000-32767",
    ),
    AfterValidator(_node_ports),
]
DnsLabel = Annotated[
    str,
    matching(
        r"[a-z]([a-z0-9-]*[a-z0-9])?",
        "a name of lower-case letters, digits and hyphens that starts with a letter and ends with no hyphen",
    ),
]
PoolName = Annotated[DnsLabel, AfterValidator(_pool_name)]
DnsName = Annotated[
    str,
    matching(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "a full DNS name in lower case, like api.example.com",
    ),
]
USUAL_DOMAIN = "cluster.local"
"""Kubernetes' own domain of Services' names."""

DnsDomain = Annotated[
    str,
    matching(
        rf"(?=.{{1,128}}$){DNS_NAME}",
        "a DNS domain in lower case, of at most 128 characters and without a dot at its end; write one like cluster.local",
    ),
]
ProxyMetrics = Annotated[
    str,
    matching(
        r"(127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):(10249|1[1-9][0-9]{3}|2[0-9]{4})",
        "an address for kube-proxy's metrics; write [::]:10249 for both families, 0.0.0.0:10249, or another port from 11000 "
        "to 29999",
    ),
]
Version = Annotated[
    str,
    BeforeValidator(_version),
    matching(
        r"1\.[1-9][0-9]?(\.(0|[1-9][0-9]?))?",
        'a Kubernetes version; write a minor like "{}" or a patch like "{}"'.format(
            *EXAMPLE_VERSIONS
        ),
    ),
]
RegionName = Annotated[
    str, AfterValidator(_place), matching(REGION, "an AWS region; write one like eu-west-1")
]
ZoneName = Annotated[
    str,
    AfterValidator(_place),
    matching(
        rf"({REGION})[a-g]",
        "an availability zone (Local and Wavelength Zones are not supported); write one like eu-west-1a",
    ),
]
ZoneNames = Annotated[list[ZoneName], Field(min_length=1, max_length=6), distinct("zone")]
FamilyPair = Annotated[list[Family], AfterValidator(_family_pair)]
Port = Annotated[Whole, AfterValidator(_port)]
DiskGib = Annotated[Whole, Field(ge=20, le=16384)]
DiskIops = Annotated[Whole, Field(ge=3000, le=80000)]
DiskThroughput = Annotated[Whole, Field(ge=125, le=2000)]
"""The limits of a gp3 volume. https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"""
HopLimit = Annotated[Whole, Field(ge=1, le=2)]
ControlPlaneCount = Annotated[Whole, AfterValidator(_odd_count)]
RetentionDays = Annotated[Whole, AfterValidator(_retention)]
PoolId = Annotated[
    str,
    matching(
        rf"(ipam-pool|ipv6pool-ec2)-{EC2_ID}",
        "a pool; write an IPAM pool like ipam-pool-0123456789abcdef0 or a BYOIP pool like ipv6pool-ec2-0123456789abcdef0",
    ),
    OR_OUTPUT,
    AS_GIVEN,
]
Ipv4Mask = Annotated[Whole, Field(ge=8, le=32)]
Ipv6Mask = Annotated[Whole, Field(ge=8, le=128)]
CertificateDays = Annotated[Whole, Field(ge=180, le=365)]
"""A certificate is renewed when 90 days are left, with restarts of the control plane: at most every 90 days.

kubeadm warns of more than a year (`ValidateCertValidity`):
https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kubeadm/app/apis/kubeadm/validation/validation.go"""
PoolMin = Annotated[Whole, Field(ge=0, le=5000)]
PoolMax = Annotated[Whole, Field(ge=1, le=5000)]
"""Kubernetes is tested with at most 5000 nodes."""
EndpointService = Annotated[
    str,
    AfterValidator(_service),
    matching(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "a service; write one like ssm or ecr.api"),
]
EndpointServices = Annotated[list[EndpointService], distinct("service")]
RESERVED_FOLDER = "AWSLogs"
"""The folder of flow logs, which no destination may name.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""

BucketArn = Annotated[
    str,
    matching(
        rf"arn:({'|'.join(PARTITIONS)}):s3:::[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/.+)?",
        "the ARN of a bucket; write one like arn:aws:s3:::my-flow-logs",
    ),
    AfterValidator(_bucket_arn),
    OR_OUTPUT,
    AS_GIVEN,
]
HostedZoneId = Annotated[
    str,
    matching(r"Z[A-Z0-9]{1,31}", "a Route 53 zone id; write one like Z0123456789ABC"),
    OR_OUTPUT,
    AS_GIVEN,
]
Image = Annotated[
    str,
    matching(
        rf"{'|'.join(ImageFamily)}|ami-{EC2_ID}",
        f"an image; write {', '.join(ImageFamily)} or an AMI id like ami-0123456789abcdef0",
    ),
    OR_OUTPUT,
    AS_GIVEN,
]
KeyName = Annotated[
    str,
    AfterValidator(_key_name),
    matching(
        r"(?! )[\x20-\x7e]{1,255}(?<! )",
        "the name of an EC2 key pair; write the name it has in this region",
    ),
    OR_OUTPUT,
    AS_GIVEN,
]
Environment = dict[
    Annotated[
        str, matching(r"[A-Za-z_][A-Za-z0-9_]*", "a variable; write one like AWS_ENDPOINT_URL_EC2")
    ],
    str,
]
Arguments = dict[
    Annotated[
        str,
        matching(
            r"[a-z0-9][a-z0-9-]*",
            "a flag; write it in small letters, with dashes between words and none before them, like audit-log-maxage",
        ),
    ],
    Annotated[str, AfterValidator(_ascii_digits)],
]
