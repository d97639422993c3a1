"""How control planes follow each other: which are waited for, which are replaced, and what is said of it before."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..facts.lifecycle import FOLLOWS, HANDS_OVER, HAS_JOINED

LEAVE_BY_THEMSELVES = (HANDS_OVER, FOLLOWS)
"""The beginnings of the statuses of members of etcd that leave it when they are terminated."""


@dataclass(frozen=True)
class Succession:
    """The control planes that exist, and those that are asked for."""

    asked: Sequence[str] = ()
    """The names of those that shall be, in order."""
    machines: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """The ids of those that exist, by name. A name has two while one replaces the other."""
    statuses: Mapping[str, str] = field(default_factory=dict[str, str])
    """The machines' own words, by their ids."""
    changed: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
    """What is asked for and not every machine has, in words; with the ids of the machines that have it."""

    @property
    def joined(self) -> list[str]:
        """The ids of the machines that are members of etcd."""
        every = [identity for ids in self.machines.values() for identity in ids]
        return [one for one in every if self.statuses.get(one, "").startswith(HAS_JOINED)]

    @property
    def hands_over(self) -> bool:
        """Whether each member leaves etcd by itself when it is terminated. Those of earlier programs do not."""
        members = [self.statuses[identity] for identity in self.joined]
        return bool(members) and all(text.startswith(LEAVE_BY_THEMSELVES) for text in members)

    @property
    def replaced(self) -> dict[str, list[str]]:
        """The names of machines that are replaced, with what each lacks."""
        if not self.hands_over:
            return {}
        lacking = {
            name: [
                word for word, have in self.changed.items() if not {*have} & {*self.machines[name]}
            ]
            for name in self.asked
            if name in self.machines
        }
        return {name: words for name, words in lacking.items() if words}

    def gives_way(self, name: str) -> bool:
        """Whether the machine of a name ends by this run: it is replaced, or was when an earlier run was cut off."""
        return name in self.replaced or len(self.machines.get(name, ())) > 1

    def awaits(self, identity: str) -> bool:
        """Whether the next machine is made, and the first one ended, only when this one has joined.

        A new cluster waits for nothing: its machines elect the first member themselves. A machine that was there before, and has
        not joined, is waited for if an earlier run was cut off. Otherwise it is ill, and no other run should wait for it.
        """
        if not self.joined or identity in self.joined:
            return False
        known = any(identity in ids for ids in self.machines.values())
        return not known or self._unfinished

    @property
    def _following(self) -> list[str]:
        """The control planes that have not reached their plan, each with its own words."""
        said = {
            name: self.statuses.get(one, "") for name, ids in self.machines.items() for one in ids
        }
        return [f"{name}: {words}" for name, words in said.items() if words.startswith(FOLLOWS)]

    @property
    def _unfinished(self) -> bool:
        doubled = any(len(ids) > 1 for ids in self.machines.values())
        return doubled or any(name not in self.machines for name in self.asked)

    def announced(self) -> Iterator[str]:
        """The lines about machines that are replaced, made and ended, and what these wait for."""
        if not self.machines:
            return
        lines = [*self._changes()]
        yield from lines
        if lines and self._following:
            yield (
                f"{'; '.join(self._following)}. A new machine joins when all control planes have reached their plan, and none ends "
                "before. Where one has failed, mend that first"
            )

    def _changes(self) -> Iterator[str]:
        if self.replaced:
            words = dict.fromkeys(word for words in self.replaced.values() for word in words)
            yield (
                f"{_planes(self.replaced, 'replaced')}: {', '.join(words)}. Each new machine joins etcd before the next is made. "
                "Then the machines of before leave etcd and end, the last first"
            )
        made = [name for name in self.asked if name not in self.machines]
        if made:
            yield f"{_planes(made, 'added')}: {', '.join(made)}"
        ended = sorted({*self.machines} - {*self.asked}, reverse=True)
        if ended:
            yield f"{_planes(ended, 'ended')}: {', '.join(ended)}"


def members(machines: Collection[str], statuses: Mapping[str, str]) -> list[str]:
    """The ids of the machines that say of themselves that they are control planes, and members of etcd."""
    return sorted(one for one in machines if statuses.get(one, "").startswith(LEAVE_BY_THEMSELVES))


def _planes(names: Collection[str], what: str) -> str:
    count = len(names)
    if count == 1:
        return f"1 control plane is {what}"
    return f"{count} control planes are {what}, one after the other"
