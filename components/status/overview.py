"""The report on a cluster: its versions, its machines, what is waited for, and the last failure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from pydantic.alias_generators import to_camel

from ..duration import spoken
from ..facts.lifecycle import HANDS_OVER, HAS_JOINED, SILENT
from ..facts.versions import Runtime
from ..machine.node_settings import planned_settings
from ..rules.encryption import planned_encryption
from ..rules.upgrade import Standing
from ..snapshot import Snapshot, is_late, why_late
from .endings import Ending

FAILED = "failed"
"""The word in the status of a machine that could not do something."""

AWAY = ("stopping", "stopped")
"""The states in EC2 of a machine that does nothing, and whose node stays."""

FOLLOWS_NONE = "control planes with Docker follow no plan"

JOINED = (HAS_JOINED, HANDS_OVER)
"""The whole statuses of a machine that is a node and does nothing else: of a worker, and of a control plane."""


@dataclass(frozen=True)
class NodeView:
    """What the API says of a node."""

    version: str
    """The version of its kubelet."""
    ready: bool
    plan: str | None = None
    """The digest of the plan that its API server has reached."""
    kubelet_plan: str | None = None
    """The digest of the plan that its kubelet has reached."""


@dataclass(frozen=True)
class MachineView:
    """A machine of the cluster, as EC2 and the machine itself say it."""

    name: str
    id: str
    control_plane: bool
    state: str
    """Its state in EC2; `-` if AWS was not asked."""
    says: str = SILENT
    since: datetime | None = None
    """When it said that."""
    node: NodeView | None = None
    """None if the API was not asked, or knows no such node."""

    @property
    def failed(self) -> bool:
        """Whether the last that it said is a failure."""
        return FAILED in self.says


@dataclass(frozen=True)
class Report:
    """A cluster at one moment."""

    cluster: str
    standing: Standing
    machines: Sequence[MachineView]
    api: str | None = None
    """Why the API was not asked; None if it was."""
    account: str | None = None
    """Why AWS was not asked, so that only nodes are known; None if it was."""
    backup: Snapshot | None = None
    """The last snapshot of etcd; None if none has been kept yet."""
    backup_fault: str | None = None
    """Why the last attempt to keep one failed."""
    backed_up_since: datetime | None = None
    """When the cluster got its bucket; None without one."""
    etcd: str | None = None
    """What was wrong with the space or the data of etcd when its leader looked last."""

    endings: Sequence[Ending] = ()
    """What ends when."""

    def backup_words(self, now: datetime) -> str:
        """What there is to say of backups."""
        if not self.backed_up_since:
            return "there are none: backups.enabled is false"
        backup = self.backup
        words = (
            f"{backup.age(now)} old, {backup.size:,} bytes: {backup.key}"
            if backup
            else "none has been kept yet"
        )
        if self.backup_late(now):
            return f"LATE: {words}; {why_late(self.backup_fault)}"
        return f"{words}; {why_late(self.backup_fault)}" if self.backup_fault else words

    def backup_late(self, now: datetime) -> bool:
        """Whether a snapshot should have followed the last one, or the bucket."""
        return bool(self.backed_up_since) and is_late(self.backup, self.backed_up_since, now)

    @property
    def follows(self) -> bool:
        """Whether control planes follow the plan. Those with Docker do not."""
        return planned_settings(self.standing.files).get("runtime") != Runtime.DOCKER

    @property
    def waits_for(self) -> list[str]:
        """Why the cluster is not there yet, in words; empty if it is."""
        late = [
            f"{each.name} ({each.id}): {each.says}"
            for each in self.machines
            if each.state == "running" and each.says not in JOINED
        ]
        unready = [
            f"{each.name} ({each.id}): its node is not Ready"
            for each in self.machines
            if each.node and not each.node.ready
        ]
        away = [
            f"{each.name} ({each.id}): it is {each.state}, and a plan waits for each control plane; start it, or terminate it"
            for each in self.machines
            if each.control_plane and each.state in AWAY
        ]
        behind = self.follows and self.standing.wanted and not self.standing.arrived
        ends = ["all control planes have reached the plan"] if behind else []
        return [*late, *unready, *away, *ends]

    @property
    def last_failure(self) -> MachineView | None:
        """The machine that failed last, of those whose last words are a failure."""
        failed = [each for each in self.machines if each.failed and each.since]
        return max(
            failed, key=lambda each: each.since.timestamp() if each.since else 0, default=None
        )


def as_text(report: Report, now: datetime) -> str:
    """The report for people."""
    standing = report.standing
    lines = [
        f"cluster    {report.cluster}",
        f"reached    {_plan(standing.reached, standing.digest) if report.follows else FOLLOWS_NONE}",
        f"plan       {_plan(standing.planned, standing.wanted)}",
        f"backup     {report.backup_words(now)}",
        f"secrets    {_secrets(report)}",
    ]
    if report.account:
        lines[1:] = [f"AWS        not asked, so only nodes are known: {report.account}"]
    if report.etcd:
        lines.append(f"etcd       {report.etcd}")
    if report.api:
        lines.append(f"API        not asked, which knows the kubelets: {report.api}")
    machines = [_row(each, report, now) for each in report.machines]
    lines += _table(("machine", "id", "state", "kubelet", "says", "for"), machines)
    if report.endings:
        endings = [(each.what, each.words(now), each.how) for each in report.endings]
        lines += _table(("what", "ends", "renewed by"), endings)[1:]
    lines += [f"waits for  {one}" for one in report.waits_for] or ["waits for  nothing"]
    if failure := report.last_failure:
        lines.append(f"last failure  {failure.name} ({failure.id}): {failure.says}")
    return "\n".join(lines) + "\n"


def as_json(report: Report, now: datetime) -> str:
    """The report for programs. Times are of ISO 8601."""
    standing, failure, backup = report.standing, report.last_failure, report.backup
    document = {
        "cluster": report.cluster,
        "reached": {"version": standing.reached, "digest": standing.digest},
        "plan": {"version": standing.planned, "digest": standing.wanted},
        "secrets": planned_encryption(standing.files),
        "waitsFor": report.waits_for,
        "lastFailure": failure and {"machine": failure.id, "says": failure.says},
        "apiNotAsked": report.api,
        "awsNotAsked": report.account,
        "etcd": report.etcd,
        "backup": backup
        and {
            "key": backup.key,
            "time": backup.time,
            "bytes": backup.size,
            "late": report.backup_late(now),
        },
        "backupLate": report.backup_late(now),
        "backupFault": report.backup_fault,
        "ends": [
            {
                "what": each.what,
                "since": each.since,
                "until": each.until,
                "late": each.late(now),
            }
            for each in report.endings
        ],
        "machines": [_camel(asdict(each)) for each in report.machines],
    }
    return json.dumps(document, indent=2, default=datetime.isoformat) + "\n"


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with columns, between two empty ones."""
    whole = [heading, *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(len(heading))]
    return ["", *("  ".join(map(str.ljust, row, widths)).rstrip() for row in whole), ""]


def _plan(version: str | None, digest: str | None) -> str:
    return f"{version} ({digest[:12]})" if version and digest else "nothing yet"


def _secrets(report: Report) -> str:
    """How API servers encrypt Secrets. All Secrets are so when the plan is reached."""
    found = planned_encryption(report.standing.files)
    if not found:
        return "the plan says nothing of their encryption"
    state = f"encrypted by {found['keys'][0]}" if found["enabled"] else "not encrypted"
    if not report.follows:
        return f"{state} by new control planes"
    return state if report.standing.arrived else f"{state}, once the plan is reached"


def _row(machine: MachineView, report: Report, now: datetime) -> tuple[str, ...]:
    node, standing = machine.node, report.standing
    # When all have reached the plan, their kubelets have.
    arrived = machine.control_plane and machine.says in JOINED and standing.arrived
    kubelet = (standing.reached if arrived else None) or "-"
    if node:
        kubelet = f"{node.version}{'' if node.ready else ', not Ready'}"
    age = spoken(now - machine.since) if machine.since else "-"
    return (machine.name, machine.id, machine.state, kubelet, machine.says, age)


def _camel(value: Any) -> Any:
    """A document whose keys are spelled as JSON's users expect."""
    if not isinstance(value, dict):
        return value
    return {to_camel(key): _camel(each) for key, each in cast("dict[str, Any]", value).items()}
