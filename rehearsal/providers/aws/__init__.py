"""The stand-in for Pulumi's aws provider. It sends real AWS requests, to moto."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from ..journal import Recorder
from ..provider import Provider
from ..resource_type import Properties, ProviderError
from . import (
    autoscaling,
    buckets,
    dns,
    endpoints,
    functions,
    gateways,
    iam,
    identity_providers,
    instances,
    ipv4_blocks,
    keys,
    launch_templates,
    lifecycle_hooks,
    load_balancers,
    logs,
    parameters,
    peering,
    routes,
    security_groups,
    single_tags,
    subnets,
    target_groups,
    transit_attachments,
    vpc,
)
from .session import Aws, Clients, is_gone

MODULES = (
    *(vpc, ipv4_blocks, subnets, gateways, transit_attachments, peering, routes),
    *(endpoints, security_groups),
    *(instances, launch_templates, autoscaling, lifecycle_hooks, load_balancers, target_groups),
    *(iam, keys, parameters, dns, logs),
    *(buckets, identity_providers, single_tags),
)


class AwsProvider(Provider):
    """The provider of the resource types and look-ups in `MODULES` and `FUNCTIONS`."""

    refusals = (ProviderError, ClientError, BotoCoreError)

    def __init__(
        self, endpoint: str, journal: Recorder | None = None, *, lift_protection: bool = False
    ) -> None:
        resources = [resource for module in MODULES for resource in module.RESOURCES]
        super().__init__("aws", resources, functions.FUNCTIONS, journal)
        self.clients = Clients(endpoint, lift_protection=lift_protection)

    def configure(self, settings: Properties) -> Aws:
        region = settings.get("region")
        if not region:
            raise ProviderError("aws:region is not set: say in which region the stack is to be")
        # The engine sends nested blocks of a provider's configuration as JSON.
        default_tags = json.loads(settings.get("defaultTags") or "{}")
        return Aws(self.clients, region, default_tags.get("tags") or {})

    def settings(self, session: Aws) -> Properties:
        return {"region": session.region}

    def narrow(self, session: Aws, properties: Properties) -> Aws:
        return session.at(properties.get("region"))

    def words(self, error: Exception) -> str:
        if isinstance(error, ClientError):
            said = error.response["Error"]
            return f"{error.operation_name}: {said['Code']}: {said['Message']}"
        return str(error)

    def gone(self, error: Exception) -> bool:
        return is_gone(error)
