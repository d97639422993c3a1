"""Addresses, user data and groups of machines, as AWS gives and takes them."""

import base64
from ipaddress import IPv6Address, IPv6Network

import pytest
from botocore.exceptions import ClientError

from rehearsal.providers.aws.autoscaling import AutoScalingGroupResource
from rehearsal.providers.aws.instances import InstanceResource
from rehearsal.providers.aws.launch_templates import LaunchTemplateResource
from rehearsal.providers.aws.subnets import SubnetResource
from rehearsal.providers.aws.vpc import VpcResource

NOBLE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


def refusal(action, *args):
    with pytest.raises(ClientError) as raised:
        action(*args)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def vpc(aws):
    inputs = {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True}
    return VpcResource().create(aws, inputs)


@pytest.fixture(scope="module")
def image(aws):
    return aws.client("ssm").get_parameter(Name=NOBLE)["Parameter"]["Value"]


@pytest.fixture
def make_subnet(aws, vpc):
    """A subnet with the next IPv6 block, or with none."""
    blocks = list(IPv6Network(vpc.outputs["ipv6CidrBlock"]).subnets(new_prefix=64))

    def make(zone="eu-west-1a", *, ipv6=True, automatic=True):
        number = len(aws.ec2.describe_subnets()["Subnets"])
        inputs = {
            "vpcId": vpc.id,
            "cidrBlock": f"10.0.{number}.0/24",
            "availabilityZone": zone,
        }
        if ipv6:
            inputs |= {
                "ipv6CidrBlock": str(blocks[number]),
                "assignIpv6AddressOnCreation": automatic,
            }
        return SubnetResource().create(aws, inputs).id, blocks[number]

    return make


def machine(image, subnet, **inputs):
    return {"ami": image, "instanceType": "t3.small", "subnetId": subnet} | inputs


def addresses(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["NetworkInterfaces"][0]["Ipv6Addresses"]


def test_an_instance_has_the_ipv6_address_that_its_subnet_gives(aws, ec2, image, make_subnet):
    subnet, block = make_subnet()

    made = InstanceResource().create(aws, machine(image, subnet))

    [address] = addresses(ec2, made.id)
    assert made.outputs["ipv6Addresses"] == [address["Ipv6Address"]]
    assert IPv6Address(address["Ipv6Address"]) in block
    assert int(IPv6Address(address["Ipv6Address"])) - int(block.network_address) >= 4


def test_an_instance_has_no_ipv6_address_where_nothing_gives_one(aws, ec2, image, make_subnet):
    subnet, _ = make_subnet(automatic=False)

    made = InstanceResource().create(aws, machine(image, subnet))

    assert addresses(ec2, made.id) == []


def test_a_primary_ipv6_address_is_marked(aws, ec2, image, make_subnet):
    subnet, _ = make_subnet(automatic=False)

    made = InstanceResource().create(
        aws, machine(image, subnet, ipv6AddressCount=1, enablePrimaryIpv6=True)
    )

    assert [a["IsPrimaryIpv6"] for a in addresses(ec2, made.id)] == [True]


def test_an_ipv6_address_in_a_subnet_without_a_block_is_refused(aws, image, make_subnet):
    subnet, _ = make_subnet(ipv6=False)

    code, message = refusal(
        InstanceResource().create, aws, machine(image, subnet, ipv6AddressCount=1)
    )

    assert code == "InvalidParameterValue"
    assert message == f"Subnet {subnet} does not contain any IPv6 CIDR block ranges"


def test_a_primary_ipv6_address_without_any_is_refused(aws, image, make_subnet):
    subnet, _ = make_subnet(automatic=False)

    code, _ = refusal(
        InstanceResource().create, aws, machine(image, subnet, enablePrimaryIpv6=True)
    )

    assert code == "InvalidParameterCombination"


def test_an_ipv6_address_outside_the_subnet_is_refused(aws, image, make_subnet):
    subnet, _ = make_subnet()

    code, message = refusal(
        InstanceResource().create, aws, machine(image, subnet, ipv6Addresses=["2001:db8::5"])
    )

    assert code == "InvalidParameterValue"
    assert "2001:db8::5" in message


def test_an_image_that_is_not_there_is_refused(aws, make_subnet):
    subnet, _ = make_subnet()

    code, _ = refusal(InstanceResource().create, aws, machine("ami-0123456789abcdef0", subnet))

    assert code == "InvalidAMIID.NotFound"


def test_the_interface_goes_with_its_instance(aws, ec2, image, make_subnet):
    subnet, _ = make_subnet()
    made = InstanceResource().create(aws, machine(image, subnet))

    InstanceResource().delete(aws, made.id, made.outputs)

    where = [{"Name": "subnet-id", "Values": [subnet]}]
    assert ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"] == []


def test_user_data_reaches_the_machine_as_it_was_given(aws, ec2, image, make_subnet):
    subnet, _ = make_subnet()
    zipped = base64.b64encode(b"\x1f\x8b\x00\xff").decode()

    made = InstanceResource().create(aws, machine(image, subnet, userDataBase64=zipped))

    stored = ec2.describe_instance_attribute(InstanceId=made.id, Attribute="userData")
    assert stored["UserData"]["Value"] == zipped


def test_user_data_over_16_kib_is_refused_on_an_instance(aws, image, make_subnet):
    subnet, _ = make_subnet()

    code, message = refusal(
        InstanceResource().create, aws, machine(image, subnet, userData="x" * 16385)
    )

    assert code == "InvalidParameterValue"
    assert message == "User data is limited to 16384 bytes, and this is 16385"


def test_user_data_of_exactly_16_kib_is_taken_in_a_launch_template(aws):
    full = base64.b64encode(b"x" * 16384).decode()

    made = LaunchTemplateResource().create(aws, {"name": "full", "userData": full})

    assert made.outputs["latestVersion"] == 1


def test_user_data_over_16_kib_is_refused_in_a_launch_template(aws):
    long = base64.b64encode(b"x" * 16385).decode()

    code, _ = refusal(LaunchTemplateResource().create, aws, {"name": "long", "userData": long})

    assert code == "InvalidParameterValue"


def test_user_data_of_a_launch_template_must_be_base64(aws):
    code, message = refusal(
        LaunchTemplateResource().create, aws, {"name": "plain", "userData": "#!/bin/sh"}
    )

    assert (code, message) == (
        "InvalidUserData.Malformed",
        "Invalid BASE64 encoding of user data.",
    )


def test_groups_go_into_the_interface_of_a_launch_template_or_beside_it_not_both(aws):
    inputs = {
        "name": "both",
        "vpcSecurityGroupIds": ["sg-1"],
        "networkInterfaces": [{"ipv6AddressCount": 1}],
    }

    code, _ = refusal(LaunchTemplateResource().create, aws, inputs)

    assert code == "InvalidParameterCombination"


def template(aws, name, image, **interface):
    return LaunchTemplateResource().create(
        aws,
        {
            "name": name,
            "imageId": image,
            "instanceType": "t3.small",
            "networkInterfaces": [{"deviceIndex": 0} | interface],
        },
    )


def pool(name, made, subnets, **inputs):
    return {
        "name": name,
        "minSize": 1,
        "maxSize": 5,
        "launchTemplate": {"id": made.id, "version": "$Latest"},
        "vpcZoneIdentifiers": subnets,
    } | inputs


def members(aws, name):
    found = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    ids = [instance["InstanceId"] for instance in found["AutoScalingGroups"][0]["Instances"]]
    reservations = aws.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    return [instance for part in reservations for instance in part["Instances"]]


def test_machines_of_a_group_are_spread_and_have_the_addresses_of_their_template(
    aws, image, make_subnet
):
    (first, _), (second, _) = make_subnet("eu-west-1a"), make_subnet("eu-west-1b")
    made = template(aws, "spread", image, ipv6AddressCount=1, primaryIpv6="true")

    AutoScalingGroupResource().create(aws, pool("spread", made, [first, second], desiredCapacity=4))

    machines = members(aws, "spread")
    assert sorted(machine["SubnetId"] for machine in machines) == sorted([first, second] * 2)
    for each in machines:
        [address] = each["NetworkInterfaces"][0]["Ipv6Addresses"]
        assert address["IsPrimaryIpv6"] is True


def test_a_group_in_a_subnet_without_ipv6_is_refused_when_its_template_wants_some(
    aws, image, make_subnet
):
    subnet, _ = make_subnet(ipv6=False)
    made = template(aws, "narrow", image, ipv6AddressCount=1)

    code, message = refusal(AutoScalingGroupResource().create, aws, pool("narrow", made, [subnet]))

    assert code == "InvalidParameterValue"
    assert subnet in message


def test_a_group_that_is_deleted_leaves_no_machine_and_no_interface(aws, ec2, image, make_subnet):
    subnet, _ = make_subnet()
    made = template(aws, "gone", image)
    AutoScalingGroupResource().create(aws, pool("gone", made, [subnet], desiredCapacity=2))

    AutoScalingGroupResource().delete(aws, "gone", {})

    where = [{"Name": "subnet-id", "Values": [subnet]}]
    assert ec2.describe_network_interfaces(Filters=where)["NetworkInterfaces"] == []


def test_a_desired_number_beyond_the_most_is_refused(aws, image, make_subnet):
    subnet, _ = make_subnet()
    made = template(aws, "many", image)

    code, _ = refusal(
        AutoScalingGroupResource().create, aws, pool("many", made, [subnet], desiredCapacity=6)
    )

    assert code == "ValidationError"


@pytest.mark.parametrize(
    ("release", "architecture", "volume"),
    [("18.04", "amd64", "gp2"), ("22.04", "arm64", "gp2"), ("24.04", "arm64", "gp3")],
)
def test_ubuntus_public_parameters_lead_to_images(client, release, architecture, volume):
    name = (
        f"/aws/service/canonical/ubuntu/server/{release}/stable/current/"
        f"{architecture}/hvm/ebs-{volume}/ami-id"
    )

    image = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    [found] = client("ec2").describe_images(ImageIds=[image])["Images"]
    assert found["OwnerId"] == "099720109477"
    assert f"{release}-{architecture}-server" in found["Name"]
    assert found["RootDeviceName"] == "/dev/sda1"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_amazon_linuxs_public_parameters_lead_to_images(client, architecture):
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"

    image = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    [found] = client("ec2").describe_images(ImageIds=[image])["Images"]
    assert found["OwnerId"] == "137112412989"
    assert found["Architecture"] == architecture
    assert found["RootDeviceName"] == "/dev/xvda"


BY_RESOURCE = {"privateDnsNameOptions": {"hostnameType": "resource-name"}}


def test_a_machine_is_named_by_its_address_or_its_id_as_was_asked(aws, image, make_subnet):
    subnet, _ = make_subnet()
    named = InstanceResource().create(aws, machine(image, subnet, **BY_RESOURCE))
    plain = InstanceResource().create(aws, machine(image, subnet))

    assert named.outputs["privateDns"] == f"{named.id}.eu-west-1.compute.internal"
    dashes = plain.outputs["privateIp"].replace(".", "-")
    assert plain.outputs["privateDns"] == f"ip-{dashes}.eu-west-1.compute.internal"


def test_a_pool_of_machines_is_named_in_its_own_region(aws, image, make_subnet):
    subnet, _ = make_subnet()
    asked = {"name": "named", "imageId": image, "instanceType": "t3.small"} | BY_RESOURCE
    made = LaunchTemplateResource().create(aws, asked)

    AutoScalingGroupResource().create(aws, pool("named", made, [subnet]))

    [instance] = members(aws, "named")
    assert instance["PrivateDnsName"] == f"{instance['InstanceId']}.eu-west-1.compute.internal"


@pytest.mark.parametrize(
    "name",
    [
        "i-0123456789abcdef0.eu-west-1.compute.internal",
        "ip-10-0-0-7.eu-west-1.compute.internal",
        "i-0123456789abcdeg0",
        "i-0123456789abcdef01",
        "i-0123",
        "node1",
    ],
)
def test_what_is_no_id_of_an_instance_is_malformed(aws, name):
    expected = ("InvalidInstanceID.Malformed", f'Invalid id: "{name}"')

    for ask in (aws.ec2.describe_instances, aws.ec2.terminate_instances):
        assert refusal(lambda call=ask: call(InstanceIds=["i-0123456789abcdef0", name])) == expected
    assert refusal(lambda: aws.ec2.describe_instance_status(InstanceIds=[name])) == expected


@pytest.mark.parametrize("name", ["i-0123456789abcdef0", "i-01234567"])
def test_a_well_formed_id_of_no_instance_is_not_found(aws, name):
    refused = refusal(lambda: aws.ec2.describe_instances(InstanceIds=[name]))

    assert refused == ("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist")


def test_a_filter_takes_any_name_for_an_id(aws):
    named = [{"Name": "instance-id", "Values": ["i-0123456789abcdef0.ec2.internal"]}]

    assert aws.ec2.describe_instances(Filters=named)["Reservations"] == []


def test_no_topology_is_known(aws):
    assert aws.ec2.describe_instance_topology()["Instances"] == []


def test_a_machine_has_the_groups_that_it_or_its_interface_was_given_last(
    aws, vpc, image, make_subnet
):
    def made(name):
        asked = {"VpcId": vpc.id, "GroupName": name, "Description": name}
        return aws.ec2.create_security_group(**asked)["GroupId"]

    def groups():
        found = aws.ec2.describe_instances(InstanceIds=[instance.id])
        told = found["Reservations"][0]["Instances"][0]
        both = told["SecurityGroups"], told["NetworkInterfaces"][0]["Groups"]
        return [[group["GroupId"] for group in of_one] for of_one in both]

    first, second, third = made("first"), made("second"), made("third")
    subnet, _ = make_subnet()
    instance = InstanceResource().create(aws, machine(image, subnet, vpcSecurityGroupIds=[first]))
    at_launch = groups()
    interface = instance.outputs["primaryNetworkInterfaceId"]
    aws.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[second])
    by_interface = groups()
    aws.ec2.modify_instance_attribute(InstanceId=instance.id, Groups=[third])

    assert at_launch == [[first], [first]]
    assert by_interface == [[second], [second]]
    assert groups() == [[third], [third]]


def test_a_launch_template_shows_the_tags_that_it_got_later(aws):
    made = LaunchTemplateResource().create(aws, {"name": "tagged", "tags": {"round": "one"}})

    LaunchTemplateResource().update(
        aws, made.id, {"tagsAll": {"round": "one"}}, {"name": "tagged", "tags": {"round": "two"}}
    )

    [shown] = aws.ec2.describe_launch_templates(LaunchTemplateIds=[made.id])["LaunchTemplates"]
    assert shown["Tags"] == [{"Key": "round", "Value": "two"}]


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DISKS = [
    {
        "deviceName": "/dev/sdf",
        "volumeSize": 100,
        "volumeType": "io2",
        "iops": 9000,
        "encrypted": True,
        "kmsKeyId": KEY,
        "tags": {},
    },
    {
        "deviceName": "/dev/sdg",
        "volumeSize": 20,
        "volumeType": "gp3",
        "throughput": 250,
        "encrypted": True,
        "kmsKeyId": KEY,
        "tags": {},
    },
]
PLACEMENT = {"AvailabilityZone": "eu-west-1a", "GroupName": "apart", "Tenancy": "dedicated"}


def test_an_instance_has_its_further_disks_and_its_placement_and_they_go_with_it(
    aws, ec2, image, make_subnet
):
    subnet, _ = make_subnet()
    inputs = machine(
        image,
        subnet,
        rootBlockDevice={"volumeSize": 40, "iops": 6000, "encrypted": True},
        ebsBlockDevices=DISKS,
        placementGroup="apart",
        tenancy="dedicated",
    )
    made = InstanceResource().create(aws, inputs)

    found = InstanceResource().read(aws, made.id, inputs)
    assert found["rootBlockDevice"]["iops"] == 6000
    read = [{**disk, "volumeId": ""} for disk in found["ebsBlockDevices"]]
    assert read == [
        {
            **DISKS[0],
            "throughput": None,
            "deleteOnTermination": True,
            "volumeId": "",
        },
        {**DISKS[1], "iops": 3000, "deleteOnTermination": True, "volumeId": ""},
    ]
    assert (found["placementGroup"], found["tenancy"]) == ("apart", "dedicated")

    volumes = [found["rootBlockDevice"]["volumeId"]]
    volumes += [disk["volumeId"] for disk in found["ebsBlockDevices"]]
    InstanceResource().delete(aws, made.id, inputs)
    there = {volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"]}
    assert not there & {*volumes}


def test_machines_of_a_group_have_the_disks_and_the_placement_of_their_template(
    aws, ec2, image, make_subnet
):
    subnet, _ = make_subnet()
    template = {
        "name": "with-disks",
        "imageId": image,
        "instanceType": "t3.small",
        "blockDeviceMappings": [
            {"deviceName": "/dev/sda1", "ebs": {"volumeSize": 80, "volumeType": "gp3"}},
            *[
                {
                    "deviceName": disk["deviceName"],
                    "ebs": {
                        **{name: disk[name] for name in disk if name not in ("deviceName", "tags")},
                        "encrypted": "true",
                        "deleteOnTermination": "true",
                    },
                }
                for disk in DISKS
            ],
        ],
        "placement": {"groupName": "apart", "tenancy": "dedicated"},
    }
    made = LaunchTemplateResource().create(aws, template)

    [instance] = ec2.run_instances(
        MinCount=1, MaxCount=1, SubnetId=subnet, LaunchTemplate={"LaunchTemplateId": made.id}
    )["Instances"]

    [described] = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    [there] = described["Instances"]
    assert there["Placement"] == PLACEMENT
    where = [{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    volumes = {
        volume["Attachments"][0]["Device"]: volume
        for volume in ec2.describe_volumes(Filters=where)["Volumes"]
    }
    assert sorted(volumes) == ["/dev/sda1", "/dev/sdf", "/dev/sdg"]
    assert (volumes["/dev/sdf"]["VolumeType"], volumes["/dev/sdf"]["Iops"]) == ("io2", 9000)
    assert (volumes["/dev/sdg"]["Throughput"], volumes["/dev/sdg"]["KmsKeyId"]) == (250, KEY)
    assert volumes["/dev/sda1"]["Throughput"] == 125
    read = LaunchTemplateResource().read(aws, made.id, template)
    assert read["placement"] == template["placement"]
