"""The plain values of YAML as the engine's parser reads them: `no` and `on` are texts, 012 is 10, a date is a text.

The rules are those of go-yaml 3.0.1: https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
"""

import math
import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import datetime
from decimal import Decimal
from typing import Any

PREFIX = "tag:yaml.org,2002:"

STR, INT, FLOAT, BOOL, NULL, TIME, BINARY, MERGE = (
    *("!!str", "!!int", "!!float", "!!bool"),
    *("!!null", "!!timestamp", "!!binary", "!!merge"),
)

RESOLVED = (None, STR, INT, FLOAT, BOOL, NULL, TIME)
"""The tags that decide how a value is read. A value with any other is a text."""

WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("true", "True", "TRUE"), (BOOL, True)),
    **dict.fromkeys(("false", "False", "FALSE"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
    "<<": (MERGE, "<<"),
}

INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))")
BASES = (16, 8, 2, 10)

NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?"
TIMES = tuple(
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + rest, re.ASCII)
    for rest in (rf"[Tt]{CLOCK}(Z|[-+]\d\d:\d\d)", f" +{CLOCK}", "")
)

EXACT = range(-(2**63), 2**63)

LARGEST_PLAIN = 10**21
"""From here on the engine writes a number with an exponent, and the program reads a fraction."""


PLAIN_DIGITS = 6
"""From this exponent on Go prints a number that is a key with an exponent."""


class ScalarError(ValueError):
    """A value that does not fit the tag in front of it."""


def resolve(text: str, tag: str | None) -> tuple[str, Any]:
    """The kind of a value, and the value, by its text and the tag that is written in front of it."""
    if tag == BINARY:
        return BINARY, _decoded(text)
    if tag not in RESOLVED:
        return tag or STR, text
    kind, value = (STR, text) if tag == STR else _guessed(text, tag)
    if tag in (None, STR, kind):
        return kind, value
    if (tag, kind) == (FLOAT, INT):
        return FLOAT, float(value)
    raise ScalarError(f"{text!r} is written with {tag}, and is none")


def _guessed(text: str, tag: str | None) -> tuple[str, Any]:
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789" or not text.isascii():
        return STR, text
    if text[0] == ".":
        return _number(text) if NUMBER.fullmatch(text) else (STR, text)
    if tag in (None, TIME) and (time := _time(text)):
        return TIME, time
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return INT, integer
    kind, number = _number(plain) if NUMBER.fullmatch(plain) else (STR, text)
    return (kind, number) if kind == FLOAT else (STR, text)


def _integer(plain: str) -> int | None:
    found = INTEGER.fullmatch(plain)
    if found is None:
        return None
    sign, *digits = found.groups()
    try:
        value = next(int(text, base) for text, base in zip(digits, BASES, strict=True) if text)
    except ValueError:
        # Python reads no number of more than 4300 digits, and one of 64 bits has at most 20.
        return None
    value = -value if sign == "-" else value
    return value if -(2**63) <= value < (2**63 if sign else 2**64) else None


def _number(text: str) -> tuple[str, Any]:
    number = float(text)
    return (STR, text) if math.isinf(number) else (FLOAT, number)


def plain_number(number: float) -> int | float:
    """A number as the program gets it: the engine passes it on as JSON, where 3.0 is 3, and keeps integers of 64 bits exact."""
    if isinstance(number, int) and number in EXACT:
        return number
    number = float(number)
    if number.is_integer() and abs(number) < LARGEST_PLAIN:
        return int(Decimal(repr(number)))
    return number


def as_key(value: Any, tag: str) -> str:
    """A plain value as the engine makes a key of it: as Go prints it."""
    if tag == FLOAT:
        return _printed(float(value))
    if tag == BOOL:
        return str(value).lower()
    return "<nil>" if value is None else str(value)


def _printed(number: float) -> str:
    exact = Decimal(repr(number)).normalize()
    if -5 < exact.adjusted() < PLAIN_DIGITS:
        return f"{exact:f}"
    mantissa = f"{exact.scaleb(-exact.adjusted()):f}"
    return f"{mantissa}e{'-' if exact.adjusted() < 0 else '+'}{abs(exact.adjusted()):02d}"


def _time(text: str) -> str | None:
    """A date as the engine passes it on: as Go prints it."""
    found = next((found for form in TIMES if (found := form.fullmatch(text))), None)
    if found is None:
        return None
    year, month, day, *clock = found.groups()
    hour, minute, second, fraction = (*clock[:4], None, None, None, None)[:4]
    try:
        when = datetime.fromisoformat(
            f"{year}-{month:0>2}-{day:0>2} {hour or 0:0>2}:{minute or 0:0>2}:{second or 0:0>2}"
        )
    except ValueError:
        return None
    part = (fraction or "")[:9].rstrip("0")
    zone = clock[4].replace(":", "") if len(clock) > 4 and clock[4] != "Z" else "+0000"
    name = "UTC" if zone in ("+0000", "-0000") else zone
    return f"{when:%Y-%m-%d %H:%M:%S}{'.' + part if part else ''} {zone} {name}"


def _decoded(text: str) -> str:
    try:
        return b64decode("".join(text.split()), validate=True).decode()
    except (Base64Error, UnicodeDecodeError):
        raise ScalarError(f"{text!r} is written with {BINARY}, and is no text in base64") from None
