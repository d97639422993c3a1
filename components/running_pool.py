"""What runs of a pool, looked up before it is changed, and what a change of it would replace."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pulumi
from pulumi_aws import ec2, ssm

from .config.forms import comes_later
from .existing import ALIVE, asking
from .facts import ssm_paths
from .facts.instance_types import describe
from .facts.tags import owned_by
from .launch import chosen_image
from .machine.revision import FAMILY, IMAGE, INSTANCE_TYPES, revision, usual
from .machine.settled import VERSION, Settings, read
from .permissions.denials import unanswered
from .rules.rollout import announcement, reasons
from .rules.upgrade import Standing
from .spec.cluster import WorkerPoolSpec
from .standing import standing

Records = Mapping[str, Settings]
"""What machines were made with, by the name of their pool; and what was asked for last, by the name with `ASKED`."""

ASKED = "/asked"
ANOTHER_IMAGE = "another image"
"""Why machines are replaced whose image is a secret."""


@dataclass(frozen=True)
class RunningPool:
    """The machines of a pool, and why a run would replace them."""

    machines: int
    """How many run."""
    why: Sequence[str] | None
    """Why they are replaced; empty if they stay. None without a record: the pool is new, or of an earlier program."""
    image: str | None
    """The AMI of the pool: the one that the configuration moves it to, or the one that its machines have.

    It may be an output, of which `why` knows nothing. None is the newest for a pool whose machines cannot keep theirs.
    """
    records: Records
    """The records that `why` follows from."""

    @property
    def stays(self) -> bool:
        """Whether nothing has changed that its machines are made with."""
        return self.why == []

    def with_image(
        self, spec: WorkerPoolSpec, image: str, *, secret: bool = False
    ) -> "RunningPool":
        """The same with the id of an image that was an output. `why` does not show a secret one."""
        if not comes_later(self.image):
            return self
        why = _why(spec, image, self.records)
        if secret and why and self.why is not None:
            why = [*self.why, *([ANOTHER_IMAGE] if len(why) > len(self.why) else [])]
        return replace(self, why=why, image=image)

    def announced(self, spec: WorkerPoolSpec) -> str | None:
        """The line about a pool whose machines are replaced."""
        return announcement(spec.pool_name, self.machines, spec.pool.rollout, self.why)


def look_up_records(opts: pulumi.ResourceOptions | None, cluster: str) -> Records:
    """The records of a cluster's pools. `opts` are those of the component that asks, in previews too."""
    folder = ssm_paths.pools_folder(cluster)
    try:
        found = ssm.get_parameters_by_path(
            path=folder, recursive=True, with_decryption=False, opts=asking(opts)
        )
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        raise pulumi.RunError(
            f"what the pools of {cluster} were made with cannot be looked up, so nothing was changed. "
            f"{unanswered(error, f'ssm:GetParametersByPath on {folder}')}"
        ) from None
    held = zip(found.names or (), found.values or (), strict=True)
    texts = {name.removeprefix(f"{folder}/"): read(text) for name, text in held}
    return {name: record for name, record in texts.items() if record is not None}


def look_up_standing(opts: pulumi.ResourceOptions | None, cluster: str) -> Standing:
    """How far the control planes of a pool's cluster are, for a pool without them in its program."""
    folder = ssm_paths.join_folder(cluster)
    try:
        found = ssm.get_parameters_by_path(path=folder, with_decryption=False, opts=asking(opts))
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        raise pulumi.RunError(
            f"what the control planes of {cluster} have reached cannot be looked up, so nothing was changed. "
            f"{unanswered(error, f'ssm:GetParametersByPath on {folder}')}"
        ) from None
    return standing(cluster, dict(zip(found.names or (), found.values or (), strict=True)))


def versions(records: Records) -> dict[str, str]:
    """The version of the machines of each pool."""
    return {
        pool: str(record[VERSION])
        for pool, record in records.items()
        if record.get(VERSION) and not pool.endswith(ASKED)
    }


def look_up_pool(
    opts: pulumi.ResourceOptions | None, name: str, spec: WorkerPoolSpec, records: Records
) -> RunningPool:
    """What runs of the pool called `name`. The SDK looks up slowly while resources wait, so this comes before they are made."""
    image = chosen_image(asking(opts), spec, spec.pool.architecture)
    if image is None:
        image = _kept_image(spec, records.get(spec.pool_name, {}))
    why = _why(spec, image, records)
    if why == [] and not comes_later(image):
        return RunningPool(0, why, image, records)
    try:
        found = ec2.get_instances(
            instance_state_names=[*ALIVE],
            filters=[
                {"name": f"tag:{key}", "values": [value]}
                for key, value in {"Name": name, **owned_by(spec.cluster.name)}.items()
            ],
            opts=asking(opts),
        )
    except Exception as error:  # noqa: BLE001 (the SDK raises no narrower one)
        raise pulumi.RunError(
            f"the machines of pool {spec.pool_name} cannot be looked up, so nothing was changed. "
            f"{unanswered(error, 'ec2:DescribeInstances')}"
        ) from None
    return RunningPool(len(found.ids or ()), why, image, records)


def _kept_image(spec: WorkerPoolSpec, record: Settings) -> str | None:
    """The AMI of the machines that have joined, if those that are asked for can have it too.

    Another one may have been asked for since, and may be in the launch template although no machine of it has joined.
    """
    image, family, types = (record.get(key) for key in (IMAGE, FAMILY, INSTANCE_TYPES))
    architecture = spec.pool.architecture
    # Many types are recorded by their digest, which says nothing of them.
    with suppress(ValueError):
        architecture = describe(str(types).partition(", ")[0]).architecture
    fits = family == spec.nodes.family and architecture is spec.pool.architecture
    return str(image) if image and fits else None


def _why(spec: WorkerPoolSpec, image: str | None, records: Records) -> Sequence[str] | None:
    """Why a run would replace the machines; None without a record.

    Machines of something else may have been asked for since these joined, and may have failed. Then the launch template is of those,
    and must not stay, although the machines would.
    """
    record = records.get(spec.pool_name)
    if record is None:
        return None
    asked = records.get(f"{spec.pool_name}{ASKED}", record)
    wanted = revision(spec, image)
    return [*reasons(record, wanted, usual(spec))] or [*reasons(asked, wanted, usual(spec))]
