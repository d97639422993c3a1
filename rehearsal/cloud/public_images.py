"""The images of Ubuntu and Amazon Linux, and the public SSM parameters with their ids. moto has neither."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from moto.ec2.models import amis
from moto.ssm import models as ssm

CANONICAL = "099720109477"
"""The account that publishes Ubuntu's images."""

AMAZON = "137112412989"
"""The account that publishes Amazon Linux's images."""

RELEASES = {
    "16.04": "xenial",
    "18.04": "bionic",
    "20.04": "focal",
    "22.04": "jammy",
    "24.04": "noble",
    "26.04": "resolute",
}
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
FIRST_ON_GP3 = "24.04"
"""From this release on the images are on gp3 volumes, which the names of the parameters contain."""

PUBLISHED = datetime(2026, 5, 1, tzinfo=UTC)


def repair() -> None:
    """Publish the images in every region."""
    backend: Any = amis.AmiBackend
    backend._load_amis = _load_images
    parameters: Any = ssm.ParameterDict
    parameters.__getitem__ = _looked_up(parameters.__getitem__)
    parameters.__contains__ = _known(parameters.__contains__)


def _volume(release: str) -> str:
    return "gp3" if release >= FIRST_ON_GP3 else "gp2"


def _image_name(release: str, architecture: str) -> str:
    kind = "hvm-ssd-gp3" if release >= FIRST_ON_GP3 else "hvm-ssd"
    day = PUBLISHED.strftime("%Y%m%d")
    return f"ubuntu/images/{kind}/ubuntu-{RELEASES[release]}-{release}-{architecture}-server-{day}"


def _amazon_name(architecture: str) -> str:
    day = PUBLISHED.strftime("%Y%m%d")
    return f"al2023-ami-2023.11.{day}.0-kernel-6.1-{ARCHITECTURES[architecture]}"


def _image_id(region: str, name: str) -> str:
    """An id derived from the arguments: it must be the same in a preview and in the deployment after it."""
    named = f"{region} {name}"
    return f"ami-{hashlib.sha256(named.encode()).hexdigest()[:17]}"


def _load_images(backend: Any) -> None:
    """Load these images instead of moto's: a thousand old ones, which moto would create again in each region."""
    for architecture in ARCHITECTURES:
        for release in RELEASES:
            described = f"Canonical, Ubuntu, {release}, {architecture}"
            _load(backend, _image_name(release, architecture), described, CANONICAL, architecture)
        described = f"Amazon Linux 2023 AMI {architecture}"
        _load(
            backend,
            _amazon_name(architecture),
            described,
            AMAZON,
            architecture,
            root_device="/dev/xvda",
        )


def _load(
    backend: Any,
    name: str,
    description: str,
    owner: str,
    architecture: str,
    *,
    root_device: str = "/dev/sda1",
) -> None:
    identity = _image_id(backend.region_name, name)
    backend.amis[identity] = amis.Ami(
        backend,
        identity,
        name=name,
        description=description,
        owner_id=owner,
        public=True,
        virtualization_type="hvm",
        architecture=ARCHITECTURES[architecture],
        creation_date=PUBLISHED,
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=root_device,
        region_name=backend.region_name,
    )


def _looked_up(look_up: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def getitem(parameters: Any, name: str) -> Any:
        image = _published(parameters.region_name).get(name)
        # Public parameters are not stored with the others: AWS does not list them.
        return [_parameter(parameters, name, image)] if image else look_up(parameters, name)

    return getitem


def _known(is_known: Callable[[Any, str], bool]) -> Callable[[Any, str], bool]:
    def contains(parameters: Any, name: str) -> bool:
        return name in _published(parameters.region_name) or is_known(parameters, name)

    return contains


@cache
def _published(region: str) -> dict[str, str]:
    """Ids of the images by the names of their parameters."""
    amazon = {
        f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{of_ec2}": _image_id(
            region, _amazon_name(architecture)
        )
        for architecture, of_ec2 in ARCHITECTURES.items()
    }
    return amazon | {
        f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{architecture}"
        f"/hvm/ebs-{_volume(release)}/ami-id": _image_id(region, _image_name(release, architecture))
        for release in RELEASES
        for architecture in ARCHITECTURES
    }


def _parameter(parameters: Any, name: str, image: str) -> Any:
    return ssm.Parameter(
        account_id=parameters.account_id,
        name=name,
        value=image,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=PUBLISHED,
        version=1,
        data_type="aws:ec2:image",
    )
