"""Kinds of arguments whose text a component reads as something else, by the names in `component_flags.csv`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .argument_checks import (
    DURATION,
    FALSE,
    FLOAT,
    TRUE,
    WHOLE,
    Accepts,
    reads_as,
    words,
)

AMOUNT = r"\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([num]|k|[MGTPE]i?|Ki|[eE][-+]?[0-9]+)?"
QUANTITY = rf"-?{AMOUNT}"
"""An amount as Kubernetes writes it, from nothing on, and one that may be less:
https://github.com/kubernetes/apimachinery/blob/v0.36.5/pkg/api/resource/quantity.go"""

_FACTORS: Mapping[str, Fraction] = {
    "": Fraction(1),
    **{sign: Fraction(1, 1000**power) for power, sign in enumerate("mun", start=1)},
    **{sign: Fraction(1000**power) for power, sign in enumerate("kMGTPE", start=1)},
    **{f"{sign}i": Fraction(1024**power) for power, sign in enumerate("KMGTPE", start=1)},
}


def amount(quantity: str) -> Fraction | None:
    """What an amount as Kubernetes writes it is; None for another text."""
    if not re.fullmatch(QUANTITY, quantity):
        return None
    number = re.sub(r"[num]$|k$|[KMGTPE]i?$", "", quantity)
    return Fraction(number) * _FACTORS[quantity.removeprefix(number)]


_OF_NODE = rf"(memory|hugepages-[^=,;:]+)={QUANTITY}"
_RESERVED = rf"[0-9]+:{_OF_NODE}(,{_OF_NODE})*"
"""What is reserved of one NUMA node:
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/util/flag/flags.go"""

MOST_NUMA_NODES = 8
"""The least that the option `max-allowable-numa-nodes` may say:
https://github.com/kubernetes/kubernetes/blob/v1.36.5/pkg/kubelet/cm/topologymanager/topology_manager.go"""


def pairs_of(value: str) -> list[tuple[str, str]]:
    """The names in a map of an argument, like cpu=100m,memory=1Gi, each with its value. A part without an = has an empty one."""
    parts = (word.partition("=") for word in value.split(",") if word)
    return [(name.strip(), text.strip()) for name, _, text in parts]


def _pairs(pattern: str) -> Accepts:
    """Accept maps whose values a pattern matches as a whole."""
    return lambda value: all(re.fullmatch(pattern, text) for _, text in pairs_of(value))


def _names(value: str) -> list[str]:
    return [name for name, _ in pairs_of(value)]


def are_processors(value: str) -> bool:
    """Whether a kubelet reads a list of processors: numbers, and ranges that do not go backwards. An empty one is none."""
    if not re.fullmatch(r"([0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)?", value):
        return False
    ranges = ([int(end) for end in part.split("-")] for part in value.split(",") if part)
    return all(first <= last for ends in ranges for first, last in pairwise(ends))


def are_options(value: str) -> bool:
    """Whether the options of a policy have values that the kubelet reads."""
    for name, text in pairs_of(value):
        if name == "max-allowable-numa-nodes":
            if not (re.fullmatch(r"\+?[0-9]+", text) and int(text) >= MOST_NUMA_NODES):
                return False
        elif text not in {*TRUE, *FALSE}:
            return False
    return True


@dataclass(frozen=True, slots=True)
class FlagKind:
    """What an argument of one kind accepts, and what a message says of any other."""

    accepts: Accepts
    needed: str
    words: Callable[[str], list[str]] = lambda value: [value]
    """The words of a value, where they come from a closed set."""


_API = re.compile(
    rf"api/[a-z]+=(true|false)|[^/=\s]+/[^/=\s]+(/[a-z0-9-]+)?(=({'|'.join((*TRUE, *FALSE))})?)?"
)
"""An entry of `runtime-config`:
https://github.com/kubernetes/apiserver/blob/v0.36.5/pkg/server/resourceconfig/helpers.go"""

_HSTS = r"(includeSubDomains|preload|max-age=[^=,\s]*)"

_UNSPACED = "a list that the component can read, which takes a space for a part of a name; write it without spaces"
_OPTION = "an option with its answer; write one, like full-pcpus-only=true"

KINDS: Mapping[str, FlagKind] = {
    "bool": FlagKind({*TRUE, *FALSE}.__contains__, "true or false; write one of them"),
    "int": FlagKind(reads_as(f"[-+]?{WHOLE}"), "a whole number; write one, like 30"),
    "uint": FlagKind(reads_as(WHOLE), "a whole number from 0 on; write one, like 30"),
    "float": FlagKind(reads_as(FLOAT), "a number; write one, like 50 or 0.1"),
    "duration": FlagKind(
        reads_as(rf"[-+]?(0|{DURATION.pattern})"),
        "a time with its unit; write one, like 30s or 1h30m",
    ),
    "apis": FlagKind(
        lambda value: all(_API.fullmatch(entry) for entry in words(value)),
        "a choice among APIs; write groups with their versions, like batch/v1beta1=true, or api/beta=false",
        lambda value: ["/".join(re.split("[/=]", entry)[:2]) for entry in words(value)],
    ),
    "list": FlagKind(reads_as(r"\S*"), _UNSPACED, lambda value: value.split(",")),
    "choices": FlagKind(
        reads_as(r"\S*"),
        _UNSPACED,
        lambda value: [word.removeprefix("-") for word in value.split(",")],
    ),
    "quantity": FlagKind(reads_as(QUANTITY), "an amount; write one, like 50Mi or 1000"),
    "amounts": FlagKind(
        _pairs(AMOUNT),
        "a list of amounts; write names with = and an amount, like cpu=100m,memory=500Mi",
        _names,
    ),
    "reclaims": FlagKind(
        _pairs(rf"{AMOUNT}|{FLOAT}%"),
        "a list of amounts; write signals with = and an amount or a share, like memory.available=500Mi",
        _names,
    ),
    "times": FlagKind(
        _pairs(rf"\+?(0|{DURATION.pattern})"),
        "a list of times; write signals with = and a time with its unit, like memory.available=1m30s",
        _names,
    ),
    "shares": FlagKind(
        _pairs(r"[0-9]{1,3}%"),
        "a list of shares; write names with = and a share, like memory=50%",
        _names,
    ),
    "processors": FlagKind(
        are_processors, "a list of processors; write their numbers and ranges of them, like 0-1,4"
    ),
    "reservations": FlagKind(
        reads_as(rf"({_RESERVED}(;{_RESERVED})*)?"),
        "a list of reservations; write a NUMA node, a colon and its amounts of memory or huge pages, like "
        "0:memory=1Gi;1:memory=1Gi",
    ),
    # The kubelet takes what is behind the first = for one answer.
    "option": FlagKind(
        lambda value: "," not in value and are_options(value),
        f"{_OPTION}. The argument takes one, and a patch of kubeletconfiguration more",
        _names,
    ),
    "options": FlagKind(are_options, _OPTION, _names),
    "levels": FlagKind(
        reads_as(r"([^=,]+=[0-9]+)?(,([^=,]+=[0-9]+)?)*"),
        "a list of levels; write names of files with = and a level, like kubelet=4,cache*=2",
    ),
    "level": FlagKind(lambda _: True, "", lambda value: [value.lower()]),
    "claim": FlagKind(reads_as(r"[^=]+=.*"), "a claim with its value; write one, like team=ops"),
    "directives": FlagKind(
        reads_as(rf"({_HSTS}(,{_HSTS})*)?"),
        "a list of directives for HSTS; write max-age, includeSubDomains or preload, like max-age=31536000",
    ),
    "sizes": FlagKind(
        reads_as(r"([^#,\s]+#[0-9]+(,[^#,\s]+#[0-9]+)*)?"),
        "a list of sizes; write resources with # and a number, like pods#500",
    ),
    "tokens": FlagKind(
        reads_as(r"((simple|jwt)(,[^=,]+=[^=,]*)*)?"),
        "a kind of tokens that etcd makes; write simple or jwt",
    ),
    "retention": FlagKind(
        reads_as(rf"[0-9]+|[-+]?(0|{DURATION.pattern})"),
        "a number of hours or of revisions, or a time with its unit; write one, like 8 or 30m",
    ),
}
"""Each kind by its name. An argument without one is a text to the component, or is read in a way of its own."""
