"""Writes the package's schema from the components: `make schema`.

Pulumi makes the SDKs of all languages of `components/schema.json`, and the plugin serves it. It is in the package, so that an
installed plugin has it. It names no version: the plugin adds that of the package.
"""

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pulumi.provider.experimental.analyzer import (
    Analyzer,
    EnumValueDefinition,
    PropertyDefinition,
)
from pulumi.provider.experimental.schema import generate_schema

from components import args
from components.plugin import COMPONENTS, NAME, SCHEMA

CHECKOUT = Path(__file__).parents[1]

LANGUAGES: dict[str, dict[str, Any]] = {
    "csharp": {"namespaces": {NAME: "DualStack"}, "respectSchemaVersion": True},
    "go": {
        # Without them the generator leaves out the arguments of a type that only plain maps contain, and names them all the same.
        "generateExtraInputTypes": True,
        "generateResourceContainerTypes": True,
        "respectSchemaVersion": True,
    },
    "java": {"respectSchemaVersion": True},
    "nodejs": {"respectSchemaVersion": True},
    "python": {
        "inputTypes": "classes-and-dicts",
        "pyproject": {"enabled": True},
        "respectSchemaVersion": True,
    },
}
"""Settings of each language's generator.

None names a package, a scope or an import path. The engine takes those from the address that the plugin was fetched from, so
that a fork makes SDKs in its own name.
"""

URLS = {"homepage": "Homepage", "repository": "Repository", "logoUrl": "Logo"}
"""The addresses in a schema, and their names in pyproject.toml."""

PLAIN = "decide which resources exist, or are checked with all others before anything is made, so they are plain values."
"""Why an argument takes no output of another resource."""


class Reader(Analyzer):
    """Reads the components as Pulumi's analyzer does, and a choice as the enumeration that it is in every language."""

    def analyze_property(self, arg: Any, typ: type, name: str, **how: Any) -> PropertyDefinition:
        """One argument or output. In Python a choice is a member or its value; the analyzer takes no union."""
        members = [one for one in get_args(arg) if isinstance(one, type) and issubclass(one, Enum)]
        found = super().analyze_property(members[0] if members else arg, typ, name, **how)
        for member in members:
            self.type_definitions[member.__name__].enum = [
                EnumValueDefinition(
                    # As it is written in the languages that have no rule of their own.
                    "".join(map(str.capitalize, one.name.split("_"))),
                    one.value,
                    self.get_docstring(member, one.name),
                )
                for one in member
            ]
        return found


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema, without a version."""
    found = Reader(NAME).analyze(COMPONENTS)
    generated = generate_schema(
        NAME, "", None, found["component_definitions"], found["type_definitions"], []
    ).to_json()
    described = _with_kinds_of_values(_described(_without_nothing(generated)))
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    return {
        "name": NAME,
        **package(project),
        "language": LANGUAGES,
        "types": _sorted(described["types"]),
        "resources": _sorted(described["resources"]),
    }


def package(project: Mapping[str, Any]) -> dict[str, Any]:
    """What a registry shows of the package, from the project of pyproject.toml.

    This project has no address. A team that publishes a fork writes its own under [project.urls]: Homepage, Repository, Logo.
    """
    urls = project.get("urls", {})
    return {
        "displayName": "Dual-stack Kubernetes on AWS",
        "description": project["description"],
        # The first two are Pulumi's own words, by which its registry sorts packages.
        "keywords": ["category/infrastructure", "kind/component", *project["keywords"]],
        "license": project["license"],
        "publisher": project["authors"][0]["name"],
        **{key: urls[name] for key, name in URLS.items() if name in urls},
    }


def _described(found: dict[str, Any]) -> dict[str, Any]:
    """The schema with the descriptions of inherited arguments, and with the names of types as other languages want them.

    Pulumi's analyzer copies descriptions only of arguments that a class declares itself.
    """
    for component in COMPONENTS:
        inherited = getattr(args, f"{component.__name__}SpecArgs")
        properties, _ = Reader(NAME).analyze_type(inherited, is_component_output=False)
        inputs = found["resources"][f"{NAME}:index:{component.__name__}"]["inputProperties"]
        for key, one in properties.items():
            inputs[key].setdefault("description", one.description)
    # SDKs of other languages append Args to a type's name, so PoolArgs would become PoolArgsArgs.
    return json.loads(re.sub(rf'("[^"]*{NAME}:index:\w+)Args"', r'\1"', json.dumps(found)))


def _with_kinds_of_values(found: dict[str, Any]) -> dict[str, Any]:
    """The schema with a sentence for each set of arguments: which may be outputs of other resources, and why the others may not."""
    sections = [token for token, one in found["types"].items() if "enum" not in one]
    for one in found["resources"].values():
        one["description"] += f"\n\n{_kinds_of_values(one['inputProperties'], 'arguments')}"
        if any(f'#/types/{token}"' in json.dumps(one["inputProperties"]) for token in sections):
            one["description"] += " A section says the same of its own fields."
    for one in found["types"].values():
        if any(map(_takes_output, one.get("properties", {}).values())):
            one["description"] += f"\n\n{_kinds_of_values(one['properties'], 'fields')}"
    return found


def _kinds_of_values(properties: Mapping[str, Any], what: str) -> str:
    listed = ", ".join(f"`{name}`" for name, one in properties.items() if _takes_output(one))
    return f"Outputs of other resources may stand in {listed}. The other {what} {PLAIN}"


def _takes_output(found: Mapping[str, Any]) -> bool:
    """Whether an argument, or what is in it, may be an output of another resource."""
    inner = [found[key] for key in ("items", "additionalProperties") if key in found]
    return not found.get("plain") or any(map(_takes_output, inner))


def _without_nothing(found: Any) -> Any:
    """The generated schema without the keys that hold nothing."""
    if isinstance(found, dict):
        return {key: _without_nothing(one) for key, one in found.items() if one is not None}
    return [_without_nothing(one) for one in found] if isinstance(found, list) else found


def _sorted(found: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(found.items()))


if __name__ == "__main__":
    SCHEMA.write_text(text())
    sys.stdout.write(f"{SCHEMA.relative_to(CHECKOUT)}\n")
