"""KMS keys of secret parameters: moto seals a parameter with any word, and asks nobody for permission to use a key.

AWS encrypts a SecureString with a key that exists and is enabled, and checks that the caller may use it. The account's default
key for SSM may be used by every principal of the account that may use the parameter.
https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMPolicy
from moto.kms.models import kms_backends
from moto.kms.utils import _deserialize_ciphertext_blob
from moto.ssm.models import SimpleSystemManagerBackend, ssm_backends

DEFAULT = "alias/aws/ssm"
CONTEXT = "kms:EncryptionContext:PARAMETER_ARN"


def repair() -> None:
    """Refuse a secret parameter whose key does not exist or waits for its deletion."""
    backend: Any = SimpleSystemManagerBackend
    backend.put_parameter = _with_a_key(backend.put_parameter)


def check(asked: Any, policies: list[Any], arns: list[str]) -> None:
    """Refuse a role's request to read or write secret parameters unless its policies allow the use of their keys."""
    if asked._get_action() == "PutParameter":
        sealed = [asked._get_param("KeyId")] if asked._get_param("Type") == "SecureString" else []
        action = "kms:Encrypt"
    elif asked._get_param("WithDecryption"):
        backend = ssm_backends[asked.current_account][asked.region]
        found = [backend.get_parameter(arn.partition(":parameter")[2]) for arn in arns]
        sealed = [
            each.keyid if each and each.parameter_type == "SecureString" else None for each in found
        ]
        action = "kms:Decrypt"
    else:
        return
    for arn, key in zip(arns, sealed, strict=False):
        if key in (None, "", DEFAULT):
            continue
        used = _key(asked.current_account, asked.region, key).arn
        if not permitted(policies, action, used, {CONTEXT: arn}):
            # The words of SSM for any failure of KMS.
            raise JsonRESTError(
                "AccessDeniedException",
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
                f"or you are not allowed to access: {action} for {arn}.",
            )


def check_use(asked: Any, policies: list[Any]) -> None:
    """Refuse a role's request to use a key unless its policies allow it, under the encryption context of the request."""
    action = f"kms:{asked._get_action()}"
    name = asked._get_param("KeyId")
    if not name:
        name = _deserialize_ciphertext_blob(asked._get_param("CiphertextBlob")).key_id
    key = _key(asked.current_account, asked.region, name).arn
    given = asked._get_param("EncryptionContext") or {}
    context = {f"kms:EncryptionContext:{word}": value for word, value in given.items()}
    if not permitted(policies, action, key, context):
        raise JsonRESTError(
            "AccessDeniedException", f"Not authorized to perform: {action} on resource: {key}"
        )


def permitted(
    policies: list[Any], action: str, key: str, context: Mapping[str, str | list[str]]
) -> bool:
    """Whether policies allow an action on one resource, under the context of a request: a text by name, or several."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _statements(policy)
        if any(fnmatchcase(action, pattern) for pattern in _listed(statement["Action"]))
        and any(fnmatchcase(key, pattern) for pattern in _listed(statement["Resource"]))
        and _met(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    yield from _listed(IAMPolicy(policy)._policy_json["Statement"])


def _met(conditions: dict[str, dict[str, Any]], context: Mapping[str, str | list[str]]) -> bool:
    """Whether the conditions hold. Those that this stand-in does not know do not."""
    return all(
        _holds(operator, context.get(name), _listed(wanted))
        for operator, condition in conditions.items()
        for name, wanted in condition.items()
    )


def _holds(operator: str, value: str | list[str] | None, wanted: list[str]) -> bool:
    def like(text: str) -> bool:
        return any(fnmatchcase(text, pattern) for pattern in wanted)

    match operator:
        case "ForAllValues:StringLike":
            # It holds for none, too.
            return all(map(like, _listed(value or [])))
        case "Null":
            return wanted == ["true" if value is None else "false"]
        case "StringEquals":
            return value in wanted
        case "StringLike":
            return isinstance(value, str) and like(value)
        case _:
            return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _with_a_key(put: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(put)

    def put_parameter(backend: Any, *given: Any, **named: Any) -> Any:
        asked = signature.bind(backend, *given, **named)
        if asked.arguments["parameter_type"] == "SecureString":
            # Without a key in the request AWS takes the default key, for a new value of an older parameter too. moto keeps its key.
            # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
            key = asked.arguments["keyid"] = asked.arguments["keyid"] or DEFAULT
            account, region = backend.account_id, backend.region_name
            if key != DEFAULT and _key(account, region, key).key_state != "Enabled":
                raise JsonRESTError("InvalidKeyId", f"{key} is pending deletion.")
        return put(*asked.args, **asked.kwargs)

    return put_parameter


def _key(account: str, region: str, name: str) -> Any:
    backend = kms_backends[account][region]
    alias = backend.get_alias_name(name)
    identity = (
        backend.get_key_id_from_alias(alias)
        if alias.startswith("alias/")
        else backend.get_key_id(name)
    )
    if identity not in backend.keys:
        raise JsonRESTError("InvalidKeyId", f"Invalid keyId {name}")
    return backend.keys[identity]
