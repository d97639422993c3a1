"""The architecture page, held against the tree and its imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, code, table

PAGE = DOCS / "architecture.md"
HALVES = ("components", "rehearsal")
PURE = 5
"""The last row of `components/` that imports no Pulumi."""


@pytest.fixture(params=HALVES)
def half(request):
    """Each half in turn."""
    return request.param


def order(half: str) -> dict[str, int]:
    """The place of each package and module of a half, as the page says."""
    return {
        name: int(place) for place, names, _ in table(PAGE, f"In `{half}/`") for name in code(names)
    }


def part_of(path: Path) -> str:
    """The package of a half that a file is in, or its own name if it is in none."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def imported(path: Path) -> Iterator[Path]:
    """The files of the repository that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = ROOT if node.level == 0 else path.parents[node.level - 1]
        place = base.joinpath(*(node.module or "").split("."))
        if not place.is_relative_to(ROOT) or (not node.module and not node.level):
            continue
        for name in node.names:
            candidates = (
                *((place / f"{name.name}.py"), place / name.name / "__init__.py"),
                *(place.with_suffix(".py"), place / "__init__.py"),
            )
            yield from [found for found in candidates if found.exists()][:1]


def arrows(half: str) -> set[tuple[str, str]]:
    """Which package or module of a half imports which, and which of the other half."""
    found = set()
    for path in sorted((ROOT / half).rglob("*.py")):
        for target in imported(path):
            other = target.relative_to(ROOT).parts[0]
            name = part_of(target) if other == half else other
            if name != part_of(path):
                found.add((part_of(path), name))
    return found


def test_the_page_names_every_package_and_module_and_no_other(half):
    there = {part_of(path) for path in (ROOT / half).rglob("*.py")}

    assert there - {"__init__", "verify"} == set(order(half)) - {"__init__"}


def test_imports_go_the_way_the_page_says(half):
    places = order(half) | {other: 0 for other in HALVES if other != half}
    places |= {"verify": 2, "__init__": places.get("__init__", 1)}

    upward = {
        f"{importer} imports {target}"
        for importer, target in arrows(half)
        if target not in places or places[target] > places[importer]
    }

    assert upward == set()


def test_what_decides_imports_no_pulumi():
    pure = [name for name, place in order("components").items() if place <= PURE]
    files = [
        path
        for name in pure
        for path in (*(ROOT / "components" / name).rglob("*.py"), ROOT / f"components/{name}.py")
        if path.exists()
    ]

    assert [
        file
        for file in files
        if re.search(r"^(import|from) pulumi", file.read_text(), re.MULTILINE)
    ] == []


def test_components_know_nothing_of_the_rehearsal():
    assert [
        pair for pair in arrows("components") if pair[1] in ("rehearsal", "bench", "tests")
    ] == []


def test_no_package_imports_itself_by_another(half):
    edges = {(importer, target) for importer, target in arrows(half) if target != "__init__"}
    while edges:
        targets = {target for _, target in edges}
        starts = {importer for importer, _ in edges if importer not in targets}
        assert starts, f"a circle: {sorted(edges)}"
        edges = {pair for pair in edges if pair[0] not in starts}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param(file, name, id=f"{question}: {name}")
        for question, files, names in table(PAGE, "Where do I find …")
        for file, name in zip(code(files), code(names), strict=True)
    ],
)
def test_what_the_page_points_at_is_there(file, name):
    assert re.search(rf"\b{re.escape(name)}\b", (ROOT / file).read_text())
