"""The floor: the resources of a program registered again one by one, with no component and no spec."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from ipaddress import IPv6Network
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs
from pulumi_aws import ssm

TOKEN = re.compile(r"<<([^>|]*)\|([^>|]*)\|([^>|]*)>>")
"""A token that replaces one output of one resource, alone or inside a longer text."""

PACKAGES = {"aws": "pulumi_aws", "tls": "pulumi_tls", "random": "pulumi_random"}

VPC = "aws:ec2/vpc:Vpc"
IMAGE = "aws:ssm/getParameter:getParameter"
"""The look-up of an image. The floor makes the same look-up."""
VPC_RANGE = "2600:1f14:db8::/56"
"""The IPv6 range of the VPC in the recording."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One resource, as a program registered it."""

    typ: str
    name: str
    inputs: Mapping[str, Any]
    ignored: list[str]


ALIAS = "aws:kms/alias:Alias"


class _Recorder(pulumi.runtime.Mocks):
    """Mocks that answer a token for every output, so that the inputs show the dependencies."""

    def __init__(self) -> None:
        self.resources: list[tuple[str, str, Mapping[str, Any]]] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ.startswith("dualstack:"):
            return "", dict(args.inputs)
        self.resources.append((args.typ, args.name, args.inputs))
        kind = _sdk_class(args.typ)
        computed = {
            output: f"<<{args.typ}|{args.name}|{output}>>"
            for output in _names(kind)
            if output not in args.inputs
        }
        # The program parses these outputs as a range, a key and a number, so they need valid values.
        known = {"ipv6CidrBlock": VPC_RANGE, "latestVersion": 1, "publicKeyPem": "AAAA"}
        computed |= {key: value for key, value in known.items() if key in computed}
        # Parameters name their key by its alias, so they depend on it by an output that is an input too.
        linked = {"name": f"<<{args.typ}|{args.name}|name>>"} if args.typ == ALIAS else {}
        return f"<<{args.typ}|{args.name}|id>>", computed | args.inputs | linked

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        service = args.args.get("service", "")
        return {
            "value": f"<<{IMAGE}|{args.args.get('name', '')}|value>>",
            "serviceName": f"com.amazonaws.eu-west-1.{service}",
            "supportedIpAddressTypes": ["ipv4"],
        }, []


class _Monitor(MockMonitor):
    def __init__(self, mocks: _Recorder) -> None:
        super().__init__(mocks)
        self.ignored: dict[tuple[str, str], list[str]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's name)
        self.ignored[request.type, request.name] = list(request.ignoreChanges)
        return super().RegisterResource(request)


def record(program: Callable[[], Any], stack: str, config: Mapping[str, Any]) -> list[Registered]:
    """All resources that a program registers. Each comes after its dependencies."""
    pulumi.runtime.set_all_config(
        {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in config.items()
        }
    )
    recorder = _Recorder()
    monitor = _Monitor(recorder)
    pulumi.runtime.set_mocks(
        recorder, project="dualstack", stack=stack, preview=False, monitor=monitor
    )
    pulumi.runtime.test(program)()
    return [
        Registered(typ, name, inputs, monitor.ignored[typ, name])
        for typ, name, inputs in recorder.resources
    ]


def flat(resources: list[Registered]) -> Callable[[], None]:
    """A program that registers the same resources."""

    def program() -> None:
        made: dict[tuple[str, str], pulumi.CustomResource] = {}
        for resource in resources:
            kind = _sdk_class(resource.typ)
            names = _names(kind)
            arguments = {names[key]: _tied(value, made) for key, value in resource.inputs.items()}
            made[resource.typ, resource.name] = kind(
                resource.name,
                **arguments,
                opts=pulumi.ResourceOptions(
                    ignore_changes=[names.get(key, key) for key in resource.ignored]
                ),
            )

    return program


def _tied(value: Any, made: Mapping[tuple[str, str], pulumi.CustomResource]) -> Any:
    """An input whose tokens are replaced by the outputs of the resources."""
    if isinstance(value, Mapping):
        return {key: _tied(part, made) for key, part in value.items()}
    if isinstance(value, list):
        return [_tied(part, made) for part in value]
    if not isinstance(value, str):
        return value
    if value.startswith(VPC_RANGE.split("/", maxsplit=1)[0].removesuffix(":")):
        vpc = next(found for (typ, _), found in made.items() if typ == VPC)
        return _output(vpc, "ipv6CidrBlock").apply(lambda given: _moved(value, given))
    if "<<" not in value:
        return value
    outputs = [
        _image(name) if typ == IMAGE else _output(made[typ, name], key)
        for typ, name, key in TOKEN.findall(value)
    ]
    return pulumi.Output.all(*outputs).apply(lambda found: _filled(value, found))


def _image(name: str) -> pulumi.Output[str]:
    return pulumi.Output.unsecret(ssm.get_parameter_output(name=name).value)


def _moved(block: str, vpc_range: str) -> str:
    """The block at the same offset in the range that the VPC really has."""
    recorded, start = IPv6Network(block), int(IPv6Network(VPC_RANGE).network_address)
    place = int(recorded.network_address) - start
    moved = int(IPv6Network(vpc_range).network_address) + place
    return str(IPv6Network((moved, recorded.prefixlen)))


def _filled(text: str, found: list[Any]) -> str:
    values = iter(found)
    return TOKEN.sub(lambda _: str(next(values)), text)


def _output(resource: pulumi.CustomResource, key: str) -> pulumi.Output[Any]:
    return resource.id if key == "id" else getattr(resource, _names(type(resource))[key])


@cache
def _sdk_class(typ: str) -> type[pulumi.CustomResource]:
    """The SDK's class for a type: `aws:ec2/vpc:Vpc` is `pulumi_aws.ec2.Vpc`."""
    package, module, name = typ.split(":")
    folder = module.split("/")[0]
    path = PACKAGES[package] if folder == "index" else f"{PACKAGES[package]}.{folder}"
    return getattr(import_module(path), name)


@cache
def _names(kind: type[pulumi.CustomResource]) -> Mapping[str, str]:
    """Each property of a class, from the engine's name to Python's."""
    properties = {
        name: made.fget for name, made in vars(kind).items() if isinstance(made, property)
    }
    return {getattr(read, "_pulumi_name", name): name for name, read in properties.items()}
