"""The progress of a run on the terminal, from the engine's events."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pulumi.automation import DiagnosticEvent, EngineEvent, OpType, StepEventMetadata
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar

from ..engine.checkpoint import MACHINE, STACK, UNCOUNTED
from ..providers.urn import name_of, stack_of, type_of

SHOWN_AT_ONCE = 3
"""How many resources under way are named on the live line."""

DONE = {
    OpType.CREATE: "created",
    OpType.CREATE_REPLACEMENT: "replaced",
    OpType.UPDATE: "updated",
    OpType.DELETE: "deleted",
    OpType.SAME: "unchanged",
}
"""The operations that are counted, and the word for each."""

NOISE = (
    *("update failed", "preview failed", "destroy failed"),
    "Resource monitor has terminated, shutting down",
)
"""Messages that the engine adds after the message of the failure itself."""

CUT_OFF = "python inline source runtime error: resource monitor shut down"
"""How a traceback of a program begins to which the engine has answered that it gives up, after the message of the failure.
Most programs are slower, and find nobody there: https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/source_eval.go
"""

PROTECTED = ("marked for protection", "because it is protected")
"""Parts of the engine's two refusals to replace or to delete a protected resource."""

UNPROTECT = """
Take the protection off this machine alone; the next `up` protects it again.
  on AWS: pulumi state unprotect '{urn}'
  here:   .venv/bin/python -m rehearsal unprotect {stack} {name}"""


@dataclass
class RunProgress:
    """The progress of one run: a live line on a terminal, one line for each change elsewhere."""

    console: Console
    expected: Callable[[], int]
    """The number of resources of the run, as far as it is known."""
    counts: Counter[str] = field(default_factory=Counter)
    by_type: Counter[tuple[str, str]] = field(default_factory=Counter)
    outputs: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Log messages of the program."""
    seconds: int = 0
    quiet: bool = False
    """Whether changes are not printed one by one, as in a preview."""
    _under_way: dict[str, str] = field(default_factory=dict)
    _counted: set[str] = field(default_factory=set)
    _bar: Bar | None = None
    _task: Any = None

    def __enter__(self) -> "RunProgress":
        if self.console.is_terminal:
            columns = (
                SpinnerColumn(),
                BarColumn(24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Bar(*columns, console=self.console, transient=True)
            self._task = self._bar.add_task("starting the engine", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def on_event(self, event: EngineEvent) -> None:
        """Process one event of the engine."""
        if event.diagnostic_event:
            self._diagnostic(event.diagnostic_event)
        elif event.resource_pre_event:
            self._begun(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._under_way.pop(event.res_op_failed_event.metadata.urn, None)
        elif event.summary_event:
            self.seconds = event.summary_event.duration_seconds
        self._redraw()

    def say(self, text: str) -> None:
        """Print a line above the live line."""
        self.console.print(text, markup=False)

    @property
    def changed(self) -> int:
        """The number of resources that were changed."""
        return self.counts.total() - self.counts["unchanged"]

    def _begun(self, step: StepEventMetadata) -> None:
        if not step.type.startswith(UNCOUNTED) and step.op != OpType.SAME:
            kind = step.type.rpartition(":")[2]
            self._under_way[step.urn] = f"{_verb(step.op)} {kind} {name_of(step.urn)}"

    def _done(self, step: StepEventMetadata) -> None:
        if step.type == STACK and step.new:
            self.outputs = dict(step.new.outputs or {}) or self.outputs
        if step.type.startswith(UNCOUNTED):
            return
        self._under_way.pop(step.urn, None)
        said = DONE.get(step.op)
        # The engine reports a component twice: when it is registered, and when its outputs are known.
        if said is None or step.urn in self._counted:
            return
        self._counted.add(step.urn)
        self.counts[said] += 1
        self.by_type[said, step.type] += 1
        if said != "unchanged" and not self._bar and not self.quiet:
            self.say(f"{said} {short_type(step.type)} {name_of(step.urn)}")

    def _diagnostic(self, event: DiagnosticEvent) -> None:
        if event.ephemeral:
            return
        message = event.message.strip()
        message = message.removeprefix("an unhandled error occurred: ")
        kept = {"error": self.failures, "warning": self.warnings, "info": self.notes}.get(
            event.severity
        )
        if kept is None or not message or message in NOISE or message.startswith(CUT_OFF):
            return
        line = message
        if event.urn and not type_of(event.urn).startswith(("pulumi:", "dualstack:")):
            named = {"stack": stack_of(event.urn), "name": name_of(event.urn), "urn": event.urn}
            line = f"{short_type(type_of(event.urn))} {named['name']}: {message}"
            if type_of(event.urn) == MACHINE and any(part in message for part in PROTECTED):
                line += UNPROTECT.format(**named)
        if line in kept:
            return
        kept.append(line)
        # Somebody who watches a run must see at once what it waits for. A preview ends soon, and its notes are a report.
        if kept is self.notes and not self.quiet:
            self.say(line)

    def _redraw(self) -> None:
        if not self._bar:
            return
        names = list(self._under_way.values())
        more = f" and {len(names) - SHOWN_AT_ONCE} more" if len(names) > SHOWN_AT_ONCE else ""
        done = self.counts.total()
        self._bar.update(
            self._task,
            completed=done,
            total=max(self.expected(), done + len(names)) or None,
            description=escape(", ".join(names[:SHOWN_AT_ONCE]) + more),
        )


def short_type(token: str) -> str:
    """A type token as the engine shows it: `aws:ec2:Vpc`."""
    package, module, name = token.split(":")
    return f"{package}:{module.partition('/')[0]}:{name}"


def _verb(op: OpType) -> str:
    if op in (OpType.DELETE, OpType.DELETE_REPLACED):
        return "deleting"
    return "updating" if op == OpType.UPDATE else "creating"
