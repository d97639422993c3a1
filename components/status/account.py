"""What an AWS account says of a cluster: its machines in EC2, and its parameters in SSM."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from ..facts import ssm_paths
from ..facts.lifecycle import SILENT
from ..facts.tags import owned_by
from .overview import MachineView

GROUP = "aws:autoscaling:groupName"
"""The tag of machines that an Auto Scaling group has made: the workers."""


class UnaskableAccountError(Exception):
    """AWS could not be asked. The message has the reason, and what to do."""


@dataclass(frozen=True)
class Parameter:
    """A value, and when it was written."""

    value: str
    written: datetime


@dataclass(frozen=True)
class Account:
    """The account and region of a cluster."""

    ec2: Any
    ssm: Any

    def parameters(self, cluster: str) -> dict[str, Parameter]:
        """The plan, what is reached, the machines' words, and the bucket of backups, by their names."""
        found: dict[str, Parameter] = {}
        bucket = self.ssm.get_parameters(Names=[ssm_paths.backup_bucket(cluster)])
        for each in bucket["Parameters"]:
            found[each["Name"]] = Parameter(each["Value"], each["LastModifiedDate"])
        for folder in (
            ssm_paths.plan_folder(cluster),
            ssm_paths.join_folder(cluster),
            ssm_paths.status_folder(cluster),
        ):
            pages = self.ssm.get_paginator("get_parameters_by_path").paginate(Path=folder)
            for page in pages:
                for each in page["Parameters"]:
                    found[each["Name"]] = Parameter(each["Value"], each["LastModifiedDate"])
        return found

    def written(self, cluster: str) -> dict[str, datetime]:
        """When the parameters of control planes were written, by their names. Their values are not read."""
        folder = {"Key": "Path", "Values": [ssm_paths.control_plane_folder(cluster)]}
        pages = self.ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{**folder, "Option": "Recursive"}]
        )
        return {
            each["Name"]: each["LastModifiedDate"] for page in pages for each in page["Parameters"]
        }

    def machines(self, cluster: str, held: dict[str, Parameter]) -> list[MachineView]:
        """The machines that exist, control planes first, with their own words."""
        folder = ssm_paths.status_folder(cluster)
        found: list[MachineView] = []
        for instance in self._instances(cluster):
            tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}
            words = held.get(f"{folder}/{instance['InstanceId']}")
            found.append(
                MachineView(
                    name=tags.get("Name", "-"),
                    id=instance["InstanceId"],
                    control_plane=GROUP not in tags,
                    state=instance["State"]["Name"],
                    says=words.value if words else SILENT,
                    since=words.written if words else None,
                )
            )
        return sorted(found, key=lambda each: (not each.control_plane, each.name, each.id))

    def _instances(self, cluster: str) -> Iterator[dict[str, Any]]:
        owned = [
            {"Name": f"tag:{key}", "Values": [value]} for key, value in owned_by(cluster).items()
        ]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=owned)
        for page in pages:
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    if instance["State"]["Name"] != "terminated":
                        yield instance


def session(region: str | None) -> Any:
    """A session of boto3 in a region, with the environment's credentials; an `UnaskableAccountError` without a region."""
    # The package of the extra `status`.
    made = import_module("boto3").Session(region_name=region)
    if made.region_name is None:
        raise UnaskableAccountError("no region is set; name it with --region, or in AWS_REGION")
    return made


def account(region: str | None) -> Account:
    """The account that the environment's credentials are for."""
    made = session(region)
    return Account(made.client("ec2"), made.client("ssm"))
