"""What the rules say of a part of a cluster."""

from typing import Any

from components.config.check import SpecError
from components.rules import load
from components.spec.cluster import ControlPlaneSpec


def of_control_plane(version: str, **sections: Any) -> list[str]:
    """The faults of a control plane of one version with these sections."""
    cluster = {"name": "dev", "kubernetesVersion": version}
    common = {"region": "eu-west-1", "project": "dualstack", "stack": "test", "cluster": cluster}
    try:
        load(ControlPlaneSpec, {**common, **sections})
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []
