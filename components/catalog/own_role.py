"""A role of AWS for an add-on alone: the variables and the token with which its SDK takes the role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..permissions.controllers import Scope
from ..permissions.web_identity import AUDIENCE
from ..spec.cluster import AddonsSpec

NAMESPACE = "kube-system"
"""The namespace of all add-ons that call AWS."""

ROLE_ARN = "@ROLE_ARN@"
"""The place of the role in the content of an add-on. It is made by the same run."""

VPC_ID = "@VPC_ID@"
"""The place of the VPC's id, which an add-on without instance metadata does not find by itself."""

FOLDER = f"/var/run/secrets/{AUDIENCE}"
VOLUME = "aws-token"

TOKEN_SECONDS = 3600
"""How long a token is valid. The kubelet renews the file before, and a role's credentials end after an hour too."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an add-on may do on AWS, and whose token stands for it."""

    service_account: str
    """The ServiceAccount of its pods."""
    statements: Callable[[Scope], list[dict[str, Any]]]
    """Its permissions in a cluster."""


def environment(spec: AddonsSpec, *, region: bool = True) -> dict[str, str]:
    """The variables that every SDK of AWS reads. None if the add-on uses the role of its machine.

    Up to their second version SDKs ask STS in us-east-1, if they are not given the region's own.
    """
    if not spec.addons_have_roles:
        return {}
    return {
        "AWS_ROLE_ARN": ROLE_ARN,
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{FOLDER}/token",
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        **({"AWS_REGION": spec.region} if region else {}),
    }


def volumes(spec: AddonsSpec) -> list[dict[str, Any]]:
    """The volume with the token."""
    if not spec.addons_have_roles:
        return []
    token = {"audience": AUDIENCE, "expirationSeconds": TOKEN_SECONDS, "path": "token"}
    return [{"name": VOLUME, "projected": {"sources": [{"serviceAccountToken": token}]}}]


def mounts(spec: AddonsSpec) -> list[dict[str, Any]]:
    """Where the token is in the container."""
    if not spec.addons_have_roles:
        return []
    return [{"name": VOLUME, "mountPath": FOLDER, "readOnly": True}]
