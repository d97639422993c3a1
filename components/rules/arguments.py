"""Rules for the arguments of components: which of them, and which values, a cluster survives."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from pydantic.alias_generators import to_camel

from ..config.check import Fault, Rule
from ..config.wording import nearest, short
from ..facts.argument_bounds import BOUNDS
from ..facts.argument_checks import is_true, words
from ..facts.argument_companions import ANY, EXCLUDED, NEEDED, ONCE, Exclusion
from ..facts.argument_values import LIMITS
from ..facts.argument_words import WORDS, Words
from ..facts.component_flags import ARGUMENT_FIELDS, flag_of, flags_of
from ..facts.owned_flags import OWNED
from ..facts.versions import Minor
from ..spec.cluster import NodeSpec
from ..spec.kubeadm import KubeadmSection
from .patches import kubelet_patches_name

COUNTED = "max-pods"
"""The argument whose number has a rule of its own, beside the patches that set it too."""


FIRST_EMULATED, OLDEST_EMULATED = 31, 3
"""The first minor that can be emulated, and how many minors back one can be:
https://github.com/kubernetes/apiserver/blob/v0.36.5/pkg/util/compatibility/version.go"""

TRUE_WORD = "true"
"""Stands for every word that a component reads as true."""

FEW = 8
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
            for message in refusals(field, flag, value, minor):
                yield Fault(f"kubeadm.{field}.{flag}", message)


def refusals(field: str, flag: str, value: str, minor: Minor) -> list[str]:
    """Each reason why a component of this minor may not get an argument; none if it may."""
    if message := _refused_name(field, flag, value, minor):
        return [message]
    known = flag_of(field, flag)
    limited = _limited(field, flag, value, minor)
    if known and known.kind and flag != COUNTED and not known.kind.accepts(value):
        return [limited or f"{_repeated(value)} is not {known.kind.needed}"]
    return [*filter(None, [limited]), *_refused_values(field, flag, value, minor)]


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


def _limited(field: str, flag: str, value: str, minor: Minor) -> str | None:
    """Why the cluster would not survive this value of the argument."""
    limit = LIMITS.get(field, {}).get(flag)
    if not limit or minor.minor < limit.since or limit.accepts(value):
        return None
    return (
        f"{_repeated(value)} does not suit {ARGUMENT_FIELDS[field]} of {minor.name}: {limit.reason}"
    )


def _refused_values(field: str, flag: str, value: str, minor: Minor) -> Iterator[str]:
    """Why the component would not start with this value of the argument, which it can read."""
    component, known = ARGUMENT_FIELDS[field], flag_of(field, flag)
    bounds = BOUNDS.get(field, {}).get(flag)
    if bounds and minor.minor >= bounds.since and not bounds.hold(value):
        yield f"{_repeated(value)} is outside of what {component} of {minor.name} takes; write {bounds}"
    if value and (lives := WORDS.get(field, {}).get(flag)):
        entries = known.kind.words(value) if known and known.kind else [value]
        yield from filter(None, (_refused_word(component, word, lives, minor) for word in entries))
    if flag == "emulated-version" and (message := _refused_emulation(field, value, minor)):
        yield message
    previous = f"1.{minor.minor - 1}"
    if flag == "show-hidden-metrics-for-version" and value not in {"", previous}:
        yield f"{component} of {minor.name} shows those of the minor before alone; write {previous}, or leave it out"


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
    """Arguments that a component takes only together must be given together. A patch may say what the kubelet needs."""
    minor = spec.kubernetes
    for field, arguments in given_arguments(spec.kubeadm):
        starts = f"{ARGUMENT_FIELDS[field]} of {minor.name} does not start"
        for need in NEEDED.get(field, ()):
            if minor.minor < need.since or not _says(arguments, need.flag, need.word):
                continue
            patched = field == "kubeletArgs" and kubelet_patches_name(spec, _in_file(need.other))
            if not patched and not _says(arguments, need.other, need.its):
                which = need.word if need.word not in {ANY, TRUE_WORD} else "it"
                lacks = f"{need.its} in {need.other}" if need.its else need.other
                cure = "write it there" if need.its else "give it"
                yield Fault(
                    f"kubeadm.{field}.{need.flag}",
                    f"with {which} {starts} without {lacks}; {cure} too, or leave {which} out",
                )


def exclusions(spec: NodeSpec) -> Iterator[Fault]:
    """Arguments must not be given together of which a component takes one, nor such words of one argument."""
    for field, arguments in given_arguments(spec.kubeadm):
        starts = f"{ARGUMENT_FIELDS[field]} of {spec.kubernetes.name} does not start"
        for exclusion in EXCLUDED.get(field, ()):
            if _says(arguments, exclusion.flag, exclusion.word):
                yield from (
                    Fault(f"kubeadm.{field}.{other}", f"{starts} with {message}")
                    for other, message in _excluded(arguments, exclusion)
                )
        for flag, first in ONCE.get(field, {}).items():
            for word, count in Counter(words(arguments.get(flag, ""))).items():
                if count > 1 and spec.kubernetes.minor >= first:
                    yield Fault(
                        f"kubeadm.{field}.{flag}", f"{starts} with {word} twice; write it once"
                    )


def _says(arguments: Mapping[str, str], flag: str, word: str) -> bool:
    """Whether an argument is given, and has a word."""
    value = arguments.get(flag)
    if value is None:
        return False
    return word in (ANY, *words(value)) or (word == TRUE_WORD and is_true(value))


def _in_file(flag: str) -> str:
    """The field of the kubelet's configuration that says what an argument does."""
    return to_camel(flag.replace("-", "_"))


def _excluded(arguments: Mapping[str, str], exclusion: Exclusion) -> Iterator[tuple[str, str]]:
    """Each argument that an exclusion is about and that is given, with what is wrong."""
    flag, word, other, its = exclusion.flag, exclusion.word, exclusion.other, exclusion.its
    if other == flag:
        beside = [each for each in words(arguments[flag]) if each != word and its in (ANY, each)]
        if beside:
            yield flag, f"{word} beside {', '.join(beside)}; leave one of both out"
        return
    for each in arguments:
        begins = other.endswith("-") and each.startswith(other)
        if each != flag and (begins or each == other) and _says(arguments, each, its):
            mine, theirs = (f"{word} in {flag}" if word else flag), (its or "it")
            cure = "say it in that file alone" if begins else "leave one of both out"
            yield each, f"{theirs} beside {mine}; {cure}"


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


ARGUMENT_RULES: tuple[Rule, ...] = (
    bearable_arguments,
    companions,
    exclusions,
    unsplit_arguments,
)
"""The rules for the arguments of a `NodeSpec`."""
