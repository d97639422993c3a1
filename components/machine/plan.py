"""The plan of a cluster's control planes: what they shall be, as the stack says it and as running machines bring themselves there."""

from typing import Any

from ..facts.versions import patch_of
from ..spec.cluster import ControlPlaneSpec
from .fetched_programs import in_parts
from .node_files import PROGRAMS
from .software import MACHINE
from .user_data import SOFTWARE, control_plane_files, software_list

APART = (f"{PROGRAMS}/", "/etc/systemd/system/dualstack-")
"""The beginnings of paths that no plan has: machines fetch the programs and their units by themselves."""


def plan(spec: ControlPlaneSpec) -> dict[str, Any]:
    """What the control planes shall be: their version, and the files of a new one that follow from the spec, each with its mode.

    A running machine keeps its type, whatever the spec says. So the list of software is there for each architecture, as
    `uname -m` names it.
    """
    files = {file.path: (file.mode, file.content) for file in control_plane_files(spec)}
    installs = files.pop(SOFTWARE, None)
    return {
        "version": patch_of(spec.cluster.kubernetes_version),
        "files": {path: file for path, file in files.items() if not path.startswith(APART)},
        "software": {
            name: software_list(spec, architecture)
            for architecture, name in MACHINE.items()
            if installs
        },
    }


def plan_parts(spec: ControlPlaneSpec) -> list[str]:
    """The plan as parameters hold it. The digest with which the first part begins names the plan."""
    return in_parts(plan(spec))


def plan_digest(spec: ControlPlaneSpec) -> str:
    """The name of the plan: 64 hexadecimal digits, which `join/reached` has once every control plane is what it says."""
    return plan_parts(spec)[0].partition(" ")[0]
