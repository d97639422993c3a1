"""The program with each stack's configuration, whole."""

import json
import runpy
from pathlib import Path

import pulumi
import pytest
import yaml
from pydantic.alias_generators import to_camel

from components import ClusterArgs
from components.testing import deploy as deployed_as

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod")

PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())


def config(stack):
    """A stack's configuration as the engine hands it to the program: the project's defaults below the stack's own."""
    defaults = {
        f"dualstack:{key}": entry["default"]
        for key, entry in PROJECT["config"].items()
        if "default" in entry
    }
    own = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in {**defaults, **own}.items()
    }


def program():
    """The program itself; its outputs are the stack's."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
    root = pulumi.runtime.get_root_resource()
    return dict(root.outputs)


def counted(deployment, *kinds):
    """How many there are of some kinds of resource."""
    return {kind: len(deployment.all(kind)) for kind in kinds}


@pytest.fixture(scope="module")
def stacks(deploy):
    """Every stack, deployed."""
    return {name: deploy(program, config=config(name), stack=name) for name in STACKS}


@pytest.fixture(scope="module", params=STACKS)
def stack(request):
    """Each stack in turn."""
    return request.param


@pytest.fixture(scope="module")
def deployed(stack, stacks):
    """A stack, deployed."""
    return stacks[stack]


@pytest.fixture(scope="module")
def previewed(stack, deploy):
    """A stack's preview on an empty account, where no IPv6 range is known yet."""
    return deploy(program, config=config(stack), stack=stack, preview=True)


def test_a_stack_tells_people_what_they_need(deployed, stack):
    assert sorted(deployed.outputs) == [
        "addonRoleNames",
        "addressPlan",
        "apiEndpoint",
        "backupBucket",
        "caCertificate",
        "controlPlaneGroupId",
        "controlPlaneRoleArn",
        "issuerProviderArn",
        "kubeconfig",
        "natAddresses",
        "privateRouteTableIds",
        "privateSubnetIds",
        "publicSubnetIds",
        "readerKubeconfig",
        "vpcId",
        "workerGroupId",
        "workerRoleArn",
        "workerRoleName",
    ]
    assert deployed.secret_outputs == {"kubeconfig"}
    assert deployed.outputs["vpcId"] == f"Vpc {stack}"
    assert (
        deployed.outputs["apiEndpoint"] == f"https://{stack}-api.elb.eu-west-1.amazonaws.com:6443"
    )


def test_a_preview_on_an_empty_account_shows_everything(deployed, previewed):
    assert sorted(previewed.resources) == sorted(deployed.resources)


def test_a_preview_knows_ipv4_blocks_and_not_yet_ipv6_ones(previewed):
    for subnet in previewed.all("Subnet").values():
        assert subnet["cidrBlock"].startswith("10.")
        assert subnet["ipv6CidrBlock"] == "(unknown)"


def test_a_preview_shows_the_user_data_of_every_machine(deployed, previewed):
    for kind, key in (("Instance", "userDataBase64"), ("LaunchTemplate", "userData")):
        shown = {name: made[key] for name, made in previewed.all(kind).items()}
        assert shown == {name: made[key] for name, made in deployed.all(kind).items()}


def test_dev_is_small_and_leaves_nothing_behind(stacks):
    deployment = stacks["dev"]

    assert counted(deployment, "Subnet", "NatGateway", "Instance", "Group", "VpcEndpoint") == {
        "Subnet": 4,
        "NatGateway": 1,
        "Instance": 1,
        "Group": 1,
        "VpcEndpoint": 1,
    }
    assert not any(made.protect for made in deployment.resources.values())
    assert deployment.one("LoadBalancer")["internal"] is False


def test_staging_prefers_ipv6_and_runs_on_spot_capacity(stacks):
    deployment = stacks["staging"]

    assert counted(deployment, "Subnet", "NatGateway", "Instance", "Group", "FlowLog") == {
        "Subnet": 6,
        "NatGateway": 1,
        "Instance": 3,
        "Group": 1,
        "FlowLog": 1,
    }
    assert deployment.one("TargetGroup")["ipAddressType"] == "ipv6"
    assert deployment.one("LoadBalancer")["internal"] is True
    policy = deployment.one("Group")["mixedInstancesPolicy"]
    assert policy["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"] == 0


def test_prod_spans_three_zones_and_is_protected(stacks):
    deployment = stacks["prod"]

    assert counted(deployment, "Subnet", "NatGateway", "Instance", "Group", "VpcEndpoint") == {
        "Subnet": 6,
        "NatGateway": 3,
        "Instance": 3,
        "Group": 2,
        "VpcEndpoint": 6,
    }
    assert sum(made.protect for made in deployment.resources.values()) == 16
    assert deployment.one("LoadBalancer")["enableDeletionProtection"] is True


def test_all_but_dev_make_load_balancers_and_volumes(stacks):
    charts = {name: sorted(deployment.all("Release")) for name, deployment in stacks.items()}

    assert charts == {
        "dev": [],
        "staging": [
            "staging-addons-aws-ebs-csi-driver",
            "staging-addons-aws-load-balancer-controller",
        ],
        "prod": ["prod-addons-aws-ebs-csi-driver", "prod-addons-aws-load-balancer-controller"],
    }


def test_no_stack_has_the_ranges_of_another(stacks):
    networks = {name: deployment.one("Vpc")["cidrBlock"] for name, deployment in stacks.items()}
    services = {
        name: row["ipv6"]
        for name, deployment in stacks.items()
        for row in deployment.outputs["addressPlan"]
        if row["tier"] == "services"
    }

    assert networks == {"dev": "10.0.0.0/16", "staging": "10.16.0.0/16", "prod": "10.32.0.0/16"}
    # Made of the SHA-256 of project, stack and cluster.
    assert services == {
        "dev": "fd22:3fa8:2650::/112",
        "staging": "fd80:faed:9266::/112",
        "prod": "fdd8:7e87:2f36::/112",
    }


def test_a_stack_with_faults_makes_nothing_and_hears_of_all_of_them(refused):
    faulty = {
        **config("dev"),
        "aws:region": "eu-central-1",
        "dualstack:controlPlane": json.dumps({"count": 2}),
    }

    lines = refused(program, config=faulty, stack="dev")

    assert lines == [
        "The configuration has 3 faults; nothing was changed.",
        "controlPlane.count: 2 control planes survive no more losses than 1, because etcd needs a majority; write 1 or 3",
        "network.zones[0]: eu-west-1a is no zone of eu-central-1; choose zones of that region, or change aws:region",
        "network.zones[1]: eu-west-1b is no zone of eu-central-1; choose zones of that region, or change aws:region",
    ]


def test_sections_under_a_key_that_nothing_reads_are_told_of(refused):
    ours = config("dev")
    foreign = {f"mycluster:{key.partition(':')[2]}": value for key, value in ours.items()}

    lines = refused(
        program,
        config={"aws:region": "eu-west-1", "dualstack:clutser": "{}", **foreign},
        stack="dev",
    )

    assert "clutser: unknown key 'clutser'; did you mean cluster?" in lines
    told = [line.partition(": ")[2] for line in lines if line.startswith('["mycluster:')]
    assert sorted(told) == [
        f"mycluster:{name} is not of this project; before the colon write the name that Pulumi.yaml gives it"
        for name in ("api", "cluster", "controlPlane", "network", "workers")
    ]


def test_an_empty_stack_hears_what_is_missing(refused):
    lines = refused(program, config={}, stack="empty")

    assert lines == [
        "The configuration has 4 faults; nothing was changed.",
        "region: missing: set aws:region, like eu-west-1",
        "cluster: missing: describe the cluster: at least its name and kubernetesVersion",
        "api: missing: say who may reach the API, in api.allowedCidrs",
        "network: missing: describe the network: at least its zones; or describe one that exists in existingNetwork",
    ]


def test_every_section_of_the_program_is_described_in_the_project_and_no_other():
    sections = {to_camel(name) for name in ClusterArgs.__annotations__} - {"region"}

    # Without a namespace: with one, `pulumi new` and a fork that renames the project end in a panic of the engine.
    assert set(PROJECT["config"]) == sections
    assert all(entry["description"] for entry in PROJECT["config"].values())
    assert PROJECT["stackConfigDir"] == "stacks"


def test_a_fork_that_renames_the_project_runs_by_its_own_keys():
    renamed = {key.replace("dualstack:", "shop:"): value for key, value in config("dev").items()}

    deployment = deployed_as(program, config=renamed, project="shop", stack="dev")

    assert deployment.outputs["vpcId"] == "Vpc dev"
    assert deployment.resources["Cluster dev"].parent == "Stack shop-dev"
