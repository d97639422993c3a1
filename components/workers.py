"""A pool of workers: a launch template and an Auto Scaling group."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
from pulumi_aws import autoscaling, ec2, ssm

from .args import WorkerPoolSpecArgs
from .boundary import Refusal, checked
from .config.check import Fault, Rule
from .config.spelling import spelled
from .existing import asking
from .facts import ssm_paths
from .facts.choices import TaintEffect
from .facts.tags import AUTOSCALER, named, owned_by
from .image_age import warn_of_age
from .joining import once_joined
from .launch import (
    NAMES,
    ROOT_DEVICE,
    further_disks,
    image_id,
    metadata_options,
    placement_group,
    root_disk,
    tenancy,
)
from .machine.added_files import security_groups
from .machine.cloud_config import encoded
from .machine.revision import revision
from .machine.settled import written
from .machine.user_data import worker_text
from .outputs import register
from .rollout import initial_hooks, make_hooks, refresh
from .rules.part_names import worker_part_name
from .rules.part_network import subnets_in_region
from .rules.upgrade import ahead
from .running_pool import RunningPool, look_up_pool, look_up_records, look_up_standing
from .secret_files import recorded
from .spec.cluster import WorkerPoolSpec
from .spec.machines import PoolSection


class WorkerPoolArgs(WorkerPoolSpecArgs):
    """The workers of a pool, and the network that they are in."""

    subnet_ids: Mapping[str, pulumi.Input[str]]
    """A private subnet in each zone, by zone."""
    security_group_id: pulumi.Input[str]
    """The machines' security group."""
    instance_profile_name: pulumi.Input[str]
    """The machines' instance profile."""


INPUTS = ("subnet_ids", "security_group_id", "instance_profile_name")

DAY_SECONDS = 86400

BY_HARDNESS = (TaintEffect.PREFER_NO_SCHEDULE, TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)


class WorkerPool(pulumi.ComponentResource):
    """A pool of workers, usable with any cluster."""

    group_name: pulumi.Output[str]
    """The Auto Scaling group."""
    group_arn: pulumi.Output[str]
    """The ARN of that group."""
    launch_template_id: pulumi.Output[str]
    """The launch template."""
    launch_template_version: pulumi.Output[str]
    """The version of that template with which the group makes machines."""

    def __init__(
        self,
        name: str,
        args: WorkerPoolArgs,
        opts: pulumi.ResourceOptions | None = None,
        running: RunningPool | None = None,
    ) -> None:
        """A pool of workers, usable with any cluster.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(
            WorkerPoolSpec,
            args,
            *INPUTS,
            by_zone=["subnet_ids"],
            rules=[subnets_in_region(args), _standing_in(args), worker_part_name(name)],
        )
        # A whole cluster has looked up all its pools already.
        if running is None:
            faults = ahead(
                spec.cluster.kubernetes_version, look_up_standing(opts, spec.cluster.name)
            )
            if lines := [spelled(args, WorkerPoolSpec, fault, INPUTS) for fault in faults]:
                raise Refusal(lines)
            running = look_up_pool(opts, name, spec, look_up_records(opts, spec.cluster.name))
            warn_of_age(asking(opts), spec)
        super().__init__("dualstack:index:WorkerPool", name, recorded(args), opts)
        image = pulumi.Output.from_input(
            running.image or image_id(self, spec, spec.pool.architecture)
        )
        hidden = pulumi.Output.from_input(image.is_secret())
        pulumi.Output.all(image, hidden).apply(partial(self._announce, spec, running))
        template = self._template(name, spec, args, running, image)
        pool = spec.pool
        mixed = pool.spot or len(pool.instance_types) > 1
        group = autoscaling.Group(
            name,
            min_size=pool.min,
            max_size=pool.max,
            # No desired size: the autoscaler sets it, and an `up` must not reset it.
            vpc_zone_identifiers=[
                args["subnet_ids"][zone] for zone in pool.zones or args["subnet_ids"]
            ],
            launch_template=None if mixed else {"id": template.id, "version": _latest(template)},
            mixed_instances_policy=self._mix(spec, template) if mixed else None,
            capacity_rebalance=True if pool.spot else None,
            # The provider would fail `up` over one failed launch, which the group repeats by itself. After a change of
            # `min` it would wait for the number of machines in the state, which the autoscaler has changed since.
            # https://github.com/hashicorp/terraform-provider-aws/issues/33665
            wait_for_capacity_timeout="0",
            # A changed template reaches machines by an instance refresh, which replaces them in order.
            instance_refresh=refresh(pool.rollout),
            max_instance_lifetime=_seconds(pool.rollout.max_instance_lifetime_days),
            initial_lifecycle_hooks=initial_hooks(pool.rollout),
            tags=[
                {"key": key, "value": value, "propagate_at_launch": key not in _scaling_tags(spec)}
                for key, value in {**self._tags(name, spec), **_scaling_tags(spec)}.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # They are read when the group is made. Later the hooks below carry each change.
                ignore_changes=["initial_lifecycle_hooks"],
            ),
        )
        hooks = make_hooks(name, group, pool.rollout, pulumi.ResourceOptions(parent=self))
        of_image = pulumi.Output.all(
            template.image_id, group.name, template.id, _latest(template)
        ).apply(partial(once_joined, spec, running, pulumi.InvokeOptions(parent=self)))
        # Until the machines are there, each run says again what it replaces.
        self._record(
            f"{name}-revision",
            spec,
            ssm_paths.running_pool(spec.cluster.name, spec.pool_name),
            of_image.apply(lambda known: written(revision(spec, known))),
            hooks,
        )

        self.group_name = group.name
        self.group_arn = group.arn
        self.launch_template_id = template.id
        self.launch_template_version = _latest(template)
        register(self)

    def _announce(
        self, spec: WorkerPoolSpec, running: RunningPool, of_image: Sequence[Any]
    ) -> None:
        image, secret = of_image
        if line := running.with_image(spec, image, secret=secret).announced(spec):
            pulumi.log.info(line, self)

    def _template(
        self,
        name: str,
        spec: WorkerPoolSpec,
        args: WorkerPoolArgs,
        running: RunningPool,
        image: pulumi.Output[str],
    ) -> ec2.LaunchTemplate:
        asked = self._record(
            f"{name}-asked",
            spec,
            ssm_paths.asked_pool(spec.cluster.name, spec.pool_name),
            image.apply(lambda known: written(revision(spec, known))),
        )
        tags = self._tags(name, spec)
        return ec2.LaunchTemplate(
            f"{name}{spec.nodes.template_suffix}",
            image_id=image,
            instance_type=spec.pool.instance_types[0],
            key_name=spec.nodes.ssh_key_name,
            iam_instance_profile={"name": args["instance_profile_name"]},
            # network
            network_interfaces=[
                {
                    "device_index": 0,
                    "security_groups": [args["security_group_id"], *security_groups(spec)],
                    "associate_public_ip_address": "false",
                    "ipv6_address_count": 1,
                    # Permanent, so that the worker can be a target in an IPv6 target group.
                    "primary_ipv6": "true",
                    "delete_on_termination": "true",
                }
            ],
            private_dns_name_options=NAMES,
            monitoring={"enabled": True} if spec.pool.detailed_monitoring else None,
            # boot
            # A worker's role reads the join token, with which a pod could become any node.
            metadata_options=metadata_options(1),
            user_data=encoded(worker_text(spec)),
            update_default_version=True,
            # storage
            block_device_mappings=[
                {
                    "device_name": device,
                    "ebs": {**disk, "encrypted": "true", "delete_on_termination": "true"},
                }
                for device, disk in [
                    (ROOT_DEVICE[spec.nodes.family], root_disk(spec, spec.pool)),
                    *further_disks(spec, spec.pool),
                ]
            ],
            placement=_placement(spec.pool),
            # Auto Scaling asks EC2 whether the caller may start such a machine, without the tags of the group:
            # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1525
            tag_specifications=[
                {"resource_type": kind, "tags": tags} for kind in ("instance", "volume")
            ],
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Whatever happens after the template has changed, the next run knows what it is of.
                depends_on=[asked],
                ignore_changes=[
                    # A newer image replaces no pool, unless the configuration says so. With a record, the image is in it.
                    *(["image_id"] if running.image is None and running.why is None else []),
                    # Nor does a byte that follows from nothing that was recorded, or another tag.
                    *(["user_data", "tag_specifications"] if running.stays else []),
                ],
            ),
        )

    def _record(
        self,
        name: str,
        spec: WorkerPoolSpec,
        path: str,
        value: pulumi.Input[str],
        after: Sequence[pulumi.Resource] = (),
    ) -> ssm.Parameter:
        """What machines are made with, for later runs to compare."""
        return ssm.Parameter(
            name,
            name=path,
            type="String",
            insecure_value=value,
            tags=named(spec.cluster.tags, name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*after]),
        )

    def _mix(
        self, spec: WorkerPoolSpec, template: ec2.LaunchTemplate
    ) -> autoscaling.GroupMixedInstancesPolicyArgsDict:
        """Several instance types in order of preference, or spot capacity where AWS is least likely to interrupt it."""
        return {
            "instances_distribution": {
                "on_demand_percentage_above_base_capacity": 0 if spec.pool.spot else 100,
                "on_demand_allocation_strategy": "prioritized",
                "spot_allocation_strategy": "price-capacity-optimized",
            },
            "launch_template": {
                "launch_template_specification": {
                    "launch_template_id": template.id,
                    "version": _latest(template),
                },
                "overrides": [{"instance_type": kind} for kind in spec.pool.instance_types],
            },
        }

    def _tags(self, name: str, spec: WorkerPoolSpec) -> dict[str, str]:
        return {**named(spec.cluster.tags, name), **owned_by(spec.cluster.name)}


def _standing_in(args: Mapping[str, Any]) -> Rule:
    """Every zone of the pool has a subnet."""

    def rule(spec: WorkerPoolSpec) -> Iterator[Fault]:
        subnets = args.get("subnet_ids", {})
        for index, zone in enumerate(spec.pool.zones or ()):
            if isinstance(subnets, Mapping) and zone not in subnets:
                yield Fault(
                    f"pool.zones[{index}]",
                    f"subnetIds names no subnet in {zone}; add one, or leave the zone out",
                )

    return rule


def _placement(pool: PoolSection) -> ec2.LaunchTemplatePlacementArgsDict | None:
    """Where in AWS's buildings the machines are; None if nothing is asked for."""
    asked: ec2.LaunchTemplatePlacementArgsDict = {}
    if (group := placement_group(pool)) is not None:
        asked["group_name"] = group
    if (own := tenancy(pool)) is not None:
        asked["tenancy"] = own
    return asked or None


def _seconds(days: int | None) -> int | None:
    return None if days is None else days * DAY_SECONDS


def _latest(template: ec2.LaunchTemplate) -> pulumi.Output[str]:
    """The template's version as a number. With `$Latest` a new version would not change the group, so nothing would refresh."""
    return template.latest_version.apply(str)


def _scaling_tags(spec: WorkerPoolSpec) -> Mapping[str, str]:
    """Tags by which the cluster autoscaler finds the pool, and knows the labels and taints of its nodes while it is empty.

    https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/cloudprovider/aws
    """
    return {
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{spec.cluster.name}": "owned",
        **{f"{AUTOSCALER}/label/{key}": value for key, value in spec.pool.labels.items()},
        **{
            f"{AUTOSCALER}/taint/{taint.key}": f"{taint.value}:{taint.effect}"
            # One tag holds one effect of a key. The strictest effect comes last and overwrites the others.
            for taint in sorted(spec.pool.taints, key=lambda taint: BY_HARDNESS.index(taint.effect))
        },
    }
