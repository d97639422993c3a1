"""The machines that run the API server and etcd."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired

import pulumi
from pulumi_aws import ec2, lb, ssm

from .args import ControlPlaneSpecArgs
from .arrival import WantedPlan, until_reached
from .boundary import checked
from .existing import Existing, look_up
from .facts import ports, ssm_paths
from .facts.choices import Cni
from .facts.instance_types import describe
from .facts.tags import named, owned_by
from .facts.versions import patch_of
from .launch import (
    NAMES,
    further_disks,
    image_id,
    metadata_options,
    placement_group,
    root_disk,
    tenancy,
)
from .machine.added_files import security_groups
from .machine.cloud_config import encoded
from .machine.plan import LONGEST_REVISION, plan_parts
from .machine.settled import written
from .machine.user_data import control_plane_text
from .outputs import register
from .rules.part_network import outside_vpc, subnets_in_region
from .secret_files import recorded
from .spec.cluster import ControlPlaneSpec
from .succession import once_member


class ControlPlaneArgs(ControlPlaneSpecArgs):
    """The machines of a control plane, and the network that they are in."""

    subnet_ids: Mapping[str, pulumi.Input[str]]
    """A private subnet of each zone, by zone. Machines are spread over them in the order of the zones' names."""
    security_group_id: pulumi.Input[str]
    """The machines' security group."""
    instance_profile_name: pulumi.Input[str]
    """The machines' instance profile."""
    target_group_arn: pulumi.Input[str]
    """The API endpoint's target group."""
    secret_revision: NotRequired[pulumi.Input[str]]
    """What names the texts of secret files, as `Identity` gives it. When it changes, control planes that run take over the texts."""
    vpc_ranges: NotRequired[list[str]]
    """The ranges of the VPC, of both families as far as they are known. Pods and Services must lie outside. A cluster
    compares them by itself."""


INPUTS = (
    *("subnet_ids", "security_group_id", "instance_profile_name", "target_group_arn"),
    *("vpc_ranges", "secret_revision"),
)


class ControlPlane(pulumi.ComponentResource):
    """Control-plane machines with stable names, spread over the zones."""

    instance_ids: pulumi.Output[list[str]]
    """The control planes, in the order of their names."""

    def __init__(
        self,
        name: str,
        args: ControlPlaneArgs,
        opts: pulumi.ResourceOptions | None = None,
        existing: Existing | None = None,
    ) -> None:
        """Control-plane machines with stable names, spread over the zones.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(
            ControlPlaneSpec,
            args,
            *INPUTS,
            optional=["vpc_ranges", "secret_revision"],
            by_zone=["subnet_ids"],
            rules=[subnets_in_region(args), outside_vpc(args)],
        )
        # A whole cluster has looked already, before its network, and has more settings to compare.
        existing = existing or look_up(opts, name, spec, args)
        spec = existing.kept(spec)
        super().__init__("dualstack:index:ControlPlane", name, recorded(args), opts)

        values = _plan_values(spec, args, existing)
        plan = self._plan(name, spec, values)
        record, hooks = self._record(name, spec, existing), existing.guard()
        image = existing.image or image_id(
            self, spec, describe(spec.control_plane.instance_type).architecture
        )
        user_data = encoded(control_plane_text(spec))
        # Sorted, because a map from a program in another language has no order.
        zones = sorted(args["subnet_ids"])
        machines: list[ec2.Instance] = []
        members: list[pulumi.Output[str]] = []
        for number in range(spec.control_plane.count):
            label = f"{name}-{number}"
            machine = self._machine(
                label,
                spec,
                args,
                subnet_id=args["subnet_ids"][zones[number % len(zones)]],
                image=image,
                user_data=user_data,
                opts=pulumi.ResourceOptions(
                    # Each is made when the one before has joined, and ends before it.
                    depends_on=members[-1].apply(partial(_after, machines[-1]))
                    if members
                    else [record],
                    hooks=hooks,
                    ignore_changes=_kept(label, existing),
                    # In place, the type would change with a stop of the machine.
                    replace_on_changes=["instance_type"],
                    # The engine would refuse to replace it. Others follow before it ends, so nothing is lost.
                    protect=(spec.cluster.protect and not existing.succession.gives_way(label))
                    or None,
                ),
            )
            lb.TargetGroupAttachment(
                label,
                target_group_arn=args["target_group_arn"],
                target_id=machine.id,
                port=ports.API,
                opts=pulumi.ResourceOptions(parent=self),
            )
            machines.append(machine)
            members.append(
                machine.id.apply(
                    partial(
                        once_member,
                        *(existing.succession, spec.cluster.name, label),
                        pulumi.InvokeOptions(parent=self),
                    )
                )
            )

        self.instance_ids = pulumi.Output.all(*members)
        self.arrival: list[pulumi.Output[pulumi.Resource]] = []
        """What workers depend on: that the machines are what the plan says. Empty in a preview, and if they never said so."""
        if existing.machines and existing.follows and not pulumi.runtime.is_dry_run():
            self.instance_ids = self._once_there(name, spec, values[0], plan)
            self.arrival.append(self.instance_ids.apply(lambda _: self))
        register(self)

    def _once_there(
        self,
        name: str,
        spec: ControlPlaneSpec,
        first_part: pulumi.Output[str],
        plan: Sequence[ssm.Parameter],
    ) -> pulumi.Output[list[str]]:
        """The machines, once all are what the plan says."""

        async def wait(known: Sequence[Any]) -> list[str]:
            ids: list[str] = known[0]
            digest = known[1].partition(" ")[0]
            wanted = WantedPlan(patch_of(spec.cluster.kubernetes_version), digest)
            names = {one: f"{name}-{number}" for number, one in enumerate(ids)}
            await until_reached(spec.cluster.name, wanted, names, pulumi.InvokeOptions(parent=self))
            return ids

        written = [part.id for part in plan]
        return pulumi.Output.all(self.instance_ids, first_part, *written).apply(wait)

    def _machine(
        self,
        name: str,
        spec: ControlPlaneSpec,
        args: ControlPlaneArgs,
        *,
        subnet_id: pulumi.Input[str],
        image: pulumi.Input[str],
        user_data: str,
        opts: pulumi.ResourceOptions,
    ) -> ec2.Instance:
        tags = named(spec.cluster.tags, name)
        return ec2.Instance(
            name,
            ami=image,
            instance_type=spec.control_plane.instance_type,
            key_name=spec.nodes.ssh_key_name,
            iam_instance_profile=args["instance_profile_name"],
            # network
            subnet_id=subnet_id,
            vpc_security_group_ids=[args["security_group_id"], *security_groups(spec)],
            # No associate_public_ip_address: its subnet assigns no public IPv4 address, and with the argument, even False, the
            # provider leaves out the primary IPv6 address (terraform-provider-aws#41571).
            ipv6_address_count=1,
            # A primary IPv6 address is permanent. An instance without one cannot be a target in an IPv6 target group.
            enable_primary_ipv6=True,
            # With kubenet, packets carry the addresses of pods, which the check would drop.
            source_dest_check=spec.cluster.cni is not Cni.KUBENET,
            private_dns_name_options=NAMES,
            # boot
            metadata_options=metadata_options(spec.control_plane.metadata_hop_limit or 1),
            user_data_base64=user_data,
            # storage
            root_block_device={
                **root_disk(spec, spec.control_plane),
                "encrypted": True,
                "tags": tags,
            },
            ebs_block_devices=[
                {
                    **disk,
                    "device_name": device,
                    "encrypted": True,
                    "delete_on_termination": True,
                    "tags": tags,
                }
                for device, disk in further_disks(spec, spec.control_plane)
            ]
            or None,
            placement_group=placement_group(spec.control_plane),
            tenancy=tenancy(spec.control_plane),
            # EC2 then refuses everybody who terminates it by hand. Of what Pulumi may delete, the provider takes it off itself.
            disable_api_termination=spec.cluster.protect,
            force_destroy=spec.cluster.protect,
            tags={**tags, **owned_by(spec.cluster.name)},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=self)),
        )

    def _plan(
        self, name: str, spec: ControlPlaneSpec, values: Sequence[pulumi.Output[str]]
    ) -> list[ssm.Parameter]:
        """What the machines shall be. Those that run bring themselves there; user data is read at the first boot alone."""
        labels = {f"{name}-plan-{part}": value for part, value in enumerate(values, 1)}
        return [
            ssm.Parameter(
                label,
                name=f"{ssm_paths.plan_folder(spec.cluster.name)}/{label.rpartition('-')[2]}",
                type="String",
                # The provider hides it in previews and in the state, where nobody would read it.
                value=value,
                tags=named(spec.cluster.tags, label),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for label, value in labels.items()
        ]

    def _record(self, name: str, spec: ControlPlaneSpec, existing: Existing) -> ssm.Parameter:
        """The record of the settings that the machines are made with. Machines wait for it, so there is none without a record."""
        return ssm.Parameter(
            f"{name}-running",
            name=ssm_paths.running(spec.cluster.name),
            type="String",
            # Shown in previews. SSM would show it to everyone who may read the stack's parameters anyway.
            insecure_value=written(existing.asked),
            tags=named(spec.cluster.tags, f"{name}-running"),
            opts=pulumi.ResourceOptions(
                parent=self,
                # What runs keeps its record. Until a machine exists, the settings may still be corrected.
                ignore_changes=["insecure_value"] if existing.machines else None,
            ),
        )


def _plan_values(
    spec: ControlPlaneSpec, args: ControlPlaneArgs, existing: Existing
) -> list[pulumi.Output[str]]:
    """The values of the plan's parameters, in their order."""
    given = args.get("secret_revision")
    if not given:
        return [pulumi.Output.from_input(value) for value in plan_parts(spec)]

    def part(number: int, secrets: str) -> str:
        if number == 0 and existing.standing.secrets not in (None, secrets):
            pulumi.log.info(
                "The control planes take over changed texts of secret files, one after the other"
            )
        return plan_parts(spec, secrets)[number]

    revision = pulumi.Output.from_input(given)
    return [
        revision.apply(partial(part, number))
        for number in range(len(plan_parts(spec, LONGEST_REVISION)))
    ]


def _after(machine: ec2.Instance, _member: str) -> list[ec2.Instance]:
    return [machine]


def _kept(name: str, existing: Existing) -> list[str]:
    """What a machine keeps, though it is asked for otherwise. One that is replaced keeps nothing.

    User data and key matter only at the first boot, and a zone that is added or removed moves no machine. Further disks, their key and
    the place of a machine are of its first hour too. A machine that does not leave etcd by itself also keeps its image and its type: a
    change would replace or stop every member of etcd at once.
    """
    succession = existing.succession
    if name in succession.replaced:
        return []
    kept = [
        *("user_data_base64", "key_name", "subnet_id", "ebs_block_devices", "placement_group"),
        *("tenancy", "rootBlockDevice.kmsKeyId"),
    ]
    if not succession.hands_over:
        kept.append("instance_type")
    if not succession.hands_over or existing.image is None:
        kept.append("ami")
    return kept
