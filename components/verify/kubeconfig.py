"""The kubeconfig: its faults as sentences, found before the client reads it. No sentence shows a secret."""

import io
import os
import ssl
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import yaml

from .optional import part, word

DEFAULT = "~/.kube/config"
LARGEST = 16 * 1024 * 1024
"""The bytes of the largest file that is read. A kubeconfig has some kilobytes."""

KINDS = {"clusters": "cluster", "contexts": "context", "users": "user"}
"""The lists of a kubeconfig, and the key under which each of their items has its settings."""

NAMED = "Name a kubeconfig with --kubeconfig, and its context with --context"


class KubeconfigError(Exception):
    """A kubeconfig cannot be used. The message has the reason, and what to do."""

    def __init__(self, reason: str, cure: str = NAMED) -> None:
        super().__init__(f"No cluster to ask: {reason.rstrip('.')}. {cure}.")


@dataclass(frozen=True, slots=True)
class KubeconfigFiles:
    """What the client reads."""

    paths: str
    """Files, separated as in KUBECONFIG."""
    context: str
    """The name of the context."""
    piped: str | None = None
    """The text of a pipe, which can be read only once; None if the client reads the files."""


def source_of(named: str | None, context: str | None) -> KubeconfigFiles:
    """The kubeconfig that `--kubeconfig` or KUBECONFIG name, or the default one. Raises KubeconfigError."""
    paths = [Path(named).expanduser()] if named else _of_environment()
    texts = {path: _text(path) for path in paths}
    documents = {path: _document(path, text) for path, text in texts.items()}
    entries = {kind: _entries(kind, key, documents) for kind, key in KINDS.items()}
    current = (word(document, "current-context") for document in documents.values())
    where = ", ".join(map(str, paths))
    chosen = context or next(filter(None, current), "")
    if not chosen:
        raise KubeconfigError(
            f"{where} has no current-context",
            "Name one: --context NAME, or kubectl config use-context",
        )
    if chosen not in entries["contexts"]:
        there = ", ".join(sorted(entries["contexts"])) or "none"
        raise KubeconfigError(
            f"{where} has no context {chosen}; there are: {there}",
            "Name one of them with --context",
        )
    _check_cluster(where, chosen, entries)
    piped = [text for path, text in texts.items() if not path.is_file()]
    return KubeconfigFiles(os.pathsep.join(map(str, paths)), chosen, piped[0] if piped else None)


def check_certificates(authority: str | None, certificate: str | None, key: str | None) -> None:
    """Check that the files of a kubeconfig are certificates and their key. Raises KubeconfigError."""
    if authority:
        try:
            ssl.create_default_context(cafile=authority)
        except (OSError, ValueError) as error:
            _refuse_certificate("certificate-authority", error)
    if certificate:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, _no_password)
        except (OSError, ValueError) as error:
            _refuse_certificate("client-certificate with its client-key", error)


def _refuse_certificate(what: str, error: Exception) -> NoReturn:
    said = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    raise KubeconfigError(
        f"the {what} is not usable ({said}); it must be in PEM",
        "Renew it in the kubeconfig, or name another kubeconfig with --kubeconfig",
    ) from None


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is asked for its password")


def _of_environment() -> list[Path]:
    # As kubectl does: an empty KUBECONFIG is none, and of several files those that are missing do not count.
    # https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    value = os.environ.get("KUBECONFIG") or DEFAULT
    paths = [Path(path).expanduser() for path in value.split(os.pathsep) if path]
    there = [path for path in paths if path.exists()]
    return there or paths[:1] or [Path(DEFAULT).expanduser()]


def _text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise KubeconfigError(f"{path} is a folder, and a file is needed")
        # A shell hands over the output of a command as a pipe with a number: --kubeconfig <(…).
        handed = path.parent in (Path("/dev/fd"), Path("/proc/self/fd"))
        if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and handed)):
            raise KubeconfigError(f"{path} is no file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise KubeconfigError(f"{path} cannot be read: {said}") from None
    if len(content) > LARGEST:
        raise KubeconfigError(f"{path} is too large for a kubeconfig")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KubeconfigError(f"{path} is not text in UTF-8, from byte {error.start} on") from None


def _document(path: Path, text: str) -> Mapping[str, Any]:
    try:
        # Of a stream, unlike of a text, errors have no excerpt, in which a token could be.
        loader = yaml.SafeLoader(io.StringIO(text))
        loader.name = str(path)
        node = loader.get_single_node()
        if node is not None:
            _refuse_twice(path, node, set())
        document: object = cast("Any", loader).construct_document(node) if node else None
    except yaml.YAMLError as error:
        raise KubeconfigError(" ".join(str(error).split())) from None
    except RecursionError:
        raise KubeconfigError(f"{path} has too many levels inside each other") from None
    except ValueError:
        # Such as a date that no calendar has. The message would show the value.
        raise KubeconfigError(f"{path} has a value that YAML does not allow") from None
    if document is None:
        raise KubeconfigError(f"{path} is empty")
    if not isinstance(document, dict):
        raise KubeconfigError(f"{path} is no kubeconfig: it must be a map of settings")
    return cast("dict[str, Any]", document)


def _refuse_twice(path: Path, node: yaml.Node, seen: set[int]) -> None:
    """Refuse a key that a map has twice, as kubectl does."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_twice(path, item, seen)
    if isinstance(node, yaml.MappingNode):
        keys: set[object] = set()
        for key, value in node.value:
            if key.value in keys if isinstance(key, yaml.ScalarNode) else False:
                line = key.start_mark.line + 1
                raise KubeconfigError(
                    f"{path} has the key '{key.value}' twice, on line {line} again"
                )
            if isinstance(key, yaml.ScalarNode):
                keys.add(key.value)
            _refuse_twice(path, value, seen)


def _entries(
    kind: str, key: str, documents: Mapping[Path, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The settings of a list's items by their names. The first file that has a name counts."""
    found: dict[str, Mapping[str, Any]] = {}
    for path, document in documents.items():
        for name, settings in _named(path, kind, key, document.get(kind)):
            found.setdefault(name, settings)
    return found


def _named(
    path: Path, kind: str, key: str, items: object
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(items, list | None):
        raise KubeconfigError(f"{path}: {kind} must be a list")
    for number, item in enumerate(cast("list[object]", items or ())):
        name = word(item, "name")
        if not name:
            raise KubeconfigError(f"{path}: {kind}[{number}] must have a name, which is a text")
        settings = cast("dict[str, Any]", item).get(key)
        if not isinstance(settings, dict) and (kind != "users" or settings is not None):
            raise KubeconfigError(f"{path}: {kind}[{number}], {name}, must have the map {key}")
        yield name, cast("dict[str, Any]", settings or {})


def _check_cluster(
    where: str, context: str, entries: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> None:
    chosen = entries["contexts"][context]
    name, user = word(chosen, "cluster"), word(chosen, "user")
    if name not in entries["clusters"]:
        raise KubeconfigError(
            f"{where} has no cluster {name or '(none)'} for the context {context}"
        )
    if user and user not in entries["users"]:
        raise KubeconfigError(f"{where} has no user {user} for the context {context}")
    server = word(entries["clusters"][name], "server")
    if not server:
        raise KubeconfigError(
            f"the cluster {name} of {where} has no server", "Write its address: https://name:6443"
        )
    if not _is_url(server):
        raise KubeconfigError(
            f"the server of the cluster {name} in {where} is no URL: {server.rpartition('@')[2]}",
            "Write it like https://name:6443",
        )
    _check_exec(where, user, part(entries["users"].get(user), "exec"))


def _check_exec(where: str, user: str, program: Mapping[str, Any]) -> None:
    if program and not (word(program, "command") and word(program, "apiVersion")):
        raise KubeconfigError(
            f"exec of the user {user} in {where} needs a command and an apiVersion"
        )


def _is_url(server: str) -> bool:
    try:
        url = urlsplit(server)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
