"""Rules for the arguments of components: which of them, and which values, a cluster survives."""

import re
from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.wording import nearest, short
from ..facts.argument_checks import KINDS, words
from ..facts.argument_companions import ANY, EXCLUDED, NEEDED
from ..facts.argument_values import LIMITS
from ..facts.argument_words import WORDS, Words
from ..facts.component_flags import ARGUMENT_FIELDS, flag_of, flags_of
from ..facts.owned_flags import OWNED
from ..facts.versions import Minor
from ..spec.cluster import NodeSpec
from ..spec.kubeadm import KubeadmSection

COUNTED = "max-pods"
"""The argument whose number has a rule of its own, beside the patches that set it too."""


FIRST_EMULATED, OLDEST_EMULATED = 31, 3
"""The first minor that can be emulated, and how many minors back one can be:
https://github.com/kubernetes/apiserver/blob/v0.36.5/pkg/util/compatibility/version.go"""

FEW = 6
"""So many known words are named to somebody who wrote another."""


def given_arguments(kubeadm: KubeadmSection) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The arguments that the configuration gives each component, with the name of their field."""
    yield "apiServerArgs", kubeadm.api_server_args
    yield "controllerManagerArgs", kubeadm.controller_manager_args
    yield "schedulerArgs", kubeadm.scheduler_args
    yield "etcdArgs", kubeadm.etcd_args
    yield "kubeletArgs", kubeadm.kubelet_args


def bearable_arguments(spec: NodeSpec) -> Iterator[Fault]:
    """Components must have each argument, it must not be one that is written for them, and its value must not break the cluster."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        for flag, value in arguments.items():
            if message := refusal(field, flag, value, minor):
                yield Fault(f"kubeadm.{field}.{flag}", message)


def refusal(field: str, flag: str, value: str, minor: Minor) -> str | None:
    """Why a component of this minor may not get an argument; None if it may."""
    return _refused_name(field, flag, value, minor) or _refused_value(field, flag, value, minor)


def _refused_name(field: str, flag: str, value: str, minor: Minor) -> str | None:
    """Why a component may not get the argument, whatever its value."""
    component, shown = ARGUMENT_FIELDS[field], _repeated(value)
    known = flag_of(field, flag)
    first, last = (known.minors.first, known.minors.last) if known else (0, None)
    if last is not None and minor.minor > last:
        return f"{component} has no such argument since 1.{last + 1}, and {shown} would stop that of {minor.name}; leave it out"
    if reason := OWNED.get(field, {}).get(flag):
        return f"{shown} would replace what {component} of {minor.name} is given: {reason}"
    if known is None:
        near = nearest(flag, flags_of(field, minor.minor))
        advice = f"did you mean {near}?" if near else "leave it out"
        return f"{component} has no such argument in any minor, and does not start with one that it does not know; {advice}"
    if minor.minor < first:
        return f"{component} takes it from 1.{first} on, and {shown} would stop that of {minor.name}; leave it out"
    return None


def _refused_value(field: str, flag: str, value: str, minor: Minor) -> str | None:
    """Why the cluster would not survive this value of the argument, or the component could not read it."""
    limit, known = LIMITS.get(field, {}).get(flag), flag_of(field, flag)
    if limit and minor.minor >= limit.since and not limit.accepts(value):
        return f"{_repeated(value)} does not suit {ARGUMENT_FIELDS[field]} of {minor.name}: {limit.reason}"
    if known and known.kind and flag != COUNTED and not known.kind.accepts(value):
        return f"{_repeated(value)} is not {known.kind.needed}"
    if value and (lives := WORDS.get(field, {}).get(flag)):
        entries = value.split(",") if known and known.kind is KINDS["list"] else [value]
        refusals = (_refused_word(ARGUMENT_FIELDS[field], word, lives, minor) for word in entries)
        return next(filter(None, refusals), None)
    return _refused_emulation(field, value, minor) if flag == "emulated-version" else None


def _refused_word(component: str, word: str, lives: Words, minor: Minor) -> str | None:
    """Why a component of the minor may not get a word of a closed set."""
    if word in lives and minor.minor in lives[word]:
        return None
    known = [name for name, life in lives.items() if minor.minor in life]
    few = f"write {' or '.join(known)}" if len(known) <= FEW else ""
    if word not in lives:
        near = nearest(word, known)
        cure = few or (f"did you mean {near}?" if near else "leave it out")
        return f"{component} of {minor.name} knows no {short(word) or 'empty word'}; {cure}"
    first, last = lives[word].first, lives[word].last
    life = f"begins with 1.{first}" if minor.minor < first else f"ended with 1.{last}"
    return f"{word} {life}, and this is {minor.name}; {few or 'leave it out'}"


def _refused_emulation(field: str, value: str, minor: Minor) -> str | None:
    """Why a component does not emulate a minor: it does so for its own, and some before."""
    first = max(FIRST_EMULATED, minor.minor - OLDEST_EMULATED)
    for word in words(value):
        name, _, version = word.rpartition("=")
        found = re.fullmatch(r"\s*v?1\.([0-9]{1,3})(\.0)?", version)
        within = found and first <= int(found[1]) <= minor.minor
        if name.strip() in {"", "kube"} and not within:
            return f"{short(word)} is no minor that {ARGUMENT_FIELDS[field]} of {minor.name} emulates; write one from 1.{first} to {minor.name}"
    return None


def companions(spec: NodeSpec) -> Iterator[Fault]:
    """Arguments that a component takes only together must be given together, and those that exclude each other must not."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        component = ARGUMENT_FIELDS[field]
        for flag, word, needed in NEEDED.get(field, ()):
            given = word in (ANY, *words(arguments.get(flag, "")))
            if flag in arguments and given and needed not in arguments:
                which = word or "it"
                yield Fault(
                    f"kubeadm.{field}.{flag}",
                    f"with {which} {component} of {minor.name} does not start without {needed}; give it too, or leave {which} out",
                )
        for flag, prefix in EXCLUDED.get(field, ()):
            for other in arguments:
                if flag in arguments and other != flag and other.startswith(prefix):
                    yield Fault(
                        f"kubeadm.{field}.{other}",
                        f"{component} of {minor.name} does not start with it beside {flag}; say it in that file alone",
                    )


SPLITTING = frozenset(" \t\n\r\"'\\$")
"""Signs by which systemd splits or changes the line of the kubelet's arguments, which kubeadm writes without quotes."""


def unsplit_arguments(spec: NodeSpec) -> Iterator[Fault]:
    """The kubelet's arguments must stay whole: kubeadm writes them into one line, which systemd splits at spaces."""
    for flag, value in spec.kubeadm.kubelet_args.items():
        if not SPLITTING.isdisjoint(value):
            yield Fault(
                f"kubeadm.kubeletArgs.{flag}",
                f"{_repeated(value)} has a space, a quote, a backslash or a dollar, and the kubelet would get other words; "
                "write it without, or in a patch of kubeletconfiguration",
            )


def _repeated(value: str) -> str:
    return short(value) or "an empty text"


ARGUMENT_RULES: tuple[Rule, ...] = (bearable_arguments, companions, unsplit_arguments)
"""The rules for the arguments of a `NodeSpec`."""
