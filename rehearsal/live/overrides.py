"""A stack's configuration with what has to differ here: where software comes from, and who may ask the API."""

import json
from pathlib import Path
from typing import Any

import yaml

from ..state import State
from ..workspace import Project, ProjectError
from .filter import OPERATOR


def minor_of(config: dict[str, Any]) -> str:
    """The stack's Kubernetes minor, as 1.36."""
    version = str(_section(config, "cluster").get("kubernetesVersion", ""))
    parts = version.removeprefix("v").split(".")
    if len(parts) < 2:
        raise ProjectError("the stack names no cluster.kubernetesVersion")
    return ".".join(parts[:2])


def region_of(config: dict[str, Any]) -> str:
    return str((config.get("config") or {}).get("aws:region", ""))


def overridden(
    config: dict[str, Any], release_server: str, image_repository: str
) -> dict[str, Any]:
    """As an operator would set it who has a mirror, and whose own network may reach the API."""
    software = {"releaseServer": release_server, "imageRepository": image_repository}
    api = _section(config, "api")
    mine = [f"{OPERATOR[0]}/32", f"{OPERATOR[1]}/128"]
    allowed = [*api.get("allowedCidrs", []), *mine]
    return config | {
        "config": {
            **config["config"],
            "dualstack:software": _section(config, "software") | software,
            "dualstack:api": api | {"allowedCidrs": allowed},
        }
    }


def write(state: State, project: Project, stack: str, servers: tuple[str, str]) -> Path:
    """The file of a stack as it is rehearsed with machines."""
    path = state.place("live", "stacks", f"Pulumi.{stack}.yaml")
    content = overridden(project.stack_config(stack), *servers)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def _section(config: dict[str, Any], name: str) -> dict[str, Any]:
    value = (config.get("config") or {}).get(f"dualstack:{name}") or {}
    # The command line writes a section as JSON, a person as a map.
    return json.loads(value) if isinstance(value, str) else dict(value)
