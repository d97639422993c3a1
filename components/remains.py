"""The command `python -m dualstack remains`: what AWS still holds of a cluster, and the command that removes each of it."""

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .command_parser import failed
from .facts import ssm_paths
from .facts.tags import owned_by
from .permissions.controllers import LOAD_BALANCERS_TAG, VOLUMES_TAG
from .status.account import UnaskableAccountError, session

NOTHING, SOMETHING, UNASKED = 0, 1, 2

AT_ONCE = 20
"""How many load balancers one call may ask for tags."""

OF_EC2 = (
    ("network interface", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("security group", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("volume", "describe_volumes", "Volumes", "VolumeId"),
)
"""Kinds of EC2: for people, the call that lists them, where the answer has them, and the name of an id."""

COMMANDS = {
    "machine": "ec2 terminate-instances --instance-ids",
    "load balancer": "elbv2 delete-load-balancer --load-balancer-arn",
    "classic load balancer": "elb delete-load-balancer --load-balancer-name",
    "target group": "elbv2 delete-target-group --target-group-arn",
    "network interface": "ec2 delete-network-interface --network-interface-id",
    "security group": "ec2 delete-security-group --group-id",
    "volume": "ec2 delete-volume --volume-id",
    "snapshot": "ec2 delete-snapshot --snapshot-id",
    "parameter": "ssm delete-parameter --name",
}
"""The command that removes one of a kind, in the order in which AWS lets them go."""


CLAIM_TAG = "kubernetes.io/created-for/pvc"
"""The beginning of the tags of a volume with its claim's name and namespace.

https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md
"""

REASONS = {"volume": ": a destroy keeps those whose reclaim policy is Retain"}
"""What people should know of a kind before they remove it."""


@dataclass(frozen=True)
class Remnant:
    """Something of a cluster that is in AWS."""

    kind: str
    id: str
    about: str = ""
    """What people know it by."""

    def command(self, region: str) -> str:
        """The command that removes it."""
        return f"aws {COMMANDS[self.kind]} {shlex.quote(self.id)} --region {region}"


@dataclass(frozen=True)
class Holdings:
    """The account and region of a cluster, asked by the tags that a cluster and its controllers set."""

    session: Any
    cluster: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags of which each resource of the cluster, or of one of its controllers, has one."""
        return {
            **owned_by(self.cluster),
            LOAD_BALANCERS_TAG: self.cluster,
            VOLUMES_TAG: self.cluster,
        }

    def remnants(self) -> list[Remnant]:
        """All that there is, in the order in which AWS lets it go."""
        found = {*self._of_ec2(), *self._balancing(), *self._classic(), *self._parameters()}
        order = [*COMMANDS]
        return sorted(found, key=lambda one: (order.index(one.kind), one.id))

    def _of_ec2(self) -> Iterator[Remnant]:
        ec2 = self.session.client("ec2")
        for key, value in self.tags.items():
            only = {"Filters": [{"Name": f"tag:{key}", "Values": [value]}]}
            for page in ec2.get_paginator("describe_instances").paginate(**only):
                for one in (each for group in page["Reservations"] for each in group["Instances"]):
                    if one["State"]["Name"] not in ("shutting-down", "terminated"):
                        yield Remnant("machine", one["InstanceId"])
            for kind, call, where, name in OF_EC2:
                for page in ec2.get_paginator(call).paginate(**only):
                    yield from (Remnant(kind, one[name], _claim(one)) for one in page[where])
            pages = ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], **only)
            for page in pages:
                yield from (Remnant("snapshot", one["SnapshotId"]) for one in page["Snapshots"])

    def _balancing(self) -> Iterator[Remnant]:
        elb = self.session.client("elbv2")
        for kind, call, where, name in (
            ("load balancer", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
            ("target group", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
        ):
            pages = elb.get_paginator(call).paginate()
            arns = [one[name] for page in pages for one in page[where]]
            for start in range(0, len(arns), AT_ONCE):
                answer = elb.describe_tags(ResourceArns=arns[start : start + AT_ONCE])
                for one in answer["TagDescriptions"]:
                    if self._owns(one["Tags"]):
                        yield Remnant(kind, one["ResourceArn"])

    def _classic(self) -> Iterator[Remnant]:
        """Those that the cloud controller made for Services of older minors."""
        elb = self.session.client("elb")
        pages = elb.get_paginator("describe_load_balancers").paginate()
        names = [
            one["LoadBalancerName"] for page in pages for one in page["LoadBalancerDescriptions"]
        ]
        for start in range(0, len(names), AT_ONCE):
            answer = elb.describe_tags(LoadBalancerNames=names[start : start + AT_ONCE])
            for one in answer["TagDescriptions"]:
                if self._owns(one["Tags"]):
                    yield Remnant("classic load balancer", one["LoadBalancerName"])

    def _parameters(self) -> Iterator[Remnant]:
        pages = (
            self.session.client("ssm")
            .get_paginator("get_parameters_by_path")
            .paginate(Path=f"{ssm_paths.ROOT}/{self.cluster}", Recursive=True)
        )
        for page in pages:
            yield from (Remnant("parameter", one["Name"]) for one in page["Parameters"])

    def _owns(self, tags: Sequence[dict[str, str]]) -> bool:
        return any(self.tags.get(tag["Key"]) == tag["Value"] for tag in tags)


def main(arguments: Sequence[str] | None = None) -> int:
    """List what remains of the cluster that the arguments name, and return the exit code: see `--help`."""
    options = _parser().parse_args(arguments)
    if find_spec("boto3") is None:
        return failed(
            "remains needs boto3, which the package installs when it is asked to: "
            "python -m pip install '/path/to/dualstack[status]'",
            UNASKED,
        )
    # The packages of the extra `status`.
    errors = import_module("botocore.exceptions")
    try:
        asked = session(options.region)
        found = Holdings(asked, options.cluster).remnants()
    except UnaskableAccountError as error:
        return failed(str(error), UNASKED)
    except (errors.BotoCoreError, errors.ClientError) as error:
        return failed(f"AWS cannot be asked for {options.cluster}: {error}", UNASKED)
    sys.stdout.write(text(options.cluster, asked.region_name, found))
    return SOMETHING if found else NOTHING


def text(cluster: str, region: str, found: Sequence[Remnant]) -> str:
    """What remains, each with its command, for people and for a shell."""
    if not found:
        return f"# nothing of {cluster} remains in {region}\n"
    lines = [f"# {len(found)} things of {cluster} remain in {region}"]
    if Remnant("parameter", ssm_paths.present(cluster)) in found:
        lines.append("# a stack holds this cluster: take it down with `pulumi destroy` first")
    kind = ""
    for one in found:
        if one.kind != kind:
            kind = one.kind
            lines.append(f"# {kind}s{REASONS.get(kind, '')}")
        lines += [f"# {one.about}:"] if one.about else []
        lines.append(one.command(region))
    return "\n".join(lines) + "\n"


def _claim(found: Mapping[str, Any]) -> str:
    """The claim of a volume, from the tags that its driver sets."""
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    claim = tags.get(f"{CLAIM_TAG}/name")
    return f"of the claim {tags.get(f'{CLAIM_TAG}/namespace')}/{claim}" if claim else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dualstack remains",
        description="List what AWS still holds of a cluster and of its controllers, each as the command that removes it. "
        "Nothing is changed. AWS is asked with the credentials of the environment.",
        epilog="Exit code: 0 nothing remains, 1 something remains, 2 AWS could not be asked.",
    )
    parser.add_argument("cluster", help="the cluster's name: cluster.name in the configuration")
    parser.add_argument("--region", help="default: the environment's")
    return parser
