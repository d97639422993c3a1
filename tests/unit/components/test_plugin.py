"""The components as programs in other languages see them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import grpc
import pulumi
import pytest
import yaml
from pulumi.errors import InputPropertiesError
from pulumi.output import Unknown
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import components
from components.plugin import Host
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]
COMPONENTS = sorted(
    name for name in components.__all__ if name[0].isupper() and not name.endswith("Args")
)


@pytest.fixture(scope="module")
def schema():
    """What Pulumi makes SDKs of."""
    return json.loads(Host().schema)


def children(deployment):
    """The inputs of all resources but the component, which records its arguments as its caller spelled them."""
    return {label: made for label, made in deployment.inputs().items() if label != "Network net"}


def test_no_type_ends_as_other_languages_end_it_themselves(schema):
    assert "dualstack:index:Pool" in schema["types"]
    assert [name for name in schema["types"] if name.endswith("Args")] == []
    assert set(re.findall(r"#/types/([\w:]+)", json.dumps(schema))) == set(schema["types"])


def test_every_public_component_is_there_in_every_language(schema):
    assert sorted(schema["resources"]) == [f"dualstack:index:{name}" for name in COMPONENTS]


def test_everything_is_described(schema):
    undescribed = [
        f"{token}.{name}"
        for group in ("resources", "types")
        for token, found in schema[group].items()
        for part in ("inputProperties", "properties")
        for name, entry in found.get(part, {}).items()
        if not entry.get("description")
    ]
    undescribed += [
        token
        for group in ("resources", "types")
        for token, found in schema[group].items()
        if not found.get("description")
    ]

    assert undescribed == []


def test_no_output_is_plain_and_what_decides_is(schema):
    network = schema["resources"]["dualstack:index:Network"]
    firewall = schema["resources"]["dualstack:index:Firewall"]

    assert [name for name, found in network["properties"].items() if found.get("plain")] == []
    assert all(found["plain"] for found in network["inputProperties"].values())
    assert "plain" not in firewall["inputProperties"]["vpcId"]
    assert "plain" not in firewall["inputProperties"]["natAddresses"]["additionalProperties"]


def test_a_program_in_another_language_makes_the_same_network(deploy):
    def elsewhere():
        # Names are in camel case there, and numbers arrive as floats.
        made = Host().construct(
            "net",
            "dualstack:index:Network",
            {
                "zones": ["eu-west-1a"],
                "ipv4Range": "10.8.0.0/18",
                "flowLogs": {"destination": "cloudWatch", "retentionDays": 90.0},
                "clusterName": "prod",
            },
        )
        return dict(made.state)

    def here():
        components.Network(
            "net",
            {
                "zones": ["eu-west-1a"],
                "ipv4_range": "10.8.0.0/18",
                "flow_logs": {"destination": "cloudWatch", "retention_days": 90},
                "cluster_name": "prod",
            },
        )

    made_elsewhere, made_here = deploy(elsewhere), deploy(here)

    assert children(made_elsewhere) == children(made_here)
    assert made_elsewhere.outputs["vpcId"] == "Vpc net"
    assert made_elsewhere.outputs["privateSubnetIds"] == {
        "eu-west-1a": "Subnet net-private-eu-west-1a"
    }


def test_a_pool_made_elsewhere_connects_to_the_outputs_of_others(deploy):
    def elsewhere():
        Host().construct(
            "pool",
            "dualstack:index:WorkerPool",
            {
                "region": "eu-west-1",
                "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
                "poolName": "general",
                "pool": {
                    "min": 2.0,
                    "max": 4.0,
                    "taints": [{"key": "dedicated", "effect": "NoSchedule"}],
                },
                "subnetIds": {"eu-west-1a": pulumi.Output.from_input("subnet-a")},
                "securityGroupId": pulumi.Output.from_input("sg-1"),
                "instanceProfileName": "profile",
            },
        )

    group = deploy(elsewhere).one("Group")

    assert (group["minSize"], group["maxSize"]) == (2, 4)
    assert group["vpcZoneIdentifiers"] == ["subnet-a"]


def answer(deploy, component, inputs):
    """What the engine is told of wrong arguments: the message, and the fault of each property."""
    with pytest.raises(InputPropertiesError) as refused:
        deploy(lambda: Host().construct("it", f"dualstack:index:{component}", inputs))
    return refused.value.message, {
        fault["property_path"]: fault["reason"] for fault in refused.value.errors
    }


def test_each_fault_is_told_with_its_property(deploy):
    message, faults = answer(
        deploy,
        "Network",
        {"ipv4Range": 7.0, "nat": "two", "zone": "a", "protect": "perhaps", "flowLogs": ["s3"]},
    )

    assert message == "The configuration has 6 faults; nothing was changed."
    assert faults == {
        "ipv4Range": "7 is not a range; write it like 10.0.0.0/16",
        "zones": "missing: name 1 to 6 zones of the region, like [eu-west-1a, eu-west-1b]",
        "nat": "'two' is not known; choose perZone, single, transit or none",
        "zone": "unknown key 'zone'; did you mean zones?",
        "protect": "'perhaps' is neither true nor false; write one of them",
        "flowLogs": '["s3"] is not a map of keys; write its keys below it',
    }


def test_what_depends_on_a_resource_is_told_why_it_must_be_plain(deploy):
    def later():
        return pulumi.Output.secret("prod")

    with pytest.raises(InputPropertiesError) as refused:
        deploy(
            lambda: Host().construct(
                "id",
                "dualstack:index:Roles",
                {"region": Unknown(), "clusterName": later(), "tags": {"owner": later()}},
            )
        )

    reason = (
        "it is an output or a secret, and this field is checked with all others before anything is made, so it must be known by "
        "then; write a plain value, or read one from the configuration"
    )
    assert refused.value.errors == [
        {"property_path": place, "reason": reason}
        for place in ("region", "clusterName")  # a tag may come later
    ]


def test_a_fault_beside_a_secret_text_is_told_without_the_value(deploy):
    text = "{{" + "s" * 5000
    files = {"/etc/kubernetes/enc.yaml": {"content": text, "secret": True, "on": "all"}}

    message, faults = answer(
        deploy,
        "Cluster",
        {
            "region": "eu-west-1",
            "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
            "kubeadm": {"files": files},
        },
    )

    assert list(faults) == ['kubeadm.files["/etc/kubernetes/enc.yaml"].on']
    assert message.splitlines() == [
        "The configuration has 3 faults; nothing was changed.",
        '\t\t- kubeadm.files["/etc/kubernetes/enc.yaml"].content: 5002 bytes do not fit into an SSM parameter, '
        "which has at most 4096; shorten it",
        '\t\t- kubeadm.files["/etc/kubernetes/enc.yaml"].content: SSM reads two braces as a reference to another parameter, '
        "and refuses them; write it without",
    ]


ENC = "/etc/kubernetes/enc.yaml"


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"kubeadm": {"files": [{"content": "hush", "secret": True}]}}, "kubeadm.files"),
        ({"kubeadm": {"files": {ENC: "hush"}}}, f'kubeadm.files["{ENC}"]'),
        (
            {"kubeadm": {"files": {ENC: {"contnet": "hush", "content": "hush", "secret": True}}}},
            f'kubeadm.files["{ENC}"].contnet',
        ),
        (
            {"kubeadm": {"files": {ENC: {"secret": True}}}, "secretFiles": {ENC: "{{hush}}"}},
            f'secretFiles["{ENC}"]',
        ),
        ({"secretFiles": {ENC: "hush"}}, f'secretFiles["{ENC}"]'),
        ({"secretFiles": "hush"}, "secretFiles"),
    ],
)
def test_the_engine_is_given_no_property_that_has_a_secret_text(deploy, arguments, place):
    message, faults = answer(
        deploy,
        "Cluster",
        {
            "region": "eu-west-1",
            "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
            **arguments,
        },
    )

    _, line = message.splitlines()
    assert line.startswith(f"\t\t- {place}: ")
    assert "hush" not in message
    assert faults == {}


def test_the_engine_starts_the_folder_as_a_script_and_is_told_the_schema(schema):
    # No engine is there to be called back: the address is not used before a component is made.
    host = subprocess.Popen(
        [sys.executable, "components", "127.0.0.1:1"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        port = int(host.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            answer = provider.GetSchema(
                provider_pb2.GetSchemaRequest(version=0), timeout=PATIENCE_SECONDS
            )
    finally:
        host.terminate()
        host.wait()
        host.stdout.close()

    assert json.loads(answer.schema) == schema


def test_the_plugin_runs_in_the_environment_of_the_program():
    plugin = yaml.safe_load((ROOT / "components" / "PulumiPlugin.yaml").read_text())
    program = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())

    expected = program["runtime"]
    expected["options"]["virtualenv"] = f"../{expected['options']['virtualenv']}"
    assert plugin == {"requiredPulumiVersion": ">=3.247.0", "runtime": expected}


def test_as_a_plugin_the_folder_installs_what_the_program_does():
    listed = (ROOT / "components" / "requirements.txt").read_text().splitlines()

    (included,) = [line.removeprefix("-r ") for line in listed if not line.startswith("#")]
    assert (ROOT / "components" / included).resolve() == ROOT / "requirements.txt"
