"""The machine's scripts: the host prepared, software installed and checked."""

import gzip
import hashlib
import io
import os
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.unit.node.conftest import PROGRAM_FOLDER
from tests.unit.node.machine import PROGRAMS, Machine
from tests.unit.node.metadata import Metadata


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with its scripts and nothing else."""
    made = Machine(tmp_path / "machine", "i-0123456789abcdef0", Metadata({}), {})
    folder = made.root / PROGRAMS
    folder.mkdir(parents=True)
    for script in PROGRAM_FOLDER.glob("*.sh"):
        (folder / script.name).write_text(script.read_text())
    return made


def put(machine: Machine, path: str, text: str) -> Path:
    """Write a file of the machine."""
    file = machine.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


# the host


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A machine whose route leaves through ens5."""
    put(machine, "etc/modules-load.d/dualstack-modules.conf", "overlay\nbr_netfilter\n")
    put(machine, "etc/sysctl.d/90-dualstack.conf", "net.ipv4.ip_forward = 1\n")
    route = "default via 10.0.0.1 dev ens5 proto dhcp src 10.0.0.9 metric 100\n"
    machine.arrange(
        "ip -o", {"says": route}, {"says": "default via fe80::1 dev ens5 proto ra metric 100\n"}
    )
    return machine


def test_modules_are_loaded_and_interfaces_that_are_up_heed_advertisements(host: Machine):
    ended = host.run_script("prepare-host.sh")

    assert ended.returncode == 0, ended.stdout
    assert [call["arguments"] for call in host.calls("modprobe")] == [["overlay"], ["br_netfilter"]]
    assert [call["arguments"] for call in host.calls("sysctl")] == [
        ["--quiet", f"--load={host.root}/etc/sysctl.d/90-dualstack.conf"],
        ["--quiet", "net/ipv6/conf/ens5/accept_ra=2"],
    ]
    assert [call["arguments"] for call in host.calls("swapoff")] == [["--all"]]


def test_a_module_that_is_built_in_stops_nothing(host: Machine):
    host.arrange("modprobe overlay", {"exit": 1})

    ended = host.run_script("prepare-host.sh")

    assert ended.returncode == 0
    assert "no module overlay; taken as built in" in ended.stdout


def test_a_kernel_without_bridge_filtering_is_an_error(host: Machine):
    host.arrange("sysctl --quiet", {"exit": 1, "complains": "cannot stat /proc/sys/net/bridge\n"})

    ended = host.run_script("prepare-host.sh")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == "error: the kernel lacks a sysctl that nodes need"


def test_networkd_is_told_to_heed_advertisements(host: Machine):
    host.arrange(
        "networkctl status",
        {"says": "● 2: ens5\n   Network File: /run/systemd/network/10-netplan-ens5.network\n"},
    )

    host.run_script("prepare-host.sh")

    drop_in = host.root / "etc/systemd/network/10-netplan-ens5.network.d/dualstack.conf"
    assert drop_in.read_text() == "[Network]\nIPv6AcceptRA=yes\n"


def test_swap_stays_off_after_a_restart(host: Machine):
    fstab = put(
        host,
        "etc/fstab",
        "LABEL=root / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n# /old none swap sw 0 0\n",
    )

    host.run_script("prepare-host.sh")
    host.arrange("ip -o")
    host.run_script("prepare-host.sh")

    assert fstab.read_text() == (
        "LABEL=root / ext4 defaults 0 1\n#/swapfile none swap sw 0 0\n# /old none swap sw 0 0\n"
    )


# software


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A release server, and the folder it serves."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def server_bind(self) -> None:
            # The class's own looks up this host's name, which may take seconds.
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    serving = Server(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_address[1]}", folder
    serving.shutdown()
    serving.server_close()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def archive(files: dict[str, bytes]) -> bytes:
    """A tar archive, compressed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            made.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue())


def install(machine: Machine, *lines: str):
    """Install what the lines say."""
    put(machine, "etc/dualstack/software", "".join(f"{line}\n" for line in lines))
    put(machine, "etc/dualstack/packages", "bash\n")
    return machine.run_script("install-software.sh")


def test_each_kind_of_download_lands_where_it_belongs(machine: Machine, server: tuple[str, Path]):
    url, folder = server
    containerd = archive({"bin/containerd": b"containerd"})
    docker = archive({"docker/dockerd": b"dockerd", "docker/runc": b"runc"})
    for name, content in {"kubelet": b"kubelet", "c.tar.gz": containerd, "d.tgz": docker}.items():
        (folder / name).write_bytes(content)

    ended = install(
        machine,
        f"kubelet 1.37.2 {url}/kubelet {digest(b'kubelet')} program /usr/local/bin",
        f"containerd 2.3.4 {url}/c.tar.gz {digest(containerd)} archive /usr/local",
        f"docker 20.10.17 {url}/d.tgz {digest(docker)} folder /usr/local/bin",
    )

    assert ended.returncode == 0, ended.stdout
    programs = machine.root / "usr/local/bin"
    assert {file.name: file.read_text() for file in programs.iterdir()} == {
        "kubelet": "kubelet",
        "containerd": "containerd",
        "dockerd": "dockerd",
        "runc": "runc",
    }
    assert (programs / "kubelet").stat().st_mode & 0o777 == 0o755


def test_a_version_from_before_is_installed_again_and_one_that_is_there_is_not(
    machine: Machine, server: tuple[str, Path]
):
    url, folder = server
    contents = {"1.37.1": b"older", "1.37.2": b"newer"}
    lines = {}
    for version, content in contents.items():
        (folder / version).write_bytes(content)
        lines[version] = (
            f"kubeadm {version} {url}/{version} {digest(content)} program /usr/local/bin"
        )
    program = machine.root / "usr/local/bin/kubeadm"

    for version in ("1.37.1", "1.37.2", "1.37.1"):
        ended = install(machine, lines[version])
        assert ended.stdout == f"installing kubeadm {version}\n"
    again = install(machine, lines["1.37.1"])

    assert program.read_bytes() == b"older"
    assert again.stdout == ""


def test_a_host_without_openssl_can_tell_a_file_by_its_digest_too(
    machine: Machine, server: tuple[str, Path]
):
    url, folder = server
    (folder / "kubelet").write_bytes(b"kubelet")
    broken = put(machine, "broken/openssl", "#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    machine.environment["PATH"] = f"{broken.parent}:{os.environ['PATH']}"

    right = install(
        machine, f"kubelet 1.37.2 {url}/kubelet {digest(b'kubelet')} program /usr/local/bin"
    )
    wrong = install(
        machine, f"kubelet 1.37.1 {url}/kubelet {digest(b'other')} program /usr/local/bin"
    )

    assert right.returncode == 0, right.stdout
    assert wrong.returncode == 1


PUBLISHED = {
    "one digest alone": "{good}\n",
    "one digest without a line break": "{good}",
    "a digest and the name": "{good}  kubelet\n",
    "a digest in capitals": "{GOOD}\n",
    "many names, one marked as binary": "{bad}  kubectl\n{good} *kubelet\n{bad}  kubelet.exe\n",
    "a name with its folder": "{bad}  bin/kubeadm\n{good}  bin/kubelet\n",
}


@pytest.mark.parametrize("form", PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_digest_is_read_in_the_forms_of_the_upstream_sites(
    machine: Machine, server: tuple[str, Path], form: str
):
    url, folder = server
    good = digest(b"kubelet")
    (folder / "kubelet").write_bytes(b"kubelet")
    (folder / "published").write_text(form.format(good=good, GOOD=good.upper(), bad="0" * 64))

    ended = install(machine, f"kubelet 1.37.2 {url}/kubelet {url}/published program /usr/local/bin")

    assert ended.returncode == 0, ended.stdout


REFUSED = {
    "another file": (
        "{url}/good",
        b"not the kubelet",
        "{url}/kubelet has not the SHA-256 {good}; nothing of it is installed",
    ),
    "no digest": ("{url}/page", b"kubelet", "{url}/page holds no SHA-256 of kubelet"),
    "another name's digest": (
        "{url}/others",
        b"kubelet",
        "{url}/others holds no SHA-256 of kubelet",
    ),
}


@pytest.mark.parametrize(("published", "content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_what_its_digest_says_is_not_installed(
    machine: Machine, server: tuple[str, Path], published: str, content: bytes, reason: str
):
    url, folder = server
    good = digest(b"kubelet")
    (folder / "kubelet").write_bytes(content)
    (folder / "good").write_text(good)
    (folder / "page").write_text("<html>\nsorry\n</html>\n")
    (folder / "others").write_text(f"{good}  kubectl\n")

    ended = install(
        machine, f"kubelet 1.37.2 {url}/kubelet {published.format(url=url)} program /usr/local/bin"
    )

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == f"error: {reason.format(url=url, good=good)}"
    assert not (machine.root / "usr/local/bin/kubelet").exists()


def test_what_cannot_be_fetched_is_tried_over_both_families_and_named(machine: Machine):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    ended = install(machine, f"kubelet 1.37.2 {url}/kubelet {'0' * 64} program /usr/local/bin")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1].startswith(f"error: cannot fetch {url}/kubelet: curl: ")
    assert len(machine.calls("sleep")) == 6


def test_what_the_server_says_it_does_not_have_is_asked_for_once(
    machine: Machine, server: tuple[str, Path]
):
    url, _ = server

    ended = install(machine, f"kubelet 1.37.2 {url}/kubelet {'0' * 64} program /usr/local/bin")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == (
        f"error: cannot fetch {url}/kubelet: curl: (22) The requested URL returned error: 404"
    )
    assert machine.calls("sleep") == []


def test_what_is_installed_is_not_fetched_again(machine: Machine, server: tuple[str, Path]):
    url, folder = server
    (folder / "kubelet").write_bytes(b"kubelet")
    line = f"kubelet 1.37.2 {url}/kubelet {digest(b'kubelet')} program /usr/local/bin"
    install(machine, line)
    (folder / "kubelet").unlink()

    ended = install(machine, line)

    assert ended.returncode == 0
    assert ended.stdout == ""


def test_only_missing_packages_are_installed(machine: Machine):
    put(machine, "etc/dualstack/software", "")
    put(machine, "etc/dualstack/packages", "bash\nno-such-program\n")

    ended = machine.run_script("install-software.sh")

    assert ended.returncode == 0, ended.stdout
    assert [call["arguments"] for call in machine.calls("apt-get")] == [
        ["update", "-o", "DPkg::Lock::Timeout=300"],
        [
            "install",
            "--yes",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=300",
            "no-such-program",
        ],
    ]


def test_a_package_that_cannot_be_installed_is_named(machine: Machine):
    put(machine, "etc/dualstack/software", "")
    put(machine, "etc/dualstack/packages", "no-such-program\n")
    machine.arrange("apt-get install", {"exit": 100})

    ended = machine.run_script("install-software.sh")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == "error: apt-get cannot install no-such-program"


def test_added_packages_are_installed_where_they_are_missing(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "jq\nnfs-common\n")
    machine.arrange("dpkg-query --show", {"says": "installed"}, {"exit": 1})

    ended = machine.run_script("apt-packages.sh")

    assert ended.returncode == 0, ended.stdout
    assert [call["arguments"][0] for call in machine.calls("apt-get")] == ["update", "install"]
    assert machine.calls("apt-get")[1]["arguments"][-1] == "nfs-common"


def test_no_server_is_asked_for_packages_that_are_there(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "jq\n")
    machine.arrange("dpkg-query --show", {"says": "installed"})

    ended = machine.run_script("apt-packages.sh")

    assert ended.returncode == 0, ended.stdout
    assert machine.calls("apt-get") == []


def test_an_added_package_that_cannot_be_installed_is_named(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "no-such-package\n")
    machine.arrange("dpkg-query --show", {"exit": 1})
    machine.arrange("apt-get install", {"exit": 100})

    ended = machine.run_script("apt-packages.sh")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == "error: apt-get cannot install no-such-package"


def test_amazon_linux_installs_by_dnf_what_no_package_provides(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "conntrack-tools\nsocat\n")
    machine.arrange("rpm --query", {}, {"exit": 1})

    ended = machine.run_script("dnf-packages.sh")

    assert ended.returncode == 0, ended.stdout
    assert [call["arguments"] for call in machine.calls("rpm")] == [
        ["--query", "--whatprovides", "conntrack-tools"],
        ["--query", "--whatprovides", "socat"],
    ]
    assert [call["arguments"] for call in machine.calls("dnf")] == [
        ["install", "--assumeyes", "--setopt=install_weak_deps=False", "socat"]
    ]


def test_amazon_linux_asks_no_server_for_packages_that_are_there(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "socat\n")

    ended = machine.run_script("dnf-packages.sh")

    assert ended.returncode == 0, ended.stdout
    assert machine.calls("dnf") == []


def test_a_package_that_dnf_cannot_install_is_named(machine: Machine):
    put(machine, "etc/dualstack/added-packages", "no-such-package\n")
    machine.arrange("rpm --query", {"exit": 1})
    machine.arrange("dnf install", {"exit": 1})

    ended = machine.run_script("dnf-packages.sh")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == "error: dnf cannot install no-such-package"
