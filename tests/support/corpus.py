"""Stacks on disk: their configuration as the program gets it, and the faults that a comment above them expects."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.config.yaml_reader import read_map

STACKS = Path(__file__).parents[1] / "stacks"

BAD = STACKS / "bad"
GOOD = STACKS / "good"

NAMESPACE = "dualstack:"


@dataclass(frozen=True)
class Stack:
    """One stack's file."""

    path: Path

    @property
    def expected(self) -> list[str]:
        """The faults in the comment it opens with, one a line."""
        lines = self.path.read_text().splitlines()
        return [line.removeprefix("# ") for line in lines if line.startswith("# ")]

    @property
    def given(self) -> dict[str, Any]:
        """What the program makes of its configuration."""
        config = read_map(self.path)["config"]
        sections = {key.removeprefix(NAMESPACE): value for key, value in config.items()}
        region = sections.pop("aws:region", None)
        return {**sections, "region": region, "project": "dualstack", "stack": "test"}


def stacks(folder: Path) -> list[Stack]:
    """Every stack of a folder, in the order of their names."""
    return [Stack(path) for path in sorted(folder.glob("*.yaml"))]
