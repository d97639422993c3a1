"""Launch settings that control planes and workers share: image, instance metadata, host names."""

import pulumi
from pulumi_aws import ec2, ssm

from .facts.instance_types import Architecture
from .facts.versions import MINORS
from .spec.cluster import NodeSpec

ROOT_DEVICE = "/dev/sda1"
"""The device name of the root disk in Ubuntu's images."""


NAMES: ec2.InstancePrivateDnsNameOptionsArgsDict = {
    # Names by instance id, by which the cloud controller finds a node's instance. Only these names have an AAAA record.
    "hostname_type": "resource-name",
    "enable_resource_name_dns_a_record": True,
    "enable_resource_name_dns_aaaa_record": True,
}


def metadata_options(hop_limit: int) -> ec2.InstanceMetadataOptionsArgsDict:
    """The options of instance metadata. With a limit of one hop its tokens reach the machine, and no pod behind a bridge."""
    return {
        "http_endpoint": "enabled",
        # IMDSv2 only: it requires a token, which a request that a pod was tricked into (SSRF) does not have.
        "http_tokens": "required",
        "http_put_response_hop_limit": hop_limit,
        "http_protocol_ipv6": "enabled",
    }


def looked_up(spec: NodeSpec) -> bool:
    """Whether the image is looked up in SSM. Its id then changes with each release, but only new machines use the newer one."""
    return not spec.nodes.image.startswith("ami-")


def image_id(
    parent: pulumi.Resource, spec: NodeSpec, architecture: Architecture
) -> pulumi.Input[str]:
    """The AMI of a machine: that in the spec, or the Ubuntu LTS for the Kubernetes minor.

    https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    """
    if not looked_up(spec):
        return spec.nodes.image
    release = MINORS[spec.minor].ubuntu
    # From 24.04 on, Canonical's images have gp3 snapshots.
    volume = "ebs-gp3" if release >= "24.04" else "ebs-gp2"
    found = ssm.get_parameter_output(
        name=f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{architecture}/hvm/{volume}/ami-id",
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    # The AWS provider marks every parameter's value as a secret, but the id of an image is public.
    return pulumi.Output.unsecret(found.value)
