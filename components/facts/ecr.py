"""Private registries of Amazon ECR, as the host name of an image repository tells them.

Such a registry wants a login that AWS issues for twelve hours. https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

import re
from dataclasses import dataclass

from .regions import partition

LIKE = re.compile(r"[^/]*\.dkr[.-]ecr[^/]*")
"""A host that means ECR, whether it is one or not."""

HOST = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?P<suffix>amazonaws\.com(\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
)
"""The host of a private registry: the usual name, or `dkr-ecr`, which has an IPv6 address too.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html"""


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
    dual_stack = found["suffix"].startswith("on.")
    return EcrRegistry(host, found["account"], found["region"], dual_stack)
