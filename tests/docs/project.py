"""All that the tests of pages need of the project, by its names in one place."""

from importlib import import_module
from typing import Any

from components.rules import load, warnings
from components.spec import Spec


def at(*names: str) -> Any:
    """The first of these modules that exists: where a module is, then where it was before."""
    for name in names:
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if not name.startswith(error.name or "-"):
                raise
    raise ModuleNotFoundError(" or ".join(names))


SpecError = at("components.config.check", "components.faults").SpecError
address_plan = at("components.address_plan")
schemas = at("support.schemas", "tests.support.schemas", "schemas")
verify = at("components.verify.command")
rehearsal = at("rehearsal.__main__")

__all__ = [
    "Spec",
    "SpecError",
    "address_plan",
    "load",
    "rehearsal",
    "schemas",
    "verify",
    "warnings",
]
