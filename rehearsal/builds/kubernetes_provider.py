"""Pulumi's Kubernetes provider, built from its Go module and linked into the engine's plugin folder."""

import json
from importlib.metadata import version as installed_version
from pathlib import Path

from .golang import Program, built

MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"

PSEUDO_VERSION = "v4.0.0-20260115033456-f47bc2d6f199"
"""The newest version that the module proxy serves."""

NAME = "pulumi-resource-kubernetes"

SOURCES = f"cmd/{NAME}"


def install_provider(home: Path) -> Path:
    """Link the provider into the plugin folder below the engine's home; the path of the link. It is built first if it is missing.

    The link stays: `down` needs the provider as much as `up`.
    """
    version = installed_version("pulumi-kubernetes")
    program = built(provider(version))
    link = home / "plugins" / f"resource-kubernetes-v{version}" / NAME
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # The link may point into a cache that was deleted.
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    return link


def provider(version: str) -> Program:
    """The provider. It reports the version of the Python package that talks to it."""
    return Program(
        name=NAME,
        version=PSEUDO_VERSION,
        module=MODULE,
        package=f"{MODULE}/{SOURCES}",
        variables={f"{MODULE}/pkg/version.Version": version},
        change=_embed,
    )


def _embed(source: Path) -> None:
    """Make the two files that the provider embeds. Its own build makes them, and the published module lacks them."""
    here = source / SOURCES
    schema = json.loads((here / "schema.json").read_text())
    schema["version"] = installed_version("pulumi-kubernetes")
    (here / "schema-embed.json").write_text(json.dumps(schema))
    mapping = (here / "terraform-mapping.json").read_text()
    (here / "terraform-mapping-embed.json").write_text(mapping)
