"""A stand-in for the cloud: it records what a program asks for and answers with made-up ids."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs

VPC_RANGE = "2600:1f14:db8::/56"
"""The IPv6 range that every VPC is given here."""

ANSWERS: dict[str, dict[str, Any]] = {
    "aws:ssm/getParameter:getParameter": {"value": "ami-0ubuntu0000000001"},
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": {
        "serviceName": "com.amazonaws.eu-west-1.service",
        "supportedIpAddressTypes": ["ipv4", "ipv6"],
    },
}
"""What a look-up finds."""


@dataclass
class Deployment(pulumi.runtime.Mocks):
    """Every resource one program registered."""

    registered: list[MockResourceArgs] = field(default_factory=list)
    looked_up: list[MockCallArgs] = field(default_factory=list)
    requests: dict[tuple[str, str], Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        key = (args.typ, args.name)
        assert key not in {(seen.typ, seen.name) for seen in self.registered}, f"twice: {key}"
        self.registered.append(args)
        known = {
            "arn": f"arn:aws:mock:::{args.name}",
            "name": args.name,
            "dnsName": f"{args.name}.elb.eu-west-1.amazonaws.com",
            "zoneId": "Z00000000000000",
            "publicIp": "198.51.100.7",
            "ipv6CidrBlock": VPC_RANGE,
            "latestVersion": 1,
            "privateKeyPem": f"PRIVATE {args.name}",
            "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "certPem": f"CERTIFICATE {args.name}",
            "certRequestPem": f"REQUEST {args.name}",
            "result": "abcdef" if args.name.endswith("-id") else "0123456789abcdef",
        }
        return f"{args.name}-id", known | args.inputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        self.looked_up.append(args)
        return ANSWERS[args.token]

    def all(self, typ: str) -> dict[str, dict[str, Any]]:
        """Inputs of each resource of one type, by name."""
        found = sorted((seen for seen in self.registered if seen.typ == typ), key=lambda r: r.name)
        return {resource.name: resource.inputs for resource in found}

    def one(self, typ: str) -> dict[str, Any]:
        """Inputs of the only resource of one type."""
        found = self.all(typ)
        assert len(found) == 1, f"{len(found)} of {typ}: {list(found)}"
        return next(iter(found.values()))


class Monitor(MockMonitor):
    """Keeps the raw requests too: parents, protection and ignored changes are only there."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment)
        self.deployment = deployment

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's name)
        self.deployment.requests[request.type, request.name] = request
        return super().RegisterResource(request)


@pytest.fixture(autouse=True)
def fresh_event_loop() -> Iterator[None]:
    """Pulumi makes futures before any loop runs, which Python 3.14 no longer forgives."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy() -> Deploy:
    """Run a program against the stand-in until every resource has settled."""

    def run(
        program: Callable[[], Any], *, preview: bool = False, config: dict[str, str] | None = None, stack: str = "test"
    ) -> Deployment:
        deployment = Deployment()
        pulumi.runtime.set_all_config(config or {})
        pulumi.runtime.set_mocks(
            deployment, project="dualstack", stack=stack, preview=preview, monitor=Monitor(deployment)
        )

        def settle() -> pulumi.Output[Any]:
            outputs = program() or {}
            return pulumi.Output.from_input(outputs).apply(deployment.outputs.update)

        pulumi.runtime.test(settle)()
        return deployment

    return run
