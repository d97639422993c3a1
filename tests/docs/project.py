"""All that the tests of pages need of the project, by its names in one place."""

from importlib import import_module
from typing import Any

from components import address_plan, remains, restore
from components.config.check import SpecError
from components.plan import request as plan
from components.rules import load, warnings
from components.spec import Spec
from components.status import inquiry as status
from components.verify import command as verify
from rehearsal import __main__ as rehearsal


def at(*names: str) -> Any:
    """The first of these modules that exists: where a module is, then where it was before."""
    for name in names:
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if not name.startswith(error.name or "-"):
                raise
    raise ModuleNotFoundError(" or ".join(names))


schemas = at("support.schemas", "tests.support.schemas", "schemas")

__all__ = [
    "Spec",
    "SpecError",
    "address_plan",
    "load",
    "plan",
    "rehearsal",
    "remains",
    "restore",
    "schemas",
    "status",
    "verify",
    "warnings",
]
