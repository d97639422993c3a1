"""Resources that AWS deletes together with another one, and moto does not."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import vpcs


def repair() -> None:
    """Delete the network ACLs of a VPC with the VPC."""
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
