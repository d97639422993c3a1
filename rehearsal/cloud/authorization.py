"""What a role's keys may do: moto checks the keys of everybody or of nobody, and looks at no resource.

Keys that STS gave out for a role can do what the role's policies say, each request signed by them. Any other key is an
operator's, who may do everything, as the stand-in may. Where no resource is known here, only a policy for all of them allows.
"""

from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError, _RESTError

OF_ROLE = "ASIA"
"""How keys begin that STS gives out."""


def repair() -> None:
    """Ask for permission whoever comes with a role's keys."""
    mixin: Any = ActionAuthenticatorMixin
    mixin._authenticate_and_authorize_action = _authorize


def _authorize(asked: Any, request_class: Any, resource: str = "*") -> None:
    if not asked.access_key.startswith(OF_ROLE):
        return
    query = f"?{asked.parsed_url.query}" if asked.parsed_url.query else ""
    request = request_class(
        account_id=asked.current_account,
        method=asked.method,
        path=asked.raw_path + query,
        data=asked.data,
        body=asked.raw_body,
        headers=asked.headers,
        action=asked._get_action(),
    )
    request.check_signature()
    for each in _parameters(asked) if asked.service_name == "ssm" else [resource]:
        try:
            request.check_action_permitted(each)
        except AccessDeniedError as refused:
            raise _refusal(asked.service_name, f"{refused.message} on resource: {each}") from None


def _parameters(asked: Any) -> list[str]:
    """The parameters that a request names: one that may not be seen closes all of them."""
    names = asked._get_param("Names") or [asked._get_param("Name") or asked._get_param("Path")]
    arn = f"arn:{asked.partition}:ssm:{asked.region}:{asked.current_account}:parameter"
    return [f"{arn}/{name.lstrip('/')}" if name else "*" for name in names]


def _refusal(service: str, message: str) -> _RESTError:
    """The refusal as each service words it."""
    if service == "ssm":
        return JsonRESTError("AccessDeniedException", message)
    code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
    refused = _RESTError(code, message)
    refused.code = 403
    return refused
