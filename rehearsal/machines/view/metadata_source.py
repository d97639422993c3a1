"""The source of the metadata services' answers: the last survey, and user data and credentials from AWS."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from components.facts.ssm_paths import status_folder

from ..network.metadata import Tree, credentials_document, tree
from .ask_aws import user_data
from .survey import InstanceView, Survey

RENEWED_BEFORE = timedelta(minutes=15)


class MetadataSource:
    """Metadata of every machine. User data and credentials are asked for when a machine needs them, and then kept."""

    def __init__(self, clients: Callable[[str], dict[str, Any]]) -> None:
        self._clients = clients
        self._survey = Survey()
        self._user_data: dict[str, bytes] = {}
        self._keys: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, str] = {}
        self._lock = threading.Lock()
        self.booted: set[str] = set()
        """The ids of the machines that have read their user data."""

    def update(self, found: Survey) -> None:
        self._survey = found

    def of_vpc(self, vpc: str) -> "VpcMetadata":
        return VpcMetadata(self, vpc)

    def at(self, address: str, vpc: str) -> InstanceView | None:
        for instance in self._survey.instances:
            if instance.vpc == vpc and address in (instance.ipv4, instance.ipv6):
                return instance
        return None

    def tree(self, instance: InstanceView) -> Tree:
        vpc = next(vpc for vpc in self._survey.vpcs if vpc.id == instance.vpc)
        return tree(instance, vpc, self._survey.subnet(instance.subnet), self._role(instance))

    def user_data(self, instance: InstanceView) -> bytes:
        self.booted.add(instance.id)
        if instance.id not in self._user_data:
            ec2 = self._clients(instance.region)["ec2"]
            self._user_data[instance.id] = user_data(ec2, instance.id)
        return self._user_data[instance.id]

    def credentials(self, instance: InstanceView) -> str:
        with self._lock:
            keys = self._keys.get(instance.id)
            if keys is None or keys["Expiration"] - RENEWED_BEFORE < datetime.now(UTC):
                clients = self._clients(instance.region)
                role = clients["iam"].get_role(RoleName=self._role(instance))["Role"]
                keys = clients["sts"].assume_role(RoleArn=role["Arn"], RoleSessionName=instance.id)[
                    "Credentials"
                ]
                self._keys[instance.id] = keys
        return credentials_document(keys, datetime.now(UTC))

    def forget(self, instance: str) -> None:
        for known in (self._user_data, self._keys):
            known.pop(instance, None)
        self.booted.discard(instance)

    def _role(self, instance: InstanceView) -> str:
        if not instance.profile:
            return ""
        if instance.profile not in self._roles:
            iam = self._clients(instance.region)["iam"]
            name = instance.profile.rsplit("/", 1)[-1]
            roles = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
            self._roles[instance.profile] = roles[0]["RoleName"] if roles else ""
        return self._roles[instance.profile]


class VpcMetadata:
    """Metadata of the machines of one VPC. Another VPC may use the same addresses."""

    def __init__(self, metadata: MetadataSource, vpc: str) -> None:
        self._metadata, self._vpc = metadata, vpc
        self.tree = metadata.tree
        self.user_data = metadata.user_data
        self.credentials = metadata.credentials

    def at(self, address: str) -> InstanceView | None:
        return self._metadata.at(address, self._vpc)


def statuses(ssm: Any, instances: list[InstanceView]) -> dict[str, str]:
    """The status of the bootstrap that each machine has reported, by instance id."""
    names = [f"{status_folder(i.cluster)}/{i.id}" for i in instances if i.cluster]
    found: dict[str, str] = {}
    for start in range(0, len(names), 10):
        answer = ssm.get_parameters(Names=names[start : start + 10])
        found |= {p["Name"].rsplit("/", 1)[-1]: p["Value"] for p in answer["Parameters"]}
    return found
