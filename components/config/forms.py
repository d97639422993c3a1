"""Validators and types that fields are made of: texts of one form, lists without duplicates, whole numbers."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from .wording import shown


def matching(pattern: str, wanted: str) -> AfterValidator:
    """A validator for texts of one form; its error names the form that is wanted."""
    compiled = re.compile(pattern)

    def match(value: str) -> str:
        if not compiled.fullmatch(value):
            if compiled.fullmatch(value.strip()):
                raise ValueError(f"{shown(value)} has spaces around it; write {value.strip()}")
            raise ValueError(f"{shown(value)} is not {wanted}")
        return value

    return AfterValidator(match)


def distinct(what: str) -> AfterValidator:
    """A validator for lists without duplicates; `what` is the noun for one entry in its error."""

    def compare(values: list[str]) -> list[str]:
        twice = dict.fromkeys(value for value in values if values.count(value) > 1)
        if twice:
            raise ValueError(f"{', '.join(twice)} is there more than once; name each {what} once")
        return values

    return AfterValidator(compare)


def not_bool(value: Any) -> Any:
    """Refuse true and false, which Python counts as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError(f"{shown(value)} is not a whole number; write one, like 3")
    return value


Whole = Annotated[int, BeforeValidator(not_bool)]
"""A whole number. YAML's true is refused, not read as 1."""
