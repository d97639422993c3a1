"""One name for one thing: modules and public classes."""

import ast
from collections import defaultdict
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("components", "rehearsal", "bench")

FACES = ("__init__", "__main__")

SUBJECTS = ("components/", "components/spec/", "components/rules/")
"""A subject has the same name as a component, in the spec and in the rules."""


def modules() -> list[Path]:
    """Every module, by its path in the repository."""
    found = [path for folder in FOLDERS for path in (CHECKOUT / folder).rglob("*.py")]
    return [path.relative_to(CHECKOUT) for path in found if path.stem not in FACES]


def test_a_name_of_a_module_says_one_thing():
    named = defaultdict(list)
    for path in modules():
        named[path.stem].append(f"{path.parent}/")

    assert {
        name: places
        for name, places in named.items()
        if len(places) > 1 and not set(places) <= set(SUBJECTS)
    } == {}


def test_a_name_of_a_public_class_says_one_thing():
    named = defaultdict(list)
    for path in modules():
        for node in ast.parse((CHECKOUT / path).read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named[node.name].append(str(path))

    assert {name: places for name, places in named.items() if len(places) > 1} == {}
