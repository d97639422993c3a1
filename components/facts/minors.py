"""The minors in which components know a name: from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Minors:
    """The first minor that knows it, and the last; None if it is known to this day."""

    first: int
    last: int | None = None

    def __contains__(self, minor: int) -> bool:
        return self.first <= minor and (self.last is None or minor <= self.last)

    @classmethod
    def read(cls, row: Mapping[str, str]) -> "Minors":
        """The minors in a row of a table with the columns `first` and `last`."""
        return cls(int(row["first"]), int(row["last"]) if row["last"] else None)
