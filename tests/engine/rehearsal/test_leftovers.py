"""What a killed run had asked AWS for and was not told: found again, and taken away unless it is somebody's."""

import json
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from pulumi_aws import iam, ssm

from rehearsal.engine.engine import RunFailedError
from rehearsal.engine.recovery import sweep
from rehearsal.providers.aws.dns import RecordResource
from rehearsal.providers.aws.gateways import InternetGatewayResource
from rehearsal.providers.aws.iam import InstanceProfileResource, RolePolicyResource, RoleResource
from rehearsal.providers.aws.ipv4_blocks import VpcIpv4CidrBlockAssociationResource
from rehearsal.providers.aws.lifecycle_hooks import LifecycleHookResource
from rehearsal.providers.aws.load_balancers import LoadBalancerResource
from rehearsal.providers.aws.parameters import ParameterResource
from rehearsal.providers.aws.peering import VpcPeeringConnectionResource
from rehearsal.providers.aws.routes import RouteTableAssociationResource, RouteTableResource
from rehearsal.providers.aws.session import is_gone
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.transit_attachments import VpcAttachmentResource
from rehearsal.providers.aws.vpc import VpcIpv6CidrBlockAssociationResource, VpcResource
from rehearsal.providers.journal import Journal, JournalEntry
from tests.engine.rehearsal.groups import ids, states
from tests.engine.rehearsal.test_lifecycle_hooks import JOINED

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
READ = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
    }
)


class Lost:
    """A resource that AWS made for a run, and what the run had noted before it was killed."""

    def __init__(self, aws, kind, **inputs):
        self.aws, self.kind = aws, kind
        self.id = kind.create(aws, inputs).id
        self.properties = kind.defaults | inputs | kind.derived(aws, inputs)

    def there(self):
        try:
            return self.kind.read(self.aws, self.id, self.properties) is not None
        except ClientError as error:
            return not is_gone(error)


def entry(kind, properties, name="lost"):
    urn = f"urn:pulumi:cut::small::{kind.engine_type}::{name}"
    return JournalEntry("aws", {"region": "eu-west-1"}, urn, "", properties)


@pytest.fixture
def swept(tmp_path, state, cloud):
    """Begin a run after one that had noted these entries, from the first to the last; what is said."""

    def run(*entries):
        journal, notices = Journal(tmp_path / "journal"), []
        for noted in entries:
            journal.record(noted)
        sweep(journal, state, cloud, notices.append)
        assert list(journal.entries()) == []
        return notices

    return run


@pytest.fixture
def zone(client):
    """A hosted zone, which is never the program's own."""
    made = client("route53").create_hosted_zone(Name="cut.example", CallerReference=uuid4().hex)
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def entries(lost):
    return [entry(one.kind, one.properties, str(number)) for number, one in enumerate(lost)]


def tagged(name):
    return {"Name": name, "kubernetes.io/cluster/cut": "owned"}


def test_what_a_killed_run_was_not_told_of_is_removed(aws, swept):
    vpc = Lost(aws, VpcResource(), cidrBlock="10.0.0.0/16", tags=tagged("cut"))
    subnet = Lost(
        aws, SubnetResource(), vpcId=vpc.id, cidrBlock="10.0.0.0/24", tags=tagged("cut-a")
    )
    table = Lost(aws, RouteTableResource(), vpcId=vpc.id, tags=tagged("cut-a"))
    role = Lost(aws, RoleResource(), name="cut", assumeRolePolicy=TRUST)
    lost = [
        *(vpc, subnet, table, role),
        Lost(aws, RouteTableAssociationResource(), subnetId=subnet.id, routeTableId=table.id),
        Lost(aws, RolePolicyResource(), name="read", role=role.id, policy=READ),
        Lost(aws, ParameterResource(), name="/cut/token", type="String", insecureValue="x"),
    ]

    said = swept(*entries(lost))

    assert said == ["removed what the last run had made and not written down: 7 resources"]
    assert [one.id for one in lost if one.there()] == []


def test_what_must_wait_for_something_else_to_go_is_removed_after_it(aws, swept):
    vpc = Lost(aws, VpcResource(), cidrBlock="10.0.0.0/16", tags=tagged("cut"))
    table = Lost(aws, RouteTableResource(), vpcId=vpc.id, tags=tagged("cut-a"))

    said = swept(*entries([table, vpc]))

    assert said == ["removed what the last run had made and not written down: 2 resources"]
    assert not vpc.there()
    assert not table.there()


def test_what_another_stack_has_stays_and_a_namesake_of_another_type_goes(rig, aws, swept):
    rig(lambda: iam.Role("node", name="node", assume_role_policy=TRUST)).up()
    profile = Lost(aws, InstanceProfileResource(), name="node")
    asked_for = {"name": "node", "assumeRolePolicy": TRUST}

    said = swept(entry(RoleResource(), asked_for), entry(profile.kind, profile.properties))

    assert said == ["removed what the last run had made and not written down: 1 resources"]
    assert RoleResource().read(aws, "node", asked_for) is not None
    assert not profile.there()


def test_what_a_killed_run_had_made_by_halves_is_removed_too(aws, ec2, client, swept):
    specification = {"ResourceType": "internet-gateway", "Tags": [{"Key": "Name", "Value": "half"}]}
    ec2.create_internet_gateway(TagSpecifications=[specification])
    client("iam").create_role(RoleName="half", AssumeRolePolicyDocument=TRUST)
    client("iam").create_instance_profile(InstanceProfileName="half")
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    said = swept(
        entry(RoleResource(), {"name": "half", "managedPolicyArns": [policy]}),
        entry(InstanceProfileResource(), {"name": "half", "role": "half"}),
        entry(InternetGatewayResource(), {"vpcId": "vpc-1", "tagsAll": {"Name": "half"}}),
    )

    assert said == ["removed what the last run had made and not written down: 3 resources"]


def test_a_load_balancer_that_nobody_knows_of_is_protected_by_nothing(aws, swept):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    subnet = SubnetResource().create(aws, {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})
    balancer = Lost(
        aws,
        LoadBalancerResource(),
        name="protected",
        loadBalancerType="network",
        internal=True,
        subnets=[subnet.id],
        enableDeletionProtection=True,
    )

    swept(entry(balancer.kind, balancer.properties))

    assert not balancer.there()


def test_what_aws_will_not_take_away_is_told_and_tried_again_by_the_next_run(rig, aws, ec2):
    vpc = Lost(aws, VpcResource(), cidrBlock="10.0.0.0/16", tags=tagged("in-use"))
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc.id)
    stack = rig(lambda: None)
    stack.engine.journal.record(entry(vpc.kind, vpc.properties, "net"))

    with pytest.raises(RunFailedError) as told:
        stack.up()
    ec2.delete_security_group(GroupId=group["GroupId"])
    stack.up()

    assert str(told.value) == (
        "what the last run had made and not written down cannot be removed: net: DeleteVpc: "
        f"DependencyViolation: The vpc '{vpc.id}' has dependencies and cannot be deleted."
    )
    assert not vpc.there()


def test_what_was_there_before_and_stood_in_the_way_stays(rig, client):
    there = client("ssm")
    there.put_parameter(Name="/theirs", Type="String", Value="before")
    stack = rig(lambda: ssm.Parameter("ours", name="/theirs", type="String", insecure_value="x"))

    first, second = stack.refused(), stack.refused()

    assert "ParameterAlreadyExists" in first[0]
    assert "ParameterAlreadyExists" in second[0]
    assert there.get_parameter(Name="/theirs")["Parameter"]["Value"] == "before"


def test_what_replaces_something_by_its_name_is_not_taken_for_it(rig, client):
    def program(data_type, value):
        return lambda: ssm.Parameter(
            "it", name="/replaced", type="String", data_type=data_type, insecure_value=value
        )

    stack = rig(program("text", "old"))
    stack.up()
    # The old one is deleted, and the new one refused.
    stack.becomes(program("aws:ec2:image", "{{other}}")).refused()
    client("ssm").put_parameter(Name="/replaced", Type="String", Value="not told")
    stack.engine.journal.record(entry(ParameterResource(), {"name": "/replaced"}))

    stack.becomes(program("aws:ec2:image", "new")).up()

    assert client("ssm").get_parameter(Name="/replaced")["Parameter"]["Value"] == "new"


def test_what_a_program_would_write_over_is_not_looked_for(aws, zone):
    record = {"zoneId": zone, "name": "api", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}

    assert ParameterResource().alike(aws, {"name": "/over", "overwrite": True}) == []
    assert RecordResource().alike(aws, record | {"allowOverwrite": True}) == []


def test_what_has_no_tags_is_not_found_by_them(aws):
    vpc = Lost(aws, VpcResource(), cidrBlock="10.0.0.0/16")
    table = Lost(aws, RouteTableResource(), vpcId=vpc.id)

    assert vpc.kind.alike(aws, vpc.properties) == []
    assert table.kind.alike(aws, table.properties) == []


def test_a_subnet_that_uses_the_main_table_has_no_association_to_be_found(aws):
    vpc = VpcResource().create(aws, {"cidrBlock": "10.0.0.0/16"})
    subnet = SubnetResource().create(aws, {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})
    asked_for = {"subnetId": subnet.id, "routeTableId": vpc.outputs["mainRouteTableId"]}

    assert RouteTableAssociationResource().alike(aws, asked_for) == []


def test_types_that_no_stack_of_the_repository_has_are_found_too(aws, ec2, zone):
    vpc = VpcResource().create(
        aws, {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True}
    )
    table = RouteTableResource().create(aws, {"vpcId": vpc.id})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    subnet = SubnetResource().create(aws, {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})
    peer = VpcResource().create(aws, {"cidrBlock": "10.1.0.0/16"})
    made = [
        Lost(
            aws,
            VpcPeeringConnectionResource(),
            vpcId=vpc.id,
            peerVpcId=peer.id,
            autoAccept=True,
            tags={"Name": "lost-peering"},
        ),
        Lost(
            aws,
            VpcAttachmentResource(),
            vpcId=vpc.id,
            transitGatewayId=transit,
            subnetIds=[subnet.id],
            tags={"Name": "lost-attachment"},
        ),
        Lost(
            aws, RecordResource(), zoneId=zone, name="api", type="A", ttl=60, records=["192.0.2.1"]
        ),
        Lost(aws, RouteTableAssociationResource(), gatewayId=gateway, routeTableId=table.id),
        Lost(
            aws,
            VpcIpv4CidrBlockAssociationResource(),
            vpcId=vpc.id,
            cidrBlock="100.64.0.0/16",
        ),
        Lost(
            aws,
            VpcIpv6CidrBlockAssociationResource(),
            vpcId=vpc.id,
            ipv6Pool="ipv6pool-ec2-0123456789abcdef0",
            ipv6CidrBlock="2a05:d07a:a000::/56",
        ),
    ]

    found = {type(one.kind).__name__: one.kind.alike(aws, one.properties) for one in made}

    assert found == {type(one.kind).__name__: [one.id] for one in made}


def test_a_hook_is_left_for_the_next_run_so_that_waiting_machines_go_on(
    aws, make_group, swept, hosted
):
    group = make_group(initialLifecycleHooks=[JOINED], waitForCapacityTimeout="0")
    waiting = ids(aws, group)
    hook = Lost(aws, LifecycleHookResource(), autoscalingGroupName=group["name"], **JOINED)

    assert swept(entry(hook.kind, hook.properties)) == []

    assert hook.there()
    assert states(aws, group) == ["Pending:Wait"] * len(waiting)
    assert ids(aws, group) == waiting
