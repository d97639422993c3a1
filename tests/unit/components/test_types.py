"""The package as a type checker sees it in a user's program: pyright, strict."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GOOD = """
import pulumi
from dualstack import (
    Cluster,
    ClusterSectionArgs,
    Family,
    Firewall,
    Nat,
    Network,
    NetworkSectionArgs,
    PoolArgs,
    WorkerPool,
)

zones = ["eu-west-1a", "eu-west-1b"]
network = Network("net", {"zones": zones, "nat": "single"})
Network("other", {"zones": zones, "nat": Nat(pulumi.Config().require("nat"))})

# By parts, each with a type of its own.
about: ClusterSectionArgs = {"name": "prod", "kubernetes_version": "1.37"}
about["ip_families"] = [Family.IPV6, "IPv4"]
where: NetworkSectionArgs = {"zones": zones, "nat": Nat.PER_ZONE}
pools: dict[str, PoolArgs] = {"general": {"max": 4, "labels": {"team": "web"}}}
cluster = Cluster(
    "prod",
    {
        "region": "eu-west-1",
        "cluster": about,
        "network": where,
        "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
        "workers": pools,
    },
)
kubeconfig: pulumi.Output[str] = cluster.kubeconfig

# Maps of outputs, as other resources give them.
subnets: dict[str, pulumi.Output[str]] = {
    zone: network.private_subnet_ids[zone] for zone in zones
}
addresses: dict[str, pulumi.Output[str]] = {
    zone: network.nat_addresses[zone] for zone in zones
}
firewall = Firewall(
    "firewall",
    {
        "cluster_name": "prod",
        "cni": "flannel",
        "allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"],
        "vpc_ipv4_range": "10.0.0.0/16",
        "vpc_id": network.vpc_id,
        "vpc_ipv6_range": network.ipv6_range,
        "nat_addresses": addresses,
    },
)
WorkerPool(
    "pool",
    {
        "region": "eu-west-1",
        "cluster": about,
        "pool_name": "general",
        "subnet_ids": subnets,
        "security_group_id": firewall.worker_group_id,
        "instance_profile_name": "workers",
    },
)
"""

BAD = {
    "a component that is misspelt": (
        "from dualstack import Clutser",
        '"Clutser" is unknown import symbol',
    ),
    "arguments that are misspelt": (
        "from dualstack import PolArgs",
        '"PolArgs" is unknown import symbol',
    ),
    "a key that is misspelt": (
        'from dualstack import Network\nNetwork("net", {"zones": ["eu-west-1a"], "natt": "single"})',
        '"natt" is an undefined item in type "NetworkArgs"',
    ),
    "a key of a section that is misspelt": (
        "from dualstack import Network\n"
        'Network("net", {"zones": ["eu-west-1a"], "flow_logs": {"bucket": "logs"}})',
        '"bucket" is an undefined item in type "FlowLogsArgs"',
    ),
    "a key in the spelling of other languages": (
        'from dualstack import Network\nNetwork("net", {"zones": ["eu-west-1a"], "ipv4Range": "10.0.0.0/16"})',
        '"ipv4Range" is an undefined item in type "NetworkArgs"',
    ),
    "a choice that there is not": (
        'from dualstack import Network\nNetwork("net", {"zones": ["eu-west-1a"], "nat": "two"})',
        "\"Literal['two']\" is not assignable to type \"Literal['perZone']\"",
    ),
    "a member of another choice": (
        'from dualstack import Network, Scheme\nNetwork("net", {"zones": ["eu-west-1a"], "nat": Scheme.INTERNAL})',
        '"Literal[Scheme.INTERNAL]" is not assignable to "Literal[\'none\']"',
    ),
    "a family that there is not": (
        "from dualstack import ClusterSectionArgs\n"
        'about: ClusterSectionArgs = {"name": "prod", "kubernetes_version": "1.37", "ip_families": ["IPv5"]}',
        "\"Literal['IPv5']\" is not assignable to type \"Literal['IPv4']\"",
    ),
    "a value of another type": (
        'from dualstack import PoolArgs\npool: PoolArgs = {"max": "3"}',
        '"Literal[\'3\']" is not assignable to "int"',
    ),
    "a required key that is missing": (
        'from dualstack import Network\nNetwork("net", {"nat": "single"})',
        '"zones" is required in "NetworkArgs"',
    ),
    "an output where the value decides what is made": (
        "import pulumi\nfrom dualstack import Network\n"
        'nat = pulumi.Output.from_input("single")\nNetwork("net", {"zones": ["eu-west-1a"], "nat": nat})',
        '"Output[str]" is not assignable to "Nat"',
    ),
    "an output that there is not": (
        'from dualstack import Network\nNetwork("net", {"zones": ["eu-west-1a"]}).vpc',
        'Cannot access attribute "vpc" for class "Network"',
    ),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What pyright says about each program."""
    folder = tmp_path_factory.mktemp("consumer")
    installed = tmp_path_factory.mktemp("installed")
    (installed / "dualstack").symlink_to(ROOT / "components")
    programs = {"good": GOOD, **{name: program for name, (program, _) in BAD.items()}}
    files = {name: folder / f"program_{number}.py" for number, name in enumerate(programs)}
    for name, file in files.items():
        file.write_text(f"# pyright: strict\n{programs[name]}\n")
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            f"--pythonpath={sys.executable}",
            *files.values(),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(found.stdout)["generalDiagnostics"]
    return {
        name: [one["message"] for one in said if Path(one["file"]) == file]
        for name, file in files.items()
    }


def test_a_good_program_passes(complaints):
    assert complaints["good"] == []


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_found(complaints, name):
    assert BAD[name][1] in "\n".join(complaints[name])
