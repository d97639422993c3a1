"""Validators and types that fields are made of: texts of one form, lists without duplicates, whole numbers."""

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeVar, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    ValidationError,
    WrapValidator,
)
from pydantic_core import ErrorDetails, InitErrorDetails

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


def together(fault: Callable[[Any], str | None]) -> WrapValidator:
    """A validator across the entries of a list or a map. Where some are faulty it looks at the others all the same."""

    def look(values: Any, check: Any) -> Any:
        try:
            read = check(values)
        except ValidationError as error:
            details = error.errors(include_url=False)
            if not (message := fault(_without(values, {each["loc"][:1] for each in details}))):
                raise
            own = InitErrorDetails(
                type="value_error", loc=(), input=values, ctx={"error": ValueError(message)}
            )
            lines = [cast("InitErrorDetails", _line(each)) for each in details]
            raise ValidationError.from_exception_data(error.title, [*lines, own]) from None
        if message := fault(read):
            raise ValueError(message)
        return read

    return WrapValidator(look)


def _without(values: Any, faulty: Collection[tuple[int | str, ...]]) -> Any:
    """The entries of a list or a map that are not faulty: none if the whole is."""
    whole = None if () in faulty else values
    if isinstance(whole, dict):
        entries = cast("dict[Any, Any]", whole).items()
        return {key: entry for key, entry in entries if {(key,), (str(key),)}.isdisjoint(faulty)}
    places = enumerate(cast("list[Any]", whole) if isinstance(whole, list) else ())
    return [entry for place, entry in places if (place,) not in faulty]


def _line(detail: ErrorDetails) -> dict[str, Any]:
    """An error as pydantic takes it back."""
    return {key: value for key, value in detail.items() if key in {"type", "loc", "input", "ctx"}}


def distinct(what: str) -> WrapValidator:
    """A validator for lists without duplicates; `what` is the noun for one entry in its error."""

    def repeated(values: list[Any]) -> str | None:
        twice = dict.fromkeys(str(value) for value in values if values.count(value) > 1)
        return (
            f"{', '.join(twice)} is there more than once; name each {what} once" if twice else None
        )

    return together(repeated)


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
