"""Look-ups of machines: instances, their image, and their group."""

from ..resource_type import Properties, ProviderError
from .launched import policy_of, template_of
from .session import Aws


def get_instances(aws: Aws, args: Properties) -> Properties:
    """Instances that pass all filters, and are running unless states are named; empty lists if there are none.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/ec2_instances_data_source.go
    """
    states = args.get("instanceStateNames") or ["running"]
    filters = [
        {"Name": "instance-state-name", "Values": states},
        *[{"Name": f"tag:{k}", "Values": [v]} for k, v in (args.get("instanceTags") or {}).items()],
        *[{"Name": one["name"], "Values": one["values"]} for one in args.get("filters") or ()],
    ]
    pages = aws.ec2.get_paginator("describe_instances").paginate(Filters=filters)
    found = [
        instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    interfaces = [face for one in found for face in one.get("NetworkInterfaces", ())]
    return args | {
        "id": aws.region,
        "ids": [one["InstanceId"] for one in found],
        "instanceTags": args.get("instanceTags") or {},
        "ipv6Addresses": [
            address["Ipv6Address"] for face in interfaces for address in face["Ipv6Addresses"]
        ],
        "privateIps": [one["PrivateIpAddress"] for one in found if one.get("PrivateIpAddress")],
        "publicIps": [one["PublicIpAddress"] for one in found if one.get("PublicIpAddress")],
        "region": aws.region,
    }


def get_instance(aws: Aws, args: Properties) -> Properties:
    """One instance, by its id: when it was launched. An error if there is none.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/ec2_instance_data_source.go
    """
    name = args["instanceId"]
    filters = [{"Name": "instance-id", "Values": [name]}]
    reservations = aws.ec2.describe_instances(Filters=filters)["Reservations"]
    if not reservations:
        raise ProviderError(
            "Your query returned no results. Please change your search criteria and try again."
        )
    [instance] = reservations[0]["Instances"]
    return args | {
        "id": name,
        "instanceType": instance["InstanceType"],
        "launchTime": instance["LaunchTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": aws.region,
        "tags": {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())},
    }


def get_group(aws: Aws, args: Properties) -> Properties:
    """One Auto Scaling group, by its name: what it launches with, and its sizes.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group_data_source.go
    """
    found = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[args["name"]]
    )["AutoScalingGroups"]
    if not found:
        raise ProviderError(f"reading Auto Scaling Group ({args['name']}): empty result")
    group = found[0]
    return {
        "id": group["AutoScalingGroupName"],
        "name": group["AutoScalingGroupName"],
        "arn": group["AutoScalingGroupARN"],
        "region": aws.region,
        "desiredCapacity": group["DesiredCapacity"],
        "minSize": group["MinSize"],
        "maxSize": group["MaxSize"],
        # As a look-up shows it, every block is a list.
        "launchTemplates": _several(template_of(group.get("LaunchTemplate"), "id", "name")),
        "mixedInstancesPolicies": [
            {
                "launchTemplates": [
                    {"launchTemplateSpecifications": [policy["launchTemplateSpecification"]]}
                ]
            }
            for policy in _several(policy_of(group).get("launchTemplate"))
        ],
    }


def _several(block: Properties | None) -> list[Properties]:
    return [block] if block else []


def get_ami(aws: Aws, args: Properties) -> Properties:
    """The one image that passes the filters. An error if there is none, or several.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/ec2_ami_data_source.go
    """
    filters = [{"Name": one["name"], "Values": one["values"]} for one in args.get("filters") or ()]
    found = aws.ec2.describe_images(Filters=filters)["Images"]
    if len(found) != 1:
        raise ProviderError(
            "Your query returned no results. Please change your search criteria and try again."
            if not found
            else "Your query returned more than one result. Please try a more specific search criteria."
        )
    image = found[0]
    return args | {
        "id": image["ImageId"],
        "imageId": image["ImageId"],
        "architecture": image.get("Architecture", ""),
        "creationDate": image.get("CreationDate", ""),
        "name": image.get("Name", ""),
        "ownerId": image.get("OwnerId", ""),
        "region": aws.region,
        "tags": {tag["Key"]: tag["Value"] for tag in image.get("Tags", ())},
    }
