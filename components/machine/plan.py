"""The plan of a cluster's control planes: what they shall be, as the stack says it and as running machines bring themselves there."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from ..facts.versions import patch_of
from ..spec.cluster import ControlPlaneSpec
from .fetched_programs import in_parts
from .node_files import PROGRAMS
from .software import MACHINE
from .user_data import SOFTWARE, control_plane_files, software_list

APART = (f"{PROGRAMS}/", "/etc/systemd/system/dualstack-")
"""The beginnings of paths that no plan has: machines fetch the programs and their units by themselves."""


LONGEST_REVISION = "0123456789abcdefghijklmnopqrstuv"
"""A text that takes more room than any revision of secret files, also when it is compressed."""


def secret_revision(key: str, texts: Mapping[str, str]) -> str:
    """What names the texts of secret files, by path: another text gives another revision.

    The authority's key is in it, so that who reads the plan can guess no text with it.
    """
    message = json.dumps({**texts}, sort_keys=True).encode()
    return hmac.new(key.encode(), message, "sha256").hexdigest()[:16]


def plan(spec: ControlPlaneSpec, secrets: str | None = None) -> dict[str, Any]:
    """What the control planes shall be: their version, and the files of a new one that follow from the spec, each with its mode.

    A running machine keeps its type, whatever the spec says. So the list of software is there for each architecture, as
    `uname -m` names it. `secrets` is the revision of secret files, whose texts each machine reads by itself.
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
        **({"secrets": secrets} if secrets else {}),
    }


def plan_parts(spec: ControlPlaneSpec, secrets: str | None = None) -> list[str]:
    """The plan as parameters hold it. The digest with which the first part begins names the plan.

    With a revision of secret files there may be one part more than it takes: their number must not depend on the revision.
    """
    parts = in_parts(plan(spec, secrets))
    most = in_parts(plan(spec, LONGEST_REVISION)) if secrets else parts
    return parts + [" "] * (len(most) - len(parts))


def plan_digest(spec: ControlPlaneSpec, secrets: str | None = None) -> str:
    """The name of the plan: 64 hexadecimal digits, which `join/reached` has once every control plane is what it says."""
    return plan_parts(spec, secrets)[0].partition(" ")[0]
