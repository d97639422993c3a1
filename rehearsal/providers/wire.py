"""Conversion of property values between Python and the protobuf structs of the engine."""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, status_pb2

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


def replace(properties: Struct, values: Mapping[str, Any], secrets: Iterable[str]) -> None:
    """Give the properties other values. One that is as it was stays as it was sent: a part of it may be secret."""
    for name, before in plain(properties)[0].items():
        if name in values and values[name] != before:
            properties.fields.pop(name)
            if values[name] is not None:
                properties.MergeFrom(struct({name: values[name]}, secrets))


def kind(before: bool, after: bool, replace: bool) -> provider_pb2.PropertyDiff.Kind.ValueType:
    """The kind of a property's change: whether it was there, is there, and replaces the resource."""
    what = "UPDATE" if before and after else "ADD" if after else "DELETE"
    return provider_pb2.PropertyDiff.Kind.Value(f"{what}_REPLACE" if replace else what)


def unfinished(context: Any, identity: str, properties: Struct, why: str) -> NoReturn:
    """Fail the call over a resource that exists. The engine then keeps it, and the next run updates it.

    https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/provider.go (initializationError)
    """
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=why)
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(id=identity, properties=properties, reasons=[why])
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, why)
    raise AssertionError  # abort has raised


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
