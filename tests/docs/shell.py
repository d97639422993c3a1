"""The commands of `sh` blocks: each program has a reader that says what is wrong with its words."""

import argparse
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from unittest.mock import patch

import botocore.session
import yaml

from tests.docs.blocks import ROOT
from tests.docs.project import plan, rehearsal, remains, restore, status, verify

MAKEFILE = (ROOT / "Makefile").read_text()

PULUMI = {
    "login": (),
    "new": (),
    "package add": (),
    "install": (),
    "stack init": ("--secrets-provider",),
    "stack output": ("--show-secrets", "--json"),
    "stack export": (),
    "stack select": (),
    "stack --show-urns": (),
    "config set": ("--path",),
    "preview": (
        *("--diff", "--json", "--save-plan", "--expect-no-changes", "--stack", "--refresh"),
        "--policy-pack",
    ),
    "up": ("--yes", "--plan", "--replace", "--stack", "--refresh", "--skip-preview"),
    "refresh": ("--preview-only", "--expect-no-changes", "--stack"),
    "destroy": ("--target", "--stack"),
    "state unprotect": (),
}
"""Commands of Pulumi, with the flags that pages use. Each was read in the help of the engine's own command line."""

KUBECTL = (
    *("apply", "auth", "delete", "describe", "drain", "get", "logs", "patch", "replace"),
    *("rollout", "run", "wait"),
)

LABELS = {
    "component=etcd": "kubeadm",
    "node-role.kubernetes.io/control-plane": "kubeadm",
    "app.kubernetes.io/name=aws-load-balancer-controller": "its chart",
    "app.kubernetes.io/managed-by=dualstack-verify": "the verifier",
}
"""Labels that others write than templates and stacks, and who."""

PLAIN = (
    "cat",
    "cd",
    "cloud-init",
    "cp",
    "curl",
    "echo",
    "etcdctl",
    "export",
    "git",
    "grep",
    "head",
    "journalctl",
    "less",
    "ls",
    "systemctl",
)
"""Programs whose words are their own business: they name nothing of the project."""

PYTEST_OPTIONS = ("-q", "-k", "-n", "--snapshot-update")


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a script."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, "#"
        words: list[str] = []
        for word in lexer:
            if set(word) <= set("|&;"):
                yield words
                words = []
            else:
                words.append(word)
        if words:
            yield words


def wrong(words: list[str]) -> str | None:
    """What is wrong with a command, or nothing."""
    words = _without_redirection(words)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return None
    if words[0] in ("sudo", "time"):
        return wrong(words[1:])
    program = words[0].rpartition("/")[2]
    reader = READERS.get(program)
    if reader is None:
        return None if program in PLAIN else f"nobody reads {program}"
    return reader(words[1:])


def assignments(text: str) -> dict[str, str]:
    """What a script sets in the stack's configuration, path by path."""
    found = {}
    for words in commands(text):
        if words[:3] == ["pulumi", "config", "set"]:
            plain = [word for word in words[3:] if not word.startswith("--")]
            # A value may come from a file.
            found[plain[0]] = "" if "<" in plain else plain[1]
    return found


def configured(config: dict[str, object], path: str, value: str) -> None:
    """Set one path of a configuration, as Pulumi does."""
    section, _, rest = path.partition(".")
    keys: list[str | int] = [section]
    for dotted, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", rest):
        keys.append(int(index) if index else dotted)
    place: object = config
    for key, following in pairwise(keys):
        empty: object = [] if isinstance(following, int) else {}
        place = place[key] if isinstance(place, list) else place.setdefault(key, empty)
    if isinstance(place, list):
        place[keys[-1] : keys[-1] + 1] = [yaml.safe_load(value)]
    else:
        # Pulumi reads true, false and whole numbers at a path as what they are, and all else as a text.
        place[keys[-1]] = yaml.safe_load(value) if re.fullmatch(r"true|false|\d+", value) else value


def _without_redirection(words: list[str]) -> list[str]:
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif set(word) <= set("<>"):
            skip = True
        else:
            kept.append(word)
    return kept


def _make(words: list[str]) -> str | None:
    targets = [word for word in words if "=" not in word]
    for target in targets:
        if not re.search(
            rf"^{re.escape(target)}:|^[a-z -]*\b{re.escape(target)}\b[a-z -]*:",
            MAKEFILE,
            re.MULTILINE,
        ):
            return f"the Makefile has no target {target}"
    for variable in (word.partition("=")[0] for word in words if "=" in word):
        if f"$({variable})" not in MAKEFILE and f"$(if $({variable})" not in MAKEFILE:
            return f"the Makefile does not use {variable}"
    return None


def _program_of_machines(path: str, words: list[str]) -> str | None:
    folder, _, name = path.rpartition("/")
    file = ROOT / "templates/node" / name
    if folder != "/usr/local/lib/dualstack" or not file.exists():
        return f"a page runs modules and programs of machines, not {path}"
    unknown = [word for word in words if f'"{word}" in sys.argv' not in file.read_text()]
    return f"{name} does not know {unknown}" if unknown else None


def _python(words: list[str]) -> str | None:
    if words[:1] != ["-m"]:
        return _program_of_machines(words[0], words[1:])
    module, rest = words[1], words[2:]
    match module:
        case "dualstack" | "components":
            mains = {
                "plan": plan.main,
                "remains": remains.main,
                "restore": restore.main,
                "status": status.main,
                "verify": verify.main,
            }
            main = mains.get("".join(rest[:1]))
            return _parsed(main, rest[1:]) if main else f"{module} has no command {rest[:1]}"
        case "rehearsal":
            return _parsed(rehearsal.main, rest)
        case "pytest":
            return _pytest(rest)
        case "pip":
            return _pip(rest)
    return f"nobody reads python -m {module}"


class _ParsedError(Exception):
    """The words were read, and nothing has run yet."""


def _parsed(main: Callable[[list[str]], object], words: list[str]) -> str | None:
    """What a program's own parser says of the words."""
    parse = argparse.ArgumentParser.parse_args
    seen: list[str] = []

    def stop(parser: argparse.ArgumentParser, given: list[str]) -> object:
        with patch.object(
            argparse.ArgumentParser, "error", lambda _, message: seen.append(message)
        ):
            parse(parser, given)
        raise _ParsedError

    try:
        with patch.object(argparse.ArgumentParser, "parse_args", stop):
            main(words)
    except (_ParsedError, SystemExit):
        pass
    return "; ".join(seen) or None


def _pytest(words: list[str]) -> str | None:
    for word in words:
        if word.startswith("-") and word not in PYTEST_OPTIONS:
            return f"pytest's {word} is not known to be there"
        if word.startswith("tests") and not (ROOT / word.partition("::")[0]).exists():
            return f"{word} is not there"
    return None


def _pip(words: list[str]) -> str | None:
    project = (ROOT / "pyproject.toml").read_text()
    for word in words:
        if (
            extra := re.fullmatch(r"[^\[]+\[(\w+)\].*", word)
        ) and f"\n{extra[1]} = [" not in project:
            return f"the package has no extra {extra[1]}"
    return None


STACK_FOLDERS = (ROOT / "stacks", ROOT / "ci/account")
"""The folders with stack files: of the cluster's program, and of the account's."""


def _programs() -> list[str]:
    """The texts of the programs that these stacks belong to, without line breaks inside a call."""
    places = (ROOT / "__main__.py", ROOT / "ci/account/__main__.py")
    return [re.sub(r"\(\s+", "(", place.read_text()) for place in places]


def _pulumi(words: list[str]) -> str | None:
    name = next((name for name in PULUMI if words[: len(name.split())] == name.split()), None)
    if name is None:
        return f"pulumi {' '.join(words[:2])} is not a command that pages use"
    rest = words[len(name.split()) :]
    for flag in (word.partition("=")[0] for word in rest if word.startswith("-")):
        if flag not in PULUMI[name]:
            return f"pulumi {name} is not known to have {flag}"
    plain = [word for word in rest if not word.startswith("-")]
    if name in ("stack init", "stack select") and not any(
        (folder / f"Pulumi.{plain[0]}.yaml").exists() for folder in STACK_FOLDERS
    ):
        return f"stacks/ has no file of {plain[0]}"
    if name == "stack output" and not any(
        f'pulumi.export("{plain[0]}"' in text for text in _programs()
    ):
        return f"the program exports no {plain[0]}"
    return None


def _kubectl(words: list[str]) -> str | None:
    verb = next((word for word in words if not word.startswith("-") and word != "kube-system"), "")
    if verb not in KUBECTL:
        return f"kubectl has no {verb}, or it is new to the pages"
    files = [word for flag, word in pairwise(words) if flag in ("-f", "--filename")]
    for file in files:
        # What `make render` writes is there once it has run.
        if not file.startswith("render/") and file != "-" and not (ROOT / file).exists():
            return f"{file} is not there"
    for flag, label in pairwise(words):
        if flag == "-l" and label not in LABELS and label not in _labels():
            return f"nothing writes the label {label}"
    return None


@cache
def _labels() -> set[str]:
    """Labels that templates and stacks write."""
    files = [*(ROOT / "templates/addons").iterdir(), *(ROOT / "stacks").iterdir()]
    text = "".join(file.read_text() for file in files)
    return {f"{key}={value}" for key, value in re.findall(r"([\w./-]+): ([\w.-]+)", text)}


@cache
def _aws_service(name: str) -> object:
    session = botocore.session.get_session()
    return session.get_service_model(name) if name in session.get_available_services() else None


def _aws(words: list[str]) -> str | None:
    if words[0] == "--endpoint-url":
        words = words[2:]
    service, operation, *rest = words
    model = _aws_service(service)
    operations = {_kebab(name): name for name in model.operation_names} if model else {}
    if operation not in operations:
        return f"AWS has no {service} {operation}"
    shape = model.operation_model(operations[operation]).input_shape
    members = shape.members if shape else {}
    known = {f"--{_kebab(member)}" for member in members}
    known |= {f"--no-{_kebab(one)}" for one in members if members[one].type_name == "boolean"}
    # These belong to the command line, not to one operation.
    known |= {"--query", "--output", "--region", "--recursive", "--with-decryption", "--target"}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    return f"aws {service} {operation} has no {unknown[0]}" if unknown else None


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


READERS: Mapping[str, Callable[[list[str]], str | None]] = {
    "make": _make,
    "python": _python,
    "python3": _python,
    "pulumi": _pulumi,
    "kubectl": _kubectl,
    "aws": _aws,
    "pytest": _pytest,
    "pip": _pip,
    "pre-commit": lambda words: None if words == ["install"] else f"pre-commit {words}",
}
"""Who reads the words of which program."""
