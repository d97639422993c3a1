"""Roles for jobs that prove who they are by a token of an issuer: moto gives any role for any token.

The claims are checked as IAM and STS do: the issuer must be a provider of the account that the role trusts, the token must not have
ended, and the conditions on its claims must hold. Its signature is not checked: the rehearsal cannot reach an issuer's keys.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import fnmatch
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

ACTION = "sts:AssumeRoleWithWebIdentity"


def repair() -> None:
    """Check the token before a role is given for it."""
    response: Any = TokenResponse
    give = response.assume_role_with_web_identity

    def assume_role_with_web_identity(asked: Any) -> Any:
        claims = _claims(asked._get_param("WebIdentityToken") or "")
        iam = iam_backends[asked.current_account][get_partition(asked.region)]
        _check(iam, asked._get_param("RoleArn"), claims)
        return give(asked)

    response.assume_role_with_web_identity = assume_role_with_web_identity


def _claims(token: str) -> dict[str, Any]:
    try:
        _, body, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        raise STSClientError(
            "InvalidIdentityToken", "The ID Token provided is not a valid JWT."
        ) from None
    if claims.get("exp", 0) <= time.time():
        raise STSClientError("ExpiredTokenException", "Token expired")
    return claims


def _check(iam: Any, role_arn: str, claims: Mapping[str, Any]) -> None:
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    known = [
        arn
        for arn, provider in iam.open_id_providers.items()
        if arn.endswith(f":oidc-provider/{issuer}")
        and set(_listed(claims.get("aud"))) & set(provider.client_id_list)
    ]
    if not known:
        raise STSClientError(
            "InvalidIdentityToken", "No OpenIDConnect provider found in your account"
        )
    held = {f"{issuer}:{name}": _listed(value) for name, value in claims.items()}
    role = next((role for role in iam.roles.values() if role.arn == role_arn), None)
    document = json.loads(role.assume_role_policy_document) if role else {"Statement": []}
    if not any(_allows(one, known, held) for one in _listed(document["Statement"])):
        raise STSClientError("AccessDenied", f"Not authorized to perform {ACTION}")


def _allows(statement: Mapping[str, Any], known: Iterable[str], held: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    trusted = _listed(principal.get("Federated")) if isinstance(principal, Mapping) else []
    if statement["Effect"] != "Allow" or ACTION not in _listed(statement["Action"]):
        return False
    return bool(set(trusted) & set(known)) and all(
        _holds(operator, held.get(key, []), _listed(wanted))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, values: Iterable[str], wanted: Iterable[str]) -> bool:
    match operator:
        case "StringEquals":
            return bool(set(values) & set(wanted))
        case "StringLike":
            return any(fnmatch.fnmatchcase(value, one) for value in values for one in wanted)
        case _:
            raise STSClientError("MalformedPolicyDocument", f"{operator} is not rehearsed")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
