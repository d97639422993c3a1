"""Programs whose modules need more than `go build`: C beside Go, and a changed copy of the source."""

import json

import pytest

from rehearsal.builds import kubernetes_provider, node
from rehearsal.builds.golang import built

GO = """#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
"env GOVERSION") echo go1.26.0 ;;
"mod download") echo '{"GoMod": "'"$here"'/source/go.mod", "Dir": "'"$here"'/source"}' ;;
*) echo "CGO_ENABLED=$CGO_ENABLED $@" > "$here/build"
   cat go.mod source/main.go > program 2> /dev/null || cp go.mod program ;;
esac
"""

FLANNEL = """package main

import (
\t_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
\t_ "github.com/flannel-io/flannel/pkg/backend/tencentvpc"
\t_ "github.com/flannel-io/flannel/pkg/backend/udp"
\t_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
)
"""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A stand-in for `go` whose programs are what they would be built from; a module that nobody may write."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tools = tmp_path / "bin"
    source = tools / "source"
    source.mkdir(parents=True)
    (source / "go.mod").write_text("module upstream\n\ngo 1.26.0\n")
    (source / "main.go").write_text(FLANNEL)
    (source / "main.go").chmod(0o444)
    source.chmod(0o555)
    (tools / "go").write_text(GO)
    (tools / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tools


def test_a_program_with_c_is_linked_statically_with_the_parts_asked_for(go):
    built(node.runc("1.4.3"))

    build = (go / "build").read_text()
    assert build.startswith("CGO_ENABLED=1 build ")
    assert "-tags seccomp,netgo,osusergo,urfave_cli_no_docs " in build
    assert "-ldflags -s -w -linkmode external -extldflags -static " in build


def test_a_program_without_c_needs_no_compiler(go):
    built(node.crictl("1.36.0"))

    build = (go / "build").read_text()
    assert build.startswith("CGO_ENABLED=0 build ")
    assert "-tags" not in build
    assert "-X sigs.k8s.io/cri-tools/pkg/version.Version=v1.36.0 " in build


def test_a_crictl_that_the_proxy_does_not_serve_is_that_of_the_next_minor():
    assert [str(node.crictl(version)) for version in ("1.35.0", "1.36.0")] == ["crictl v1.36.0"] * 2


def test_flannel_is_built_from_a_copy_without_the_backends_that_cannot_be(go):
    program, _ = (built(program) for program in node.flannel("0.28.10"))

    text = program.read_text()
    assert "replace github.com/flannel-io/flannel => ./source\n" in text
    assert [line.rpartition("/")[2] for line in text.splitlines() if "backend" in line] == [
        'hostgw"',
        'vxlan"',
    ]
    assert (go / "source/main.go").read_text() == FLANNEL


def test_the_cni_plugins_are_those_of_a_release():
    plugins = node.cni_plugins("1.9.1")

    assert len(plugins) == 18
    assert plugins["bridge"].package == (
        "github.com/containernetworking/plugins/plugins/main/bridge"
    )
    assert plugins["host-local"].name == "cni-host-local"


def test_the_provider_is_where_the_engine_looks_for_plugins_of_its_version(
    go, tmp_path, monkeypatch
):
    monkeypatch.setattr(kubernetes_provider, "installed_version", lambda _: "4.34.2")
    monkeypatch.setattr(kubernetes_provider, "_embed", lambda source: None)
    place = "home/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"

    kubernetes_provider.install_provider(tmp_path / "home")
    again = kubernetes_provider.install_provider(tmp_path / "home")

    assert again == tmp_path / place
    assert again.resolve().parent == tmp_path / "cache/dualstack"


def test_the_provider_embeds_its_schema_with_the_version_of_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(kubernetes_provider, "installed_version", lambda _: "4.34.2")
    folder = tmp_path / "cmd/pulumi-resource-kubernetes"
    folder.mkdir(parents=True)
    (folder / "schema.json").write_text('{"name": "kubernetes"}')
    (folder / "terraform-mapping.json").write_text("{}")

    kubernetes_provider._embed(tmp_path)

    schema = json.loads((folder / "schema-embed.json").read_text())
    assert schema == {"name": "kubernetes", "version": "4.34.2"}
    assert (folder / "terraform-mapping-embed.json").read_text() == "{}"
