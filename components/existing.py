"""What exists of a cluster, looked up before anything is made or changed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TypeVar

import pulumi
from pulumi_aws import ec2, ssm

from .boundary import Refusal
from .config.check import Fault
from .config.spelling import spelled
from .facts import ssm_paths
from .facts.choices import Cni, ImageFamily, KubeletCertificates
from .facts.instance_types import describe
from .facts.tags import owned_by
from .facts.versions import minor_of
from .launch import chosen_image, is_known
from .machine.plan import plan, plan_digest
from .machine.settled import (
    KUBELET_CERTIFICATES,
    VERSION,
    Settings,
    as_followed,
    read,
    settings,
)
from .permissions.denials import unanswered
from .rules import upgrade
from .rules.encryption import lost_keys
from .rules.existing_machines import fewer, of_another_name, of_another_type, replacement
from .rules.kubelet_certificates import verified_last
from .rules.running import refused, unheard
from .rules.service_account_issuer import issuer_is_kept, keys_in_order
from .rules.succession import Succession, members
from .snapshot import Snapshot, awaited, is_late, last, why_late
from .spec.cluster import ControlPlaneSpec, Spec
from .spec.values import MOST_CONTROL_PLANES
from .standing import standing

S = TypeVar("S", bound=ControlPlaneSpec)

ALIVE = ("pending", "running", "stopping", "stopped")
"""The states of an instance that may still be a member of etcd. Others have ended or will."""


@dataclass(frozen=True)
class Existing:
    """The control planes that exist, and the settings that their cluster was made with."""

    asked: Settings
    """The settings that the program asks for."""
    recorded: Settings | None = None
    """The recorded settings; None without a record."""
    succession: Succession = field(default_factory=Succession)
    """The control planes that exist, and how others follow them."""
    of_asked_type: Collection[str] = ()
    """The ids of those that have the asked instance type."""
    standing: upgrade.Standing = field(default_factory=upgrade.Standing)
    """How far they are with what the stack wants of them."""
    image: str | None = None
    """The AMI that the configuration moves them to. None leaves theirs."""
    of_image: Collection[str] = ()
    """The ids of those that have it."""
    backup: Snapshot | None = None
    """The last snapshot of etcd that they have reported."""
    backup_fault: str | None = None
    """Why the last attempt to keep one failed, as they have reported it."""
    backed_up_since: datetime | None = None
    """Since when the first of them runs. None if they have reported any of the two, or need not."""
    awaited: Snapshot | None = None
    """The snapshot that new ones are to restore in their place. None unless they are lost and a restore is asked for."""

    @property
    def machines(self) -> Mapping[str, Collection[str]]:
        """The ids of control planes that exist, by name."""
        return self.succession.machines

    @property
    def follows(self) -> bool:
        """Whether they have said that they do what the stack wants of them. Those with Docker do not, since nothing restarts their pods."""
        return self.has_run and self.asked.get("cluster.cni") != Cni.KUBENET

    @property
    def has_run(self) -> bool:
        """Whether control planes have ever said what they are."""
        return self.standing.reached is not None

    @property
    def lost(self) -> bool:
        """Whether no control plane is left of a cluster that has run. Its snapshots, keys and workers are what it was."""
        return not self.machines and self.has_run

    def unreadable(self) -> Iterator[Fault]:
        """Why new control planes could not restore the snapshot that is asked for."""
        if self.awaited:
            for words in self.awaited.unreadable(str(self.asked[VERSION])):
                yield Fault(VERSION, f"{self.awaited.key} is to be restored: {words}")

    def kept(self, spec: S) -> S:
        """The spec with `kubelet_certificates` filled in: a cluster that exists keeps its recorded value, a new one gets the default."""
        if spec.kubeadm.kubelet_certificates:
            return spec
        is_new = not (self.machines or self.lost)
        was = (self.recorded or {}).get(KUBELET_CERTIFICATES) or KubeletCertificates.SELF_SIGNED
        kept = spec.kubelet_certificates if is_new else KubeletCertificates(str(was))
        update = {"kubelet_certificates": kept}
        return spec.model_copy(update={"kubeadm": spec.kubeadm.model_copy(update=update)})

    def changes(self, spec: ControlPlaneSpec) -> bool:
        """Whether they follow, and shall be something else than they are. Texts of secret files are left out."""
        return self.follows and self.standing.digest != plan_digest(spec, self.standing.secrets)

    def keeps_image(self, spec: ControlPlaneSpec) -> bool:
        """Whether machines may have an image that was looked up when they were made."""
        if not spec.nodes.looks_up or spec.nodes.family is not ImageFamily.UBUNTU:
            return False
        return any(not {*self.of_image}.issuperset(ids) for ids in self.machines.values())

    def backup_warning(self, now: datetime) -> str | None:
        """What there is to warn of in their backups; None if there is nothing."""
        late = is_late(self.backup, self.backed_up_since, now)
        if self.backup and late:
            was = f"the last backup is {self.backup.age(now)} old"
        elif late or (self.backup_fault and not self.backup):
            was = "no backup has been kept yet"
        else:
            return None
        return f"{was}, and one should follow each hour; {why_late(self.backup_fault)}"

    def guard(self) -> pulumi.ResourceHookBinding | None:
        """A hook that refuses dangerous replacements of control planes. None where they hand over, and for a new cluster.

        A program cannot see `--replace`. The hook runs in previews too, and before the engine asks AWS for a machine.
        https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
        """
        if not self.machines or self.succession.hands_over:
            return None
        replaced: list[str] = []

        def refuse(args: pulumi.ResourceHookArgs) -> None:
            if message := replacement(args.name, self.machines, replaced):
                raise pulumi.RunError(message)
            if args.name in self.machines:
                replaced.append(args.name)

        name = f"guard-{'-'.join(self.machines)}"
        hook = pulumi.ResourceHook(name, refuse, pulumi.ResourceHookOptions(on_dry_run=True))
        return pulumi.ResourceHookBinding(before_create=[hook])


def look_up(
    opts: pulumi.ResourceOptions | None,
    name: str,
    spec: ControlPlaneSpec,
    args: object,
    pools: Mapping[str, str] | None = None,
) -> Existing:
    """What exists of the control plane called `name`. A `Refusal` if it cannot follow the spec; warnings are logged.

    `opts` and `args` are those of the component that asks, and `pools` the versions of the machines of its pools. It asks before
    that component is registered, in previews too, and synchronously: on the answer depends whether anything is made at all.
    """
    existing = _existing(asking(opts), name, spec)
    if not existing.machines and not existing.lost:
        return existing
    spec = existing.kept(spec)
    existing = replace(existing, asked=settings(spec))
    asked = existing.asked
    running = as_followed(existing.recorded or {}, existing.standing.files)
    succession, kind = existing.succession, spec.control_plane.instance_type
    installs_cni = isinstance(spec, Spec) and spec.addons.cni
    faults = [
        # Those that are lost come back with the minor of their snapshot.
        *(
            upgrade.refused(
                running,
                asked,
                existing.standing,
                installs_cni=installs_cni,
                pools=pools,
                keeps_image=existing.keeps_image(spec),
                prebaked=spec.software.prebaked,
            )
            if existing.machines
            else ()
        ),
        *refused(running, asked, follows=existing.follows),
        *existing.unreadable(),
        *lost_keys(existing.standing.files, spec),
        *issuer_is_kept(existing.standing.files, spec),
        *keys_in_order(existing.standing, spec),
        *verified_last(existing.standing.files, spec),
    ]
    warnings = [*unheard(running, asked, follows=existing.follows)]
    if not succession.hands_over:
        faults += fewer(existing.machines, succession.asked)
        warnings += of_another_type(existing.machines, existing.of_asked_type, kind)
    if faults:
        raise Refusal(spelled(args, type(spec), fault) for fault in faults)
    if existing.machines and existing.changes(spec):
        _announce(existing, spec)
    for warning in warnings:
        pulumi.log.warn(str(spelled(args, type(spec), warning)))
    # A cluster whose backups were switched off keeps what was said of them.
    backs_up = not isinstance(spec, Spec) or spec.backups.enabled
    if backs_up and (warning := existing.backup_warning(datetime.now(UTC))):
        pulumi.log.warn(warning)
    for line in succession.announced():
        pulumi.log.info(line)
    if existing.standing.damaged:
        pulumi.log.warn(
            f"the plan in {ssm_paths.plan_folder(spec.cluster.name)} is damaged, or half of it was written by a run that was cut "
            "off. It is written again: change nothing else in the same run"
        )
    if existing.machines and existing.recorded is None:
        pulumi.log.warn(
            f"{', '.join(existing.machines)} run, and {ssm_paths.running(spec.cluster.name)} does not say with which settings they "
            "were made. The present ones are recorded: change nothing else in the same run"
        )
    return existing


def _announce(existing: Existing, spec: ControlPlaneSpec) -> None:
    """Say what changes on control planes."""
    at, wanted = existing.standing.reached or "", plan(spec)
    was, asked = minor_of(at), spec.kubernetes
    there, files = existing.standing.files, wanted["files"]
    changed = [
        path
        for path in sorted({*there, *files})
        if [*there.get(path, ())] != [*files.get(path, ())]
    ]
    addons = [*upgrade.new_releases(was, spec)] if isinstance(spec, Spec) else []
    versions = at, wanted["version"]
    machines = {name: min(ids) for name, ids in existing.machines.items()}
    pulumi.log.info(upgrade.announcement(versions, machines, changed, addons))
    for caution in upgrade.cautions(was, asked, there, files):
        pulumi.log.warn(str(caution))


def asking(opts: pulumi.ResourceOptions | None) -> pulumi.InvokeOptions:
    """Options of a look-up that asks the same account and region as a component with these options."""
    if opts is None:
        return pulumi.InvokeOptions()
    given = opts.providers or ()
    providers = [*(given.values() if isinstance(given, Mapping) else given)]
    if opts.provider:
        providers.append(opts.provider)
    fitting = [provider for provider in providers if provider.package == "aws"]
    return pulumi.InvokeOptions(parent=opts.parent, provider=fitting[0] if fitting else None)


def _existing(opts: pulumi.InvokeOptions, name: str, spec: ControlPlaneSpec) -> Existing:
    cluster = spec.cluster.name

    def instances(names: Collection[str], **filters: str) -> list[str]:
        found = ec2.get_instances(
            instance_state_names=[*ALIVE],
            filters=[
                {"name": "tag:Name", "values": [*names]},
                *[
                    {"name": f"tag:{key}", "values": [value]}
                    for key, value in owned_by(cluster).items()
                ],
                *[{"name": key, "values": [value]} for key, value in filters.items()],
            ],
            opts=opts,
        )
        return [*(found.ids or ())]

    def launched(instance: str) -> datetime:
        found = ec2.get_instance(instance_id=instance, opts=opts)
        return datetime.fromisoformat(found.launch_time)

    def parameters(*folders: str) -> dict[str, str]:
        held: dict[str, str] = {}
        for folder in folders:
            found = ssm.get_parameters_by_path(path=folder, with_decryption=False, opts=opts)
            held |= zip(found.names or (), found.values or (), strict=True)
        return held

    names = [f"{name}-{number}" for number in range(MOST_CONTROL_PLANES)]
    kind, status = spec.control_plane.instance_type, ssm_paths.status_folder(cluster)
    try:
        unnamed = {*instances(names)}
        # The look-up gives ids without names, so each name is asked for, until every machine has one.
        by_name: dict[str, list[str]] = {}
        for label in names:
            if unnamed:
                by_name[label] = instances([label])
                unnamed -= {*by_name[label]}
        fitting = instances(names, **{"instance-type": kind}) if by_name else []
        image = chosen_image(opts, spec, describe(kind).architecture) if by_name else None
        known = image is not None and is_known(image)
        of_image = instances(names, **{"image-id": image}) if image and known else []
        held = parameters(
            ssm_paths.running_folder(cluster),
            ssm_paths.join_folder(cluster),
            ssm_paths.plan_folder(cluster),
            status,
        )
        statuses = {path.removeprefix(f"{status}/"): words for path, words in held.items()}
        how_far = standing(cluster, held)
        # The machines of a component that was renamed have another name.
        owned = instances(["*"]) if how_far.files and not by_name else []
        if how_far.reached and not by_name:
            held |= parameters(ssm_paths.leader_folder(cluster))
        backup = last(held.get(ssm_paths.last_backup(cluster)))
        fault = held.get(ssm_paths.backup_fault(cluster))
        silent = isinstance(spec, Spec) and spec.backups.enabled and not (backup or fault)
        since = min(map(launched, chain(*by_name.values())), default=None) if silent else None
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        raise pulumi.RunError(_unreadable(cluster, error)) from None
    if faults := [*of_another_name(members(owned, statuses), names[0], cluster)]:
        raise Refusal(faults)
    if not by_name and not how_far.files:
        # The cluster is new. What an earlier one of this name has left in SSM is not about it.
        return Existing(settings(spec))
    text = held.get(ssm_paths.running(cluster))
    succession = Succession(
        names[: spec.control_plane.count],
        {label: ids for label, ids in by_name.items() if ids},
        statuses,
        {
            f"instance type {kind}": fitting,
            **(
                {f"image {image}" if known else "an image that is not known yet": of_image}
                if image
                else {}
            ),
        },
    )
    return Existing(
        settings(spec),
        read(text) if text else None,
        succession,
        fitting,
        how_far,
        image,
        of_image,
        backup,
        fault,
        since,
        awaited(cluster, held),
    )


def _unreadable(cluster: str, error: Exception) -> str:
    folders = f"{ssm_paths.running_folder(cluster)} and {ssm_paths.status_folder(cluster)}"
    permissions = f"ec2:DescribeInstances, and ssm:GetParametersByPath on {folders}"
    return f"what runs of {cluster} cannot be looked up, so nothing was changed. {unanswered(error, permissions)}"
