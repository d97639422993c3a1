"""Validation of inputs against a provider's SDK: names, types and required inputs."""

import collections.abc
import enum
import importlib
import inspect
import re
import threading
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pulumi import _types as sdk_types

from .wire import UNKNOWN

_IMPORTING = threading.Lock()
"""Held while something of an SDK is looked up. The SDK's packages load their parts at the first use of one, and another thread
that uses it meanwhile finds a module without its functions."""

PRIMITIVES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True)
class InputFault:
    """One fault in the inputs of a resource."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The inputs of a resource or of a nested block, by name."""

    types: dict[str, Any]
    required: frozenset[str]


def resource_faults(token: str, inputs: dict[str, Any]) -> list[InputFault]:
    """All faults in the inputs of a resource that the types of the SDK exclude."""
    return list(_block_faults("", _fields(_args_class(token)), inputs))


def inputs(token: str) -> frozenset[str]:
    """The names of a resource's inputs."""
    return frozenset(_fields(_args_class(token)).types)


def function_faults(token: str, args: dict[str, Any]) -> list[InputFault]:
    """Arguments of a look-up that the SDK does not have."""
    known = _parameters(token)
    return [
        InputFault(name, f"is no argument of {token}{_nearest(name, known)}")
        for name in args
        if name not in known
    ]


@cache
def _args_class(token: str) -> type:
    package, module, name = token.split(":")
    try:
        # The name where a nested block of the package has the usual one.
        return _of_sdk(package, module, f"{name}InitArgs")
    except AttributeError:
        return _of_sdk(package, module, f"{name}Args")


@cache
def _parameters(token: str) -> frozenset[str]:
    package, module, name = token.split(":")
    function = _of_sdk(package, module, re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower())
    names = inspect.signature(function).parameters
    return frozenset(re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), name) for name in names)


def _of_sdk(package: str, module: str, name: str) -> Any:
    """A class or a function of the module of the SDK that a token names."""
    area = module.partition("/")[0]
    with _IMPORTING:
        return getattr(
            importlib.import_module(f"pulumi_{package}.{area}".removesuffix(".index")), name
        )


@cache
def _fields(args: type) -> Fields:
    wire_names = sdk_types.input_type_py_to_pulumi_names(args)
    parameters = list(inspect.signature(args.__init__).parameters.values())[1:]
    required = (p.name for p in parameters if p.default is inspect.Parameter.empty)
    return Fields(
        sdk_types.input_type_types(args),
        frozenset(wire_names.get(name, name) for name in required),
    )


def _block_faults(path: str, fields: Fields, block: dict[str, Any]) -> Iterator[InputFault]:
    for name, value in block.items():
        if name == "__defaults":
            continue
        where = f"{path}.{name}" if path else name
        if name not in fields.types:
            yield InputFault(where, f"is not an input{_nearest(name, fields.types)}")
        else:
            yield from _value_faults(where, fields.types[name], value)
    for name in sorted(fields.required - block.keys()):
        yield InputFault(f"{path}.{name}" if path else name, "is required and missing")


def _value_faults(path: str, expected: Any, value: Any) -> Iterator[InputFault]:
    if value is None or value == UNKNOWN:
        return
    expected = _bare(expected)
    origin = typing.get_origin(expected)
    if origin is collections.abc.Sequence:
        if not isinstance(value, list):
            yield InputFault(path, f"must be a list, and is {value!r}")
            return
        for index, part in enumerate(value):
            yield from _value_faults(f"{path}[{index}]", typing.get_args(expected)[0], part)
    elif origin is collections.abc.Mapping:
        if not isinstance(value, dict):
            yield InputFault(path, f"must be a map, and is {value!r}")
            return
        for key, part in value.items():
            yield from _value_faults(f"{path}.{key}", typing.get_args(expected)[1], part)
    elif expected in PRIMITIVES:
        if not _fits(expected, value):
            yield InputFault(path, f"must be {PRIMITIVES[expected]}, and is {value!r}")
    elif sdk_types.is_input_type(expected):
        if isinstance(value, dict):
            yield from _block_faults(path, _fields(expected), value)
        else:
            yield InputFault(path, f"must be a block of settings, and is {value!r}")


def _bare(expected: Any) -> Any:
    """The plain type inside `Input[…]`, `Optional[…]` and enums of strings."""
    while typing.get_origin(expected) in (typing.Union, types.UnionType):
        parts = typing.get_args(expected)
        if str in parts:
            return str
        expected = parts[0]
    if isinstance(expected, type) and issubclass(expected, enum.Enum):
        return str
    return expected


def _fits(expected: type, value: Any) -> bool:
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))


def _nearest(name: str, known: collections.abc.Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
