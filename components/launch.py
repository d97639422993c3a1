"""What control-plane machines and workers have in common: image, metadata, names."""

import pulumi
from pulumi_aws import ec2, ssm

from .facts.instance_types import Architecture
from .facts.versions import MINORS
from .spec.cluster import NodeSpec

ROOT_DEVICE = "/dev/sda1"
"""Where Ubuntu's images have their root disk."""

METADATA: ec2.InstanceMetadataOptionsArgsDict = {
    "http_endpoint": "enabled",
    # Version 2 only: a request that a pod was tricked into has no token.
    "http_tokens": "required",
    # One hop more than the machine itself: pods of the cloud controller and the storage driver ask too.
    "http_put_response_hop_limit": 2,
    "http_protocol_ipv6": "enabled",
}

NAMES: ec2.InstancePrivateDnsNameOptionsArgsDict = {
    # Names by instance id: the cloud controller finds a node by it, and only these have an AAAA record.
    "hostname_type": "resource-name",
    "enable_resource_name_dns_a_record": True,
    "enable_resource_name_dns_aaaa_record": True,
}


def looked_up(spec: NodeSpec) -> bool:
    """Whether the image is found by name; a newer one then concerns only machines that are made anew."""
    return not spec.nodes.image.startswith("ami-")


def image_id(
    parent: pulumi.Resource, spec: NodeSpec, architecture: Architecture
) -> pulumi.Input[str]:
    """The image of a machine: the one the spec names, or the Ubuntu LTS that fits the Kubernetes minor.

    https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    """
    if not looked_up(spec):
        return spec.nodes.image
    release = MINORS[spec.minor].ubuntu
    # Canonical moved to gp3 snapshots with 24.04.
    volume = "ebs-gp3" if release >= "24.04" else "ebs-gp2"
    found = ssm.get_parameter_output(
        name=f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{architecture}/hvm/{volume}/ami-id",
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    # The provider calls every parameter's value a secret; an image's id is none.
    return pulumi.Output.unsecret(found.value)
