"""What somebody changed by hand in AWS: `refresh` shows each attribute, and the next `up` puts it right."""

import json
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import pulumi
import pytest
from pulumi.automation import EngineEvent, OpType
from pulumi_aws import ec2, ec2transitgateway, iam, route53, s3

from rehearsal.engine.engine import RunFailedError
from rehearsal.providers.aws import AwsProvider
from rehearsal.providers.urn import name_of, type_of
from tests.engine.conftest import Run

REGION = "eu-west-1"
ANYBODY = {"Version": "2012-10-17", "Statement": []}
WAKEFUL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
}
TRUSTING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Hand(NamedTuple):
    """One change by hand: on what, what a refresh then shows, and how it is made."""

    resource: str
    shown: set[str]
    change: Callable[[Callable[[str], Any], str, dict[str, Any]], Any]
    """It gets clients by service, the id, and the outputs of the resource."""


def tag(aws, at, _):
    return aws("ec2").create_tags(Resources=[at], Tags=[{"Key": "owner", "Value": "somebody"}])


TAGS = {"tags", "tagsAll"}

BY_HAND = (
    Hand(
        "Vpc prod",
        {"enableDnsHostnames"},
        lambda aws, at, _: aws("ec2").modify_vpc_attribute(
            VpcId=at, EnableDnsHostnames={"Value": False}
        ),
    ),
    Hand(
        "Subnet prod-public-eu-west-1a",
        {"mapPublicIpOnLaunch"},
        lambda aws, at, _: aws("ec2").modify_subnet_attribute(
            SubnetId=at, MapPublicIpOnLaunch={"Value": True}
        ),
    ),
    Hand(
        "Subnet prod-public-eu-west-1b",
        {"enableResourceNameDnsAaaaRecordOnLaunch"},
        lambda aws, at, _: aws("ec2").modify_subnet_attribute(
            SubnetId=at, EnableResourceNameDnsAAAARecordOnLaunch={"Value": False}
        ),
    ),
    Hand(
        "Subnet prod-private-eu-west-1a",
        {"assignIpv6AddressOnCreation"},
        lambda aws, at, _: aws("ec2").modify_subnet_attribute(
            SubnetId=at, AssignIpv6AddressOnCreation={"Value": False}
        ),
    ),
    Hand("Subnet prod-private-eu-west-1b", TAGS, tag),
    Hand("InternetGateway prod", TAGS, tag),
    Hand("EgressOnlyInternetGateway prod", TAGS, tag),
    Hand("Eip prod-eu-west-1a", TAGS, tag),
    Hand("NatGateway prod-eu-west-1a", TAGS, tag),
    Hand("RouteTable prod-public", TAGS, tag),
    Hand("FlowLog prod-flows", TAGS, tag),
    Hand("SecurityGroup prod-worker", TAGS, tag),
    Hand(
        "Route prod-private-eu-west-1a-ipv4",
        {"gatewayId", "natGatewayId"},
        lambda aws, at, has: aws("ec2").replace_route(
            RouteTableId=has["routeTableId"],
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=aws("ec2").describe_internet_gateways()["InternetGateways"][0][
                "InternetGatewayId"
            ],
        ),
    ),
    Hand(
        "DefaultSecurityGroup prod-default",
        {"ingress"},
        lambda aws, at, _: aws("ec2").authorize_security_group_ingress(
            GroupId=at,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                }
            ],
        ),
    ),
    Hand(
        "SecurityGroupIngressRule prod-control-plane-kubelet-from-worker",
        {"toPort", "description"},
        lambda aws, at, has: aws("ec2").modify_security_group_rules(
            GroupId=has["securityGroupId"],
            SecurityGroupRules=[
                {
                    "SecurityGroupRuleId": at,
                    "SecurityGroupRule": {
                        "IpProtocol": "tcp",
                        "FromPort": 10250,
                        "ToPort": 10259,
                        "ReferencedGroupId": has["referencedSecurityGroupId"],
                        "Description": "for a test",
                    },
                }
            ],
        ),
    ),
    Hand(
        "SecurityGroupEgressRule prod-worker-egress-ipv6",
        {"cidrIpv6"},
        lambda aws, at, has: aws("ec2").modify_security_group_rules(
            GroupId=has["securityGroupId"],
            SecurityGroupRules=[
                {
                    "SecurityGroupRuleId": at,
                    "SecurityGroupRule": {
                        "IpProtocol": "-1",
                        "CidrIpv6": "2001:db8::/32",
                        "Description": has["description"],
                    },
                }
            ],
        ),
    ),
    Hand(
        "VpcEndpoint prod-ssm",
        {"ipAddressType", "dnsOptions"},
        lambda aws, at, _: aws("ec2").modify_vpc_endpoint(
            VpcEndpointId=at, IpAddressType="ipv4", DnsOptions={"DnsRecordIpType": "ipv4"}
        ),
    ),
    Hand(
        "VpcEndpoint prod-s3-gateway",
        {"routeTableIds"},
        lambda aws, at, has: aws("ec2").modify_vpc_endpoint(
            VpcEndpointId=at, RemoveRouteTableIds=has["routeTableIds"][:1]
        ),
    ),
    Hand(
        "Instance prod-control-plane-0",
        {"metadataOptions", "sourceDestCheck"},
        lambda aws, at, _: (
            aws("ec2").modify_instance_metadata_options(InstanceId=at, HttpTokens="optional"),
            aws("ec2").modify_instance_attribute(InstanceId=at, SourceDestCheck={"Value": False}),
        ),
    ),
    Hand(
        "Instance prod-control-plane-1",
        {"vpcSecurityGroupIds"},
        lambda aws, at, has: aws("ec2").modify_instance_attribute(
            InstanceId=at, Groups=[default_group(aws), *has["vpcSecurityGroupIds"]]
        ),
    ),
    Hand(
        "Instance prod-control-plane-2",
        {"rootBlockDevice", *TAGS},
        lambda aws, at, has: (
            aws("ec2").modify_volume(VolumeId=disk(aws, at), Size=200),
            tag(aws, at, has),
        ),
    ),
    Hand(
        "LaunchTemplate prod-general",
        {"instanceType"},
        lambda aws, at, _: aws("ec2").create_launch_template_version(
            LaunchTemplateId=at, LaunchTemplateData=version(aws, at) | {"InstanceType": "t3.nano"}
        ),
    ),
    Hand(
        "Group prod-general",
        {"minSize", "maxSize", "tags"},
        lambda aws, at, _: (
            aws("autoscaling").update_auto_scaling_group(
                AutoScalingGroupName=at, MinSize=0, MaxSize=50
            ),
            aws("autoscaling").create_or_update_tags(
                Tags=[
                    {
                        "Key": "owner",
                        "Value": "somebody",
                        "PropagateAtLaunch": True,
                        "ResourceId": at,
                        "ResourceType": "auto-scaling-group",
                    }
                ]
            ),
        ),
    ),
    Hand(
        "LifecycleHook prod-general-joined",
        {"heartbeatTimeout"},
        lambda aws, at, has: aws("autoscaling").put_lifecycle_hook(
            LifecycleHookName=at,
            AutoScalingGroupName=has["autoscalingGroupName"],
            LifecycleTransition=has["lifecycleTransition"],
            DefaultResult="ABANDON",
            HeartbeatTimeout=60,
        ),
    ),
    Hand(
        "LoadBalancer prod-api",
        {"enableCrossZoneLoadBalancing", "enableDeletionProtection"},
        lambda aws, at, _: aws("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=at,
            Attributes=[
                {"Key": "load_balancing.cross_zone.enabled", "Value": "false"},
                {"Key": "deletion_protection.enabled", "Value": "false"},
            ],
        ),
    ),
    Hand(
        "TargetGroup prod-api",
        {"healthCheck", "preserveClientIp"},
        lambda aws, at, _: (
            aws("elbv2").modify_target_group(TargetGroupArn=at, HealthCheckIntervalSeconds=30),
            aws("elbv2").modify_target_group_attributes(
                TargetGroupArn=at,
                Attributes=[{"Key": "preserve_client_ip.enabled", "Value": "true"}],
            ),
        ),
    ),
    Hand(
        "Listener prod-api",
        {"port"},
        lambda aws, at, _: aws("elbv2").modify_listener(ListenerArn=at, Port=8443),
    ),
    Hand(
        "Role prod-worker",
        {"assumeRolePolicy", "description"},
        lambda aws, at, _: (
            aws("iam").update_assume_role_policy(RoleName=at, PolicyDocument=json.dumps(TRUSTING)),
            aws("iam").update_role(RoleName=at, Description="somebody's"),
        ),
    ),
    Hand(
        "RolePolicy prod-worker",
        {"policy"},
        lambda aws, at, _: aws("iam").put_role_policy(
            RoleName=at.split(":")[0],
            PolicyName=at.split(":")[1],
            PolicyDocument=json.dumps(WAKEFUL),
        ),
    ),
    Hand(
        "InstanceProfile prod-worker",
        TAGS,
        lambda aws, at, _: aws("iam").tag_instance_profile(
            InstanceProfileName=at, Tags=[{"Key": "owner", "Value": "somebody"}]
        ),
    ),
    Hand(
        "Key prod-parameters",
        {"description", "enableKeyRotation"},
        lambda aws, at, _: (
            aws("kms").update_key_description(KeyId=at, Description="somebody's"),
            aws("kms").disable_key_rotation(KeyId=at),
        ),
    ),
    Hand(
        "Alias prod-parameters",
        {"targetKeyId"},
        lambda aws, at, _: aws("kms").update_alias(
            AliasName=at, TargetKeyId=aws("kms").create_key()["KeyMetadata"]["KeyId"]
        ),
    ),
    Hand(
        "Parameter prod-api-host",
        {"value"},
        lambda aws, at, _: aws("ssm").put_parameter(Name=at, Value="elsewhere", Overwrite=True),
    ),
    Hand(
        "LogGroup prod-flows",
        {"retentionInDays"},
        lambda aws, at, _: aws("logs").put_retention_policy(logGroupName=at, retentionInDays=1),
    ),
    Hand(
        "SecurityGroup by-hand",
        {"ingress"},
        lambda aws, at, _: aws("ec2").revoke_security_group_ingress(
            GroupId=at,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                }
            ],
        ),
    ),
    Hand(
        "Tag by-hand",
        {"value"},
        lambda aws, at, has: aws("ec2").create_tags(
            Resources=[has["resourceId"]], Tags=[{"Key": "team", "Value": "theirs"}]
        ),
    ),
    Hand(
        "VpcAttachment by-hand",
        {"applianceModeSupport", "tagsAll"},
        lambda aws, at, has: (
            aws("ec2").modify_transit_gateway_vpc_attachment(
                TransitGatewayAttachmentId=at, Options={"ApplianceModeSupport": "enable"}
            ),
            tag(aws, at, has),
        ),
    ),
    Hand(
        "VpcPeeringConnection by-hand",
        {"requester", "tagsAll"},
        lambda aws, at, has: (
            aws("ec2").modify_vpc_peering_connection_options(
                VpcPeeringConnectionId=at,
                RequesterPeeringConnectionOptions={"AllowDnsResolutionFromRemoteVpc": False},
            ),
            tag(aws, at, has),
        ),
    ),
    Hand(
        "RouteTable by-hand",
        {"routes"},
        lambda aws, at, _: aws("ec2").delete_route(
            RouteTableId=at, DestinationIpv6CidrBlock="::/0"
        ),
    ),
    Hand(
        "Record by-hand",
        {"records", "ttl"},
        lambda aws, at, has: aws("route53").change_resource_record_sets(
            HostedZoneId=has["zoneId"],
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "UPSERT",
                        "ResourceRecordSet": {
                            "Name": "a.example.com",
                            "Type": "AAAA",
                            "TTL": 60,
                            "ResourceRecords": [{"Value": "2001:db8::2"}],
                        },
                    }
                ]
            },
        ),
    ),
)

OF_BUCKETS = (
    Hand(
        "Bucket by-hand",
        {"tagsAll"},
        lambda aws, at, _: aws("s3").put_bucket_tagging(
            Bucket=at, Tagging={"TagSet": [{"Key": "owner", "Value": "somebody"}]}
        ),
    ),
    Hand(
        "BucketVersioning by-hand",
        {"versioningConfiguration"},
        lambda aws, at, _: aws("s3").put_bucket_versioning(
            Bucket=at, VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    Hand(
        "BucketObjectLockConfiguration by-hand",
        {"rule"},
        lambda aws, at, _: aws("s3").put_object_lock_configuration(
            Bucket=at,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            },
        ),
    ),
    Hand(
        "BucketServerSideEncryptionConfiguration by-hand",
        {"rules"},
        lambda aws, at, _: aws("s3").put_bucket_encryption(
            Bucket=at,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
    ),
    Hand(
        "BucketPublicAccessBlock by-hand",
        {"blockPublicPolicy"},
        lambda aws, at, _: aws("s3").put_public_access_block(
            Bucket=at, PublicAccessBlockConfiguration={"BlockPublicPolicy": False}
        ),
    ),
    Hand(
        "BucketOwnershipControls by-hand",
        {"rule"},
        lambda aws, at, _: aws("s3").put_bucket_ownership_controls(
            Bucket=at, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
    ),
    Hand(
        "BucketLifecycleConfiguration by-hand",
        {"rules"},
        lambda aws, at, _: aws("s3").put_bucket_lifecycle_configuration(
            Bucket=at,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "old",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                    }
                ]
            },
        ),
    ),
    Hand(
        "BucketPolicy by-hand",
        {"policy"},
        lambda aws, at, _: aws("s3").put_bucket_policy(
            Bucket=at, Policy=denied("s3:DeleteObject", at)
        ),
    ),
    Hand(
        "BucketObjectv2 by-hand",
        {"tagsAll"},
        lambda aws, at, has: aws("s3").put_object_tagging(
            Bucket=has["bucket"],
            Key=at,
            Tagging={"TagSet": [{"Key": "owner", "Value": "somebody"}]},
        ),
    ),
    Hand(
        "OpenIdConnectProvider by-hand",
        {"tagsAll"},
        lambda aws, at, _: aws("iam").tag_open_id_connect_provider(
            OpenIDConnectProviderArn=at, Tags=[{"Key": "owner", "Value": "somebody"}]
        ),
    ),
)

GONE = {
    "RouteTableAssociation prod-public-eu-west-1a": lambda aws, at, _: aws(
        "ec2"
    ).disassociate_route_table(AssociationId=at),
    "TargetGroupAttachment prod-control-plane-0": lambda aws, at, has: aws(
        "elbv2"
    ).deregister_targets(TargetGroupArn=has["targetGroupArn"], Targets=[{"Id": has["targetId"]}]),
    "VpcIpv4CidrBlockAssociation by-hand": lambda aws, at, _: aws(
        "ec2"
    ).disassociate_vpc_cidr_block(AssociationId=at),
    "VpcIpv6CidrBlockAssociation by-hand": lambda aws, at, _: aws(
        "ec2"
    ).disassociate_vpc_cidr_block(AssociationId=at),
}
"""What is changed by hand only by being taken away."""


EVERY = BY_HAND + OF_BUCKETS


def denied(action: str, bucket: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def default_group(aws) -> str:
    return aws("ec2").describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"][0]["GroupId"]


def version(aws, template: str) -> dict[str, Any]:
    found = aws("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["1"])
    return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def disk(aws, instance: str) -> str:
    where = [{"Name": "attachment.instance-id", "Values": [instance]}]
    return aws("ec2").describe_volumes(Filters=where)["Volumes"][0]["VolumeId"]


def shown(event: EngineEvent) -> set[str]:
    """The attributes that a step of the engine shows as changed."""
    diff = event.res_outputs_event.metadata.detailed_diff if event.res_outputs_event else None
    return {path.split(".")[0].split("[")[0] for path in diff or {}}


class Watched(NamedTuple):
    """A stack, and what its runs show."""

    stack: Any

    def run(self, action: str) -> dict[str, set[str] | OpType]:
        """Each changed resource: its changed attributes, or what became of the whole of it."""
        found: dict[str, set[str] | OpType] = {}

        def see(event: EngineEvent) -> None:
            step = event.res_outputs_event and event.res_outputs_event.metadata
            if step and step.op is not OpType.SAME:
                key = f"{step.type.rpartition(':')[2]} {name_of(step.urn)}"
                found[key] = shown(event) if step.op is OpType.UPDATE else step.op

        run = Run()
        try:
            getattr(self.stack.engine, action)(lambda event: (run.on_event(event), see(event)))
        except RunFailedError as error:
            pytest.fail(f"{action}: {run.progress.failures or error}")
        return found

    def resources(self) -> dict[str, dict[str, Any]]:
        return {
            f"{one['type'].rpartition(':')[2]} {name_of(one['urn'])}": one
            for one in self.stack.engine.checkpoint.resources
            if one.get("id")
        }


def by_hand(zone: str, there: str, transit: str) -> Callable[[], None]:
    """A program with what ours has not: rules and routes inline, a record, further blocks, a transit gateway, a peering, a VPC that is there."""

    def program() -> None:
        # The provider reads the pool back, and wants it gone: terraform-provider-aws#48733.
        pool = pulumi.ResourceOptions(ignore_changes=["ipv6_ipam_pool_id", "ipv6_netmask_length"])
        vpc = ec2.Vpc("by-hand", cidr_block="10.77.0.0/16", opts=pool)
        gateway = ec2.InternetGateway("by-hand", vpc_id=vpc.id)
        ec2.VpcIpv4CidrBlockAssociation("by-hand", vpc_id=vpc.id, cidr_block="10.78.0.0/16")
        ec2.VpcIpv6CidrBlockAssociation(
            "by-hand",
            vpc_id=vpc.id,
            ipv6_pool="ipv6pool-ec2-1",
            ipv6_cidr_block="2a05:d0ff:77::/56",
        )
        anywhere = {"cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"]}
        ec2.SecurityGroup(
            "by-hand",
            vpc_id=vpc.id,
            ingress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, **anywhere}],
            egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, **anywhere}],
        )
        ec2.RouteTable(
            "by-hand",
            vpc_id=vpc.id,
            routes=[
                {"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id},
                {"ipv6_cidr_block": "::/0", "gateway_id": gateway.id},
            ],
        )
        subnet = ec2.Subnet("by-hand", vpc_id=vpc.id, cidr_block="10.77.0.0/24")
        ec2transitgateway.VpcAttachment(
            "by-hand", transit_gateway_id=transit, vpc_id=vpc.id, subnet_ids=[subnet.id]
        )
        ec2.VpcPeeringConnection(
            "by-hand",
            vpc_id=vpc.id,
            peer_vpc_id=ec2.Vpc("beside", cidr_block="10.79.0.0/16").id,
            auto_accept=True,
            requester={"allow_remote_vpc_dns_resolution": True},
        )
        route53.Record(
            "by-hand",
            zone_id=zone,
            name="a.example.com",
            type="AAAA",
            ttl=300,
            records=["2001:db8::1"],
        )
        ec2.Tag("by-hand", resource_id=vpc.default_security_group_id, key="team", value="ours")
        bucketed()
        pulumi.export("read", ec2.InternetGateway.get("read", gateway.id).vpc_id)
        pulumi.export("vpc", vpc.id)
        ec2.Vpc(
            "taken",
            cidr_block="10.78.0.0/16",
            tags={"owner": "somebody"},
            opts=pulumi.ResourceOptions(import_=there, retain_on_delete=True),
        )

    return program


def bucketed() -> None:
    """A bucket with every setting, and an issuer of tokens."""
    bucket = s3.Bucket("by-hand")
    s3.BucketVersioning("by-hand", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    # With a lock a bucket keeps its versions, so that this is another bucket than the one whose versions are suspended by hand.
    locked = s3.Bucket("locked-by-hand")
    kept = s3.BucketVersioning(
        "locked-by-hand", bucket=locked.id, versioning_configuration={"status": "Enabled"}
    )
    s3.BucketObjectLockConfiguration(
        "by-hand",
        bucket=locked.id,
        rule={"default_retention": {"mode": "GOVERNANCE", "days": 30}},
        opts=pulumi.ResourceOptions(depends_on=[kept]),
    )
    s3.BucketServerSideEncryptionConfiguration(
        "by-hand",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": "alias/aws/s3",
                }
            }
        ],
    )
    s3.BucketPublicAccessBlock("by-hand", bucket=bucket.id, block_public_policy=True)
    s3.BucketOwnershipControls(
        "by-hand", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
    )
    s3.BucketLifecycleConfiguration(
        "by-hand",
        bucket=bucket.id,
        rules=[
            {
                "id": "old",
                "status": "Enabled",
                "noncurrent_version_expiration": {"noncurrent_days": 30},
            }
        ],
    )
    s3.BucketPolicy(
        "by-hand", bucket=bucket.id, policy=bucket.id.apply(partial(denied, "s3:PutObject"))
    )
    # In a bucket without versions, which is empty once the object is deleted.
    s3.BucketObjectv2(
        "by-hand",
        bucket=s3.Bucket("holding-by-hand").id,
        key="by-hand.json",
        content="{}",
        content_type="application/json",
    )
    iam.OpenIdConnectProvider(
        "by-hand", url="https://tokens.example.com", client_id_lists=["nobody"]
    )


@pytest.fixture(scope="module")
def seen(life, client):
    """Two stacks: brought up, refreshed, changed by hand in every type, refreshed, put right, refreshed once more."""

    def aws(service: str) -> Any:
        return client(service, REGION)

    zone = aws("route53").create_hosted_zone(Name="example.com", CallerReference="drift")
    zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
    vpc = aws("ec2").create_vpc(
        CidrBlock="10.78.0.0/16",
        TagSpecifications=[
            {"ResourceType": "vpc", "Tags": [{"Key": "owner", "Value": "somebody"}]}
        ],
    )
    there = vpc["Vpc"]["VpcId"]
    transit = aws("ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    stacks = [
        Watched(life("prod")),
        Watched(life("by-hand", {"aws:region": REGION}, by_hand(zone_id, there, transit))),
    ]
    found = SimpleNamespace(there=there, resources={}, clean={}, drifted={}, mended={}, after={})
    for stack in stacks:
        stack.run("up")
        found.clean |= stack.run("refresh")
        found.resources |= stack.resources()
    found.outputs = stack.stack.engine.outputs()
    for resource, change in [(one.resource, one.change) for one in EVERY] + [*GONE.items()]:
        there = found.resources[resource]
        change(aws, there["id"], there["outputs"])
    for stack in stacks:
        found.drifted |= stack.run("refresh")
        found.mended |= stack.run("up")
        found.after |= stack.run("refresh")
        stack.run("down")
    return found


def test_what_is_there_is_read_and_taken_over_by_its_id_alone(seen):
    assert seen.outputs["read"].value == seen.outputs["vpc"].value
    assert seen.resources["Vpc taken"]["id"] == seen.there
    assert seen.resources["Vpc taken"]["inputs"]["tags"] == {"owner": "somebody"}


def test_a_refresh_of_an_unchanged_stack_shows_nothing(seen):
    assert seen.clean == {}


@pytest.mark.parametrize("hand", EVERY, ids=lambda hand: hand.resource)
def test_a_refresh_shows_what_was_changed_by_hand(seen, hand):
    assert seen.drifted.get(hand.resource) == hand.shown


@pytest.mark.parametrize("resource", GONE)
def test_a_refresh_shows_what_was_taken_away_by_hand(seen, resource):
    assert seen.drifted.get(resource) is OpType.DELETE


def test_a_refresh_shows_nothing_else(seen):
    assert seen.drifted.keys() == {hand.resource for hand in EVERY} | GONE.keys()


def test_the_next_up_puts_all_of_it_right(seen):
    assert seen.drifted.keys() <= seen.mended.keys()
    assert seen.after == {}


def test_every_type_of_aws_is_among_the_changes(seen):
    changed = {type_of(seen.resources[name]["urn"]) for name in seen.drifted}

    assert changed == set(AwsProvider("http://nowhere").resources)
