"""Launch templates."""

from typing import Any

from .. import schema
from ..resource_type import Made, Properties
from .interfaces import first_interface
from .resource import Ec2Resource, block, inputs_from, request, retag, settings, tag_list, tags_of
from .session import Aws, refusal
from .user_data_limits import checked, decoded

OUTSIDE = frozenset(
    {"name", "namePrefix", "description", "tags", "region", "defaultVersion"}
    | {"updateDefaultVersion"}
)
"""Inputs whose change creates no new version of the template."""

BLOCKS = (
    *("capacityReservationSpecification", "cpuOptions", "creditSpecification", "enclaveOptions"),
    *("hibernationOptions", "maintenanceOptions", "metadataOptions", "monitoring", "placement"),
    "privateDnsNameOptions",
)


class LaunchTemplateResource(Ec2Resource):
    """A launch template with numbered versions."""

    engine_type = "aws:ec2/launchTemplate:LaunchTemplate"
    kind = "launch-template"
    autoname = "name"
    name_limit = 125
    replaces = frozenset({"name", "namePrefix", "region"})
    computed = frozenset({"arn", "latestVersion", "defaultVersion"})

    def moves(self, old: Properties, new: Properties) -> frozenset[str]:
        if not _new_version(old, new):
            return frozenset()
        moved = {"latestVersion"} | (
            {"defaultVersion"} if new.get("updateDefaultVersion") else set()
        )
        return frozenset(moved)

    def create(self, aws: Aws, inputs: Properties) -> Made:
        template = aws.ec2.create_launch_template(
            LaunchTemplateName=inputs["name"],
            LaunchTemplateData=template_data("CreateLaunchTemplate", inputs),
            **request(inputs, description="VersionDescription"),
            **self.tag_specification(aws, inputs),
        )["LaunchTemplate"]
        return Made(template["LaunchTemplateId"], _outputs(aws, template))

    def state(self, aws: Aws, identity: str, known: Properties) -> Properties | None:
        template = aws.ec2.describe_launch_templates(LaunchTemplateIds=[identity])
        if not template["LaunchTemplates"]:
            return None
        found = _outputs(aws, template["LaunchTemplates"][0])
        newest = aws.ec2.describe_launch_template_versions(
            LaunchTemplateId=identity, Versions=[str(found["latestVersion"])]
        )["LaunchTemplateVersions"][0]
        there = dict.fromkeys(known.keys() & schema.inputs(self.engine_type) - OUTSIDE)
        return (
            there
            | found
            | inputs_from(newest, description="VersionDescription")
            | read_data(newest)
        )

    def update(self, aws: Aws, identity: str, old: Properties, new: Properties) -> Properties:
        default = new.get("defaultVersion")
        if _new_version(old, new):
            version = aws.ec2.create_launch_template_version(
                LaunchTemplateId=identity,
                LaunchTemplateData=template_data("CreateLaunchTemplateVersion", new),
                **request(new, description="VersionDescription"),
            )["LaunchTemplateVersion"]["VersionNumber"]
            default = version if new.get("updateDefaultVersion") else default
        if default:
            aws.ec2.modify_launch_template(LaunchTemplateId=identity, DefaultVersion=str(default))
        retag(aws, identity, old, new)
        found = aws.ec2.describe_launch_templates(LaunchTemplateIds=[identity])["LaunchTemplates"]
        return _outputs(aws, found[0])

    def delete(self, aws: Aws, identity: str, properties: Properties) -> None:
        aws.ec2.delete_launch_template(LaunchTemplateId=identity)


def template_data(operation: str, inputs: Properties) -> dict[str, Any]:
    """The data of a version as AWS takes it. Refuses inputs that exclude each other."""
    data = request(
        inputs,
        *("imageId", "instanceType", "keyName", "userData", "disableApiStop"),
        *("disableApiTermination", "instanceInitiatedShutdownBehavior"),
        vpcSecurityGroupIds="SecurityGroupIds",
        securityGroupNames="SecurityGroups",
    )
    if inputs.get("userData"):
        checked(operation, decoded(operation, inputs["userData"]))
    if inputs.get("vpcSecurityGroupIds") and inputs.get("networkInterfaces"):
        raise refusal(
            operation,
            "InvalidParameterCombination",
            "Network interfaces and an instance-level security groups may not be specified on the "
            "same request; put the groups into the network interface",
        )
    for name in BLOCKS:
        if inputs.get(name):
            data[name[0].upper() + name[1:]] = settings(inputs[name])
    if inputs.get("iamInstanceProfile"):
        data["IamInstanceProfile"] = settings(inputs["iamInstanceProfile"])
    if inputs.get("ebsOptimized"):
        data["EbsOptimized"] = inputs["ebsOptimized"] == "true"
    if inputs.get("instanceMarketOptions"):
        data["InstanceMarketOptions"] = _market(inputs["instanceMarketOptions"])
    if inputs.get("networkInterfaces"):
        data["NetworkInterfaces"] = [_interface(spec) for spec in inputs["networkInterfaces"]]
    if inputs.get("blockDeviceMappings"):
        data["BlockDeviceMappings"] = [_device(spec) for spec in inputs["blockDeviceMappings"]]
    if inputs.get("tagSpecifications"):
        data["TagSpecifications"] = [
            {"ResourceType": spec["resourceType"], "Tags": tag_list(spec.get("tags") or {})}
            for spec in inputs["tagSpecifications"]
        ]
    return data


def read_data(version: dict[str, Any]) -> Properties:
    """The inputs of which a version was made: the reverse of `template_data`."""
    found = block(version["LaunchTemplateData"])
    for name, ours in (
        ("securityGroupIds", "vpcSecurityGroupIds"),
        ("securityGroups", "securityGroupNames"),
    ):
        if name in found:
            found[ours] = found.pop(name)
    for interface in found.get("networkInterfaces") or ():
        interface["securityGroups"] = interface.pop("groups", [])
        addresses = interface.pop("ipv6Addresses", None) or ()
        interface["ipv6Addresses"] = [address["ipv6Address"] for address in addresses]
    # moto adds the tags of the template itself.
    specifications = found.get("tagSpecifications") or []
    found["tagSpecifications"] = [
        one for one in specifications if one["resourceType"] != "launch-template"
    ]
    for specification in found["tagSpecifications"]:
        tags = specification.get("tags") or ()
        specification["tags"] = {tag["key"]: tag["value"] for tag in tags}
    return found


def _new_version(old: Properties, new: Properties) -> bool:
    names = (old.keys() | new.keys()) - OUTSIDE
    return any(
        old.get(name) != new.get(name) for name in names if name in new or _given(old.get(name))
    )


def _given(value: Any) -> bool:
    return value not in (None, "", [], {})


def _interface(spec: Properties) -> dict[str, Any]:
    """A network interface of the template. Its flags are strings, since a string can also be empty."""
    flags = ("associatePublicIpAddress", "deleteOnTermination", "primaryIpv6")
    plain = {k: v == "true" if k in flags else v for k, v in spec.items() if v not in (None, "")}
    asked = first_interface(plain) | request(
        plain, "deviceIndex", "networkInterfaceId", "description", "primaryIpv6"
    )
    if spec.get("securityGroups"):
        asked["Groups"] = spec["securityGroups"]
    if spec.get("ipv6Addresses"):
        asked["Ipv6Addresses"] = [{"Ipv6Address": part} for part in spec["ipv6Addresses"]]
    return asked


def _device(spec: Properties) -> dict[str, Any]:
    device = request(spec, "deviceName", "noDevice", "virtualName")
    ebs = spec.get("ebs")
    if ebs:
        flags = ("deleteOnTermination", "encrypted")
        device["Ebs"] = settings({k: v == "true" if k in flags else v for k, v in ebs.items()})
    return device


def _market(options: Properties) -> dict[str, Any]:
    asked = request(options, "marketType")
    if options.get("spotOptions"):
        asked["SpotOptions"] = settings(options["spotOptions"])
    return asked


def _outputs(aws: Aws, template: dict[str, Any]) -> Properties:
    return {
        "arn": aws.arn("ec2", f"launch-template/{template['LaunchTemplateId']}"),
        "name": template["LaunchTemplateName"],
        "tagsAll": tags_of(template),
        "latestVersion": template["LatestVersionNumber"],
        "defaultVersion": template["DefaultVersionNumber"],
    }


RESOURCES = (LaunchTemplateResource(),)
