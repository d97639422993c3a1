"""Private registries of Amazon ECR, as the host name of an image repository tells them.

Such a registry wants a login that AWS issues for twelve hours. https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

import re
from dataclasses import dataclass

from .regions import REGION, partition

LIKE = re.compile(r"[^/]*\.dkr[.-]ecr[^/]*|[0-9]{12}\.ecr[.-][^/]*")
"""A host that means ECR, whether it is one or not."""

HOST = re.compile(
    rf"(?P<account>[0-9]{{12}})\.(?P<form>dkr[.-]ecr)(-fips)?\.(?P<region>{REGION})\.(?P<suffix>[a-z.]+)"
)
"""The host of a private registry: the usual name, or `dkr-ecr`, which has an IPv6 address too.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html"""

SUFFIXES = {
    "dkr.ecr": ("amazonaws.com", "amazonaws.com.cn"),
    "dkr-ecr": ("on.aws", "on.amazonwebservices.com.cn"),
}
"""What each name ends with, and in China."""


@dataclass(frozen=True, slots=True)
class EcrRegistry:
    """A private registry of ECR."""

    host: str
    account: str
    region: str
    dual_stack: bool
    """Whether its name has an IPv6 address."""

    @property
    def repositories(self) -> str:
        """The ARN of all its repositories."""
        return f"arn:{partition(self.region)}:ecr:{self.region}:{self.account}:repository/*"


def ecr_registry(repository: str | None) -> EcrRegistry | None:
    """The ECR registry of an image repository; None for any other registry."""
    host = (repository or "").split("/")[0]
    found = HOST.fullmatch(host)
    if not found:
        return None
    abroad, in_china = SUFFIXES[found["form"]]
    if found["suffix"] != (in_china if partition(found["region"]) == "aws-cn" else abroad):
        return None
    return EcrRegistry(host, found["account"], found["region"], found["form"] == "dkr-ecr")
