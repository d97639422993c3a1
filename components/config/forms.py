"""Validators and types that fields are made of: texts of one form, lists without duplicates, whole numbers."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WrapValidator

from .section import Unsound
from .wording import Later, shown

T = TypeVar("T")


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

    def compare(values: list[Any]) -> list[Any]:
        twice = dict.fromkeys(str(value) for value in values if values.count(value) > 1)
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


def comes_later(value: object) -> bool:
    """Whether a value is known only once another resource exists."""
    return isinstance(value, Later)


def known(value: T) -> T:
    """A value that a rule reads. If it comes later the rule ends here: it is checked once it is known."""
    if comes_later(value):
        raise Unsound("known later")
    return value


def _let_pass(value: Any, check: Any) -> Any:
    return value if comes_later(value) else check(value)


def _written(value: Any) -> Any:
    return value if comes_later(value) or isinstance(value, str) else str(value)


OR_OUTPUT = WrapValidator(_let_pass)
"""Marks a text that may be an output of another resource: it is passed on unread, and no decision depends on it."""
AS_GIVEN = PlainSerializer(_written, return_type=Any)
"""Writes such a text down as it was given."""
