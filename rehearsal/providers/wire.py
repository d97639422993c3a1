"""Conversion of property values between Python and the protobuf structs of the engine."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
"""The placeholder of a value that is known only after the deployment."""

SIGNATURE = rpc._special_sig_key
SECRET = rpc._special_secret_sig


def plain(struct: Struct) -> tuple[dict[str, Any], set[str]]:
    """The properties as Python values, and the names of those that are secret or contain a secret."""
    secrets: set[str] = set()
    values = {}
    for name, value in struct.fields.items():
        found: list[bool] = []
        values[name] = _unwrap(value, found)
        if found:
            secrets.add(name)
    return values, secrets


def struct(values: Mapping[str, Any], secrets: Iterable[str] = ()) -> Struct:
    """The properties as a protobuf struct. Those in `secrets` are marked as secret."""
    result = Struct()
    hidden = set(secrets)
    result.update(
        {
            name: {SIGNATURE: SECRET, "value": value} if name in hidden else value
            for name, value in values.items()
        }
    )
    return result


def _unwrap(value: Value, found: list[bool]) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            content: Any = value.string_value
        case "bool_value":
            content = value.bool_value
        case "number_value":
            content = value.number_value
            content = int(content) if content.is_integer() else content
        case "list_value":
            content = [_unwrap(part, found) for part in value.list_value.values]
        case "struct_value":
            content = _unwrap_struct(value.struct_value, found)
        case _:
            content = None
    return content


def _unwrap_struct(struct_value: Struct, found: list[bool]) -> Any:
    fields = struct_value.fields
    if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
        found.append(True)
        return _unwrap(fields["value"], found)
    return {name: _unwrap(part, found) for name, part in fields.items()}
