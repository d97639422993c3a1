"""One cloud for all tests here, and a way to run a small program on the real engine."""

import shutil
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from rich.console import Console

from rehearsal.cloud import Cloud, hosting, pace, shortages, start_cloud, stop_cloud
from rehearsal.engine.engine import Engine, RunFailedError
from rehearsal.providers.aws.autoscaling import AutoScalingGroupResource
from rehearsal.providers.aws.launch_templates import LaunchTemplateResource
from rehearsal.providers.aws.session import Aws, Clients
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.vpc import VpcResource
from rehearsal.screen.progress import RunProgress
from rehearsal.state import State
from rehearsal.workspace import Project
from tests.engine.rehearsal.slow_provider import STAND_INS, with_slow_provider

REGION = "eu-west-1"
NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
LAUNCH_FIRST = {"minHealthyPercentage": 100, "maxHealthyPercentage": 110, "instanceWarmup": "10"}


@dataclass
class Rig:
    """One stack, and what its last run had to say."""

    engine: Engine
    notices: list[str] = field(default_factory=list)
    progress: RunProgress = field(init=False)

    def __post_init__(self) -> None:
        self.engine.notice = self.notices.append

    def preview(self) -> RunProgress:
        return self._run(self.engine.preview)

    def up(self) -> RunProgress:
        return self._run(self.engine.up)

    def begin_up(self) -> Future[RunProgress]:
        """Begin an `up` in a thread. Its result, or its exception, is there when it has ended."""
        thread = ThreadPoolExecutor(1)
        begun = thread.submit(self.up)
        thread.shutdown(wait=False)
        return begun

    def down(self) -> RunProgress:
        return self._run(self.engine.down)

    def refused(self) -> list[str]:
        """What an `up` that must fail says is wrong."""
        with pytest.raises(RunFailedError):
            self.up()
        return self.progress.failures

    def becomes(self, program: Callable[[], Any]) -> "Rig":
        """The same stack with another program."""
        self.engine.use(program)
        return self

    def _run(self, action: Callable[..., None]) -> RunProgress:
        self.progress = RunProgress(Console(quiet=True), expected=lambda: 0, quiet=True)
        action(self.progress.on_event)
        return self.progress


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A state folder of its own for each process of a parallel run."""
    made = State(tmp_path_factory.mktemp("state"))
    yield made
    stop_cloud(made)


@pytest.fixture(scope="session")
def cloud(state: State) -> Cloud:
    return start_cloud(state, in_use=False)


@pytest.fixture(scope="session")
def client(cloud: Cloud) -> Callable[..., Any]:
    """A plain client of AWS, to ask what is really there."""

    def make(service: str, region: str = REGION) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=cloud.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )

    return make


@pytest.fixture(scope="session")
def ec2(client: Callable[..., Any]) -> Any:
    return client("ec2")


@pytest.fixture(scope="session")
def aws(cloud: Cloud) -> Aws:
    """AWS as the stand-in's resource types see it."""
    return Aws(Clients(cloud.endpoint), REGION, {})


@pytest.fixture
def tell(cloud: Cloud) -> Callable[..., Any]:
    """Tell the cloud what no request of AWS can say, at a path of the rehearsal."""
    return cloud.tell


@pytest.fixture
def passes(tell: Callable[..., Any]) -> Callable[[float], None]:
    """Let so many of AWS's seconds pass."""
    return lambda seconds: tell(pace.PATH, seconds)


@pytest.fixture
def hosted(tell: Callable[..., Any]) -> Iterator[Callable[..., None]]:
    """Machines run for the instances, and those given have power: nobody plays them."""

    def say(*running: str) -> None:
        tell(hosting.PATH, {REGION: running})

    say()
    yield say
    tell(hosting.PATH, {}, "DELETE")


@pytest.fixture
def short(tell: Callable[..., Any]) -> Iterator[Callable[..., None]]:
    """EC2 has no capacity for these, as a code by instance type, or by type and zone."""

    def say(**lacking: str) -> None:
        named = {key.replace("_", ".").replace("/", " "): code for key, code in lacking.items()}
        tell(shortages.PATH, named)

    yield say
    say()


@pytest.fixture(scope="module")
def image(aws: Aws) -> str:
    return aws.client("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]


@pytest.fixture(scope="module")
def subnets(aws: Aws) -> list[str]:
    """A subnet in each of two zones."""
    vpc = VpcResource().create(aws, {"cidrBlock": "10.7.0.0/16"})
    return [
        SubnetResource()
        .create(aws, {"vpcId": vpc.id, "cidrBlock": f"10.7.{n}.0/24", "availabilityZone": zone})
        .id
        for n, zone in enumerate(("eu-west-1a", "eu-west-1b"))
    ]


@pytest.fixture
def make_group(
    aws: Aws, image: str, subnets: list[str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., dict[str, Any]]]:
    """A group named after the test, with version 1 of its template. Afterwards it is gone."""
    name = request.node.name[:60]
    inputs = {"name": name, "imageId": image, "instanceType": "t3.small"}
    template = LaunchTemplateResource().create(aws, inputs)
    LaunchTemplateResource().update(aws, template.id, inputs, inputs | {"instanceType": "t3.large"})

    def make(**more: Any) -> dict[str, Any]:
        group = {
            "name": name,
            "minSize": 1,
            "maxSize": 9,
            "launchTemplate": {"id": template.id, "version": "1"},
            "vpcZoneIdentifiers": subnets,
            "instanceRefresh": {"strategy": "Rolling", "preferences": LAUNCH_FIRST},
        } | more
        AutoScalingGroupResource().create(aws, group)
        return group

    yield make
    AutoScalingGroupResource().delete(aws, name, {"forceDelete": True})
    LaunchTemplateResource().delete(aws, template.id, {})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one stack, in one region."""
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\nstackConfigDir: stacks\n")
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    (stacks / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {REGION}\n")
    return Project(tmp_path, stack_file=stacks / "Pulumi.dev.yaml")


@pytest.fixture
def slow_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs may ask for a `slow:index:Wait`."""
    monkeypatch.setattr(STAND_INS, with_slow_provider)


@pytest.fixture
def rig(
    state: State, cloud: Cloud, project: Project, request: pytest.FixtureRequest
) -> Iterator[Callable[[Callable[[], Any]], Rig]]:
    """Run programs as a stack named after the test. Afterwards no stack is known, and AWS is as it was at the start."""

    def make(program: Callable[[], Any]) -> Rig:
        stack = request.node.name[:90].replace("[", "-").replace("]", "")
        engine = Engine(stack, project=project, program=program, state=state, keep_cloud=True)
        return Rig(engine)

    yield make
    # To take each stack down would take ten times as long.
    for place in ("backend", "journals"):
        shutil.rmtree(state.place(place), ignore_errors=True)
    reset = urllib.request.Request(f"{cloud.endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
