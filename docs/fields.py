"""Writes down the fields of a configuration from the spec: `make fields`.

`components/args.py` has them as typed dictionaries, whose docstrings Pulumi's analyser reads from the source, and
`docs/reference/configuration.md` as tables.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from itertools import chain
from pathlib import Path
from textwrap import wrap
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from components.config.forms import OR_OUTPUT
from components.config.section import OF_PULUMI, Section
from components.facts.versions import NEWEST, OLDEST
from components.spec.additions import Additions
from components.spec.backups import BackupsSpec
from components.spec.cluster import AddonsSpec, ControlPlaneSpec, Spec, WorkerPoolSpec
from components.spec.delivery import CiRolesSpec, StateBackendSpec
from components.spec.network import NetworkSpec
from components.spec.parts import (
    ApiEndpointSpec,
    FirewallSpec,
    IdentitySpec,
    ProgramsSpec,
    RolesSpec,
)
from components.spec.service import ServiceSpec
from components.spec.service_account_issuer import PodRoleSpec, ServiceAccountIssuerSpec

CHECKOUT = Path(__file__).parents[1]
ARGS = CHECKOUT / "components/args.py"
PAGE = CHECKOUT / "docs/reference/configuration.md"

SPECS: Mapping[str, type[Section]] = {
    "Addons": AddonsSpec,
    "ApiEndpoint": ApiEndpointSpec,
    "Backups": BackupsSpec,
    "CiRoles": CiRolesSpec,
    "Cluster": Spec,
    "ControlPlane": ControlPlaneSpec,
    "DualStackService": ServiceSpec,
    "Firewall": FirewallSpec,
    "Identity": IdentitySpec,
    "Network": NetworkSpec,
    "PodRole": PodRoleSpec,
    "Programs": ProgramsSpec,
    "Roles": RolesSpec,
    "ServiceAccountIssuer": ServiceAccountIssuerSpec,
    "StateBackend": StateBackendSpec,
    "WorkerPool": WorkerPoolSpec,
}
"""The spec of each component. A component's own arguments add what comes from other resources."""

WIDTH = 118
"""The length of a line in the generated module."""

NAMES = {
    str: "str",
    IPv4Network: "str",
    IPv6Network: "str",
    bool: "bool",
    int: "int",
}
"""The type in which callers write each kind of plain value."""


def args_module() -> str:
    """The module of typed dictionaries: one for each section, then one for the plain part of each component."""
    kinds = dict.fromkeys(chain.from_iterable(_sections(spec) for spec in SPECS.values()))
    choices = sorted(_chosen([*kinds, *SPECS.values()]), key=lambda choice: choice.__name__)
    classes = [_typed_dict(section_name(kind), kind) for kind in kinds]
    classes += [_typed_dict(f"{name}SpecArgs", spec) for name, spec in SPECS.items()]
    names = sorted(section_name(kind) for kind in kinds)
    head = (
        '"""The arguments that callers write: each field with its meaning and its default.\n\n'
        'Generated from the spec by `make fields`; edit the spec instead.\n"""\n\n'
        "from collections.abc import Mapping, Sequence\n"
        "from typing import Literal, NotRequired, TypedDict\n\n"
        "import pulumi\n\n"
        f"from .facts.choices import {', '.join(choice.__name__ for choice in choices)}\n\n"
        f"__all__ = [{', '.join(map(repr, names))}]\n\n"
        f"{''.join(map(_choice, choices))}"
    )
    return _formatted("\n\n".join([head, *classes]))


def _formatted(module: str) -> str:
    """A module as `make format` leaves it."""
    return subprocess.run(  # noqa: S603 (the project's own formatter)
        [sys.executable, "-m", "ruff", "format", f"--stdin-filename={ARGS}", "-"],
        input=module,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def _choice(kind: type[StrEnum]) -> str:
    """What callers write where they choose: a member, or its value as a text."""
    values = ", ".join(json.dumps(member.value) for member in kind)
    return f"{kind.__name__}Value = {kind.__name__} | Literal[{values}]\n"


def _chosen(kinds: Iterable[type[Section]]) -> set[type[StrEnum]]:
    """The choices that the fields of sections have."""
    fields = chain.from_iterable(kind.model_fields.values() for kind in kinds)
    return {
        plain
        for field in fields
        for plain in _plain_kinds(field.annotation)
        if issubclass(plain, StrEnum)
    }


def section_name(kind: type[Section]) -> str:
    """The name of a section's arguments: PoolArgs, or ClusterSectionArgs where a component has the shorter name."""
    name = kind.__name__.removesuffix("Section")
    return f"{name}SectionArgs" if name in SPECS else f"{name}Args"


def page() -> str:
    """The reference of every field of a stack's configuration and of a Service."""
    lines = [
        "# Configuration",
        "",
        "Every field, with the values it accepts, its default and its meaning; `make fields` writes this page from the spec.",
        "A stack's file sets `aws:region` and, under `dualstack:`, the sections below in camelCase.",
        f"Python programs write the same names in snake_case. Kubernetes versions are {minors()}.",
        "A wrong configuration is reported with all its faults at once, and nothing is changed.",
        "",
    ]
    required_first = sorted(Spec.model_fields.items(), key=lambda item: not item[1].is_required())
    for name, field in required_first:
        if name not in (*OF_PULUMI, "region"):
            lines += _chapter(to_camel(name), field)
    lines += [
        "## DualStackService",
        "",
        *_paragraph(_prose(ServiceSpec)),
        "",
        *_table("", ServiceSpec),
    ]
    return "\n".join(lines).rstrip() + "\n"


def minors() -> str:
    """The range of minors that the table has."""
    return f"1.{OLDEST} to 1.{NEWEST}"


def _chapter(name: str, field: FieldInfo) -> Iterator[str]:
    kind = _section(field.annotation)
    if kind is None:
        raise TypeError(f"{name} is no section")
    mapped = get_origin(field.annotation) is dict
    yield from (f"## {name}", "", *_paragraph(_words(field) if mapped else _prose(kind)), "")
    yield from _table(f"{name}.<name>." if mapped else f"{name}.", kind)


def _paragraph(text: str) -> list[str]:
    return wrap(text, WIDTH)


def _table(prefix: str, kind: type[Section]) -> Iterator[str]:
    yield from ("| field | accepts | default | meaning |", "|---|---|---|---|")
    yield from _rows(prefix, kind)
    yield ""


def _rows(prefix: str, kind: type[Section]) -> Iterator[str]:
    for name, field in _fields(kind):
        path = f"{prefix}{to_camel(name)}"
        inner = _section(field.annotation)
        if inner is None:
            yield f"| `{path}` | {_accepts(field)} | {_shown_default(field)} | {_words(field)} |"
            continue
        several = get_origin(field.annotation) is list
        if several or field.description != inner.__doc__:
            what = "a list of maps" if several else "a map"
            yield f"| `{path}` | {what} | {_shown_default(field)} | {_words(field)} |"
        yield from _rows(f"{path}[]." if several else f"{path}.", inner)


def _accepts(field: FieldInfo) -> str:
    kinds = _plain_kinds(field.annotation)
    if choices := [f"`{choice}`" for kind in kinds for choice in _choices(kind)]:
        text = ", ".join(choices)
    elif field.examples:
        text = f"text, like {' or '.join(f'`{example}`' for example in field.examples)}"
    elif kinds == [int]:
        text = f"a whole number{_limits(field)}"
    elif set(kinds) == {IPv4Network, IPv6Network}:
        text = "a range of either family"
    else:
        text = " or ".join(_KIND_WORDS[kind] for kind in kinds)
    origin = get_origin(_bare(field.annotation))
    if origin is list:
        return f"a list: {text}"
    return f"a map of names to values: {text}" if origin is dict else text


_KIND_WORDS = {
    str: "text",
    bool: "`true` or `false`",
    int: "a whole number",
    IPv4Network: "an IPv4 range",
    IPv6Network: "an IPv6 range",
}


def _limits(field: FieldInfo) -> str:
    limits = [*field.metadata, *_constraints(field.annotation)]
    least = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    most = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    return f" from {least} to {most}" if least is not None else ""


def _constraints(annotation: Any) -> Iterator[Any]:
    """The constraints inside an annotation, as they stand in a field that may be left out."""
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        for constraint in inner[1:]:
            yield from constraint.metadata if isinstance(constraint, FieldInfo) else [constraint]
        inner = inner[:1]
    for one in inner:
        yield from _constraints(one)


def _choices(kind: Any) -> list[str]:
    return [str(choice.value) for choice in kind] if issubclass(kind, StrEnum) else []


def _typed_dict(name: str, kind: type[Section]) -> str:
    lines = [f"class {name}(TypedDict):", f'    """{_prose(kind)}"""', ""]
    for key, field in _fields(kind):
        if key in OF_PULUMI:
            continue
        annotation = _annotation(field.annotation)
        if OR_OUTPUT in field.metadata:
            annotation = f"pulumi.Input[{annotation}]"
        lines.append(
            f"    {key}: {annotation if field.is_required() else f'NotRequired[{annotation}]'}"
        )
        text = f'"""{_meaning(field)}"""'
        lines += [f"    {line}" for line in wrap(text, WIDTH - 4, break_long_words=False)]
    return "\n".join(lines) + "\n"


def _meaning(field: FieldInfo) -> str:
    """The description of a field with the values it can take and its default."""
    words = [_words(field)]
    if choices := [c for kind in _plain_kinds(field.annotation) for c in _choices(kind)]:
        words.append(f"Values: {', '.join(choices)}.")
    if field.examples:
        words.append(f"For example {' or '.join(map(str, field.examples))}.")
    if not field.is_required() and field.default is not None and _section(field.annotation) is None:
        words.append(f"Default: {_written(field.default)}.")
    return " ".join(words)


def _words(field: FieldInfo) -> str:
    if not field.description:
        raise ValueError(f"{field} has no docstring below it")
    return " ".join(field.description.split())


def _prose(kind: type[Section]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _shown_default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None or isinstance(field.default, Section):
        return ""
    return f"`{_written(field.default)}`"


def _written(value: Any) -> str:
    """A default as a stack's file writes it."""
    match value:
        case bool() | list() | dict() | int():
            return json.dumps(value, default=str).replace('"', "")
        case _:
            return str(value) or '""'


def _annotation(annotation: Any) -> str:
    if _takes_output(annotation):
        return f"pulumi.Input[{_annotation(_present(annotation).__origin__)}]"
    annotation = _bare(annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is list:
        entries = _annotation(inner[0])
        # A text is a sequence of texts, and no list.
        return "list[str]" if entries == "str" else f"Sequence[{entries}]"
    if origin is dict:
        return f"Mapping[str, {_annotation(inner[1])}]"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return section_name(annotation)
    kinds = {_name(kind) for kind in _plain_kinds(annotation)}
    return kinds.pop() if len(kinds) == 1 else "str"


def _takes_output(annotation: Any) -> bool:
    """Whether a value may be an output of another resource."""
    annotation = _present(annotation)
    return get_origin(annotation) is Annotated and OR_OUTPUT in get_args(annotation)


def _present(annotation: Any) -> Any:
    """An annotation without the None of a field that may be left out."""
    if get_origin(annotation) in (Union, UnionType):
        given = [one for one in get_args(annotation) if one is not NoneType]
        return given[0] if len(given) == 1 else annotation
    return annotation


def _name(kind: type) -> str:
    if issubclass(kind, StrEnum):
        return f"{kind.__name__}Value"
    return next(name for base, name in NAMES.items() if issubclass(kind, base))


def _plain_kinds(annotation: Any) -> list[type]:
    """The kinds of plain value in an annotation, whatever holds them."""
    annotation = _bare(annotation)
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    inner = get_args(annotation)
    if get_origin(annotation) is dict:
        inner = inner[1:]
    return [kind for one in inner for kind in _plain_kinds(one) if kind is not NoneType]


def _bare(annotation: Any) -> Any:
    """An annotation without its constraints, and without the None of a field that may be left out."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        given = [one for one in get_args(annotation) if one is not NoneType]
        return _bare(given[0]) if len(given) == 1 else annotation
    return annotation


def _section(annotation: Any) -> type[Section] | None:
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    inner = get_args(annotation)
    return _section(inner[-1]) if get_origin(annotation) in (list, dict) else None


def _sections(kind: type[Section]) -> Iterator[type[Section]]:
    """The sections in the fields of a section, the innermost first."""
    for _, field in _fields(kind):
        if inner := _section(field.annotation):
            yield from _sections(inner)
            yield inner


def _fields(kind: type[Section]) -> list[tuple[str, FieldInfo]]:
    """The fields of a section: first those that say what it is, then those that several kinds of machine share."""
    return sorted(kind.model_fields.items(), key=lambda item: item[0] in Additions.model_fields)


FILES = {ARGS: args_module, PAGE: page}
"""Each generated file, and what is written into it."""

if __name__ == "__main__":
    for path, text in FILES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text())
        sys.stdout.write(f"{path.relative_to(CHECKOUT)}\n")
