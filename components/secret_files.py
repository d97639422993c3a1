"""The texts of secret files: out of the spec, into parameters, and marked wherever the engine records them."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import pulumi

from .config.check import Fault
from .config.wording import location_of, path_of
from .spec.cluster import NodeSpec

APART = ("secret_files", "secretFiles")
"""Both spellings of the argument that holds texts of secret files apart from the spec."""

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
    if not fields.get("secret") or fields.get("content") is None:
        return fields
    return {**fields, "content": pulumi.Output.secret(fields["content"])}


def shows(args: Mapping[str, Any], fault: Fault) -> bool:
    """Whether the value at a fault's place is the text of a secret file, or holds one."""
    first, *rest = location_of(fault.path) or ("",)
    if first in APART:
        return True
    value: Any = args.get(str(first))
    for word in rest:
        if word == "content" and _is_secret(value):
            return True
        value = _entry_of(value, word)
    return _holds_secret(value)


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
    return _is_secret(entries) or any(map(_holds_secret, entries.values()))


def _is_secret(value: Any) -> bool:
    """Whether a value is a file whose text is secret."""
    return isinstance(value, Mapping) and bool(cast("Mapping[Any, Any]", value).get("secret"))


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


def apart(args: Mapping[str, Any]) -> object:
    """The texts of secret files that are given apart; None without any."""
    return next((args[key] for key in APART if args.get(key)), None)


def lacking(spec: NodeSpec, given: object) -> Iterator[Fault]:
    """The secret files without a text. `given` holds the texts that a program gives apart, if it is a map."""
    apart: Mapping[str, object] = (
        cast("Mapping[str, object]", given) if isinstance(given, Mapping) else {}
    )
    for path, file in spec.kubeadm.files.items():
        # Of a map that is known later, no decision can depend on the keys.
        if (
            file.secret
            and file.content is None
            and path not in apart
            and not isinstance(given, pulumi.Output)
        ):
            yield Fault(
                f"{path_of(('kubeadm', 'files', path))}.content",
                "missing: write the file's lines as a block, after a |, or give them in secretFiles",
            )


def texts(spec: NodeSpec, given: object) -> dict[str, pulumi.Output[str]]:
    """The text of each secret file, by path, as a secret."""
    apart = cast("Mapping[str, pulumi.Input[str]]", given)

    def of(path: str, content: str | None) -> pulumi.Output[str]:
        if content is not None:
            return pulumi.Output.secret(content)
        if isinstance(apart, pulumi.Output):
            known = cast("pulumi.Output[Mapping[str, str]]", apart)
            return pulumi.Output.secret(known.apply(lambda found: _entry(found, path)))
        return pulumi.Output.secret(apart[path])

    return {
        path: of(path, file.content) for path, file in spec.kubeadm.files.items() if file.secret
    }


def _entry(found: Mapping[str, str], path: str) -> str:
    if path not in found:
        raise pulumi.RunError(
            f"no text is given for the secret file {path}; give it, or take the file out"
        )
    return found[path]
