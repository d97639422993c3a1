"""What a host is given so that machines can run on it."""

import pytest

from rehearsal.machines import host
from rehearsal.machines.shell import LiveError


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """A host with apt-get and whatever else is named; what is run on it."""
    said = []
    monkeypatch.setattr(host, "run", lambda *words, **_: said.append(words))
    monkeypatch.setenv("PATH", str(tmp_path))

    def found(*names, pkg_config="exit 1"):
        for name in names:
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\n{pkg_config if name == 'pkg-config' else 'exit 0'}\n")
            program.chmod(0o755)
        return said

    return found


def test_a_host_that_has_everything_is_left_alone(commands):
    said = commands("apt-get", "nft", "pkg-config", pkg_config="exit 0")

    assert host.install({"nft": "nftables"}, {"libseccomp": "libseccomp-dev"}) == []
    assert said == []


def test_programs_and_libraries_that_are_missing_are_installed_at_once(commands):
    said = commands("apt-get", "pkg-config")

    installed = host.install(
        {"nft": "nftables", "pkg-config": "pkg-config"}, {"libseccomp": "libseccomp-dev"}
    )

    assert installed == ["libseccomp-dev", "nftables"]
    assert said[-1][-2:] == ("libseccomp-dev", "nftables")


def test_without_apt_get_the_packages_are_named(commands):
    commands()

    with pytest.raises(
        LiveError, match="install libseccomp-dev, nftables: this host has no apt-get"
    ):
        host.install({"nft": "nftables"}, {"libseccomp": "libseccomp-dev"})
