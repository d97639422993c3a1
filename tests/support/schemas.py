"""The schemas that API servers hold objects to, those of each minor, in the strict form that knows every field.

`kubernetes-validate` has those of 1.25 and later. Its release 1.24.1 has those before and is unpacked beside it, once.
"""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from rehearsal.builds.cache import program_path, sole_builder

NEWER = Path(kubernetes_validate.__file__).parent
FIRST_OF_NEWER = 25

OLDER = (
    "kubernetes-validate==1.24.1"
    " --hash=sha256:705416be22f53a46799137d6a217a4cdb72f2205f9133241fa9bb0a7e84ac8f6"
)


def faults(item: dict[str, Any], minor: int) -> list[str]:
    """What the API of a minor would not know or take in an object; nothing for a kind that its own definition describes."""
    schema = _schema(minor, item["apiVersion"], item["kind"])
    if schema is None:
        of_kubernetes = re.fullmatch(r"[^./]+(/\w+)?|.*\.k8s\.io/\w+", item["apiVersion"])
        return [f"1.{minor} has no {item['kind']} of {item['apiVersion']}"] if of_kubernetes else []
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(item)]


def fields(part: str, minor: int) -> set[str]:
    """The fields of a part of an object, such as `ServiceSpec` of the core group."""
    contents = json.loads((_folder(minor) / "_definitions.json").read_text())
    definitions = contents.get("$defs") or contents["definitions"]
    return set(definitions[f"io.k8s.api.core.v1.{part}"]["properties"])


@cache
def _schema(minor: int, version: str, kind: str) -> Draft202012Validator | None:
    group, _, name = version.rpartition("/")
    words = [kind.lower(), *([group.split(".")[0]] if group else []), name]
    path = _folder(minor) / f"{'-'.join(words)}.json"
    if not path.exists():
        return None
    return Draft202012Validator(json.loads(path.read_text()), registry=_definitions(minor))


@cache
def _definitions(minor: int) -> Registry[Any]:
    contents = json.loads((_folder(minor) / "_definitions.json").read_text())
    resource = DRAFT202012.create_resource(contents)
    return Registry().with_resource("_definitions.json", resource).crawl()


def _folder(minor: int) -> Path:
    package = NEWER if minor >= FIRST_OF_NEWER else _older()
    return package / "kubernetes-json-schema" / f"v1.{minor}.0-local-strict"


@cache
def _older() -> Path:
    folder = program_path("kubernetes-schemas", "1.24.1")
    package = folder / "kubernetes_validate"
    with sole_builder("kubernetes-schemas", "1.24.1"):
        if not (folder / "complete").exists():
            uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet"]
            target = ["--python", sys.executable, "--target", str(folder), "--no-deps"]
            subprocess.run(
                [*uv, *target, "--require-hashes", "-r", "-"], input=OLDER, text=True, check=True
            )
            (folder / "complete").touch()
    return package
