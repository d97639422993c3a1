"""What a reader of a comment sees: its Markdown, parsed as the forge would."""

import re

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

PARSER = MarkdownIt("commonmark").enable("table")


def parts(comment: str) -> dict[str, str]:
    """The text below each heading of a stack."""
    pieces = re.split(r"^## (.+)$", comment, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def tables(part: str) -> dict[str, list[list[str]]]:
    """The rows of each table, by the heading or the summary above it."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for node in SyntaxTreeNode(PARSER.parse(part)).children:
        if node.type == "heading":
            title = node.children[0].content
            found[title] = []
        if node.type == "html_block" and "<summary>" in node.content:
            title = re.sub("<[^>]+>", "", node.content).strip()
        if node.type == "table":
            found[title] = [
                [cell.children[0].content for cell in row.children]
                for body in node.children[1:]
                for row in body.children
            ]
    return found
