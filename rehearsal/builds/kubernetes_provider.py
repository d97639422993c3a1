"""Pulumi's Kubernetes provider, built from its Go module, where the engine looks for its plugins."""

import json
from importlib.metadata import version as installed_version
from pathlib import Path

from .golang import Program, built

MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"

PSEUDO_VERSION = "v4.0.0-20260115033456-f47bc2d6f199"
"""The newest that the module proxy serves."""

NAME = "pulumi-resource-kubernetes"

SOURCES = f"cmd/{NAME}"


def install_provider(home: Path) -> Path:
    """Put the provider among the engine's plugins in its home folder, built first if it never was.

    It stays there: taking a stack down needs it as much as bringing it up.
    """
    version = installed_version("pulumi-kubernetes")
    program = built(provider(version))
    link = home / "plugins" / f"resource-kubernetes-v{version}" / NAME
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # The cache it pointed to may be gone.
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    return link


def provider(version: str) -> Program:
    """The provider, which calls itself by the version of the Python package that speaks to it."""
    return Program(
        name=NAME,
        version=PSEUDO_VERSION,
        module=MODULE,
        package=f"{MODULE}/{SOURCES}",
        variables={f"{MODULE}/pkg/version.Version": version},
        change=_embed,
    )


def _embed(source: Path) -> None:
    """Make the two files that the provider embeds, which its own build makes and the module lacks."""
    here = source / SOURCES
    schema = json.loads((here / "schema.json").read_text())
    schema["version"] = installed_version("pulumi-kubernetes")
    (here / "schema-embed.json").write_text(json.dumps(schema))
    mapping = (here / "terraform-mapping.json").read_text()
    (here / "terraform-mapping-embed.json").write_text(mapping)
