"""Transit gateways of others: a stack names one by its id, and none of the rehearsal's accounts has it."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import transit_gateway_attachments


def repair() -> None:
    """Let every transit gateway exist to which a VPC is attached, as pools of addresses and images of others do."""
    backend: Any = transit_gateway_attachments.TransitGatewayAttachmentBackend
    backend.create_transit_gateway_vpc_attachment = _with_gateway(
        backend.create_transit_gateway_vpc_attachment
    )


def _with_gateway(attach: Callable[..., Any]) -> Callable[..., Any]:
    def create_transit_gateway_vpc_attachment(
        backend: Any, transit_gateway_id: str, **asked: Any
    ) -> Any:
        known = backend.transit_gateways
        if transit_gateway_id not in known:
            made = backend.create_transit_gateway(description="somebody else's")
            known[transit_gateway_id] = known.pop(made.id)
            made.id = transit_gateway_id
        return attach(backend, transit_gateway_id, **asked)

    return create_transit_gateway_vpc_attachment
