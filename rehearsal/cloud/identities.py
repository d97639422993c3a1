"""Roles for jobs that prove who they are by a token of an issuer: moto gives any role for any token.

The claims are checked as IAM and STS do: the issuer must be a provider of the account that the role trusts, the token must not have
ended, and the conditions on its claims must hold. The signature is checked if the issuer's documents are in a bucket: then everybody
must be able to read them, as STS does. The rehearsal cannot reach the keys of other issuers.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import fnmatch
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

from .public_access import readable

ACTION = "sts:AssumeRoleWithWebIdentity"

IN_A_BUCKET = re.compile(r"https://(?P<bucket>[a-z0-9-]+)\.s3\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
"""The URL of an issuer whose documents are in a bucket."""
CONFIGURATION = ".well-known/openid-configuration"


def repair() -> None:
    """Check the token before a role is given for it."""
    response: Any = TokenResponse
    give = response.assume_role_with_web_identity

    def assume_role_with_web_identity(asked: Any) -> Any:
        token = asked._get_param("WebIdentityToken") or ""
        claims = _claims(token)
        partition = get_partition(asked.region)
        iam = iam_backends[asked.current_account][partition]
        _check_issuer(iam, claims)
        _check_signature(partition, token, str(claims["iss"]))
        _check_role(iam, asked._get_param("RoleArn"), claims)
        return give(asked)

    response.assume_role_with_web_identity = assume_role_with_web_identity


def _claims(token: str) -> dict[str, Any]:
    try:
        _, body, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        raise _invalid("The ID Token provided is not a valid JWT.") from None
    if claims.get("exp", 0) <= time.time():
        raise STSClientError("ExpiredTokenException", "Token expired")
    return claims


def _check_issuer(iam: Any, claims: Mapping[str, Any]) -> None:
    """Whether the account knows the issuer, and for whom it issues tokens."""
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    known = [one for arn, one in iam.open_id_providers.items() if _is_of(arn, issuer)]
    if not known:
        raise _invalid("No OpenIDConnect provider found in your account")
    if not set(_listed(claims.get("aud"))) & set(known[0].client_id_list):
        raise _invalid("Incorrect token audience")


def _check_signature(partition: str, token: str, issuer: str) -> None:
    """Whether a key signs the token that everybody can read in the issuer's bucket."""
    bucket = IN_A_BUCKET.fullmatch(issuer)
    if not bucket:
        return
    configuration = _document(partition, bucket["bucket"], CONFIGURATION)
    keys_url = str(configuration.get("jwks_uri"))
    if configuration.get("issuer") != issuer or not keys_url.startswith(f"{issuer}/"):
        raise _invalid("The discovery document of the issuer names another issuer")
    keys = _document(partition, bucket["bucket"], keys_url.removeprefix(f"{issuer}/"))
    try:
        jws.deserialize_compact(token, KeySet.import_key_set(keys), algorithms=["RS256", "ES256"])  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError):
        raise _invalid("The signature of the token does not fit a key of the issuer") from None


def _document(partition: str, bucket: str, key: str) -> dict[str, Any]:
    """A document of an issuer, as everybody reads it."""
    owner = s3_backends.bucket_accounts.get(bucket)
    held = s3_backends[owner[1]][partition].buckets[bucket] if owner else None
    found = held.keys.get(key) if held else None
    if held is None or found is None or not readable(held, "s3:GetObject", f"{held.arn}/{key}"):
        raise _invalid("Couldn't retrieve verification key from your identity provider")
    return json.loads(found.value)


def _invalid(message: str) -> STSClientError:
    return STSClientError("InvalidIdentityToken", message)


def _is_of(provider_arn: str, issuer: str) -> bool:
    return provider_arn.endswith(f":oidc-provider/{issuer}")


def _check_role(iam: Any, role_arn: str, claims: Mapping[str, Any]) -> None:
    """Whether the role trusts the issuer, for these claims."""
    issuer = str(claims["iss"]).removeprefix("https://")
    known = [arn for arn in iam.open_id_providers if _is_of(arn, issuer)]
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
