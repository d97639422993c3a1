"""Where snapshots of etcd are kept, and for how long."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole
from ..config.section import Section
from ..facts.choices import ObjectLock
from .labels import Tags
from .values import DnsLabel, RegionName

KeepDays = Annotated[Whole, Field(ge=1, le=3650)]


class KeptSection(Section):
    """How long snapshots are kept, and from whom."""

    keep_days: KeepDays = 30
    """How many days a snapshot is kept. 30 by default: a mistake is often found weeks later, and a snapshot is small."""
    object_lock: ObjectLock = ObjectLock.NONE
    """Who may delete a snapshot before its days are over. `none` by default, so that a trial can be deleted. A lock cannot be
    taken off a bucket again, and with `compliance` nobody can delete a snapshot or its bucket before its time."""


class BackupsSection(KeptSection):
    """Snapshots of etcd, which control planes make each hour and put into a bucket of the cluster's own."""

    enabled: bool = True
    """Whether there are backups. On by default: without one, the loss of all control planes is the loss of the cluster."""


class BackupsSpec(KeptSection):
    """Backups on their own."""

    region: RegionName
    """The region of the bucket."""
    cluster_name: DnsLabel
    """The cluster whose control planes make the snapshots."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = True
    """Refuse to delete the bucket. On by default. Without it `destroy` deletes the bucket with every snapshot in it."""
