"""The page that goes through the Kubernetes page on dual-stack: what it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/dual-stack-page.md"
TEXT = PAGE.read_text()

SHOWN_BY_VERIFIER = re.compile(r"the verifier: ((?:\*[^*]+\*(?:, )?)+)")


def named(pattern):
    found = sorted(set(re.findall(pattern, TEXT)))
    assert found
    return found


@pytest.mark.parametrize("link", named(r"\]\((?!https)([^)#]+)"))
def test_a_link_leads_somewhere(link):
    assert (PAGE.parent / link).exists()


@pytest.mark.parametrize("path", named(r"\b(?:examples|tests)/[\w./-]*\w"))
def test_a_path_in_a_command_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("file", named(r"`([\w-]+\.yaml)`(?=:| )"))
def test_an_example_is_there(file):
    rendered = ("init.yaml", "ip-masq-agent.yaml")

    assert file in rendered or list((ROOT / "examples/services").rglob(file))


@pytest.mark.parametrize("target", named(r"make ([a-z-]+)"))
def test_a_target_of_make_is_there(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "row",
    sorted(
        {
            row
            for rows in SHOWN_BY_VERIFIER.findall(TEXT)
            for row in re.findall(r"\*([^*]+)\*", rows)
        }
    ),
)
def test_the_verifier_has_the_row(row):
    sources = [path.read_text() for path in (ROOT / "components/verify").glob("*.py")]

    assert any(f'"{row}"' in source for source in sources)


def test_every_statement_is_shown_by_a_command():
    rows = [line for line in TEXT.splitlines() if line.count(" | ") == 2 and "---" not in line]

    assert len(rows) > 20
    assert [
        row
        for row in rows
        if not re.search(r"`[^`]+`[^|]*\|$|the verifier: \*[^|]+\|$|Shown by \|$", row)
    ] == []
