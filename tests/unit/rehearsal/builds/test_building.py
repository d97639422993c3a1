"""Programs built from Go modules: where they end up, and what a person is told when they cannot be built."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rehearsal.builds.__main__ import main
from rehearsal.builds.cache import cache_folder
from rehearsal.builds.etcd import etcd
from rehearsal.builds.golang import Program, ToolError, build_environment, new_enough
from rehearsal.builds.kubernetes import kubeadm, kubernetes

UPSTREAM = "module k8s.io/kubernetes\n\ngo 1.13\n\nreplace k8s.io/api => ./staging/src/k8s.io/api\n"

GO = """#!/bin/sh
here=$(dirname "$0")
echo "$@" >> "$here/calls"
case "$1 $2" in
"env GOVERSION") echo {version} ;;
"mod download") echo '{{"GoMod": "'"$here"'/upstream.mod"}}' ;;
*) {build} ;;
esac
"""

MAKES_A_PROGRAM = "cp go.mod program"
MAKES_IT_ONCE_ANOTHER_WAITS = (
    f'until test -e "$here/another-waits"; do sleep 0.05; done; {MAKES_A_PROGRAM}'
)


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A stand-in for `go` that is quick, with an empty cache to build into."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "upstream.mod").write_text(UPSTREAM)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")

    def install(version: str = "go1.26.0", build: str = MAKES_A_PROGRAM) -> Path:
        program = tools / "go"
        program.write_text(GO.format(version=version, build=build))
        program.chmod(0o755)
        return tools / "calls"

    return install


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_built_program_is_one_file_named_by_name_and_version(go, tmp_path):
    go()

    path = kubeadm("1.23")

    assert path == tmp_path / "cache/dualstack/kubeadm-v1.23.17"
    assert files_in(tmp_path / "cache/dualstack") == [
        "kubeadm-v1.23.17",
        "locks/kubeadm-v1.23.17",
        "logs/kubeadm-v1.23.17.log",
    ]


def test_a_program_in_the_cache_needs_no_go(go, tmp_path, monkeypatch):
    go()
    etcd()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    assert etcd().name == "etcd-v3.7.0"


def test_two_processes_that_want_one_program_build_it_once(go, monkeypatch):
    calls = go(build=MAKES_IT_ONCE_ANOTHER_WAITS)
    said = []

    def step(text):
        said.append(text)
        if text.startswith("waiting for another process"):
            calls.with_name("another-waits").touch()

    monkeypatch.setattr("rehearsal.builds.live_line.step", step)

    with ThreadPoolExecutor(2) as both:
        paths = {future.result() for future in [both.submit(kubeadm, "1.23") for _ in range(2)]}

    builds = [line for line in calls.read_text().splitlines() if line.startswith("build ")]
    assert (len(paths), len(builds)) == (1, 1)
    assert said.count("waiting for another process that builds kubeadm v1.23.17") == 1


def test_a_release_build_knows_its_version(go):
    calls = go()

    kubernetes("kubelet", "1.37")

    build = next(line for line in calls.read_text().splitlines() if line.startswith("build "))
    assert "-X k8s.io/component-base/version.gitVersion=v1.37.2" in build
    assert "-X k8s.io/client-go/pkg/version.gitMinor=37" in build


@pytest.mark.parametrize(("program", "fast"), [("kubeadm", "std"), ("kube-apiserver", "all")])
def test_a_program_that_runs_for_a_second_is_built_without_the_time_it_takes_to_make_it_fast(
    go, program, fast
):
    calls = go()

    kubernetes(program, "1.37")

    build = next(line for line in calls.read_text().splitlines() if line.startswith("build "))
    assert f" -gcflags=all=-N -l -dwarf=false -gcflags={fast}=-dwarf=false -ldflags " in build


def test_what_a_test_links_is_compiled_in_sight_before_it(go):
    calls = go(build='case "$1" in list) echo net/http "" ;; test) cp go.mod program ;; esac')

    path = kubernetes("e2e.test", "1.36")

    flags = (
        "-mod=mod -buildvcs=false -trimpath"
        " -gcflags=all=-N -l -dwarf=false -gcflags=all=-dwarf=false"
    )
    _, compiled, linked = (
        line
        for line in calls.read_text().splitlines()
        if line.startswith(("list ", "build ", "test "))
    )
    assert path.name == "e2e.test-v1.36.5"
    assert compiled == f"build -v {flags} net/http k8s.io/kubernetes/test/e2e"
    assert linked.startswith(f"test -c {flags} -ldflags ")
    assert linked.endswith(" -o program k8s.io/kubernetes/test/e2e")


def test_without_go_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError) as error:
        kubeadm("1.23")

    assert str(error.value) == (
        "kubeadm v1.23.17 is built from its Go module, and there is no `go` on PATH; "
        "install Go 1.21 or newer and run this again."
    )


def test_a_go_too_old_is_named_with_its_version(go, tmp_path):
    go(version="go1.19.8")

    with pytest.raises(ToolError) as error:
        kubeadm("1.23")

    assert str(error.value) == (
        f"kubeadm v1.23.17 needs Go 1.21 or newer, and {tmp_path}/bin/go is go1.19.8; "
        "install a newer Go and run this again."
    )


def test_a_go_that_may_not_fetch_a_newer_one_is_explained(go):
    refusal = "go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)"
    go(build=f"echo '{refusal}'; exit 1")

    with pytest.raises(ToolError) as error:
        kubeadm("1.37")

    assert str(error.value) == (
        "kubeadm v1.37.2 needs Go 1.26.0, and the Go on PATH is 1.24.1 and may not fetch a newer one; "
        "install that Go, or set GOTOOLCHAIN=auto, and run this again."
    )


def test_a_failed_build_shows_its_last_lines_and_leaves_no_program(go, tmp_path):
    go(build="seq 1 30; echo half > program; exit 1")

    with pytest.raises(ToolError) as error:
        kubeadm("1.23")

    lines = str(error.value).splitlines()
    log = tmp_path / "cache/dualstack/logs/kubeadm-v1.23.17.log"
    assert lines[0] == "kubeadm v1.23.17 could not be built. The last lines of its build:"
    assert lines[1:-1] == [f"    {number}" for number in range(19, 31)]
    assert lines[-1] == f"  All of them: {log}"
    assert log.read_text().startswith("1\n2\n")
    assert files_in(tmp_path / "cache/dualstack") == [
        "locks/kubeadm-v1.23.17",
        "logs/kubeadm-v1.23.17.log",
    ]


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("go1.21", True),
        ("go1.26.8", True),
        ("go2.0", True),
        ("devel go1.27-abcdef", True),
        ("go1.20.14", False),
        ("", False),
    ],
)
def test_go_is_new_enough_from_1_21(version, enough):
    assert new_enough(version) is enough


def test_a_relative_cache_folder_is_ignored(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "some/where")

    assert cache_folder() == tmp_path / ".cache/dualstack"


def test_the_command_prints_paths_alone_on_standard_output(go, tmp_path, capsys):
    go()

    status = main(["kubeadm@1.23", "etcd"])

    folder = tmp_path / "cache/dualstack"
    assert (status, capsys.readouterr().out) == (
        0,
        f"{folder}/kubeadm-v1.23.17\n{folder}/etcd-v3.7.0\n",
    )


def test_the_command_goes_on_after_a_name_it_does_not_know(go, tmp_path, capsys):
    go()

    status = main(["kubeadm", "kubefoo@1.23", "kubeadm@1.15", "etcd"])

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, f"{tmp_path}/cache/dualstack/etcd-v3.7.0\n")
    assert [line for line in printed.err.splitlines() if line.startswith("error: ")] == [
        "error: kubeadm: name pulumi, etcd, etcdutl, or a Kubernetes program with its minor, as kubeadm@1.23.",
        "error: kubefoo is not a Kubernetes program; there are kubeadm, kubelet, kube-apiserver, "
        "kube-controller-manager, kube-scheduler, kube-proxy, kubectl, e2e.test, agnhost.",
        "error: Kubernetes 1.15 is not known; minors are 1.16 to 1.37.",
    ]


def test_the_list_shows_what_is_built(go, capsys):
    go()
    kubeadm("1.23")
    kubernetes("kubelet", "1.23")

    main(["--list"])

    rows = [line for line in capsys.readouterr().out.splitlines() if "v1.2" in line]
    assert len(rows) == 10
    assert next(row for row in rows if "1.23" in row).split("│")[3].strip() == "kubeadm kubelet"


def test_a_build_heeds_where_things_are_fetched_from_and_nothing_that_changes_what_is_built():
    around = {
        "PATH": "/bin",
        "GOPROXY": "https://proxy.corp",
        "GOSUMDB": "off",
        "GONOSUMDB": "corp",
        "GOPRIVATE": "corp",
        "GOTOOLCHAIN": "local",
        "GOMODCACHE": "/cache",
        "GOFLAGS": "-nope",
        "GOOS": "plan9",
        "GOARCH": "arm",
        "GOARM": "5",
        "GOAMD64": "v4",
        "GO111MODULE": "off",
        "GOEXPERIMENT": "nope",
        "GOWORK": "/work",
        "CGO_CFLAGS": "-nope",
        "CGO_ENABLED": "1",
    }
    program = Program("a", "1", "a.example", "a.example/cmd")

    assert build_environment(program, around) == {
        "PATH": "/bin",
        "GOPROXY": "https://proxy.corp",
        "GOSUMDB": "off",
        "GONOSUMDB": "corp",
        "GOPRIVATE": "corp",
        "GOTOOLCHAIN": "local",
        "GOMODCACHE": "/cache",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
