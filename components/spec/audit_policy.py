"""An audit policy, read as the API server reads it: it does not start with one that it refuses.

It passes over a key that it does not know. A rule without what that key says would fit more requests, so such a key is a fault here.
https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/apis/audit/validation/validation.go
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, cast

from pydantic import AfterValidator

from ..config.wording import shown
from .values import DNS_NAME
from .yaml_texts import documents_of

API = "audit.k8s.io/v1"
"""Every minor reads this version. The API server reads no older one from 1.24 on."""

EVERY_GROUP = "*"
"""What stands for every API group, from 1.36 on."""

LEVELS = ("None", "Metadata", "Request", "RequestResponse")
STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")

WRITTEN = f"write apiVersion: {API}, kind: Policy, and a list of rules, like [{{level: Metadata}}]"

Check = Callable[[object], str | None]
"""What is asked of a value, if it does not have it."""


def _texts(wanted: str, accepts: Callable[[str], bool] = lambda _: True) -> Check:
    """A check of a list of texts."""

    def check(value: object) -> str | None:
        entries = cast("list[object]", value) if isinstance(value, list) else [None]
        good = all(isinstance(entry, str) and accepts(entry) for entry in entries)
        return None if good else wanted

    return check


def _url(value: str) -> bool:
    return value == "*" or (value.startswith("/") and "*" not in value[:-1])


def _answer(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _group(value: object) -> str | None:
    wanted = "the name of an API group without its version, like apps"
    return None if isinstance(value, str) and re.fullmatch(rf"({DNS_NAME})?|\*", value) else wanted


_STAGES = _texts(f"a list of {', '.join(STAGES)}", STAGES.__contains__)

OF_POLICY: Mapping[str, Check] = {
    **dict.fromkeys(("apiVersion", "kind", "metadata", "rules"), lambda _: None),
    "omitStages": _STAGES,
    "omitManagedFields": _answer,
}
OF_RULE: Mapping[str, Check] = {
    "level": lambda value: None if value in LEVELS else f"{', '.join(LEVELS[:-1])} or {LEVELS[-1]}",
    **dict.fromkeys(("users", "userGroups", "verbs", "namespaces"), _texts("a list of texts")),
    "nonResourceURLs": _texts("a list of paths with a * at most at their end", _url),
    "omitStages": _STAGES,
    "omitManagedFields": _answer,
    # Its entries have keys of their own.
    "resources": lambda value: None if isinstance(value, list) else "a list of groups",
}
OF_GROUP: Mapping[str, Check] = {
    "group": _group,
    **dict.fromkeys(("resources", "resourceNames"), _texts("a list of texts")),
}
"""The keys of each part, with what their values must be."""


def _policy(text: str) -> str:
    documents = documents_of(text)
    if len(documents) > 1:
        raise ValueError(f"it holds {len(documents)} documents, not one policy; {WRITTEN}")
    if not documents or not isinstance(documents[0], dict):
        raise ValueError(f"{shown(text)} is not an audit policy; {WRITTEN}")
    policy = cast("Mapping[object, Any]", documents[0])
    wrong = [
        f"its {key} is {shown(policy.get(key))}"
        for key, wanted in (("apiVersion", API), ("kind", "Policy"))
        if policy.get(key) != wanted
    ]
    rules = policy.get("rules")
    if not isinstance(rules, list) or not rules:
        wrong.append(f"its rules are {shown(cast('object', rules))}")
    if wrong:
        raise ValueError(f"{', '.join(wrong)}; {WRITTEN}")
    if found := [*_part("", policy, OF_POLICY), *_rules(cast("list[object]", rules))]:
        raise ValueError(". ".join(found))
    return text


def _rules(rules: list[object]) -> Iterator[str]:
    for index, rule in enumerate(rules):
        place = f"rules[{index}]"
        if not isinstance(rule, dict):
            yield f"{place} is {shown(rule)}; write a map like {{level: Metadata}}"
            continue
        fields = cast("Mapping[object, Any]", rule)
        yield from _part(f"{place}.", {"level": None, **fields}, OF_RULE)
        if fields.get("nonResourceURLs") and (fields.get("resources") or fields.get("namespaces")):
            yield f"{place} has nonResourceURLs beside resources or namespaces; write two rules"
        groups: object = fields.get("resources")
        entries = cast("list[object]", groups) if isinstance(groups, list) else []
        for at, group in enumerate(entries):
            yield from _resources(f"{place}.resources[{at}]", group)


def _resources(place: str, group: object) -> Iterator[str]:
    if not isinstance(group, dict):
        yield f'{place} is {shown(group)}; write a map like {{group: "", resources: [pods]}}'
        return
    fields = cast("Mapping[object, Any]", group)
    yield from _part(f"{place}.", fields, OF_GROUP)
    if fields.get("resourceNames") and not fields.get("resources"):
        yield f"{place} has resourceNames without resources; write both"


def _part(place: str, fields: Mapping[object, Any], known: Mapping[str, Check]) -> Iterator[str]:
    for key, value in fields.items():
        if key not in known:
            yield f"{place}{key} is no key there; known: {', '.join(known)}"
        # As the API server reads it, nothing is what a left-out key has.
        elif (value is not None or key == "level") and (wanted := known[str(key)](value)):
            yield f"{place}{key} is {shown(value)}; write {wanted}"


def places_of_every_group(text: str) -> list[str]:
    """The places in a sound policy that name every API group at once."""
    [policy] = documents_of(text)
    return [
        f"rules[{index}].resources[{at}].group"
        for index, rule in enumerate(policy["rules"])
        for at, group in enumerate(rule.get("resources") or [])
        if group.get("group") == EVERY_GROUP
    ]


AuditPolicy = Annotated[str, AfterValidator(_policy)]
