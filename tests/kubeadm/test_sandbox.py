"""The machines in which real programs run leave the host as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kubeadm.sandbox import NoSandboxError, sandbox
from tests.support.patience import wait_until

WRITES = """
mkdir -p /etc/kubernetes /var/lib/kubelet /var/lib/etcd /run/kubernetes
for folder in /etc/kubernetes /var/lib/kubelet /var/lib/etcd /run/kubernetes; do
    echo here > "$folder/left-behind"
done
echo 'kubeadm-etcd:x:996:996::/:/sbin/nologin' >> /etc/passwd
echo 'kubeadm-etcd:x:996:' >> /etc/group
hostname node2
ip link add more type veth peer name other
ip address add 10.9.9.9/24 dev more
"""


def listing(folder: Path) -> list[tuple[str, int, int]] | None:
    """Every file below a folder with its size and time, or None where there is no folder."""
    if not folder.exists():
        return None
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)


def host() -> dict[str, object]:
    """What a program in a machine could have changed on this host."""
    folders = ("/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/run/kubernetes")
    hidden = ("/etc", "/run", "/var/lib", "/var/log", "/run/programs")
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    interfaces = {path.name for path in Path("/sys/class/net").iterdir()}
    return {
        **{folder: listing(Path(folder)) for folder in folders},
        **{file: Path(file).read_bytes() for file in ("/etc/passwd", "/etc/group", "/etc/hosts")},
        "name": os.uname().nodename,
        "interfaces": interfaces & {"cable", "more", "other"},
        "mounts": [mount for mount in mounts if mount in hidden],
    }


def test_what_is_written_in_a_machine_is_not_on_the_host(tmp_path):
    before = host()

    with sandbox(tmp_path) as machine:
        done = machine.run("sh", "-eu", "-c", WRITES)
        during = host()

    assert (done.status, done.output) == (0, "")
    assert (tmp_path / "etc/kubernetes/left-behind").read_text() == "here\n"
    assert during == before
    assert host() == before


def test_kubeadm_writes_its_files_into_the_machine_alone(machine, kubeadm):
    before = host()

    done = machine.run(kubeadm, "init", "phase", "control-plane", "all")

    assert done.status == 0, done.output
    manifests = sorted(
        path.name for path in (machine.folder / "etc/kubernetes/manifests").iterdir()
    )
    assert manifests == [
        "kube-apiserver.yaml",
        "kube-controller-manager.yaml",
        "kube-scheduler.yaml",
    ]
    assert host() == before


def test_a_machine_has_both_families_and_a_name_of_its_own(machine):
    addresses = machine.run("ip", "-brief", "address", "show", "dev", "eth0").output.split()
    routes = machine.run("sh", "-c", "ip route; ip -6 route").output
    name = machine.run("hostname").output

    assert addresses[2:4] == ["10.0.0.10/24", "fd00:aa::10/64"]
    assert "default via 10.0.0.1 dev eth0" in routes
    assert "default via fd00:aa::1 dev eth0" in routes
    assert name == "node1\n"


def test_programs_left_running_end_with_the_machine(tmp_path):
    with sandbox(tmp_path) as machine:
        process = machine.start(tmp_path / "out", "sleep", "1000")
        assert process.poll() is None

    assert process.poll() is not None


def test_a_machine_ends_when_the_process_that_made_it_is_killed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from kubeadm.sandbox import sandbox\n"
        f"with sandbox(Path({str(tmp_path)!r})) as machine:\n"
        "    print(machine.pid, flush=True); sys.stdin.read()\n"
    )
    here = Path(__file__).parents
    maker = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{here[2]}:{here[1]}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert maker.stdin
    assert maker.stdout
    pid = int(maker.stdout.readline())

    maker.kill()
    maker.communicate()

    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the machine")


def test_a_host_that_cannot_make_one_is_told_what_it_takes(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoSandboxError) as error, sandbox(tmp_path):
        pass

    assert str(error.value).startswith(
        "unshare, nsenter, ip not found. The real programs run in namespaces of their own, "
        "which needs Linux with `unshare`, `nsenter` and `ip`"
    )
