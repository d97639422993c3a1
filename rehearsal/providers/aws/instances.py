"""EC2 instances."""

import base64
import time
from typing import Any

from ..resource_type import Made, Properties, ProviderError
from .attached_disks import further_disks, requested, root_disk, tag_disks
from .interfaces import check_ipv6, first_interface, subnets_by_id
from .resource import Ec2Resource, changed, inputs_from, request, retag, settings, tag_list, tags_of
from .session import Aws, refusal
from .user_data_limits import checked, decoded

WAIT_SECONDS = 600
"""The provider's own time for an instance to start or stop; it waits twice as long for its end."""

PAUSE_SECONDS = 0.1
IN_PLACE = (
    ("sourceDestCheck", "SourceDestCheck"),
    ("disableApiTermination", "DisableApiTermination"),
    ("disableApiStop", "DisableApiStop"),
    ("ebsOptimized", "EbsOptimized"),
)


class InstanceResource(Ec2Resource):
    """An EC2 instance."""

    engine_type = "aws:ec2/instance:Instance"
    kind = "instance"
    replaces = frozenset(
        {"ami", "associatePublicIpAddress", "availabilityZone", "keyName", "subnetId", "privateIp"}
        | {"ipv6Addresses", "ipv6AddressCount", "enablePrimaryIpv6", "tenancy", "region"}
        | {"placementGroup", "hibernation", "cpuOptions", "enclaveOptions", "securityGroups"}
        | {"ebsBlockDevices"}
    )
    computed = frozenset(
        {"arn", "availabilityZone", "instanceState", "ipv6Addresses", "primaryNetworkInterfaceId"}
        | {"privateDns", "privateIp", "publicDns", "publicIp", "outpostArn", "passwordData"}
    )
    defaults = {
        "sourceDestCheck": True,
        "getPasswordData": False,
        "userDataReplaceOnChange": False,
        "forceDestroy": False,
        "tenancy": "default",
    }

    def create(self, aws: Aws, inputs: Properties) -> Made:
        addresses = inputs.get("ipv6Addresses") or []
        primary = bool(inputs.get("enablePrimaryIpv6"))
        check_ipv6(
            "RunInstances",
            subnets_by_id(aws, [inputs["subnetId"]])[0],
            count=inputs.get("ipv6AddressCount"),
            addresses=addresses,
            primary=primary,
        )
        interface = first_interface(inputs) | request(
            inputs, privateIp="PrivateIpAddress", vpcSecurityGroupIds="Groups"
        )
        # With associate_public_ip_address the provider describes the interface itself, and never marks a primary address:
        # buildNetworkInterfaceOpts in internal/service/ec2/ec2_instance.go, terraform-provider-aws#41571.
        interface["PrimaryIpv6"] = primary and inputs.get("associatePublicIpAddress") is None
        if addresses:
            interface["Ipv6Addresses"] = [{"Ipv6Address": address} for address in addresses]
        instance = aws.ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            ImageId=inputs["ami"],
            NetworkInterfaces=[interface],
            **request(inputs, "instanceType", "keyName", "ebsOptimized", "disableApiStop"),
            **request(inputs, "disableApiTermination", "instanceInitiatedShutdownBehavior"),
            **_profile(inputs),
            **self._launch(inputs),
            **self._tags(aws, inputs),
        )["Instances"][0]
        _wait(aws, instance["InstanceId"], "running")
        # In a request of its own, and not in RunInstances: `createTags` of resourceInstanceCreate in the same file.
        tag_disks(aws, _describe(aws, instance["InstanceId"]), inputs)
        _modify(aws, instance["InstanceId"], self.defaults, inputs)
        return Made(instance["InstanceId"], self._outputs(aws, instance))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        instance = _describe(aws, identity)
        if instance["State"]["Name"] in ("shutting-down", "terminated"):
            return None
        profile = (instance.get("IamInstanceProfile") or {}).get("Arn", "")
        named = known.get("iamInstanceProfile") or ""
        return self._outputs(aws, instance) | {
            **inputs_from(
                instance, "instanceType", "keyName", "subnetId", "ebsOptimized", ami="ImageId"
            ),
            **inputs_from(instance, "sourceDestCheck", "metadataOptions", "privateDnsNameOptions"),
            "iamInstanceProfile": profile
            if named.startswith("arn:")
            else profile.rpartition("/")[2],
            "monitoring": instance["Monitoring"]["State"] == "enabled",
            "vpcSecurityGroupIds": [group["GroupId"] for group in instance["SecurityGroups"]],
            "rootBlockDevice": root_disk(aws, instance, known.get("rootBlockDevice") or {}),
            "ebsBlockDevices": further_disks(aws, instance, known.get("ebsBlockDevices") or []),
            **inputs_from(instance["Placement"], "tenancy", placementGroup="GroupName"),
            "tagsAll": tags_of(instance),
            **_attributes(aws, identity, known),
        }

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        if changed(old, new, "userData", "userDataBase64", "instanceType"):
            self._restart(aws, identity, new)
        if changed(old, new, "vpcSecurityGroupIds"):
            aws.ec2.modify_instance_attribute(
                InstanceId=identity, Groups=new["vpcSecurityGroupIds"]
            )
        if changed(old, new, "metadataOptions"):
            options = settings(new.get("metadataOptions") or {})
            aws.ec2.modify_instance_metadata_options(InstanceId=identity, **options)
        if changed(old, new, "rootBlockDevice"):
            self._change_root(aws, identity, new)
        if changed(old, new, "iamInstanceProfile"):
            self._change_profile(aws, identity, new)
        _modify(aws, identity, old, new)
        retag(aws, identity, old, new)
        return self._outputs(aws, _describe(aws, identity))

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        # resourceInstanceDelete looks at the state: force_destroy that is set only by the run that deletes has no effect.
        lifts = properties.get("forceDestroy") or aws.clients.lift_protection
        if properties.get("disableApiTermination") and lifts:
            aws.ec2.modify_instance_attribute(
                InstanceId=identity, DisableApiTermination={"Value": False}
            )
        aws.ec2.terminate_instances(InstanceIds=[identity])
        _wait(aws, identity, "terminated")

    def _launch(self, inputs: Properties) -> Properties:
        """Arguments of `RunInstances` whose form differs from the inputs."""
        asked: Properties = {}
        data = _user_data(inputs)
        if data is not None:
            asked["UserData"] = data
        if inputs.get("metadataOptions"):
            asked["MetadataOptions"] = settings(inputs["metadataOptions"])
        if inputs.get("privateDnsNameOptions"):
            asked["PrivateDnsNameOptions"] = settings(inputs["privateDnsNameOptions"])
        if inputs.get("monitoring") is not None:
            asked["Monitoring"] = {"Enabled": inputs["monitoring"]}
        if disks := requested(inputs):
            asked["BlockDeviceMappings"] = disks
        if placement := request(inputs, "tenancy", placementGroup="GroupName"):
            asked["Placement"] = placement
        return asked

    def _change_root(self, aws: Aws, identity: str, new: Properties) -> None:
        """Change the disk where it is. Only its encryption is for ever, and the stand-in replaces nothing for that."""
        wanted = new.get("rootBlockDevice") or {}
        there = root_disk(aws, _describe(aws, identity), {})
        volume = {"VolumeId": there["volumeId"]}
        sizes = ("volumeSize", "volumeType", "iops", "throughput")
        asked = request(
            {n: wanted[n] for n in sizes if wanted.get(n) not in (None, there[n])}, *sizes
        )
        size = asked.pop("VolumeSize", None)
        if asked or size:
            aws.ec2.modify_volume(**volume, **asked, **({"Size": size} if size else {}))
        retag(aws, there["volumeId"], {"tagsAll": there["tags"]}, {"tags": wanted.get("tags")})

    def _change_profile(self, aws: Aws, identity: str, new: Properties) -> None:
        where = [{"Name": "instance-id", "Values": [identity]}]
        found = aws.ec2.describe_iam_instance_profile_associations(Filters=where)
        for association in found["IamInstanceProfileAssociations"]:
            aws.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
        profile = _profile(new)
        if profile:
            aws.ec2.associate_iam_instance_profile(InstanceId=identity, **profile)

    def _tags(self, aws: Aws, inputs: Properties) -> Properties:
        tags = self.tag_specification(aws, inputs).get("TagSpecifications", [])
        volume = aws.default_tags | (inputs.get("volumeTags") or {})
        if volume:
            tags.append({"ResourceType": "volume", "Tags": tag_list(volume)})
        return {"TagSpecifications": tags} if tags else {}

    def _restart(self, aws: Aws, identity: str, new: Properties) -> None:
        aws.ec2.stop_instances(InstanceIds=[identity])
        _wait(aws, identity, "stopped")
        data = _user_data(new)
        if data is not None:
            aws.ec2.modify_instance_attribute(InstanceId=identity, UserData={"Value": data})
        aws.ec2.modify_instance_attribute(
            InstanceId=identity, InstanceType={"Value": new["instanceType"]}
        )
        aws.ec2.start_instances(InstanceIds=[identity])
        _wait(aws, identity, "running")

    def _outputs(self, aws: Aws, instance: dict[str, Any]) -> Properties:
        interface = instance["NetworkInterfaces"][0]
        return {
            "arn": aws.arn("ec2", f"instance/{instance['InstanceId']}"),
            "availabilityZone": instance["Placement"]["AvailabilityZone"],
            "instanceState": "running",
            "ipv6Addresses": [part["Ipv6Address"] for part in interface.get("Ipv6Addresses", ())],
            "outpostArn": "",
            "passwordData": "",
            "primaryNetworkInterfaceId": interface["NetworkInterfaceId"],
            "privateDns": instance["PrivateDnsName"],
            "privateIp": instance["PrivateIpAddress"],
            "publicDns": instance.get("PublicDnsName", ""),
            "publicIp": instance.get("PublicIpAddress", ""),
        }


def _profile(inputs: Properties) -> Properties:
    name = inputs.get("iamInstanceProfile")
    if not name:
        return {}
    return {"IamInstanceProfile": {"Arn" if name.startswith("arn:") else "Name": name}}


def _user_data(inputs: Properties) -> bytes | None:
    if inputs.get("userData") and inputs.get("userDataBase64"):
        raise refusal(
            "RunInstances",
            "InvalidParameterCombination",
            "Only one of userData and userDataBase64 may be given",
        )
    if inputs.get("userDataBase64"):
        return checked("RunInstances", decoded("RunInstances", inputs["userDataBase64"]))
    if inputs.get("userData"):
        return checked("RunInstances", inputs["userData"].encode())
    return None


def _modify(aws: Aws, identity: str, old: Properties, new: Properties) -> None:
    for name, aws_name in IN_PLACE:
        value = new.get(name)
        if value is not None and value != old.get(name):
            aws.ec2.modify_instance_attribute(InstanceId=identity, **{aws_name: {"Value": value}})


def _attributes(aws: Aws, identity: str, known: Properties) -> Properties:
    """What AWS tells of an instance attribute by attribute."""

    def ask(name: str) -> Any:
        found = aws.ec2.describe_instance_attribute(InstanceId=identity, Attribute=name)
        return found.get(name[0].upper() + name[1:]) or {}

    found = {name: ask(name).get("Value") for name in ("disableApiTermination", "disableApiStop")}
    data = ask("userData").get("Value", "")
    if known.get("userData") is not None:
        return found | {"userData": base64.b64decode(data).decode()}
    return found | {"userDataBase64": data}


def _wait(aws: Aws, identity: str, wanted: str) -> None:
    """Wait for a state, as the provider does. A machine that runs on this host shuts down in its own time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (state := _describe(aws, identity)["State"]["Name"]) != wanted:
        if time.monotonic() > deadline:
            raise ProviderError(
                f"waiting for EC2 Instance ({identity}) {wanted}: timeout while waiting for state to become '{wanted}' "
                f"(last state: '{state}', timeout: {WAIT_SECONDS}s)"
            )
        time.sleep(PAUSE_SECONDS)


def _describe(aws: Aws, identity: str) -> dict[str, Any]:
    found = aws.ec2.describe_instances(InstanceIds=[identity])
    return found["Reservations"][0]["Instances"][0]


RESOURCES = (InstanceResource(),)
