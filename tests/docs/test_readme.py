"""The README: what it names is there, and it stays short."""

import re

import pytest
from pydantic.alias_generators import to_camel

import components
from components import ClusterArgs
from components.facts.versions import NEWEST, OLDEST
from tests.docs.pages import DOCS, ROOT, code, table

README = ROOT / "README.md"
TEXT = README.read_text()
LINES = 100


def test_it_is_short():
    assert len(TEXT.splitlines()) <= LINES
    assert max(map(len, TEXT.splitlines())) <= 120


def test_its_sections_are_those_that_the_program_reads():
    sections = {to_camel(name) for name in ClusterArgs.__annotations__} - {"region"}

    named = [name for row in table(README, "Configuration") for name in code(row[0])]
    assert named[0] == "aws:region"
    assert sorted(named[1:]) == sorted(sections)


def test_it_names_the_oldest_and_the_newest_minor():
    opening = " ".join(TEXT.partition("```")[0].split())

    assert re.search(rf"from 1\.{OLDEST}, .* to 1\.{NEWEST}\.", opening)


def test_its_components_are_those_of_the_library():
    named = re.search(r"```python\nfrom dualstack import (.*)\n", TEXT)[1].split(", ")
    sentence = re.search(r"`Cluster` lists .*? and `Addons`", TEXT, re.DOTALL)[0]
    listed = [*code(sentence), *code(re.search(r"`StateBackend` .*? serve pipelines", TEXT)[0])]

    assert {*named, *listed} == {name for name in components.__all__ if not name.endswith("Args")}


TARGETS = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", [README, *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_a_command_of_make_is_there(page):
    asked = set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE))

    assert asked - {*TARGETS, "tests", "fields"} == set()


def test_the_page_on_the_rehearsal_has_every_command_that_runs_something():
    listed = [code(row[0])[0] for row in table(DOCS / "reference/rehearsal.md", "Commands")]
    of_developers = {
        "help",
        "lint",
        "format",
        "lock",
        "types",
        "fields",
        "schema",
        "schema-diff",
        "coverage",
    }

    assert {name.removeprefix("make ") for name in listed} == set(TARGETS) - of_developers


@pytest.mark.parametrize("page", [README, *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_a_path_of_the_repository_is_there(page):
    found = re.findall(
        r"`((?:components|rehearsal|templates|tests|stacks|docs)/[\w./-]+)`", page.read_text()
    )
    missing = {path for path in found if not (ROOT / path).exists()}

    assert missing - {"templates/addons/hello.yaml.j2", "components/catalog/hello.py"} == set()
