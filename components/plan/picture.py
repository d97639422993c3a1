"""The plan as one page for a browser, which loads nothing else."""

from ..rendering import templates
from .matrix import TARGETS
from .outline import Plan
from .tables import FIRST, matrix, summary, tables

PICTURED = ("Subnets", "Who reaches whom", "Cluster")
"""Tables that the page shows in a form of its own."""


def as_page(plan: Plan) -> str:
    """The plan as a page in HTML: the picture first, then the tables."""
    return (
        templates("plan", html=True)
        .get_template("page.html.j2")
        .render(
            plan=plan,
            summary=summary(plan),
            first=FIRST,
            tables=[table for table in tables(plan) if table.title not in PICTURED],
            targets=TARGETS,
            matrix=[*matrix(plan)],
        )
    )
