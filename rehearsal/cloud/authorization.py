"""Permissions of a role's credentials: moto checks the credentials of all callers or of none, and never the resource.

A request with credentials that STS issued for a role must be signed by them and allowed by the role's policies. All other
credentials belong to operators and to the stand-in, and may do everything. Only parameters of SSM, objects and buckets of S3, uses
of keys and changes of Auto Scaling groups are checked by resource: any other action must be allowed for all resources.
"""

from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError, _RESTError

from . import parameter_keys

OF_ROLE = "ASIA"
"""Prefix of the access keys that STS issues."""

KEY_USES = ("Decrypt", "Encrypt", "GenerateDataKey")
"""Actions of KMS that are checked by key and encryption context."""

OF_GROUPS = (
    *("CompleteLifecycleAction", "RecordLifecycleActionHeartbeat"),
    *("SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"),
)
"""Actions of Auto Scaling that are checked by the group and its tags.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
"""


def repair() -> None:
    """Check the permissions of requests signed with a role's keys."""
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
    if asked.service_name == "kms" and asked._get_action() in KEY_USES:
        parameter_keys.check_use(asked, request._access_key.collect_policies())
        return
    if asked.service_name == "autoscaling" and asked._get_action() in OF_GROUPS:
        _check_group(asked, request._access_key.collect_policies())
        return
    for each in _parameters(asked) if asked.service_name == "ssm" else [resource]:
        try:
            request.check_action_permitted(each)
        except AccessDeniedError as refused:
            raise _refusal(asked.service_name, f"{refused.message} on resource: {each}") from None
    if asked.service_name == "ssm":
        parameter_keys.check(asked, request._access_key.collect_policies(), _parameters(asked))


def _check_group(asked: Any, policies: list[Any]) -> None:
    group = _group(asked)
    tags = {tag["Key"]: tag["Value"] for tag in group.tags} if group else {}
    arn = group.arn if group else "*"
    context = {
        f"{service}:ResourceTag/{key}": value
        for service in ("aws", "autoscaling")
        for key, value in tags.items()
    }
    action = f"autoscaling:{asked._get_action()}"
    if not parameter_keys.permitted(policies, action, arn, context):
        raise _refusal("autoscaling", f"not authorized to perform: {action} on resource: {arn}")


def _group(asked: Any) -> Any:
    """The group that a request is about, which names it or one of its instances; None if there is none."""
    groups = asked.autoscaling_backend.autoscaling_groups
    name, instance = map(asked._get_param, ("AutoScalingGroupName", "InstanceId"))
    if name:
        return groups.get(name)
    with_it = (
        group
        for group in groups.values()
        if any(state.instance.id == instance for state in group.instance_states)
    )
    return next(with_it, None)


def _parameters(asked: Any) -> list[str]:
    """ARNs of the parameters in a request. It is refused unless all of them are allowed."""
    names = asked._get_param("Names") or [asked._get_param("Name") or asked._get_param("Path")]
    arn = f"arn:{asked.partition}:ssm:{asked.region}:{asked.current_account}:parameter"
    return [f"{arn}/{name.lstrip('/')}" if name else "*" for name in names]


def _refusal(service: str, message: str) -> _RESTError:
    """The error in the form of each service."""
    if service == "ssm":
        return JsonRESTError("AccessDeniedException", message)
    code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
    refused = _RESTError(code, message)
    refused.code = 403
    return refused
