"""What a preview would change, from the document that `pulumi preview --json` prints, or from the log of its events."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ..config.section import is_map
from ..rules.upgrade import ANNOUNCED

WORDS = {
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "delete": "delete",
    "discard": "delete",
    "create": "create",
    "import": "create",
    "update": "update",
}
"""An operation of the engine in the words of a reader. Those that are missing change nothing."""

OTHER = "it is not what `pulumi preview --json` prints"

COLOR = re.compile(r"<\{%.*?%\}>")
"""A mark of the engine, by which a terminal shows colours."""

ORDER = ("replace", "delete", "update", "create")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that would change."""

    operation: str
    kind: str
    """Its type without package and module, like LaunchTemplate."""
    name: str
    properties: list[str]
    """The properties that differ; of a replacement those that cause it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one run would do."""

    changed: list[Change]
    same: int
    """How many resources stay as they are."""
    said: list[str] = field(default_factory=list[str])
    """What the program said of machines: how many are replaced, why, and one after the other."""
    announcement: str = ""
    """What the program said of control planes that are changed in place, in lines; empty if none is."""
    warned: list[str] = field(default_factory=list[str])
    """What the program warned of."""

    @property
    def counts(self) -> dict[str, int]:
        """How many resources each operation has, the gravest first."""
        found = {word: sum(each.operation == word for each in self.changed) for word in ORDER}
        return {word: count for word, count in found.items() if count}


class PreviewError(ValueError):
    """A document that is not the output of a preview."""


def changes_of(document: Any) -> Changes:
    """The changes in a preview's document, or in the list of its events. Raises PreviewError."""
    if isinstance(document, list):
        events = cast("list[Any]", document)
        steps = _steps_of_events(events)
        words: list[Any] = [event.get("diagnosticEvent") for event in events if is_map(event)]
    else:
        steps = _steps_of(document)
        words = cast("list[Any]", document.get("diagnostics") or [])
    found: dict[str, Change] = {}
    same: set[str] = set()
    for step in steps:
        urn = str(step.get("urn", ""))
        kind, name = _named(urn)
        if kind == "Stack" or kind.startswith("pulumi:providers"):
            continue
        word = WORDS.get(str(step.get("op")))
        if word is None:
            # With --refresh the document has this operation instead of `same`: what was read is as the program wants it.
            if step.get("op") in ("same", "refresh"):
                same.add(urn)
            continue
        causes: list[object] = step.get("replaceReasons") or step.get("diffReasons") or []
        before = found.get(urn)
        properties = [*(before.properties if before else []), *map(str, causes)]
        found[urn] = Change(word, kind, name, [*dict.fromkeys(properties)])
    changed = sorted(found.values(), key=_gravity)
    infos = [*_said(words, "info")]
    return Changes(
        changed,
        len(same - found.keys()),
        [text for text in infos if "\n" not in text],
        next((text for text in infos if text.startswith(ANNOUNCED)), ""),
        [*_said(words, "warning")],
    )


def _said(diagnostics: Iterable[Any], severity: str) -> Iterator[str]:
    """The program's own words of one severity, each once. What a resource says belongs to it."""
    texts: dict[str, None] = {}
    for one in diagnostics:
        if not is_map(one) or one.get("severity") != severity or one.get("ephemeral"):
            continue
        if _named(str(one.get("urn", "")))[0] in ("", "Stack"):
            text = COLOR.sub("", str(one.get("message", ""))).strip()
            texts[text.removeprefix(f"{severity}: ")] = None
    yield from texts


def _steps_of(document: Any) -> Sequence[Mapping[str, Any]]:
    if not is_map(document) or "changeSummary" not in document:
        raise PreviewError(OTHER)
    return cast("Sequence[Mapping[str, Any]]", document.get("steps") or [])


def _steps_of_events(events: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The same steps, from what `--event-log` writes: https://github.com/pulumi/pulumi `sdk/go/common/apitype/events.go`."""
    known = [event for event in events if is_map(event) and "sequence" in event]
    if not known:
        raise PreviewError(OTHER)
    if not any("summaryEvent" in event for event in known):
        raise PreviewError("it has no summary; its preview did not end, so run it again")
    begun = [cast("Mapping[str, Any]", event.get("resourcePreEvent") or {}) for event in known]
    return [
        {**step, "replaceReasons": step.get("keys"), "diffReasons": step.get("diffs")}
        for step in (cast("Mapping[str, Any]", each.get("metadata") or {}) for each in begun)
    ]


def _gravity(change: Change) -> tuple[int, str, str]:
    return ORDER.index(change.operation), change.kind, change.name


def _named(urn: str) -> tuple[str, str]:
    """The type and the name in a URN: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns"""
    head, _, name = urn.rpartition("::")
    full = head.rpartition("::")[2].rpartition("$")[2]
    return (full if full.startswith("pulumi:providers") else full.rpartition(":")[2]), name
