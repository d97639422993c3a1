"""The configuration that replaces a stack's own here: the source of software, the URL of AWS, and the clients of the API."""

import json
from typing import Any

from ..addon_switches import OPTIONAL
from ..mirror import Releases
from ..mirror.images import ON_REQUEST
from ..well_known import HOST
from ..workspace import ProjectError

WITHOUT_IMAGES = tuple(switch for switch in OPTIONAL if switch not in (*ON_REQUEST, "reader"))
"""The switches of the add-ons whose images are not made here. `reader` has none."""

NAMES = {
    "loadBalancerController": "the AWS Load Balancer Controller",
    "ebsCsi": "the EBS CSI driver",
    "clusterAutoscaler": "the cluster autoscaler",
    "nodeLocalDns": "NodeLocal DNSCache",
}
"""The names of add-ons in messages. An add-on that is not listed is named by its switch."""


def minor_of(config: dict[str, Any]) -> str:
    """The stack's Kubernetes minor, like 1.36."""
    version = str(_section(config, "cluster").get("kubernetesVersion", ""))
    parts = version.removeprefix("v").split(".")
    if len(parts) < 2:
        raise ProjectError("the stack names no cluster.kubernetesVersion")
    return ".".join(parts[:2])


def cluster_of(config: dict[str, Any]) -> str:
    return str(_section(config, "cluster").get("name", ""))


def region_of(config: dict[str, Any]) -> str:
    return str((config.get("config") or {}).get("aws:region", ""))


def left_out(config: dict[str, Any]) -> list[str]:
    """The names of the add-ons that the stack turns on and that have no image here."""
    addons = _section(config, "addons")
    return [NAMES.get(switch, switch) for switch in WITHOUT_IMAGES if addons.get(switch)]


def requested(config: dict[str, Any]) -> list[str]:
    """The switches of the add-ons whose images are made only for stacks that turn them on."""
    addons = _section(config, "addons")
    return [switch for switch in ON_REQUEST if addons.get(switch)]


def overrides(config: dict[str, Any], servers: Releases, aws: str) -> dict[str, dict[str, Any]]:
    """The settings of an operator who has mirrors and private AWS endpoints, and whose own network may reach the API."""
    addons = _section(config, "addons")
    # The SDK's exchange of a token for credentials reads the variable of its service alone.
    endpoints = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"), aws)
    environment = addons.get("cloudControllerEnvironment", {}) | endpoints
    mine = [f"{HOST[0]}/32", f"{HOST[1]}/128"]
    return {
        "software": {
            "releaseServer": servers.release_server,
            "imageRepository": servers.image_repository,
        },
        "api": {"allowedCidrs": [*_section(config, "api").get("allowedCidrs", []), *mine]},
        "addons": {
            "cloudControllerEnvironment": environment,
            **dict.fromkeys(WITHOUT_IMAGES, False),
        },
    }


def _section(config: dict[str, Any], name: str) -> dict[str, Any]:
    value = (config.get("config") or {}).get(f"dualstack:{name}") or {}
    # The Pulumi command line writes a section as JSON; people write a map.
    return json.loads(value) if isinstance(value, str) else dict(value)
