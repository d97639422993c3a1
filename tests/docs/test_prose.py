"""The prose of every page: short lines, short sentences, none of the words that have to be decoded."""

import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINE = 120
SENTENCE = 25
"""The most words in a sentence."""

DECODED = re.compile(r"\b(told|anew|whoever|meanwhile)\b", re.IGNORECASE)

ENDS = re.compile(r"(?<=[.!?])\s+(?=[✓✗\u2013A-Z\[(\d])|(?<=[.!?][)\"])\s+")


@pytest.fixture(params=PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def page(request):
    return request.param


def prose(text: str) -> Iterator[str]:
    """The lines of a page outside its fenced blocks."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
            yield ""
        else:
            yield "" if fenced else line


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page's paragraphs and lists; what stands in backticks, and a link, is one word."""
    lines = ["" if re.match(r"\s*[|#]", line) else line for line in prose(text)]
    items = re.sub(r"^\s*([-*]|\d+\.) ", "\n", "\n".join(lines), flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", items):
        plain = re.sub(r"`[^`]*`", "X", " ".join(paragraph.split()))
        plain = re.sub(r"\[[^\]]*\]\([^)]*\)", "X", plain).replace("*", "")
        yield from ENDS.split(plain)


def test_no_line_is_too_long(page):
    lines = list(prose(page.read_text()))

    assert [line for line in lines if len(line) > LINE and not line.lstrip().startswith("|")] == []


def test_no_sentence_is_too_long(page):
    assert [one for one in sentences(page.read_text()) if len(one.split()) > SENTENCE] == []


def test_no_word_has_to_be_decoded(page):
    assert DECODED.findall("\n".join(prose(page.read_text()))) == []
