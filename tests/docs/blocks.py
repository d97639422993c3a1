"""The fenced blocks and the links of the pages, as tests read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = next(path for path in Path(__file__).parents if (path / "Pulumi.yaml").exists())

PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        ROOT / "examples/README.md",
    ]
)

FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<kind>\w*) *(?P<rest>.*)$")
HEADING = re.compile(r"^#+ (?P<text>.+)$")
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    kind: str
    """What the fence says: yaml, sh, python, text, or nothing."""
    text: str
    heading: str
    """The heading that it stands under."""

    @property
    def name(self) -> str:
        """Where it is, as a person looks for it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Every fenced block of a page, in its order."""
    opened, heading = None, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and (title := HEADING.match(line)):
            heading = title["text"]
        if opened is None and fence:
            opened, begun, lines = fence, number, []
        elif (
            opened is not None and fence and not fence["kind"] and fence["fence"] == opened["fence"]
        ):
            yield Block(page, begun, opened["kind"], "\n".join(lines) + "\n", heading)
            opened = None
        elif opened is not None:
            lines.append(line.removeprefix(opened["indent"]))
    assert opened is None, f"{page}: the block of line {begun} does not end"


def after(block: Block) -> Block | None:
    """The text that a page prints next to a block: the next block, if it is text under the same heading."""
    following = [other for other in blocks(block.page) if other.line > block.line]
    if following and following[0].kind == "text" and following[0].heading == block.heading:
        return following[0]
    return None


def before(block: Block) -> Block | None:
    """The block that a text is printed next to."""
    earlier = [other for other in blocks(block.page) if other.line < block.line]
    return earlier[-1] if earlier and earlier[-1].heading == block.heading else None


def prose(page: Path) -> list[tuple[int, str]]:
    """The lines of a page that stand in no block, with their numbers."""
    kept, inside = [], False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            kept.append((number, line))
    return kept


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for _, line in prose(page):
        if heading := HEADING.match(line):
            plain = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading["text"]).lower()
            found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found
