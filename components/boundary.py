"""The public boundary: a component's arguments become a frozen spec, or one readable error."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import Unknown
from pydantic.alias_generators import to_camel

from .config.check import Fault, Rule, SpecError, check
from .config.section import Section, is_map
from .config.spelling import spelled
from .config.wording import Later, shown
from .rules import RULES

S = TypeVar("S", bound=Section)
A = TypeVar("A")

OWNER = ("project", "stack")
"""Fields of a spec that Pulumi knows and no caller passes."""


class Refusal(pulumi.RunError):
    """Arguments that cannot be used, or a change that what runs cannot follow. Pulumi shows it without a traceback."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        error = SpecError(faults)
        super().__init__(str(error))
        self.faults = error.faults


class CheckedArgs(dict[str, Any]):
    """Arguments of a part whose spec was checked as a part of a whole cluster."""

    def __init__(self, spec: Section, inputs: Mapping[str, Any]) -> None:
        plain = spec.model_dump(exclude_none=True, exclude={*OWNER})
        super().__init__({**plain, **inputs})
        self.spec = spec


def args_of(_: type[A], spec: Section, **inputs: Any) -> A:
    """The arguments of a part, from its checked spec and from the resources that it is connected to.

    `checked` does not check them again.
    """
    return cast("A", CheckedArgs(spec, inputs))


def checked(
    model: type[S],
    args: Mapping[str, Any],
    *inputs: str,
    optional: Collection[str] = (),
    by_zone: Collection[str] = (),
    rules: Collection[Rule] = (),
) -> S:
    """The plain part of a component's arguments as a spec.

    `inputs` names the arguments that come from other resources: they are passed on, and no decision depends on them. Those
    in `optional` may be absent. Those in `by_zone` are maps by zone, and decisions depend on their keys. Faults are raised
    as a `Refusal`.
    """
    if isinstance(args, CheckedArgs):
        return cast("S", args.spec)
    if not is_map(args):
        raise Refusal(
            [Fault("args", f"{shown(_known(args))} is not a map of arguments; write one")]
        )
    plain = {key: _known(value) for key, value in args.items() if key not in inputs}
    if OWNER[0] in model.model_fields:
        plain |= {"project": pulumi.get_project(), "stack": pulumi.get_stack()}

    def connected(_: Section) -> Iterator[Fault]:
        for name in inputs:
            if message := _missing(args.get(name), name in optional, name in by_zone):
                yield Fault(to_camel(name), message)

    try:
        return check(model, plain, [*RULES, connected, *rules])
    except SpecError as error:
        raise Refusal(spelled(args, model, fault, inputs) for fault in error.faults) from None


def _known(value: Any) -> Any:
    """A value as it is checked: in place of an output, at any depth, stands what says so."""
    if isinstance(value, pulumi.Output | Unknown):
        return Later(pulumi.Output.from_input(cast("Any", value)))
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        return {key: _known(entry) for key, entry in entries.items()}
    if isinstance(value, list | tuple):
        return [_known(entry) for entry in cast("list[Any]", value)]
    return value


def _missing(value: object, optional: bool, by_zone: bool) -> str | None:
    """What is wrong with an argument that comes from another resource."""
    if value is None:
        return None if optional else "missing: connect it to what another resource gives"
    if by_zone and not isinstance(value, Mapping):
        return (
            "it is not a map yet, and its zones decide what is made; name them, "
            'like {"eu-west-1a": network.private_subnet_ids["eu-west-1a"]}'
        )
    if by_zone and not value and not optional:
        return "it is empty; name at least one zone"
    return None
