"""Which Pulumi command line is used."""

from pathlib import Path

import pytest

from rehearsal.tools import pulumi


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


def test_of_the_command_that_is_left_out_only_what_others_use_is_built(tmp_path):
    command = tmp_path / "cmd/pulumi/cloud"
    command.mkdir(parents=True)
    for name in ("api.go", "resolve.go", "spec.go"):
        (command / name).touch()

    pulumi.PULUMI.change(tmp_path)

    assert {file.name for file in command.iterdir()} == {"resolve.go", "without_api.go"}
    assert "func NewAPICmd() *cobra.Command" in (command / "without_api.go").read_text()
