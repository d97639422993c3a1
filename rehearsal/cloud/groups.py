"""Security groups of an instance and of its first interface: on AWS they are always the same."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import elastic_network_interfaces


def repair() -> None:
    """Change the groups of both whenever one of them is changed. moto answers with the union of both lists."""
    interface: Any = elastic_network_interfaces.NetworkInterface
    interface.group_set = property(_groups)
    backend: Any = elastic_network_interfaces.NetworkInterfaceBackend
    backend.modify_network_interface_attribute = _in_step(
        backend.modify_network_interface_attribute
    )


def _groups(interface: Any) -> list[Any]:
    instance = interface.instance
    of_instance = instance.security_groups if instance and interface.device_index == 0 else []
    return of_instance or interface._group_set


def _in_step(modify: Callable[..., None]) -> Callable[..., None]:
    def modify_network_interface_attribute(
        backend: Any, eni_id: str, group_ids: list[str], *others: Any
    ) -> None:
        modify(backend, eni_id, group_ids, *others)
        interface = backend.get_network_interface(eni_id)
        if group_ids and interface.instance and interface.device_index == 0:
            interface.instance.security_groups = list(interface._group_set)

    return modify_network_interface_attribute
