"""Rules for the names of parts that are used alone: AWS's names begin with them.

In a cluster these names are made of the cluster's name, which has rules of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import short
from ..facts.aws_names import BUCKET_STARTS
from ..spec.cluster import Spec, WorkerPoolSpec
from ..spec.values import CONTROL_PLANE_NAME
from .name_lengths import SUFFIX


@dataclass(frozen=True, slots=True)
class NameKind:
    """What AWS takes for the name of one kind of resource."""

    what: str
    limit: int
    characters: str
    """The characters, as a regular expression's class."""
    spoken: str
    refused: tuple[str, ...] = ()
    """What the name must not begin with."""

    @property
    def article(self) -> str:
        """The article before it in a sentence."""
        return "an" if self.what[0] in "AEIOU" else "a"


LOAD_BALANCER = NameKind(
    "load balancer", 32, "A-Za-z0-9-", "letters, digits and hyphens", ("internal-",)
)
SECURITY_GROUP = NameKind(
    "security group",
    255,
    r"A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-",
    "letters, digits and ._-:/()#,@[]+=&;{}!$*",
    ("sg-",),
)
ROLE = NameKind("IAM role", 64, r"\w+=,.@-", "letters, digits and _+=,.@-")
BUCKET = NameKind("bucket", 63, "A-Za-z0-9-", "letters, digits and hyphens", BUCKET_STARTS)
KEY_ALIAS = NameKind("key alias", 249, r"A-Za-z0-9/_-", "letters, digits and /_-", ("aws/",))
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (the provider writes capitals as small letters)
https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""

IN_A_CLUSTER = (
    (LOAD_BALANCER, "-api"),
    (SECURITY_GROUP, "-control-plane"),
    (ROLE, "-control-plane"),
)
"""What is called by the name of a cluster's component, and the ending of each."""


def part_name(name: str, kind: NameKind, ending: str = "") -> Rule:
    """The rule for the name of a part, whose resource is called by it and an ending."""

    def check(_: Section) -> Iterator[Fault]:
        excess = len(f"{name}{ending}{SUFFIX}") - kind.limit
        if excess > 0:
            yield Fault(
                "name",
                f"{short(name)} is too long: its {kind.what} would be called {short(name + ending + SUFFIX)}, and AWS allows "
                f"{kind.limit} characters; choose a name of at most {len(name) - excess}",
            )
        if not re.fullmatch(f"[{kind.characters}]+", name, re.ASCII):
            yield Fault(
                "name",
                f"{short(name)} cannot begin the name of {kind.article} {kind.what}, which has {kind.spoken}; choose another name",
            )
        for start in kind.refused:
            if f"{name}{ending}-".lower().startswith(start):
                yield Fault(
                    "name",
                    f"{short(name)} makes the name of {kind.article} {kind.what} that starts with {start}, which AWS refuses; "
                    "choose another name",
                )

    return check


def worker_part_name(name: str) -> Rule:
    """The rule for the name of a pool that is used alone: its machines have it too, and must not count as control planes."""

    def check(_: WorkerPoolSpec) -> Iterator[Fault]:
        if re.fullmatch(f"(.*-)?{CONTROL_PLANE_NAME}", name):
            yield Fault(
                "name",
                f"{short(name)} is what a control plane is called, and workers of that name may count as one; choose another name",
            )

    return check


def cluster_part_names(name: str) -> Rule:
    """The rule for the name of a cluster's component, where it is not the name of the cluster, which has rules of its own."""

    def check(spec: Spec) -> Iterator[Fault]:
        if spec.cluster.name != name:
            for kind, ending in IN_A_CLUSTER:
                yield from part_name(name, kind, ending)(spec)
            if spec.backups.enabled:
                yield from part_name(name, BUCKET, "-backups")(spec)
            if spec.service_account_issuer.enabled:
                yield from part_name(name, BUCKET, "-issuer")(spec)

    return check
