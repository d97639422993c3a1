"""The account of a team, its stacks, and who may do what in it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

BUCKET = "acme-pulumi-state"
STACKS = ("dev", "staging", "prod")

KEPT_FROM_JOBS = (
    *("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("MAKEFLAGS", "MAKELEVEL", "MFLAGS"),
)
"""What a person has and a job must not: the job gets its own by its token. Those of `make ci` would reach the make of a job."""


def stack_file(name: str, region: str) -> dict[str, Any]:
    """A small cluster without add-ons: no API answers here that they could be installed into."""
    return {
        "config": {
            "aws:region": region,
            "dualstack:cluster": {"name": name, "kubernetesVersion": "1.36", "cni": "flannel"},
            "dualstack:network": {"zones": [f"{region}a"], "nat": "single"},
            "dualstack:api": {"allowedCidrs": ["203.0.113.0/24", "2001:db8:203::/48"]},
            "dualstack:controlPlane": {"count": 1},
            "dualstack:workers": {"general": {"instanceTypes": ["t3.medium"], "min": 1, "max": 2}},
            "dualstack:addons": {"cni": False, "cloudController": False},
        }
    }


@dataclass
class Account:
    """The account, as the person who owns it sees it."""

    variables: dict[str, str]

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )

    def pulumi(self, folder: Path, *words: str, **variables: str) -> str:
        done = subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=folder,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


def value_of(folder: Path, name: str) -> str:
    """The value of a line of ci/stacks."""
    lines = (folder / "ci/stacks").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.split()[0] == name)
