"""The public boundary: a component's arguments become a frozen spec, or one readable error."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi

from .faults import SpecError
from .rules import load
from .sections import Section

S = TypeVar("S", bound=Section)


def checked(model: type[S], args: Mapping[str, Any], *inputs: str) -> S:
    """The plain part of a component's arguments as a spec.

    `inputs` names the arguments that come from other resources; they are connected, not decided on. Faults are raised as
    an error that Pulumi shows without a traceback.
    """
    try:
        return load(model, {key: value for key, value in args.items() if key not in inputs})
    except SpecError as error:
        raise pulumi.RunError(str(error)) from None
