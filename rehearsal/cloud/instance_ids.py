"""Ids of instances: EC2 refuses a malformed one in other words than one that does not exist."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances

WELL_FORMED = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
"""Eight digits, or since 2016 seventeen: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""


class MalformedInstanceIdError(EC2ClientError):
    """EC2's answer to a request about an instance by something that is no id."""

    def __init__(self, instance_id: str) -> None:
        # The words of https://github.com/kubernetes/cloud-provider-aws/issues/335
        super().__init__("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')


def repair() -> None:
    """Refuse malformed ids wherever moto looks up instances. By itself it says that they do not exist."""
    backend: Any = instances.InstanceBackend
    for name in ("get_reservations_by_instance_ids", "get_multi_instances_by_id", "get_instance"):
        setattr(backend, name, _checked(getattr(backend, name)))


def _checked(look_up: Callable[..., Any]) -> Callable[..., Any]:
    def checked(backend: Any, ids: str | Iterable[str], *further: Any, **more: Any) -> Any:
        for one in [ids] if isinstance(ids, str) else ids:
            if not WELL_FORMED.fullmatch(one):
                raise MalformedInstanceIdError(one)
        return look_up(backend, ids, *further, **more)

    return checked
