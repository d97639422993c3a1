"""The Pulumi command line: the one on PATH if it fits the installed SDK, else one built from its Go module."""

import re
import shutil
import subprocess
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import NamedTuple

from . import live_line
from .golang import Program, ToolError, built

VERSION = "v3.274.1"
"""The release that is built if PATH has none that fits."""

_MODULE = "github.com/pulumi/pulumi/pkg/v3"

_OF_EACH_RUN = tuple(
    f"github.com/pulumi/pulumi/{part}/..."
    for part in (
        "sdk/v3",
        *(f"pkg/v3/{one}" for one in ("backend", "display", "engine", "resource", "secrets")),
    )
)
"""The packages of the engine that run in each `up`. The others belong to other commands."""

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
"""The code for state and keys in clouds, by file. A rehearsal keeps its state in files and encrypts it with a passphrase."""


def _lean(source: Path) -> None:
    """Remove code that a rehearsal does not use. It is half of all that would have to be compiled."""
    _drop_api(source / "cmd/pulumi/cloud")
    for file, parts in _CLOUDS.items():
        text = (source / file).read_text()
        for part in parts:
            text, found = re.subn(part, "", text, flags=re.MULTILINE | re.DOTALL)
            if not found:
                raise ToolError(f"Pulumi {VERSION} has nothing like {part!r} in {file}.")
        (source / file).write_text(text)


def _drop_api(command: Path) -> None:
    """Remove the command `api`, which needs a large library."""
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
    # The packages that are not listed belong to other commands, or talk to Pulumi's own service.
    optimised=(
        "std",
        *(f"{module}/..." for module in ("google.golang.org/grpc", "google.golang.org/protobuf")),
        # Both modules hold a copy of the function that derives a key from the passphrase, and the linker keeps either copy.
        *("golang.org/x/crypto/...", "github.com/go-jose/go-jose/..."),
        *_OF_EACH_RUN,
    ),
    change=_lean,
)


WHOLE = replace(PULUMI, name="pulumi-whole", change=None)
"""The same with the code for clouds: it keeps states in S3 and keys in KMS. `make ci` builds it, because nothing else needs it."""


class Cli(NamedTuple):
    """A Pulumi command line, which drives the engine."""

    path: Path
    version: str
    """Like v3.274.1."""


def pulumi_cli() -> Cli:
    """The command line to use: the one on PATH if it fits, else the one in the cache, built first if it is missing."""
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
    """Whether a command line can drive an SDK: same major version, and not older."""
    running, wanted = _numbers(cli), _numbers(sdk)
    return running[:1] == wanted[:1] and running >= wanted


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)", version)
    return tuple(int(number) for number in found.groups()) if found else ()
