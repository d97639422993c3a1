"""Pulumi's language host of YAML, built from its Go module. A user's command line has it."""

from pathlib import Path

from .golang import Program

MODULE = "github.com/pulumi/pulumi-yaml"

VERSION = "v1.25.0"
"""The newest that the module proxy serves."""

_LINK = """
package server

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Link has nothing to do: a program finds the files in the folder of its SDKs by itself.
func (*yamlLanguageHost) Link(context.Context, *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	return &pulumirpc.LinkResponse{ImportInstructions: "The program may use its types now."}, nil
}
"""


def _with_link(source: Path) -> None:
    """Add the call that `pulumi package add` ends with. Newer hosts have it."""
    (source / "pkg/server/link.go").write_text(_LINK)


PULUMI_YAML = Program(
    name="pulumi-language-yaml-linking",
    version=VERSION,
    module=MODULE,
    package=f"{MODULE}/cmd/pulumi-language-yaml",
    variables={f"{MODULE}/pkg/version.Version": VERSION},
    change=_with_link,
)
