"""The Kubernetes minors that tests run for."""

from components.facts.versions import MINORS

NUMBERS = tuple(MINORS)
"""16 for 1.16, and so on."""

ALL = tuple(row.name for row in MINORS.values())

FEW = (ALL[0], "1.23", ALL[-1])
"""The first minor, the last with Docker, and the newest: every test run can afford to build these."""

BORDERS = (
    *("1.16", "1.17", "1.18", "1.20", "1.21", "1.22", "1.23", "1.24", "1.25", "1.27"),
    *("1.31", "1.36", "1.37"),
)
"""Every minor in which a rendered document changes."""
