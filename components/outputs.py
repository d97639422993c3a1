"""The outputs of components: their names are those that a class declares."""

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def declared(component: type[object]) -> list[str]:
    """The names of the outputs that a class declares, in its order."""
    return [name for name in inspect.get_annotations(component) if not name.startswith("_")]


def register(component: pulumi.ComponentResource) -> None:
    """Register every output that the component's class declares, by its name in the schema. The component has set them all."""
    component.register_outputs(by_schema(component))


def by_schema(component: pulumi.ComponentResource) -> dict[str, Any]:
    """The outputs of a component under the names that the schema has for them."""
    return {to_camel(name): getattr(component, name) for name in declared(type(component))}


def pass_on(whole: pulumi.ComponentResource, *parts: object) -> None:
    """Set each output of the whole that one of its parts declares under the same name to that part's output."""
    wanted = set(declared(type(whole)))
    for part in parts:
        for name in wanted.intersection(declared(type(part))):
            setattr(whole, name, getattr(part, name))


def gather(
    whole: pulumi.ComponentResource,
    kind: type[pulumi.ComponentResource],
    parts: Mapping[str, pulumi.ComponentResource],
) -> None:
    """Set the plural of each output of a kind of part to a map of the parts' outputs by name: `group_names` of `group_name`."""
    for output in declared(kind):
        setattr(
            whole,
            f"{output}s",
            by_name({name: getattr(part, output) for name, part in parts.items()}),
        )


def by_name(values: Mapping[str, pulumi.Output[T]]) -> pulumi.Output[dict[str, T]]:
    """One output of several, under their names."""
    # `all` without arguments returns a list, not a map.
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
