"""Routes to gateway endpoints: moto adds them when the endpoint is created, not when a table joins it later."""

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import InvalidRouteError, InvalidRouteTableIdError
from moto.ec2.models import vpcs


def repair() -> None:
    """Add and delete the routes of a gateway endpoint when its tables change."""
    backend: Any = vpcs.VPCBackend
    backend.modify_vpc_endpoint = _routed(backend.modify_vpc_endpoint)
    backend.delete_vpc_endpoints = _unrouted(backend.delete_vpc_endpoints)


def _routed(modify: Callable[..., None]) -> Callable[..., None]:
    def modify_vpc_endpoint(backend: Any, vpc_id: str, **change: Any) -> None:
        # The first argument is the id of the endpoint, although moto names it vpc_id.
        modify(backend, vpc_id, **change)
        endpoint = backend.vpc_end_points[vpc_id]
        if not endpoint.destination_prefix_list_id:
            return
        for table in change.get("add_route_tables") or ():
            backend.create_route(
                table,
                None,
                gateway_id=endpoint.id,
                destination_prefix_list_id=endpoint.destination_prefix_list_id,
            )
        for table in change.get("remove_route_tables") or ():
            _forget(backend, endpoint, table)

    return modify_vpc_endpoint


def _unrouted(delete: Callable[..., None]) -> Callable[..., None]:
    def delete_vpc_endpoints(backend: Any, vpce_ids: list[str] | None = None) -> None:
        for identity in vpce_ids or ():
            endpoint = backend.vpc_end_points.get(identity)
            if endpoint and endpoint.destination_prefix_list_id:
                for table in endpoint.route_table_ids:
                    _forget(backend, endpoint, table)
                endpoint.route_table_ids = []
        delete(backend, vpce_ids)

    return delete_vpc_endpoints


def _forget(backend: Any, endpoint: Any, table: str) -> None:
    try:
        backend.delete_route(
            table, None, destination_prefix_list_id=endpoint.destination_prefix_list_id
        )
    except (InvalidRouteError, InvalidRouteTableIdError):
        return
