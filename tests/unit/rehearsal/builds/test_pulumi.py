"""Which Pulumi command line is used."""

from pathlib import Path

import pytest

from rehearsal.builds import pulumi
from rehearsal.builds.golang import ToolError


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put a `pulumi` of some version on PATH; the cache already holds the pinned one."""
    cache = tmp_path / "dualstack"
    cache.mkdir()
    (cache / "pulumi-v3.274.1").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr(pulumi, "installed_version", lambda name: "3.272.0")

    def install(version: str) -> Path:
        program = tmp_path / "bin/pulumi"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
        return program

    return install


def test_the_one_on_path_is_used_when_it_fits(installed):
    program = installed("v3.300.0")

    assert pulumi.pulumi_cli() == (program, "v3.300.0")


def test_one_that_is_too_old_is_named_and_left_alone(installed, tmp_path, capsys):
    program = installed("v3.100.0")

    chosen = pulumi.pulumi_cli()

    assert chosen == (tmp_path / "dualstack/pulumi-v3.274.1", "v3.274.1")
    assert capsys.readouterr().err == (
        f"{program} is v3.100.0, which does not fit the SDK 3.272.0; "
        "using Pulumi v3.274.1 from the cache instead\n"
    )


def test_without_one_on_path_the_built_one_is_used(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    built = tmp_path / "dualstack/pulumi-v3.274.1"
    assert pulumi.pulumi_cli() == (built, "v3.274.1")


@pytest.mark.parametrize(
    ("cli", "sdk", "fits"),
    [
        ("v3.272.0", "3.272.0", True),
        ("v3.274.1", "3.272.0", True),
        ("v3.271.9", "3.272.0", False),
        ("v4.0.0", "3.272.0", False),
        ("v3.280.0-alpha.x1", "3.272.0", True),
        ("", "3.272.0", False),
    ],
)
def test_a_command_line_fits_when_it_is_of_the_same_major_and_not_older(cli, sdk, fits):
    assert pulumi.fits(cli, sdk) is fits


BACKEND = """\
import (
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"  // driver for azblob://
	_ "gocloud.dev/blob/fileblob" // driver for file://
	"github.com/pulumi/pulumi/pkg/v3/authhelpers"
)

	blobmux := blob.DefaultURLMux()
	if p.Scheme == azureblob.Scheme {
		if err != nil {
			return nil, err
		}
	}
	bucket, err := blobmux.OpenBucket(ctx, u)
"""

BUCKET = """\
	"context"
	"net/url"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
		var input *awss3.CopyObjectInput
		if asFunc(&input) {
			fixupS3CopySource(input)
		}
		return nil
func fixupS3CopySource(input *awss3.CopyObjectInput) {
	for range segments {
	}
}
func after() {
"""

MANAGER = """\
	gosecrets "gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms" // support for awskms://
	"gocloud.dev/secrets/gcpkms"   // support for gcpkms://
	"google.golang.org/api/cloudkms/v1"
	switch u.Scheme {
	case gcpkms.Scheme:
		return opener.OpenKeeperURL(ctx, u)
	default:
		return gosecrets.OpenKeeper(ctx, url)
"""


@pytest.fixture
def source(tmp_path):
    """The parts of Pulumi's source that are changed before it is built."""
    files = {
        "cmd/pulumi/cloud/api.go": "",
        "cmd/pulumi/cloud/resolve.go": "",
        "backend/diy/backend.go": BACKEND,
        "backend/diy/bucket.go": BUCKET,
        "secrets/cloud/manager.go": MANAGER,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_of_the_command_that_is_left_out_only_what_others_use_is_built(source):
    pulumi.PULUMI.change(source)

    command = source / "cmd/pulumi/cloud"
    assert {file.name for file in command.iterdir()} == {"resolve.go", "without_api.go"}
    assert "func NewAPICmd() *cobra.Command" in (command / "without_api.go").read_text()


def test_states_are_kept_in_files_and_keys_come_of_a_passphrase_alone(source):
    pulumi.PULUMI.change(source)

    assert (
        (source / "backend/diy/backend.go").read_text()
        == """\
import (
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // driver for file://
)

	blobmux := blob.DefaultURLMux()
	bucket, err := blobmux.OpenBucket(ctx, u)
"""
    )
    assert (
        (source / "backend/diy/bucket.go").read_text()
        == """\
	"context"
		return nil
func after() {
"""
    )
    assert (
        (source / "secrets/cloud/manager.go").read_text()
        == """\
	gosecrets "gocloud.dev/secrets"
	switch u.Scheme {
	default:
		return gosecrets.OpenKeeper(ctx, url)
"""
    )


def test_a_release_whose_source_has_changed_is_not_built_in_silence(source):
    (source / "backend/diy/bucket.go").write_text("package diy\n")

    with pytest.raises(
        ToolError, match=r"Pulumi v3\.274\.1 has nothing like .* in backend/diy/bucket\.go"
    ):
        pulumi.PULUMI.change(source)
