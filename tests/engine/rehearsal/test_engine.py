"""A stack's life on the real engine, asked of AWS itself."""

import json

import pulumi
import pytest
from pulumi_aws import ec2, ssm

from rehearsal.engine.checkpoint import Checkpoint
from rehearsal.providers.wire import UNKNOWN


def network(cidr="10.0.0.0/16", **tags):
    def program():
        vpc = ec2.Vpc(
            "net",
            cidr_block=cidr,
            assign_generated_ipv6_cidr_block=True,
            tags={"Name": "net"} | tags,
        )
        pulumi.export("vpc", vpc.id)
        pulumi.export("ipv6", vpc.ipv6_cidr_block)
        pulumi.export("ipv4", vpc.cidr_block)

    return program


def vpcs(client, vpc_id):
    found = client.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
    return found["Vpcs"]


def test_a_preview_leaves_unknown_what_aws_would_decide_and_makes_nothing(rig, ec2):
    before = len(ec2.describe_vpcs()["Vpcs"])

    outputs = rig(network()).preview().outputs

    assert outputs["ipv4"] == "10.0.0.0/16"
    assert outputs["vpc"] == UNKNOWN
    assert outputs["ipv6"] == UNKNOWN
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_up_makes_what_the_program_says_and_a_second_changes_nothing(rig, ec2):
    stack = rig(network())

    first, second = stack.up(), stack.up()

    [vpc] = vpcs(ec2, first.outputs["vpc"])
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert vpc["Tags"] == [{"Key": "Name", "Value": "net"}]
    assert (first.counts["created"], first.changed) == (1, 1)
    assert (second.counts["unchanged"], second.changed) == (1, 0)


def test_where_in_the_program_a_resource_is_asked_for_is_not_kept(rig):
    stack = rig(network())

    stack.up()

    kept = {key for resource in stack.engine.checkpoint.resources for key in resource}
    assert {"type", "inputs"} <= kept
    assert not kept & {"stackTrace", "sourcePosition"}


def test_an_output_that_waits_for_no_resource_is_one_of_the_stack(rig):
    def program():
        ec2.Vpc("net", cidr_block="10.0.0.0/16")
        pulumi.export("greeting", "good morning")

    assert rig(program).up().outputs == {"greeting": "good morning"}


def test_a_changed_tag_is_changed_in_place(rig, ec2):
    stack = rig(network())
    made = stack.up().outputs["vpc"]

    changed = stack.becomes(network(team="platform")).up()

    [vpc] = vpcs(ec2, made)
    assert {"Key": "team", "Value": "platform"} in vpc["Tags"]
    assert (changed.counts["updated"], changed.changed) == (1, 1)


def test_a_change_that_aws_cannot_make_in_place_replaces_the_resource(rig, ec2):
    stack = rig(network())
    old = stack.up().outputs["vpc"]

    replaced = stack.becomes(network(cidr="10.1.0.0/16")).up()

    assert vpcs(ec2, old) == []
    assert vpcs(ec2, replaced.outputs["vpc"])[0]["CidrBlock"] == "10.1.0.0/16"
    assert replaced.counts["replaced"] == 1


def test_what_the_program_no_longer_names_is_deleted(rig, ec2):
    stack = rig(network())
    made = stack.up().outputs["vpc"]

    gone = stack.becomes(lambda: None).up()

    assert vpcs(ec2, made) == []
    assert (gone.counts["deleted"], gone.changed) == (1, 1)


def test_down_leaves_nothing_of_the_stack(rig, ec2):
    stack = rig(network())
    made = stack.up().outputs["vpc"]

    stack.down()

    assert vpcs(ec2, made) == []
    kept = [file for file in stack.engine.state.backend().rglob("*") if file.is_file()]
    assert not [file for file in kept if stack.engine.stack_name in file.name]


def test_a_protected_resource_goes_down_with_the_rehearsal(rig, ec2):
    def program():
        vpc = ec2_module.Vpc(
            "net", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(protect=True)
        )
        pulumi.export("vpc", vpc.id)

    ec2_module = __import__("pulumi_aws").ec2
    stack = rig(program)
    made = stack.up().outputs["vpc"]

    stack.down()

    assert vpcs(ec2, made) == []
    assert stack.notices == ["1 resources are protected; a rehearsal removes them too"]


def test_a_secret_is_sealed_in_the_engines_file_and_hidden_in_events(rig, client, state):
    def program():
        parameter = ssm.Parameter(
            "token",
            name="/small/token",
            type="SecureString",
            value=pulumi.Output.secret("hunter2-in-the-clear"),
        )
        pulumi.export("token", parameter.value)
        pulumi.export("inside", {"tokens": [parameter.value]})
        pulumi.export("name", parameter.name)

    stack = rig(program)

    outputs = stack.up().outputs

    stored = client("ssm").get_parameter(Name="/small/token", WithDecryption=True)
    assert stored["Parameter"]["Value"] == "hunter2-in-the-clear"
    assert "hunter2" not in stack.engine.checkpoint.path.read_text()
    assert "hunter2" not in json.dumps(outputs)
    exported = stack.engine.outputs()
    assert {name: (output.value, output.secret) for name, output in exported.items()} == {
        "token": ("hunter2-in-the-clear", True),
        "inside": ({"tokens": ["hunter2-in-the-clear"]}, True),
        "name": ("/small/token", False),
    }
    assert not [
        file
        for file in state.folder.rglob("*")
        if file.is_file() and b"hunter2" in file.read_bytes()
    ]


def test_a_value_that_a_node_has_written_is_left_alone_when_the_program_says_so(rig, client):
    def program():
        ssm.Parameter(
            "leader",
            name="/small/leader",
            type="String",
            value="nobody",
            opts=pulumi.ResourceOptions(ignore_changes=["value"]),
        )

    stack = rig(program)
    stack.up()
    client("ssm").put_parameter(Name="/small/leader", Value="node-1", Overwrite=True)

    again = stack.up()

    assert again.changed == 0
    assert client("ssm").get_parameter(Name="/small/leader")["Parameter"]["Value"] == "node-1"


def test_default_tags_and_a_region_of_its_own_come_from_an_explicit_provider(rig, client):
    def program():
        from pulumi_aws import Provider

        frankfurt = Provider(
            "frankfurt", region="eu-central-1", default_tags={"tags": {"owner": "platform"}}
        )
        vpc = ec2.Vpc(
            "net", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(provider=frankfurt)
        )
        home = ec2.Vpc("home", cidr_block="10.1.0.0/16")
        pulumi.export("abroad", vpc.id)
        pulumi.export("home", home.id)
        pulumi.export("tags", vpc.tags_all)

    stack = rig(program)

    outputs = stack.up().outputs

    [abroad] = vpcs(client("ec2", "eu-central-1"), outputs["abroad"])
    assert abroad["Tags"] == [{"Key": "owner", "Value": "platform"}]
    assert outputs["tags"] == {"owner": "platform"}
    assert vpcs(client("ec2"), outputs["home"])
    assert stack.up().changed == 0


def test_what_the_program_looks_up_is_found_in_its_region(rig):
    image = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"

    def program():
        found = ssm.get_parameter_output(name=image)
        pulumi.export("image", pulumi.Output.unsecret(found.value))
        pulumi.export("value", found.value)
        service = ec2.get_vpc_endpoint_service_output(service="ssm", service_type="Interface")
        pulumi.export("service", service.service_name)
        pulumi.export("zones", service.availability_zones)

    stack = rig(program)

    outputs = stack.up().outputs

    assert outputs["image"].startswith("ami-")
    assert outputs["service"] == "com.amazonaws.eu-west-1.ssm"
    assert outputs["zones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert stack.engine.outputs()["value"].secret


def test_a_run_writes_nothing_into_the_project(rig, project):
    before = {file: file.read_bytes() for file in project.folder.rglob("*") if file.is_file()}

    rig(network()).up()

    assert {f: f.read_bytes() for f in project.folder.rglob("*") if f.is_file()} == before


def test_a_mistake_in_the_program_is_told_without_a_traceback(rig):
    def program():
        raise pulumi.RunError("network.zones: eu-west-9a is in no region; choose another")

    assert rig(program).refused() == ["network.zones: eu-west-9a is in no region; choose another"]


def test_everything_is_counted_as_it_is_asked_for(rig):
    stack = rig(network())

    stack.up()

    assert stack.engine.registered == 1


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_that_was_never_up_has_no_file(state, stack):
    assert Checkpoint.of(state, "small", stack).resources == []
