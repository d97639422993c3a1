"""Connections of the stand-in for AWS: clients of one endpoint, by region, and errors as AWS words them."""

import os
import threading
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import ClientError
from components.facts.regions import partition

from ...well_known import ACCOUNT

CONNECTIONS = 32
"""Connections per client: as many as the engine creates resources at once."""

ANSWER_SECONDS = 600
"""The first call of each service is slow on a busy machine. A call that timed out here would still be carried out."""

OWN_SETTINGS = {
    name: (None, None, default, convert)
    for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
} | {
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""The AWS SDK's defaults, without the variables and the files by which a user changes them: a profile, an endpoint, a mode."""

_SESSION = botocore.session.Session(session_vars=OWN_SETTINGS)
"""Shared, because it caches the service descriptions: reading that of EC2 takes a third of a second."""

_MAKING = threading.Lock()
"""Held while a client is created: the session is not thread-safe."""


class Clients:
    """Clients of AWS services, created at first use and cached: creating one takes longer than a request."""

    def __init__(self, endpoint: str, *, lift_protection: bool = False) -> None:
        self.endpoint = endpoint
        self.lift_protection = lift_protection
        """Whether AWS's deletion protection is removed before a deletion, as in `down`."""
        self._made: dict[tuple[str, str], BaseClient] = {}
        self.subnets = threading.Lock()
        """Held from the check of a subnet's block to its allocation."""

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
                        # An empty map, not None, which means the proxies of the environment.
                        proxies={},
                        read_timeout=ANSWER_SECONDS,
                        retries={"total_max_attempts": 1},
                    ),
                )
            return self._made[service, region]


class Aws:
    """AWS with one configuration of the provider: a region and default tags."""

    def __init__(self, clients: Clients, region: str, default_tags: Mapping[str, str]) -> None:
        self.clients = clients
        self.region = region
        self.default_tags = dict(default_tags)

    def at(self, region: str | None) -> "Aws":
        """The same configuration in the region that a resource sets, if it sets one."""
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
        """The partition of the region, which every ARN contains."""
        return partition(self.region)

    def arn(self, service: str, what: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{what}"

    def tags_all(self, tags: Mapping[str, str] | None) -> dict[str, str]:
        """The default tags and the tags of a resource, which take precedence."""
        return self.default_tags | dict(tags or {})

    def own_tags(
        self, found: Mapping[str, str], written: Mapping[str, str] | None
    ) -> dict[str, str]:
        """The tags of a resource without the default tags, which belong to the provider's configuration."""
        default = self.default_tags.items() - (written or {}).items()
        return {key: value for key, value in found.items() if (key, value) not in default}


def refusal(operation: str, code: str, message: str) -> ClientError:
    """An error of AWS that moto does not raise."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def is_gone(error: Exception) -> bool:
    """Whether an error of AWS means that the resource does not exist."""
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"]["Code"]
    return "NotFound" in code or code.startswith("NoSuch") or code == "ResourceNotFoundException"
