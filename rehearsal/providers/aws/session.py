"""Where the stand-in for AWS sends its calls: one region of one endpoint, with the clients it needs."""

import threading
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from components.facts.regions import partition

from ...well_known import ACCOUNT

CONNECTIONS = 32
"""As many as the engine may have resources under way at once."""

_SESSION = botocore.session.Session()
"""Keeps what it has read of the services: a third of a second for EC2 alone."""

_MAKING = threading.Lock()
"""Held while a client is made, which the session does not do for two at once."""


class Clients:
    """Clients of the services, made when first asked for and kept: making one costs more than a call."""

    def __init__(self, endpoint: str, *, lift_protection: bool = False) -> None:
        self.endpoint = endpoint
        self.lift_protection = lift_protection
        """Whether AWS's own protection against deletion is lifted, as when a rehearsal ends."""
        self._made: dict[tuple[str, str], BaseClient] = {}
        self.subnets = threading.Lock()
        """Held while a subnet's block is looked at and taken."""

    def get(self, service: str, region: str) -> Any:
        made = self._made.get((service, region))
        if made is not None:
            return made
        with _MAKING:
            if (service, region) not in self._made:
                self._made[service, region] = _SESSION.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint,
                    aws_access_key_id=ACCOUNT,
                    aws_secret_access_key="rehearsal",  # noqa: S106 moto takes any
                    config=Config(
                        max_pool_connections=CONNECTIONS,
                        retries={"total_max_attempts": 1},
                    ),
                )
            return self._made[service, region]


class Aws:
    """AWS as one configuration of the provider sees it."""

    def __init__(self, clients: Clients, region: str, default_tags: Mapping[str, str]) -> None:
        self.clients = clients
        self.region = region
        self.default_tags = dict(default_tags)

    def at(self, region: str | None) -> "Aws":
        """The same configuration in the region a resource asks for."""
        if region in (None, self.region):
            return self
        return Aws(self.clients, str(region), self.default_tags)

    def client(self, service: str) -> Any:
        return self.clients.get(service, self.region)

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    @property
    def partition(self) -> str:
        """The part of the cloud the region is in: ARNs begin with it."""
        return partition(self.region)

    def arn(self, service: str, what: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{what}"

    def tags_all(self, tags: Mapping[str, str] | None) -> dict[str, str]:
        """The tags a resource ends up with."""
        return self.default_tags | dict(tags or {})


def refusal(operation: str, code: str, message: str) -> ClientError:
    """The error AWS would have given, where moto gives none."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def is_gone(error: Exception) -> bool:
    """Whether AWS says that what was asked for does not exist."""
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"]["Code"]
    return "NotFound" in code or code.startswith("NoSuch") or code == "ResourceNotFoundException"
