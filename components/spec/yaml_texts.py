"""YAML that a configuration brings along as a text, for a program on the machines."""

from typing import Any

import yaml

from ..config.wording import shown


def documents_of(text: str) -> list[Any]:
    """The YAML documents of a text, without empty ones."""
    try:
        documents: list[Any] = list(yaml.safe_load_all(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(
            f"it is not YAML: {error.problem or error.context}{line}; correct it there"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ValueError(
            f"{shown(text)} is not YAML; write it as a map of keys, in plain text"
        ) from None
    return [document for document in documents if document is not None]
