"""The Pulumi command line: the one on PATH if it fits the installed SDK, else one built from its Go module."""

import re
import shutil
import subprocess
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import NamedTuple

from . import live_line
from .golang import Program, ToolError, built

VERSION = "v3.274.1"
"""The release that is built when PATH has none that fits."""

_MODULE = "github.com/pulumi/pulumi/pkg/v3"

_OF_EACH_RUN = tuple(
    f"github.com/pulumi/pulumi/{part}/..."
    for part in (
        "sdk/v3",
        *(f"pkg/v3/{one}" for one in ("backend", "display", "engine", "resource", "secrets")),
    )
)
"""What of the engine itself runs in each `up`. The rest is its other commands."""

_CLOUDS = {
    "backend/diy/backend.go": (
        r'^\t(_ )?"(gocloud\.dev/blob/(azure|gcs|s3)blob|\S+/(authhelpers|diy/postgres))"[^\n]*\n',
        r"^\tif p\.Scheme == (azure|gcs)blob\.Scheme \{\n.*?^\t\}\n",
    ),
    "backend/diy/bucket.go": (
        r'^\t(awss3 "\S+"|"net/url")\n',
        r"^\t\tvar input \*awss3\..*?^\t\t\}\n",
        r"^func fixupS3CopySource\(.*?^\}\n",
    ),
    "secrets/cloud/manager.go": (
        r'^\t(_ )?"(gocloud\.dev/secrets/\w+|\S+/(cloudkms/v1|authhelpers))"[^\n]*\n',
        r"^\tcase gcpkms\.Scheme:\n.*?(?=^\tdefault:)",
    ),
}
"""By file, what keeps states and keys elsewhere: here they are in files, sealed by a passphrase."""


def _lean(source: Path) -> None:
    """Leave out what a rehearsal has no use for, and what is half of all that there would be to build."""
    _drop_api(source / "cmd/pulumi/cloud")
    for file, parts in _CLOUDS.items():
        text = (source / file).read_text()
        for part in parts:
            text, found = re.subn(part, "", text, flags=re.MULTILINE | re.DOTALL)
            if not found:
                raise ToolError(f"Pulumi {VERSION} has nothing like {part!r} in {file}.")
        (source / file).write_text(text)


def _drop_api(command: Path) -> None:
    """Leave out a command that has a large library of its own."""
    for part in command.glob("*.go"):
        if part.name != "resolve.go":
            part.unlink()
    shutil.copy(Path(__file__).with_name("without_api.go"), command)


PULUMI = Program(
    name="pulumi",
    version=VERSION,
    module=_MODULE,
    package=f"{_MODULE}/cmd/pulumi",
    # The Automation API refuses a command line that does not know its version.
    variables={"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": VERSION},
    # The rest is other commands, and speaks to the makers' own service.
    optimised=(
        "std",
        *(f"{module}/..." for module in ("google.golang.org/grpc", "google.golang.org/protobuf")),
        # Both hold a copy of what makes a key of the passphrase, and the linker takes either.
        *("golang.org/x/crypto/...", "github.com/go-jose/go-jose/..."),
        *_OF_EACH_RUN,
    ),
    change=_lean,
)


class Cli(NamedTuple):
    """A command line that drives the engine."""

    path: Path
    version: str
    """As v3.274.1."""


def pulumi_cli() -> Cli:
    """The one to use."""
    found = shutil.which("pulumi")
    if found is None:
        return Cli(built(PULUMI), VERSION)
    version = subprocess.run(
        [found, "version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    sdk = installed_version("pulumi")
    if fits(version, sdk):
        return Cli(Path(found), version)
    live_line.step(
        f"{found} is {version or 'of an unknown version'}, which does not fit the SDK {sdk}; "
        f"using Pulumi {VERSION} from the cache instead"
    )
    return Cli(built(PULUMI), VERSION)


def fits(cli: str, sdk: str) -> bool:
    """Whether a command line can drive an SDK: of the same major, and not older."""
    running, wanted = _numbers(cli), _numbers(sdk)
    return running[:1] == wanted[:1] and running >= wanted


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(number) for number in found.groups()) if found else ()
