"""Pulumi's Kubernetes provider, built from its Go module: the engine finds it on PATH by its name."""

import json
from importlib.metadata import version as installed_version
from pathlib import Path

from .cache import cache_folder
from .golang import Program, built

MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"

PSEUDO_VERSION = "v4.0.0-20260115033456-f47bc2d6f199"
"""The newest that the module proxy serves. It calls itself by the version of the installed Python package."""

NAME = "pulumi-resource-kubernetes"

SOURCES = f"cmd/{NAME}"


def kubernetes_provider() -> Path:
    """The folder to put on PATH: the provider is alone in it, under the name that the engine looks for."""
    version = installed_version("pulumi-kubernetes")
    program = built(
        Program(
            name=NAME,
            version=PSEUDO_VERSION,
            module=MODULE,
            package=f"{MODULE}/{SOURCES}",
            variables={f"{MODULE}/pkg/version.Version": version},
            change=_embed,
        )
    )
    folder = cache_folder() / "plugins" / f"kubernetes-{PSEUDO_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / NAME
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    return folder


def _embed(source: Path) -> None:
    """Make the two files that the provider embeds, which its own build makes and the module lacks."""
    here = source / SOURCES
    schema = json.loads((here / "schema.json").read_text())
    schema["version"] = installed_version("pulumi-kubernetes")
    (here / "schema-embed.json").write_text(json.dumps(schema))
    mapping = (here / "terraform-mapping.json").read_text()
    (here / "terraform-mapping-embed.json").write_text(mapping)
