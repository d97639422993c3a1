"""A stand-in for the cloud, for unit tests of programs that use the components: no account, no engine, no network.

`deploy` runs a program under Pulumi's mocks. It records what the program asks for, and answers with made-up values. A resource's
id is its label, `Subnet net-public-eu-west-1a`, so that a reference says what it refers to. What the engine alone does is not
here: plans, updates, replacements and the checks of providers.
"""

# pyright: basic
# The mocks of the SDK have no types.

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from unittest.mock import AsyncMock, patch

import grpc
import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs
from pulumi.runtime.settings import ROOT

from . import joining, readiness
from .config.section import is_map

VPC_RANGE = "2600:1f14:db8::/56"
"""The IPv6 range that every VPC is given here."""

UNKNOWN = "(unknown)"
"""How an input is recorded whose value only a deployment will know."""

PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0mdujYlYrA5Dn3wYZJSh\n"
    "i31dCAo43AIExbRT2RBuWgeqwlSXLxE8R4KlAEybBgv01j1pxyl7BTY+svSYP7Ql\n"
    "EASulb/d9f3yrfLr/Y7DQx7ubYXeaX0ZZWfTNl1pBI+9QeAvcqnAGGUML/udAiJX\n"
    "TQ0fvDT/cRiXJvC29Wk+O2K05zOZ/SbMxf8HO1CWJRXSzMSQAl1dgD/dXbrxCpEc\n"
    "mV3el8B83UMlFpCgUlux938jq7pUMPPDOLtC2OJ+J3YlVDr+YGUJm/fGZ1MvJm01\n"
    "WAAyBGguP1x0vks9xXTbWV/h9nPZzVSJREkd38dDGjtpPfEjwUmHPWcJUQ3BzdrM\n"
    "TwIDAQAB\n"
    "-----END PUBLIC KEY-----\n"
)
"""The public half of every key here. Nobody has the private one."""

COMPUTED: Mapping[str, Mapping[str, Any]] = {
    "Bucket": {
        "arn": "arn:aws:s3:::{name}",
        "bucket": "{name}",
        "bucketRegionalDomainName": "{name}.s3.eu-west-1.amazonaws.com",
    },
    "Eip": {"publicIp": "198.51.100.1"},
    "Group": {"arn": "arn:{name}", "name": "{name}"},
    "InstanceProfile": {
        "arn": "arn:aws:iam::123456789012:instance-profile/{name}",
        "name": "{name}",
    },
    "Key": {"arn": "arn:aws:kms:eu-west-1:123456789012:key/{name}"},
    "LaunchTemplate": {"latestVersion": 1},
    "LoadBalancer": {
        "arn": "arn:{name}",
        "dnsName": "{name}.elb.eu-west-1.amazonaws.com",
        "zoneId": "Z2IFOLAFXWLO4F",
    },
    "LogGroup": {"arn": "arn:aws:logs:eu-west-1:123456789012:log-group:{name}"},
    "OpenIdConnectProvider": {"arn": "arn:aws:iam::123456789012:oidc-provider/{name}"},
    "Role": {"arn": "arn:aws:iam::123456789012:role/{name}", "name": "{name}"},
    "TargetGroup": {"arn": "arn:{name}"},
    "Vpc": {"ipv6CidrBlock": VPC_RANGE},
    "PrivateKey": {
        "privateKeyPem": "key of {name}",
        "publicKeyPem": PUBLIC_KEY,
    },
    "SelfSignedCert": {"certPem": "certificate of {name}"},
    "CertRequest": {"certRequestPem": "request of {name}"},
    "LocallySignedCert": {"certPem": "certificate of {name}"},
    "RandomBytes": {"base64": "bytes of {name}"},
    "RandomString": {"result": "abcdef"},
    "RandomPassword": {"result": "0123456789abcdef"},
}
"""What a provider adds to each kind of resource; in a preview it is not known yet."""

SECRET = ("privateKeyPem", "result", "base64")
"""What providers say is secret."""

IPV4_ONLY_SERVICES = ("ecr.dkr",)
NAMES_ALONE = ("kms",)
"""Services of which AWS tells the name and nothing else, as in GovCloud."""


class LookUpRefused(grpc.RpcError):
    """What the SDK meets when a provider refuses a look-up."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self)


def label(typ: str, name: str) -> str:
    """A resource's kind and name: `Subnet net-public-eu-west-1a`."""
    return f"{typ.rpartition(':')[2]} {name}"


def _label_of_urn(urn: str) -> str:
    *_, typ, name = urn.split("::")
    return label(typ.rpartition("$")[2], name)


@dataclass(frozen=True)
class Recorded:
    """What a program asked of one resource."""

    inputs: dict[str, Any]
    secrets: frozenset[str]
    """Inputs that the state hides."""
    parent: str
    provider: str
    protect: bool
    ignored: list[str]
    """Inputs whose changes are ignored."""
    waits_for: frozenset[str]


@dataclass
class Deployment(pulumi.runtime.Mocks):
    """All that one run of a program asked for."""

    preview: bool = False
    """Whether computed values are unknown, as in a preview on an empty account."""
    made: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Computed values of resources by their label, beside `COMPUTED`: `{"Eip net-eu-west-1a": {"publicIp": "192.0.2.1"}}`."""
    existing: Collection[str] = ()
    """In a preview, the resources that an earlier deployment made: what was computed of them is known."""
    machines: Mapping[str, str] = field(default_factory=dict[str, str])
    """The control planes that exist already: their instance types by name."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """The values of SSM parameters that exist already, by name."""
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    """When images were made, by AMI: `{"ami-0123456789abcdef0": "2026-01-31T00:00:00.000Z"}`. Others are of today."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Answers to look-ups of the program's own by the function's name: `{"getCallerIdentity": {"accountId": "123456789012"}}`."""
    account: Mapping[str, Mapping[str, Any] | None] | None = None
    """What AWS says of a VPC or a subnet, by its id; None of one that is not there. Without any, nothing may be asked.

    `routes` are those of a subnet's own table, or of a VPC's main one."""
    resources: dict[str, Recorded] = field(default_factory=dict[str, Recorded])
    """The resources by their labels, in the order in which the program registered them."""
    looked_up: list[MockCallArgs] = field(default_factory=list[MockCallArgs])
    """The look-ups: each has a token and arguments."""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """The values of what the program returned and of what it exported; `UNKNOWN` for those that a preview does not know."""
    secret_outputs: set[str] = field(default_factory=set[str])
    """The names of outputs that are secret."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        key = label(args.typ, args.name)
        computed = {**COMPUTED.get(args.typ.rpartition(":")[2], {}), **self.made.get(key, {})}
        if self.preview and key not in self.existing:
            return None, dict.fromkeys(computed, rpc.UNKNOWN) | args.inputs
        state = {key: self._state(key, value, args.name) for key, value in computed.items()}
        return key, state | args.inputs

    def _state(self, key: str, value: Any, name: str) -> Any:
        value = value.replace("{name}", name) if isinstance(value, str) else value
        return pulumi.Output.secret(value) if key in SECRET else value

    def call(  # noqa: PLR0911 (one for each look-up)
        self, args: MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.looked_up.append(args)
        function = args.token.rpartition(":")[2]
        if function in self.answers:
            return dict(self.answers[function]), []
        match function:
            case "getParameter":
                return {"value": f"ami of {args.args['name']}"}, []
            case "getVpcEndpointService":
                service = args.args.get("service")
                name = args.args.get("serviceName") or f"com.amazonaws.eu-west-1.{service}"
                found: dict[str, Any] = {"serviceName": name}
                if service not in NAMES_ALONE:
                    ipv4_only = service in IPV4_ONLY_SERVICES
                    found["supportedIpAddressTypes"] = ["ipv4"] if ipv4_only else ["ipv4", "ipv6"]
                return found, []
            case "getAmi":
                [image] = args.args["filters"][0]["values"]
                today = datetime.now(UTC).isoformat()
                return {"id": image, "creationDate": self.images.get(image, today)}, []
            case "getInstance":
                now = datetime.now(UTC).isoformat()
                return {"id": args.args["instanceId"], "launchTime": now}, []
            case "getInstances":
                return {"ids": self._instances(args.args)}, []
            case "getVpc" | "getSubnet" | "getRouteTable":
                return self._described(function.removeprefix("get"), args.args), []
            case "getParametersByPath":
                names = [name for name in self.parameters if name.startswith(args.args["path"])]
                return {"names": names, "values": [self.parameters[name] for name in names]}, []
        raise NotImplementedError(
            f"{args.token} has no answer here; pass answers={{{function!r}: {{…}}}}"
        )

    def _described(self, kind: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A VPC, a subnet, or the route table of a subnet or the main one of a VPC, as the account has it."""
        if self.account is None:
            raise LookUpRefused("UnauthorizedOperation")
        of_table = kind == "RouteTable"
        identity = asked.get("id") or asked.get("subnetId") or asked["vpcId"]
        described = self.account.get(identity)
        if described is None or (of_table and "routes" not in described):
            raise LookUpRefused(f"no matching EC2 {kind} found")
        return {"id": identity, **described} | ({"routeTableId": "rtb-1"} if of_table else {})

    def _instances(self, asked: Mapping[str, Any]) -> list[str]:
        """The ids of machines that pass the filters by name and type; owner and state are taken as they are asked for."""
        filters = {one["name"]: one["values"] for one in asked["filters"]}
        return [
            f"i-{name}"
            for name, kind in self.machines.items()
            if any(fnmatchcase(name, pattern) for pattern in filters["tag:Name"])
            and kind in filters.get("instance-type", [kind])
        ]

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Inputs of each resource of one kind, by name."""
        found = sorted(key for key in self.resources if key.startswith(f"{kind} "))
        return {key.partition(" ")[2]: self.resources[key].inputs for key in found}

    def one(self, kind: str) -> dict[str, Any]:
        """Inputs of the only resource of one kind."""
        found = self.all(kind)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} of {kind}: {list(found)}")
        return next(iter(found.values()))

    def inputs(self) -> dict[str, dict[str, Any]]:
        """Everything that was asked for, but for what later changes of it would not change."""
        return {
            key: {name: value for name, value in seen.inputs.items() if name not in seen.ignored}
            for key, seen in self.resources.items()
        }


class Monitor(MockMonitor):
    """Reads the raw requests: parents, protection and ignored changes are only there."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment)
        self.deployment = deployment

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's name)
        if request.type != "pulumi:pulumi:Stack":
            key = label(request.type, request.name)
            if key in self.deployment.resources:
                raise AssertionError(f"twice: {key}")
            inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
            self.deployment.resources[key] = Recorded(
                inputs={name: _plain(value) for name, value in inputs.items()},
                secrets=frozenset(name for name in inputs if rpc.is_rpc_secret(inputs[name])),
                parent=_label_of_urn(request.parent),
                provider=request.provider,
                protect=request.protect,
                ignored=sorted(request.ignoreChanges),
                waits_for=frozenset(map(_label_of_urn, request.dependencies)),
            )
        return super().RegisterResource(request)


def _plain(value: Any) -> Any:
    """A value as the program wrote it: without the marks of secret and unknown, and whole numbers not as floats."""
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    match value:
        case pulumi.output.Unknown():
            return UNKNOWN
        case dict():
            return {key: _plain(entry) for key, entry in value.items()}
        case list():
            return [_plain(entry) for entry in value]
        case float() if value.is_integer():
            return int(value)
    return value


@contextmanager
def _fresh_event_loop() -> Iterator[None]:
    """Pulumi makes futures before any loop runs, which Python 3.14 no longer forgives."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def deploy(
    program: Callable[[], Any],
    *,
    config: Mapping[str, str] | None = None,
    project: str = "project",
    stack: str = "test",
    **settings: Any,
) -> Deployment:
    """Run a program until every resource has settled, and return what it asked for.

    `config` has full keys, like `aws:region`; a map is written as JSON. `settings` are the first fields of `Deployment`.
    If the program returns a dictionary, its entries are outputs of the deployment. Raises what the program raises: a
    `pulumi.RunError` lists the faults of its configuration.
    """
    deployment = Deployment(**settings)
    run(deployment, program, config or {}, project=project, stack=stack)
    return deployment


def run(
    deployment: Deployment,
    program: Callable[[], Any],
    config: Mapping[str, str],
    *,
    project: str,
    stack: str,
) -> None:
    """Run a program against a deployment, which keeps what it asked for even if the program fails."""

    async def resolve(name: str, value: Any) -> None:
        output = pulumi.Output.from_input(value)
        deployment.outputs[name] = await output.future() if await output.is_known() else UNKNOWN
        if await output.is_secret():
            deployment.secret_outputs.add(name)

    async def settle() -> None:
        returned = program()
        # The stack's exports are there without an engine too.
        root: Any = pulumi.runtime.get_root_resource()
        outputs = {**(root.outputs if root else {}), **(returned if is_map(returned) else {})}
        await asyncio.gather(*[resolve(name, value) for name, value in outputs.items()])

    with (
        _fresh_event_loop(),
        # Here no API will ever answer, and no machine join.
        patch.object(readiness, "answers", return_value=True),
        patch.object(joining, "until_joined", AsyncMock()),
    ):
        pulumi.runtime.set_all_config(dict(config))
        # The mocks keep the stack of the program before, and its name.
        ROOT.set(None)
        pulumi.runtime.set_mocks(
            deployment,
            project=project,
            stack=stack,
            preview=deployment.preview,
            monitor=Monitor(deployment),
        )
        pulumi.runtime.test(settle)()
