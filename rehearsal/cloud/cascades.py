"""What AWS takes away together with something else, and moto leaves behind."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import vpcs


def repair() -> None:
    """Take a VPC's network ACLs away with it."""
    backend: Any = vpcs.VPCBackend
    backend.delete_vpc = _with_acls(backend.delete_vpc)


def _with_acls(delete: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def delete_vpc(backend: Any, vpc_id: str) -> Any:
        deleted = delete(backend, vpc_id)
        acls = backend.network_acls
        for identity in [key for key, acl in acls.items() if acl.vpc_id == vpc_id]:
            del acls[identity]
        return deleted

    return delete_vpc
