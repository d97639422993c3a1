"""The control-plane machines, as AWS is asked for them."""

import base64
import gzip

import pulumi
import pytest
import yaml
from pulumi_aws import ssm

from components import ControlPlane

ARGS = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.37"},
    "subnet_ids": {"eu-west-1a": "subnet-a", "eu-west-1b": "subnet-b", "eu-west-1c": "subnet-c"},
    "security_group_id": "sg-1",
    "instance_profile_name": "profile",
    "target_group_arn": "arn:targets",
}

UBUNTU_24_04 = "/aws/service/canonical/ubuntu/server/24.04/stable/current"


def control_plane(opts=None, **args):
    """A program that makes one control plane and returns its outputs."""

    def program():
        made = ControlPlane("cp", {**ARGS, **args}, opts)
        return {"instance_ids": made.instance_ids}

    return program


def cluster(**args):
    """The cluster's own section, with something else in it."""
    return {**ARGS["cluster"], **args}


def test_three_machines_stand_in_three_zones(deploy):
    deployment = deploy(control_plane())

    assert {name: made["subnetId"] for name, made in deployment.all("Instance").items()} == {
        "cp-0": "subnet-a",
        "cp-1": "subnet-b",
        "cp-2": "subnet-c",
    }
    assert deployment.outputs == {
        "instance_ids": ["Instance cp-0", "Instance cp-1", "Instance cp-2"]
    }


def test_with_fewer_zones_than_machines_they_take_turns(deploy):
    deployment = deploy(
        control_plane(
            subnet_ids={"eu-west-1b": "subnet-b", "eu-west-1a": "subnet-a"},
            control_plane={"count": 5},
        )
    )

    assert [made["subnetId"] for made in deployment.all("Instance").values()] == [
        "subnet-a",
        "subnet-b",
        "subnet-a",
        "subnet-b",
        "subnet-a",
    ]


def test_a_machine_is_asked_for_like_this(deploy):
    deployment = deploy(control_plane())

    machine = dict(deployment.all("Instance")["cp-1"])

    assert machine.pop("userDataBase64").startswith("H4sI")
    assert machine == {
        "ami": f"ami of {UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id",
        "instanceType": "t3.medium",
        "iamInstanceProfile": "profile",
        "subnetId": "subnet-b",
        "vpcSecurityGroupIds": ["sg-1"],
        "ipv6AddressCount": 1,
        "enablePrimaryIpv6": True,
        "sourceDestCheck": True,
        "privateDnsNameOptions": {
            "hostnameType": "resource-name",
            "enableResourceNameDnsARecord": True,
            "enableResourceNameDnsAaaaRecord": True,
        },
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
            "httpProtocolIpv6": "enabled",
        },
        "rootBlockDevice": {
            "encrypted": True,
            "volumeType": "gp3",
            "volumeSize": 40,
            "tags": {"Name": "cp-1"},
        },
        "disableApiTermination": False,
        "forceDestroy": False,
        "tags": {"Name": "cp-1", "kubernetes.io/cluster/prod": "owned"},
    }


def test_what_the_caller_chooses_reaches_every_machine(deploy):
    deployment = deploy(
        control_plane(
            cluster=cluster(tags={"team": "platform"}),
            control_plane={"count": 1, "instance_type": "m7g.large", "disk_gib": 120},
            nodes={"ssh_key_name": "operators"},
        )
    )

    machine = deployment.one("Instance")

    assert machine["instanceType"] == "m7g.large"
    assert machine["ami"] == f"ami of {UBUNTU_24_04}/arm64/hvm/ebs-gp3/ami-id"
    assert machine["rootBlockDevice"]["volumeSize"] == 120
    assert machine["keyName"] == "operators"
    assert machine["tags"]["team"] == machine["rootBlockDevice"]["tags"]["team"] == "platform"


def test_old_minors_get_the_ubuntu_they_were_made_for(deploy):
    deployment = deploy(
        control_plane(cluster=cluster(kubernetes_version="1.24"), control_plane={"count": 1})
    )

    assert deployment.one("Instance")["ami"] == (
        "ami of /aws/service/canonical/ubuntu/server/20.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
    )


@pytest.mark.parametrize(
    ("instance_type", "image"), [("m7g.large", "arm64"), ("m6i.large", "x86_64")]
)
def test_amazon_linux_is_looked_up_by_the_names_that_ec2_has_for_architectures(
    deploy, instance_type, image
):
    deployment = deploy(
        control_plane(
            nodes={"image": "amazon-linux-2023"},
            control_plane={"count": 1, "instance_type": instance_type},
        )
    )

    assert deployment.one("Instance")["ami"] == (
        f"ami of /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{image}"
    )


def test_a_control_plane_has_further_groups_and_a_faster_disk_where_they_are_asked_for(deploy):
    deployment = deploy(
        control_plane(
            control_plane={
                "count": 1,
                "disk_iops": 6000,
                "disk_throughput": 500,
                "security_group_ids": ["sg-0123456789abcdef0"],
            }
        )
    )

    machine = deployment.one("Instance")
    assert machine["vpcSecurityGroupIds"][1:] == ["sg-0123456789abcdef0"]
    disk = machine["rootBlockDevice"]
    assert (disk["iops"], disk["throughput"]) == (6000, 500)


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_a_control_plane_has_further_disks_a_key_and_a_place_where_they_are_asked_for(deploy):
    deployment = deploy(
        control_plane(
            control_plane={
                "count": 1,
                "volumes": {
                    "/dev/sdg": {"size_gib": 50, "throughput": 250},
                    "/dev/sdf": {"size_gib": 100, "type": "io2", "iops": 9000},
                },
                "placement_group": "apart",
                "tenancy": "dedicated",
            },
            nodes={"disk_kms_key_arn": KEY},
        )
    )

    machine = deployment.one("Instance")
    kept = {
        "encrypted": True,
        "kmsKeyId": KEY,
        "deleteOnTermination": True,
        "tags": {"Name": "cp-0"},
    }
    assert machine["ebsBlockDevices"] == [
        {"deviceName": "/dev/sdf", "volumeType": "io2", "volumeSize": 100, "iops": 9000, **kept},
        {
            "deviceName": "/dev/sdg",
            "volumeType": "gp3",
            "volumeSize": 50,
            "throughput": 250,
            **kept,
        },
    ]
    assert machine["rootBlockDevice"]["kmsKeyId"] == KEY
    assert (machine["placementGroup"], machine["tenancy"]) == ("apart", "dedicated")


def test_an_image_of_ones_own_is_not_looked_up(deploy):
    deployment = deploy(
        control_plane(nodes={"image": "ami-0123456789abcdef0"}, control_plane={"count": 1})
    )

    assert deployment.one("Instance")["ami"] == "ami-0123456789abcdef0"
    assert "aws:ssm/getParameter:getParameter" not in {call.token for call in deployment.looked_up}


def test_kubenet_sends_pods_own_addresses_through_the_machine(deploy):
    deployment = deploy(
        control_plane(
            cluster=cluster(kubernetes_version="1.23", cni="kubenet"), control_plane={"count": 1}
        )
    )

    assert deployment.one("Instance")["sourceDestCheck"] is False


def test_each_machine_is_a_target_of_the_api_endpoint(deploy):
    deployment = deploy(control_plane())

    assert deployment.all("TargetGroupAttachment") == {
        f"cp-{number}": {
            "targetGroupArn": "arn:targets",
            "targetId": f"Instance cp-{number}",
            "port": 6443,
        }
        for number in range(3)
    }


def test_growing_from_one_machine_to_three_leaves_the_first_alone(deploy):
    one = deploy(control_plane(control_plane={"count": 1})).inputs()
    three = deploy(control_plane(control_plane={"count": 3})).inputs()

    assert {key for key in one if one[key] != three[key]} == {"ControlPlane cp"}
    assert sorted(three.keys() - one.keys()) == [
        "Instance cp-1",
        "Instance cp-2",
        "TargetGroupAttachment cp-1",
        "TargetGroupAttachment cp-2",
    ]


def test_another_image_key_type_or_zone_touches_no_machine_that_runs(deploy):
    there = {f"cp-{number}": "t3.medium" for number in range(3)}
    before = deploy(control_plane(), machines=there).inputs()
    after = deploy(
        control_plane(
            control_plane={"instance_type": "m6g.large"},
            nodes={"image": "ami-0123456789abcdef0", "ssh_key_name": "operators"},
            subnet_ids={
                "eu-west-1a": "subnet-a",
                "eu-west-1b": "subnet-other",
                "eu-west-1c": "subnet-c",
            },
        ),
        machines=there,
    )

    assert {key for key in before if before[key] != after.inputs()[key]} == {"ControlPlane cp"}
    assert after.resources["Instance cp-0"].ignored == [
        "ami",
        "ebsBlockDevices",
        "instanceType",
        "keyName",
        "placementGroup",
        "rootBlockDevice.kmsKeyId",
        "subnetId",
        "tenancy",
        "userDataBase64",
    ]


def test_machines_are_protected_with_the_cluster(deploy):
    deployment = deploy(control_plane(cluster=cluster(protect=True)))

    assert sorted(key for key, made in deployment.resources.items() if made.protect) == [
        "Instance cp-0",
        "Instance cp-1",
        "Instance cp-2",
    ]


def test_machines_are_not_protected_unless_asked_for(deploy):
    deployment = deploy(control_plane())

    assert not any(made.protect for made in deployment.resources.values())


def test_every_part_is_a_child_of_the_control_plane(deploy):
    deployment = deploy(control_plane())

    parents = {key: made.parent for key, made in deployment.resources.items()}

    assert parents.pop("ControlPlane cp") == "Stack dualstack-test"
    assert set(parents.values()) == {"ControlPlane cp"}


@pytest.mark.parametrize("version", ["1.16", "1.23", "1.37"])
def test_user_data_is_a_cloud_config_that_fits_and_is_the_same_for_every_machine(deploy, version):
    deployment = deploy(control_plane(cluster=cluster(kubernetes_version=version)))

    (encoded,) = {made["userDataBase64"] for made in deployment.all("Instance").values()}

    compressed = base64.b64decode(encoded)
    text = gzip.decompress(compressed).decode()
    assert len(compressed) < 16 * 1024
    assert text.startswith("#cloud-config\n")
    files = {file["path"] for file in yaml.safe_load(text)["write_files"]}
    assert "/etc/dualstack/kubeadm/init.yaml" in files


def test_user_data_is_known_in_a_preview(deploy):
    deployed = deploy(control_plane()).all("Instance")["cp-0"]["userDataBase64"]
    previewed = deploy(control_plane(), preview=True).all("Instance")["cp-0"]["userDataBase64"]

    assert previewed == deployed


def test_a_machine_waits_for_what_its_caller_says(deploy):
    def program():
        first = ssm.Parameter("first", type="String", value="there")
        ControlPlane("cp", ARGS, pulumi.ResourceOptions(depends_on=[first]))

    deployment = deploy(program)

    # The machines are the component's children, so they begin once it has begun.
    assert deployment.resources["ControlPlane cp"].waits_for == {"Parameter first"}


def test_the_image_is_looked_up_by_a_public_name_and_is_no_secret(deploy):
    deployment = deploy(control_plane())

    assert {call.args["name"] for call in deployment.looked_up if "name" in call.args} == {
        f"{UBUNTU_24_04}/amd64/hvm/ebs-gp3/ami-id"
    }
    hidden = {name for name, made in deployment.resources.items() if made.secrets}
    # The provider hides the value of a parameter. A plan holds no secret.
    assert {name.rpartition("-")[0] for name in hidden} == {"Parameter cp-plan"}


def test_arguments_in_camel_case_make_the_same_machines(deploy):
    snake = control_plane(
        cluster={"name": "prod", "kubernetes_version": "1.37", "ip_families": ["IPv6", "IPv4"]},
        control_plane={"count": 1, "instance_type": "t3.large", "disk_gib": 60},
        pods={"ipv4_range": "10.240.0.0/16"},
    )

    def camel():
        ControlPlane(
            "cp",
            {
                **ARGS,
                "cluster": {
                    "name": "prod",
                    "kubernetesVersion": "1.37",
                    "ipFamilies": ["IPv6", "IPv4"],
                },
                "controlPlane": {"count": 1, "instanceType": "t3.large", "diskGib": 60},
                "pods": {"ipv4Range": "10.240.0.0/16"},
            },
        )

    of_snake, of_camel = deploy(snake).resources, deploy(camel).resources

    assert of_snake["Instance cp-0"].inputs == of_camel["Instance cp-0"].inputs
