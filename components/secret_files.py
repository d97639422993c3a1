"""The texts of secret files: out of the spec, into parameters, and marked wherever the engine records them."""

from collections.abc import Iterator, Mapping
from inspect import isawaitable
from typing import Any, TypeVar, cast

import pulumi

from .boundary import misfit
from .config.check import Fault
from .config.secret_texts import APART, TEXT, is_secret, is_text
from .config.section import is_map
from .config.spelling import CamelCase
from .config.wording import location_of, path_of
from .rules.machine_files import unfit
from .spec.cluster import NodeSpec

FILES = ("kubeadm", "files")
"""Where files are that may be secret."""

N = TypeVar("N", bound=NodeSpec)


def recorded(args: Mapping[str, Any]) -> dict[str, Any]:
    """A component's arguments as the engine records them: the text of each secret file is marked as a secret."""
    for key in APART:
        if args.get(key):
            args = {**args, key: pulumi.Output.secret(args[key])}
    kubeadm = args.get("kubeadm")
    if not isinstance(kubeadm, Mapping):
        return {**args}
    settings = cast("Mapping[str, Any]", kubeadm)
    files = settings.get("files")
    if not isinstance(files, Mapping):
        return {**args}
    marked = {path: _marked(file) for path, file in cast("Mapping[str, object]", files).items()}
    return {**args, "kubeadm": {**settings, "files": marked}}


def _marked(file: object) -> object:
    if not isinstance(file, Mapping):
        return file
    fields = cast("Mapping[str, Any]", file)
    if not is_secret(fields) or fields.get(TEXT) is None:
        return fields
    return {**fields, TEXT: pulumi.Output.secret(fields[TEXT])}


def shows(args: Mapping[str, Any], fault: Fault) -> bool:
    """Whether the value at a fault's place is the text of a secret file, or holds one."""
    first, *rest = location_of(fault.path) or ("",)
    if first in APART:
        return True
    value: Any = args.get(str(first))
    for word in rest:
        if is_text(value, word):
            return True
        value = _entry_of(value, word)
    is_file = isinstance(value, str) and (first, *rest[:1]) == FILES and len(rest) <= 2
    # Where a file belongs, a text may be its own.
    return is_file or _holds_secret(value)


def _entry_of(value: Any, word: str | int) -> Any:
    """What a map or a list has at a key or an index; None if it has nothing there."""
    if isinstance(value, list) and isinstance(word, int):
        return dict(enumerate(cast("list[Any]", value))).get(word)
    return cast("Mapping[Any, Any]", value).get(word) if isinstance(value, Mapping) else None


def _holds_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_secret, cast("list[Any]", value)))
    if not isinstance(value, Mapping):
        return False
    entries = cast("Mapping[Any, Any]", value)
    return is_secret(entries) or any(map(_holds_secret, entries.values()))


def without_texts(spec: N) -> N:
    """The spec without the texts of secret files, so that no part records them."""
    files = {
        path: file.model_copy(update={"content": None}) if file.secret else file
        for path, file in spec.kubeadm.files.items()
    }
    return spec.model_copy(update={"kubeadm": spec.kubeadm.model_copy(update={"files": files})})


def has_secret_files(spec: NodeSpec) -> bool:
    """Whether control planes read secret files."""
    return any(file.secret for file in spec.kubeadm.files.values())


def ill_given(spec: NodeSpec, args: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of texts that a program gives apart, and the secret files without a text. No message repeats a text."""
    place, given = _apart(args)
    if all(args.get(key) for key in APART):
        yield Fault(place, f"it is there twice, as {APART[0]!r} and as {APART[1]!r}; keep one")
    # Of a map that is known later, no decision can depend on the keys.
    if not isinstance(given, pulumi.Output):
        yield from _faults(spec, place, given)
        yield from ill_texts(place, given)


def ill_texts(place: str, given: object) -> Iterator[Fault]:
    """The faults of those texts in a map that are known already."""
    for path, text in cast("Mapping[str, object]", given if is_map(given) else {}).items():
        if not isinstance(text, pulumi.Output) and not isawaitable(text):
            yield from (Fault(path_of((place, path)), message) for message in unfit(text))


def texts(spec: NodeSpec, args: Mapping[str, Any]) -> dict[str, pulumi.Output[str]]:
    """The text of each secret file, by path, as a secret."""
    place, given = _apart(args)
    apart = cast("Mapping[str, pulumi.Input[str]]", given)
    if isinstance(given, pulumi.Output):
        known = cast("pulumi.Output[Mapping[str, str]]", given).apply(
            lambda found: _sound(spec, place, found)
        )
        apart = {path: known[path] for path in _lacking(spec)}
    return {
        path: pulumi.Output.secret(apart[path] if file.content is None else file.content)
        for path, file in spec.kubeadm.files.items()
        if file.secret
    }


def fitting(path: str, text: pulumi.Input[str]) -> pulumi.Output[str]:
    """The text of a secret file as a secret. One that SSM refuses ends the run before its parameter is touched."""

    def hold(known: str) -> str:
        if faults := [Fault(f"the text of {path}", message) for message in unfit(known)]:
            raise misfit(faults)
        return known

    return pulumi.Output.secret(text).apply(hold)


def _apart(args: Mapping[str, Any]) -> tuple[str, object]:
    """The argument with texts of secret files, as the caller spells it, and what is there."""
    key = next((key for key in APART if args.get(key)), APART[0])
    return APART[1] if isinstance(args, CamelCase) else key, args.get(key) or {}


def _lacking(spec: NodeSpec) -> list[str]:
    """The paths of the secret files whose texts must be given apart."""
    files = spec.kubeadm.files
    return [path for path, file in files.items() if file.secret and file.content is None]


def _sound(spec: NodeSpec, place: str, found: Mapping[str, str]) -> Mapping[str, str]:
    """A map of texts that is known by now."""
    if faults := [*_faults(spec, place, found)]:
        raise misfit(faults)
    return found


def _faults(spec: NodeSpec, place: str, given: object) -> Iterator[Fault]:
    """The faults of a map of texts: each is of a secret file that has none, and each such file has one."""
    if not is_map(given):
        yield Fault(place, "it is not a map; write the texts below it, by the paths of their files")
        return
    files, found = spec.kubeadm.files, cast("Mapping[str, object]", given)
    for path in found:
        at = path_of((place, path))
        if path not in files:
            yield Fault(
                at,
                "kubeadm.files has no file of this path; write it there, with secret: true, or leave the text out",
            )
        elif not files[path].secret:
            yield Fault(at, "the file is no secret one; write secret: true in kubeadm.files")
        elif files[path].content is not None:
            yield Fault(at, "kubeadm.files has a text of this file too; keep one of the two")
    for path in _lacking(spec):
        if path not in found:
            yield Fault(
                f"{path_of((*FILES, path))}.content",
                "missing: write the file's lines as a block, after a |, or give them in secretFiles",
            )
