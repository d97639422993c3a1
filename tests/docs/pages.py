"""Pages of `docs/` as tests read them: tables, sections, fenced blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def code(text: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`]+)`", text)


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the rows of the first table below a heading."""
    lines = section(page, heading).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def section(page: Path, heading: str) -> str:
    """The text from a heading to the next one of its level or above."""
    lines = page.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.lstrip("#").strip() == heading)
    level = lines[start].index(" ")
    fenced = False
    for number, line in enumerate(lines[start + 1 :], start + 1):
        fenced ^= line.startswith("```")
        if not fenced and re.match(rf"#{{1,{level}}} ", line):
            return "\n".join(lines[start:number])
    return "\n".join(lines[start:])


def blocks(text: str, language: str = "") -> list[str]:
    """The fenced blocks of a text, of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
