"""The public boundary: a component's arguments become a frozen spec, or one readable error."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import copy
from enum import Enum
from typing import Any, TypeVar, cast

import pulumi
from pulumi.output import Unknown
from pydantic.alias_generators import to_camel

from .config.check import Fault, Rule, SpecError, check
from .config.section import OF_PULUMI, Location, Section, is_map
from .config.spelling import spelled
from .config.wording import Foreign, Later, path_of, shown
from .rules import RULES

S = TypeVar("S", bound=Section)
A = TypeVar("A")


class Refusal(pulumi.RunError):
    """Arguments that cannot be used, or a change that what runs cannot follow. Pulumi shows it without a traceback."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        error = SpecError(faults)
        super().__init__(str(error))
        self.faults = error.faults


class CheckedArgs(dict[str, Any]):
    """Arguments of a part whose spec was checked as a part of a whole cluster."""

    def __init__(self, spec: Section, inputs: Mapping[str, Any]) -> None:
        plain = spec.model_dump(exclude_none=True, exclude={*OF_PULUMI})
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
    if OF_PULUMI[0] in model.model_fields:
        plain |= {"project": pulumi.get_project(), "stack": pulumi.get_stack()}

    def connected(_: Section) -> Iterator[Fault]:
        for name in OF_PULUMI:
            if name in args:
                yield Fault(name, "it has no effect, because Pulumi itself knows it; leave it out")
        for name in inputs:
            if message := _missing(args.get(name), name in optional, name in by_zone):
                yield Fault(to_camel(name), message)

    def spec_of(given: Mapping[str, Any]) -> S:
        try:
            return check(model, given, [*RULES, connected, *rules])
        except SpecError as error:
            raise Refusal(spelled(args, model, fault, inputs) for fault in error.faults) from None

    spec = spec_of(plain)
    watched = _watched(plain, lambda location, value: spec_of(_with(plain, location, value)))
    return spec if watched == plain else spec_of(watched)


def passed(value: Any) -> pulumi.Input[str]:
    """A value of a spec as a resource takes it: an output as it was given, all else as a text."""
    return cast("pulumi.Input[str]", value if isinstance(value, Later) else str(value))


def _watched(value: Any, verify: Callable[[Location, Any], object], at: Location = ()) -> Any:
    """The same arguments, in which each output is checked once it is known: all that it may not be is found then."""
    match value:
        case Later():
            secret = pulumi.Output.from_input(value.output.is_secret())

            def hold(known: list[Any]) -> Any:
                given, hidden = known
                try:
                    verify(at, given)
                except Refusal as refusal:
                    faults = (Fault(path_of(at), UNFIT_SECRET),) if hidden else refusal.faults
                    raise misfit(faults) from None
                return given

            return Later(pulumi.Output.all(value.output, secret).apply(hold))
        case dict():
            entries = cast("dict[Any, Any]", value)
            return {key: _watched(entry, verify, (*at, key)) for key, entry in entries.items()}
        case list():
            entries = enumerate(cast("list[Any]", value))
            return [_watched(entry, verify, (*at, index)) for index, entry in entries]
        case _:
            return value


def misfit(faults: Iterable[Fault]) -> pulumi.RunError:
    """The error of values that were known too late for a `Refusal`."""
    lines = "\n".join(f"  {fault}" for fault in faults)
    return pulumi.RunError(f"{UNFIT}\n{lines}")


UNFIT = "What another resource gave as an argument does not fit."
UNFIT_SECRET = "the secret value does not fit here; the reference of the field says what does"  # noqa: S105


def _with(plain: Any, location: Location, value: Any) -> Any:
    """The same arguments with another value at one location."""
    if not location:
        return value
    first, *rest = location
    changed = copy(plain)
    changed[first] = _with(plain[first], tuple(rest), value)
    return changed


def _known(value: Any) -> Any:
    """A value as it is checked: in place of an output, and of what Pulumi cannot record, stands what says so, at any depth."""
    if isinstance(value, pulumi.Output | Unknown):
        return Later(pulumi.Output.from_input(cast("Any", value)))
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        return {key: _known(entry) for key, entry in entries.items()}
    if isinstance(value, list | tuple):
        return [_known(entry) for entry in cast("list[Any]", value)]
    return value if value is None or isinstance(value, PLAIN) else Foreign(type(value).__name__)


PLAIN = (str, int, float, Enum, Later)
"""The kinds of single value that Pulumi records, beside nothing and outputs."""


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
