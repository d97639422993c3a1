"""The end of static pods: beside other control planes the API server ends first, and has the time that load balancers need."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.node.conftest import _program


@pytest.fixture(scope="module")
def manifests() -> Iterator[ModuleType]:
    """manifests.py"""
    yield from _program("manifests")


@pytest.fixture(scope="module")
def etcd() -> Iterator[ModuleType]:
    """etcd.py"""
    yield from _program("etcd")


RUNS, ENDED = "CONTAINER_RUNNING", "CONTAINER_EXITED"


class Runtime:
    """A container of each component, and what was done to them, in order."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.gone: set[str] = set()

    def running(self, component: str) -> list[str]:
        return [] if component in self.gone else [component]

    def command(self, words: list[str]) -> "Runtime":
        assert words[:3] == ["crictl", "stop", "--timeout"]
        self.did.append(f"{words[4]} within {words[3]} s")
        self.gone.add(words[4])
        return self

    def wait(self) -> None:
        if self.did[-1] != "waits":
            self.did.append("waits")


@pytest.fixture
def runtime(manifests: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    made = Runtime()
    monkeypatch.setattr(manifests, "running", made.running)
    monkeypatch.setattr(manifests.subprocess, "Popen", made.command)
    return made


def test_beside_others_the_api_server_ends_before_its_etcd_and_serves_meanwhile(
    manifests: ModuleType, runtime: Runtime
):
    manifests.stop(["etcd", "kube-apiserver", "kube-scheduler"], gently=True)

    assert runtime.did == [
        "kube-apiserver within 30 s",
        "kube-scheduler within 30 s",
        "waits",
        "etcd within 5 s",
        "waits",
    ]


def test_the_only_api_server_ends_soon_and_serves_until_then(
    manifests: ModuleType, runtime: Runtime
):
    manifests.stop(["etcd", "kube-apiserver"])

    assert runtime.did == ["kube-apiserver within 2 s", "waits", "etcd within 5 s", "waits"]


@pytest.mark.parametrize(
    ("restarted", "stopped"),
    [
        (["kube-apiserver"], {"kube-controller-manager"}),
        (["kube-apiserver", "kube-controller-manager"], set()),
        (["kube-scheduler"], set()),
    ],
)
def test_the_controller_manager_ends_if_its_api_server_has_restarted_without_it(
    manifests: ModuleType, runtime: Runtime, restarted: list[str], stopped: set[str]
):
    manifests.look_again(restarted)

    assert runtime.gone == stopped


@pytest.mark.parametrize("made", [False, True], ids=["waits for its start", "runs"])
def test_a_container_that_was_made_before_its_file_counts_as_older_also_if_it_starts_later(
    manifests: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: bool
):
    file = tmp_path / "scheduler.conf"
    file.touch()
    before = str(file.stat().st_ctime_ns - 1)
    states = [RUNS] if made else ["CONTAINER_CREATED", "CONTAINER_CREATED", RUNS]
    looks = iter(
        [
            {"id": "first", "state": ENDED, "createdAt": "1"},
            {"id": "second", "state": state, "createdAt": before},
        ]
        for state in states
    )
    monkeypatch.setattr(manifests, "path", Path)
    monkeypatch.setattr(manifests, "containers", lambda _: next(looks))
    monkeypatch.setattr(manifests, "LOOK_SECONDS", 0)

    assert manifests.older("kube-scheduler", str(file))
    assert next(looks, None) is None


def test_a_container_that_never_starts_holds_nothing_up_once_there_is_another(
    manifests: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    found = [
        {"id": "third", "state": RUNS, "createdAt": "3"},
        {"id": "second", "state": "CONTAINER_CREATED", "createdAt": "2"},
    ]
    monkeypatch.setattr(manifests, "containers", lambda _: found)

    assert manifests.running("kube-scheduler") == ["third"]


@pytest.fixture(scope="module")
def docker_pods() -> Iterator[ModuleType]:
    """docker_pods.py"""
    yield from _program("docker_pods")


def test_also_with_docker_a_container_that_starts_after_its_file_counts_as_older(
    docker_pods: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    file = tmp_path / "scheduler.conf"
    file.touch()
    looks = iter(
        ["second Created\nfirst Exited (2) 3 minutes ago\n", "second Up Less than a second\n"]
    )

    def docker(*words: str, **_: object) -> str:
        return next(looks) if words[1] == "ps" else "2024-02-29T01:02:03.5Z\n"

    monkeypatch.setattr(docker_pods, "path", Path)
    monkeypatch.setattr(docker_pods, "output", docker)
    monkeypatch.setattr(docker_pods, "LOOK_SECONDS", 0)

    assert docker_pods.older("kube-scheduler", str(file))
    assert next(looks, None) is None


@pytest.fixture
def folder(manifests: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The manifests of a machine whose runtime has no container."""
    monkeypatch.setattr(manifests, "path", lambda absolute: tmp_path / absolute[1:])
    monkeypatch.setattr(manifests, "containers", lambda _: [])
    made = tmp_path / "etc/kubernetes/manifests"
    made.mkdir(parents=True)
    for component in manifests.COMPONENTS:
        (made / f"{component}.yaml").write_text(component)
    return made


def test_a_full_disk_leaves_the_kubelet_running_and_the_manifests_from_before(
    manifests: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path
):
    did: list[str] = []
    monkeypatch.setattr(manifests, "run", lambda *words, **_: did.append(" ".join(words[:3])))
    monkeypatch.setattr(manifests, "certify", lambda _: None)

    def write(*_: object) -> None:
        (folder / "etcd.yaml").write_text("")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifests, "_write", write)
    with pytest.raises(OSError, match="No space left"):
        manifests.change("/run/init.yaml", [], lambda *_: True)

    assert did == ["systemctl stop kubelet", "systemctl start kubelet"]
    assert (folder / "etcd.yaml").read_text() == "etcd"


def test_manifests_that_are_removed_only_in_part_do_not_pass_for_those_from_before(
    manifests: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
):
    manifests.keep()

    def cut_off(removed: Path) -> None:
        (removed / "etcd.yaml").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manifests.shutil, "rmtree", cut_off)
        with pytest.raises(KeyboardInterrupt):
            manifests._restore(manifests.COMPONENTS)
    manifests.keep()

    kept = tmp_path / "var/lib/dualstack/manifests"
    assert sorted(file.stem for file in kept.iterdir()) == sorted(manifests.COMPONENTS)


def test_a_file_that_a_change_has_brought_is_gone_when_it_is_put_back(
    manifests: ModuleType, folder: Path, tmp_path: Path
):
    there, brought = "/etc/dualstack/kubeadm/patches/a", "/etc/dualstack/kubeadm/patches/b"
    write = {file: tmp_path / file[1:] for file in (there, brought)}
    write[there].parent.mkdir(parents=True)
    write[there].write_text("before")

    manifests.keep([there, brought])
    for file in write.values():
        file.write_text("after")
    # An attempt that goes on after it was cut off keeps nothing again.
    manifests.keep([there, brought])
    manifests._restore(manifests.COMPONENTS)

    assert write[there].read_text() == "before"
    assert not write[brought].exists()
    assert folder.exists()


BOTH = ["etcd", "kube-apiserver"]
OPENED = '{"level":"info","msg":"ready to serve client requests"}\n'


@pytest.mark.parametrize(
    ("new", "back"),
    [
        (("etcd:3.6", [RUNS], OPENED), ["kube-apiserver"]),
        (("etcd:3.6", [ENDED], OPENED), BOTH),
        (("etcd:3.6", [ENDED, RUNS], OPENED), BOTH),
        (("etcd:3.7", [ENDED], "unknown flag: --nothing"), BOTH),
        (("etcd:3.7", [ENDED], OPENED), ["kube-apiserver"]),
        (("etcd:3.7", [ENDED, RUNS], OPENED), ["kube-apiserver"]),
        (("etcd:3.7", [], ""), BOTH),
    ],
    ids=[
        "it runs",
        "it has ended",
        "it was restarted",
        "a newer one did not start",
        "a newer one has opened the data, and ended",
        "a newer one was restarted",
        "the newer one was not started",
    ],
)
def test_an_etcd_stays_that_runs_or_whose_data_the_old_one_may_not_open(
    manifests: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    new: tuple[str, list[str], str],
    back: list[str],
):
    image, states, log = new
    (folder / "etcd.yaml").write_text("image: etcd:3.6\n")
    manifests.keep()
    (folder / "etcd.yaml").write_text(f"image: {image}\n")
    found = [{"id": "old", "state": ENDED, "createdAt": "0"}]
    found += [
        {"id": f"new-{number}", "state": state, "createdAt": str(time.time_ns())}
        for number, state in enumerate(states)
    ]
    monkeypatch.setattr(manifests, "containers", lambda _: found)
    monkeypatch.setattr(manifests, "output", lambda *command: log if "new" in command[-1] else "")

    assert manifests._without_new_etcd(BOTH) == back


@pytest.mark.parametrize(("image", "back"), [("etcd:3.6", BOTH), ("etcd:3.7", BOTH[1:])])
def test_a_newer_etcd_stays_while_the_runtime_does_not_say_whether_it_has_run(
    manifests: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    image: str,
    back: list[str],
):
    def silent(_: str) -> Any:
        raise manifests.Failure("crictl ps: exit 1")

    (folder / "etcd.yaml").write_text("image: etcd:3.6\n")
    manifests.keep()
    (folder / "etcd.yaml").write_text(f"image: {image}\n")
    monkeypatch.setattr(manifests, "containers", silent)

    assert manifests._without_new_etcd(BOTH) == back


@pytest.mark.parametrize(
    ("members", "alone"),
    [
        ([{"ID": "1", "name": "a"}], True),
        ([{"ID": "1", "name": "a"}, {"ID": "2"}], True),
        ([{"ID": "1", "name": "a"}, {"ID": "2", "name": "b"}], False),
    ],
    ids=["one", "one, and one that has not started", "two"],
)
def test_a_member_is_alone_until_another_has_started(
    etcd: ModuleType, monkeypatch: pytest.MonkeyPatch, members: Any, alone: bool
):
    monkeypatch.setattr(etcd, "ask", lambda *_: {"members": members})

    assert etcd.alone({}) is alone


def test_a_member_that_does_not_answer_counts_as_alone(
    etcd: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    def ask(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(etcd, "ask", ask)

    assert etcd.alone({})
