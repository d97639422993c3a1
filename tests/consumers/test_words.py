"""The same mistake is answered with the same words in Python, in TypeScript and in YAML, each in its own spelling."""

import json

import pytest

from components import Network, WorkerPool

NETWORK = {
    "zones": ["Ireland"],
    "ipv4Range": "10.0.0.0/24",
    "flowLogs": {"destination": "cloudWatch", "retentionDays": 91.5},
    "tags": {"aws:team": "x"},
}
POOL = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetesVersion": "1.36", "ipFamilies": ["IPv4"]},
    "poolName": "Batch",
    "pool": {"min": 5, "max": 3, "diskGib": 8, "zones": ["eu-west-1c"]},
    "subnetIds": {"eu-west-1a": "subnet-1"},
    "securityGroupId": "sg-1",
    "instanceProfileName": "profile",
}


def test_mistakes_in_a_network_are_answered_with_the_same_words(refused, in_yaml, in_typescript):
    python = refused(
        lambda: Network(
            "it",
            {
                "zones": ["Ireland"],
                "ipv4_range": "10.0.0.0/24",
                "flow_logs": {"destination": "cloudWatch", "retention_days": 91.5},
                "tags": {"aws:team": "x"},
            },
        )
    )
    others = [in_yaml("Network", NETWORK), in_typescript("Network", NETWORK)]

    words = [
        "ipv4Range: 10.0.0.0/24 is a /24; a VPC takes a /16 to a /20 here",
        "zones[0]: 'Ireland' is not an availability zone (Local and Wavelength Zones are not supported); write one like eu-west-1a",
        "flowLogs.retentionDays: 91.5 is not a whole number; write one, like 3",
        "tags[\"aws:team\"]: 'aws:team' starts with aws:, which AWS keeps for itself; rename the tag",
    ]
    assert others == [words, words]
    assert python[1:] == [
        words[0].replace("ipv4Range", "ipv4_range"),
        words[1],
        words[2].replace("flowLogs.retentionDays", "flow_logs.retention_days"),
        words[3],
    ]


def test_mistakes_in_a_pool_are_answered_with_the_same_words(refused, in_yaml, in_typescript):
    python = refused(
        lambda: WorkerPool(
            "it",
            {
                "region": "eu-west-1",
                "cluster": {"name": "prod", "kubernetes_version": "1.36", "ip_families": ["IPv4"]},
                "pool_name": "Batch",
                "pool": {"min": 5, "max": 3, "disk_gib": 8, "zones": ["eu-west-1c"]},
                "subnet_ids": {"eu-west-1a": "subnet-1"},
                "security_group_id": "sg-1",
                "instance_profile_name": "profile",
            },
        )
    )
    others = [in_yaml("WorkerPool", POOL), in_typescript("WorkerPool", POOL)]

    assert others[0] == others[1]
    assert len(others[0]) == len(python[1:])
    assert "pool.min: 5 is more than max, 3; lower min or raise max" in python
    assert "pool.min: 5 is more than max, 3; lower min or raise max" in others[0]
    assert "pool.disk_gib: 8 is too small; write at least 20" in python
    assert "pool.diskGib: 8 is too small; write at least 20" in others[0]
    assert (
        "pool.zones[0]: subnetIds names no subnet in eu-west-1c; add one, or leave the zone out"
        in others[0]
    )
    assert (
        "pool.zones[0]: subnet_ids names no subnet in eu-west-1c; add one, or leave the zone out"
        in python
    )


@pytest.fixture
def in_yaml(yaml_program):
    """The faults that a program in YAML is answered with."""

    def ask(component, args):
        program = yaml_program()
        resources = {"it": {"type": f"dualstack:index:{component}", "properties": args}}
        program.write({"runtime": "yaml", "resources": resources})
        program.begin()
        return program.pulumi("preview").faults

    return ask


@pytest.fixture
def in_typescript(node):
    """The faults that a program in TypeScript is answered with. Its types would refuse some of them before."""

    def ask(component, args):
        written = json.dumps(args)
        text = f'import {{ {component} }} from "@pulumi/dualstack";\nnew {component}("it", {written} as any);\n'
        node.write(text)
        return node.pulumi("preview").faults

    return ask
