"""The rules as a policy pack of Pulumi."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import (  # pyright: ignore[reportMissingImports] it has an environment of its own
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy.proxy import (  # pyright: ignore[reportMissingImports]
    UnknownValueError,
)

from .rule import UNKNOWN, Resource, Rule
from .rules import RULES

EXCEPT = {
    "type": "array",
    "items": {"type": "string"},
    "default": [],
    "description": "Names of resources that the rule leaves alone; * stands for any text.",
}


def pack() -> PolicyPack:
    """Serve the pack to the engine that started this process."""
    return PolicyPack("dualstack", policies=[policy(rule) for rule in RULES])


def policy(rule: Rule) -> Policy:
    about = {
        "name": rule.name,
        "description": f"{rule.says} {rule.because}",
        "enforcement_level": EnforcementLevel.MANDATORY
        if rule.mandatory
        else EnforcementLevel.ADVISORY,
        "config_schema": PolicyConfigSchema({"except": EXCEPT, **rule.settings}),
    }
    if rule.whole:
        return StackValidationPolicy(
            validate=lambda args, say: look(rule, args.resources, args, say), **about
        )
    return ResourceValidationPolicy(
        validate=lambda args, say: look(rule, [args], args, say), **about
    )


def look(rule: Rule, found: list[Any], args: Any, say: Any) -> None:
    """Report each finding of a rule."""
    settings = args.get_config()
    spared = settings.get("except") or ()
    for finding in rule.check([resource(one) for one in found], settings):
        if not any(fnmatchcase(finding.resource.name, pattern) for pattern in spared):
            say(finding.message, finding.resource.urn if rule.whole else None)


def resource(one: Any) -> Resource:
    """A resource of the engine in plain values."""
    depends = getattr(one, "property_dependencies", {})
    return Resource(
        one.resource_type,
        one.name,
        plain(one.props),
        one.urn,
        {name: frozenset(other.urn for other in others) for name, others in depends.items()},
    )


def plain(value: Any) -> Any:
    """The same value without the guard that fails at an unknown part. A rule sees the part as unknown."""
    if isinstance(value, Mapping):
        return {key: _part(value, key) for key in value}
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return value
    return [_part(value, index) for index in range(len(value))]


def _part(whole: Any, key: Any) -> Any:
    try:
        return plain(whole[key])
    except UnknownValueError:
        return UNKNOWN
