"""An image repository in ECR: machines fetch a login, containerd sends it, and it is renewed before it ends."""

import json
import tomllib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import yaml

from components.facts.ecr import ecr_registry
from components.facts.role import Role
from components.machine.fetched_programs import fetched_files
from components.machine.user_data import control_plane_text, worker_text
from components.roles import policy
from components.rules import load, warnings
from components.spec.cluster import Spec
from tests.unit.node.conftest import Cluster, _program

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PROGRAMS = "/usr/local/lib/dualstack"


def spec(repository: str = f"{HOST}/k8s", minor: str = "1.37", **network: Any) -> Spec:
    """A cluster whose images come from a repository."""
    return load(
        Spec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": {"name": "prod", "kubernetesVersion": minor},
            "network": {"zones": ["eu-west-1a"], **network},
            "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
            "workers": {"general": {}},
            "software": {
                "imageRepository": repository,
                "releaseServer": "https://mirror.example.com",
                "packageMirror": "https://mirror.example.com/ubuntu",
            },
        },
    )


REGISTRIES = {
    f"{HOST}/k8s": ("eu-west-1", False),
    "123456789012.dkr-ecr.eu-west-1.on.aws/k8s": ("eu-west-1", True),
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com": ("us-gov-west-1", False),
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b": ("cn-north-1", False),
    "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/a": ("cn-north-1", True),
}


@pytest.mark.parametrize(("repository", "known"), REGISTRIES.items(), ids=REGISTRIES)
def test_a_registry_of_ecr_is_known_by_its_host(repository: str, known: tuple[str, bool]):
    registry = ecr_registry(repository)

    assert registry is not None
    assert (registry.account, registry.region, registry.dual_stack) == ("123456789012", *known)


@pytest.mark.parametrize(
    "repository", [None, "registry.example.com/k8s", "public.ecr.aws/eks", "123.dkr.ecr.x/k8s"]
)
def test_other_registries_want_no_login_of_aws(repository: str | None):
    assert ecr_registry(repository) is None


@pytest.mark.parametrize("minor", ["1.16", "1.25", "1.26", "1.37"])
@pytest.mark.parametrize("role", Role)
def test_every_machine_of_every_minor_gets_the_login_and_its_timer(minor: str, role: Role):
    whole = spec(minor=minor)
    pool = whole.pool("general")
    text = control_plane_text(whole) if role is Role.CONTROL_PLANE else worker_text(pool)
    files = {file["path"]: file["content"] for file in yaml.safe_load(text)["write_files"]}
    fetched = {file.path: file.content for file in fetched_files(role)}

    assert json.loads(files["/etc/dualstack/node.json"])["registry"] == {
        "host": HOST,
        "region": "eu-west-1",
        "endpoints": ["eu-west-1.amazonaws.com", "eu-west-1.api.aws"],
    }
    assert f"{PROGRAMS}/registry_login.py" in fetched
    # AWS issues a login for twelve hours: two renewals may fail.
    assert "OnUnitActiveSec=4h" in fetched["/etc/systemd/system/dualstack-registry.timer"]
    assert 'config_path = "/etc/containerd/certs.d"' in files["/etc/containerd/config.toml"]


def test_without_ecr_nothing_logs_in():
    text = worker_text(spec("registry.example.com/k8s").pool("general"))

    assert '"registry":' not in text


@pytest.mark.parametrize("role", Role)
def test_the_roles_may_pull_from_that_registry_alone(role: Role):
    statements = {
        statement["Sid"]: statement for statement in policy(role, spec().roles_part())["Statement"]
    }

    assert statements["LogInToRegistry"]["Action"] == ["ecr:GetAuthorizationToken"]
    assert statements["PullImages"] == {
        "Sid": "PullImages",
        "Effect": "Allow",
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
        "Resource": ["arn:aws:ecr:eu-west-1:123456789012:repository/*"],
    }
    plain = policy(role, spec("registry.example.com/k8s").roles_part())["Statement"]
    assert not [statement for statement in plain if '"ecr:' in json.dumps(statement)]


def test_without_ipv4_the_endpoints_of_ecr_are_missed_unless_its_name_has_ipv6():
    def missed(repository: str) -> str:
        return " ".join(str(fault) for fault in warnings(spec(repository, nat="none")))

    assert "ssmmessages, ecr.api, ecr.dkr by an IPv4 name" in missed(f"{HOST}/k8s")
    assert "ecr" not in missed("123456789012.dkr-ecr.eu-west-1.on.aws/k8s")


@pytest.fixture(scope="module")
def registry_login() -> Iterator[ModuleType]:
    """registry_login.py"""
    yield from _program("registry_login")


@pytest.mark.parametrize(
    ("region", "endpoints", "urls"),
    [
        (
            "eu-west-1",
            ["eu-west-1.amazonaws.com", "eu-west-1.api.aws"],
            ["https://api.ecr.eu-west-1.amazonaws.com/", "https://ecr.eu-west-1.api.aws/"],
        ),
        (
            "cn-north-1",
            ["cn-north-1.amazonaws.com.cn", "cn-north-1.api.amazonwebservices.com.cn"],
            [
                "https://api.ecr.cn-north-1.amazonaws.com.cn/",
                "https://ecr.cn-north-1.api.amazonwebservices.com.cn/",
            ],
        ),
    ],
)
def test_ecr_is_asked_by_the_names_that_aws_gives_it(
    registry_login: ModuleType, region: str, endpoints: list[str], urls: list[str]
):
    # The names are those of botocore/data/ecr.
    found = registry_login.Ecr({"region": region, "endpoints": endpoints})

    assert found._urls("ecr") == urls


def test_a_worker_hands_its_login_to_containerd_before_kubeadm_pulls(cluster: Cluster):
    cluster.api_up.set()
    registry = {"host": HOST, "region": "eu-west-1", "endpoints": ["eu-west-1.amazonaws.com"]}
    worker = cluster.worker(registry=registry)

    ended = worker.run()

    assert ended.returncode == 0, ended.stdout
    file = worker.root / f"etc/containerd/certs.d/{HOST}/hosts.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    told = tomllib.loads(file.read_text())
    # moto's registry issues this login: AWS:<account>-auth-token.
    assert told == {
        "server": f"https://{HOST}",
        "host": {
            f"https://{HOST}": {
                "capabilities": ["pull", "resolve"],
                "header": {"Authorization": ["Basic QVdTOjEyMzQ1Njc4OTAxMi1hdXRoLXRva2Vu"]},
            }
        },
    }
    assert "QVdTOjEy" not in ended.stdout
    started = [call["arguments"] for call in worker.calls("systemctl")]
    timer = started.index(["enable", "--now", "dualstack-registry.timer"])
    assert timer < started.index(["start", "containerd"])
