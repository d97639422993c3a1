"""Pulumi's language host of YAML, built from its Go module. A user's command line has it."""

from .golang import Program

MODULE = "github.com/pulumi/pulumi-yaml"

VERSION = "v1.25.0"
"""The newest that the module proxy serves. It runs programs; `pulumi package add` needs a newer one."""

PULUMI_YAML = Program(
    name="pulumi-language-yaml",
    version=VERSION,
    module=MODULE,
    package=f"{MODULE}/cmd/pulumi-language-yaml",
    variables={f"{MODULE}/pkg/version.Version": VERSION},
)
