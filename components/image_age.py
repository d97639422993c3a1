"""The age of an image that a configuration names by its id: nobody moves such an image but its author."""

from datetime import UTC, datetime

import pulumi
from pulumi_aws import ec2

from .launch import is_known
from .rules.image_age import aged
from .spec.cluster import NodeSpec


def warn_of_age(opts: pulumi.InvokeOptions, spec: NodeSpec) -> None:
    """Warn of a named AMI that is old, in previews too. An image that cannot be looked up is a warning as well.

    Nothing is said of one that is not known yet: the `up` says it.
    """
    image = spec.nodes.image
    if spec.nodes.looks_up:
        return
    try:
        if not is_known(image):
            return
        found = ec2.get_ami(filters=[{"name": "image-id", "values": [image]}], opts=opts)
        made = datetime.fromisoformat(found.creation_date)
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        pulumi.log.warn(f"nodes.image: {image} cannot be looked up in {spec.region}: {error}")
        return
    for warning in aged(image, (datetime.now(UTC) - made).days):
        pulumi.log.warn(str(warning))
