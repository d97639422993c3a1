"""Images that switch IPv6 off: the host gets it back, or the reason is in the bootstrap's last line."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.unit.node.conftest import PROGRAM_FOLDER, Cluster
from tests.unit.node.machine import PROGRAMS, Machine
from tests.unit.node.metadata import Metadata

SYSCTLS = (PROGRAM_FOLDER / "sysctl.conf").read_text()


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """A machine whose one route leaves through ens5, with the settings of a node."""
    made = Machine(tmp_path / "machine", "i-0123456789abcdef0", Metadata({}), {})
    for name, text in {
        f"{PROGRAMS}/prepare-host.sh": (PROGRAM_FOLDER / "prepare-host.sh").read_text(),
        "etc/modules-load.d/dualstack-modules.conf": "overlay\n",
        "etc/sysctl.d/90-dualstack.conf": SYSCTLS,
    }.items():
        file = made.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    made.arrange("ip -o", {"says": "default via 10.0.0.1 dev ens5 proto dhcp src 10.0.0.9\n"})
    return made


HARDENED = """
set -e
ip link add ens5 type veth peer name far
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set ens5 up
ip address add 10.0.0.9/24 dev ens5
ip route add default via 10.0.0.1
cat /proc/sys/net/ipv6/conf/ens5/disable_ipv6
bash "$1" >&2
ip link add later type veth peer name later-far
cat /proc/sys/net/ipv6/conf/{all,default,ens5,later}/disable_ipv6
"""
"""An image with IPv6 switched off, in a network namespace of its own; then the host's script; then a further interface."""


@pytest.mark.skipif(
    subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "true"], check=False, capture_output=True
    ).returncode
    != 0,
    reason="this host lets nobody make a network namespace",
)
def test_ipv6_that_an_image_switched_off_is_on_again_for_interfaces_that_are_up_and_later_ones(
    host: Machine,
):
    only_ipv6 = [line for line in SYSCTLS.splitlines() if line.startswith("net.ipv6")]
    (host.root / "etc/sysctl.d/90-dualstack.conf").write_text("\n".join(only_ipv6) + "\n")
    real = host.root / "real"
    real.mkdir()
    for program in ("ip", "sysctl"):
        (real / program).symlink_to(shutil.which(program) or program)
    environment = host.env()

    ended = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--net"),
            *("bash", "-c", HARDENED, "hardened", host.root / PROGRAMS / "prepare-host.sh"),
        ],
        env=environment | {"PATH": f"{real}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["1", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    "complaint",
    [
        "sysctl: cannot stat /proc/sys/net/ipv6/conf/all/forwarding: No such file or directory\n",
        'sysctl: permission denied on key "x"\nsysctl: cannot stat /proc/sys/net/ipv6/conf/all/disable_ipv6\n',
    ],
)
def test_a_kernel_without_ipv6_is_named_with_its_cure(host: Machine, complaint: str):
    host.arrange("sysctl --quiet", {"exit": 1, "complains": complaint})

    ended = host.run_script("prepare-host.sh")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-2:] == [
        "error: the kernel has no IPv6; take ipv6.disable=1 off its command line (GRUB), or load the module ipv6",
        "error: the kernel lacks a sysctl that nodes need",
    ]


def test_the_reason_why_a_host_cannot_be_prepared_is_in_the_machines_status(cluster: Cluster):
    machine = cluster.worker()
    node = machine.root / "etc/dualstack/node.json"
    scripts = [str(machine.root / PROGRAMS / "prepare-host.sh")]
    node.write_text(json.dumps(json.loads(node.read_text()) | {"scripts": scripts}))
    machine.arrange(
        "sysctl --quiet", {"exit": 1, "complains": "sysctl: cannot stat /proc/sys/net/ipv6/conf\n"}
    )

    machine.run()

    status = cluster.status(machine) or ""
    assert status.startswith("failed, attempt 1: ")
    assert "take ipv6.disable=1 off its command line" in status


NETWORK_FILES = {
    "no": "IPv6AcceptRA=yes\nLinkLocalAddressing=ipv6\n",
    "ipv4": "IPv6AcceptRA=yes\nLinkLocalAddressing=ipv6\n",
    "ipv4-fallback": "IPv6AcceptRA=yes\nLinkLocalAddressing=ipv6\n",
    "yes": "IPv6AcceptRA=yes\n",
    "ipv6": "IPv6AcceptRA=yes\n",
}


@pytest.mark.parametrize(("said", "wanted"), NETWORK_FILES.items(), ids=NETWORK_FILES)
def test_networkd_gets_the_link_local_address_that_an_image_took_away(
    host: Machine, said: str, wanted: str
):
    file = host.root / "etc/systemd/network/05-hardened.network"
    file.parent.mkdir(parents=True)
    file.write_text(f"[Match]\nName=ens5\n[Network]\nLinkLocalAddressing={said}\nIPv6AcceptRA=no\n")
    host.arrange(
        "networkctl status", {"says": "   Network File: /etc/systemd/network/05-hardened.network\n"}
    )

    ended = host.run_script("prepare-host.sh")

    assert ended.returncode == 0, ended.stdout
    assert (file.parent / f"{file.name}.d/dualstack.conf").read_text() == f"[Network]\n{wanted}"


def test_networkd_asks_for_an_address_where_there_is_none_yet(host: Machine):
    host.run_script("prepare-host.sh")

    assert [call["arguments"] for call in host.calls("networkctl")][1:] == [
        ["reload"],
        ["reconfigure", "ens5"],
    ]


def test_networkd_is_left_alone_where_the_interface_has_an_address(host: Machine):
    route = {"says": "default via 10.0.0.1 dev ens5 proto dhcp src 10.0.0.9\n"}
    host.arrange("ip -o", route, route, {"says": "2: ens5 inet6 2001:db8::9/128 scope global\n"})

    host.run_script("prepare-host.sh")

    assert [call["arguments"] for call in host.calls("networkctl")] == [["status", "ens5"]]


def test_the_kernel_has_the_values_that_a_kubelet_asks_for_with_protect_kernel_defaults():
    lines = (line.split(" = ") for line in SYSCTLS.splitlines() if " = " in line)

    assert {key: value for key, value in lines if not key.startswith("net.")} == {
        "vm.overcommit_memory": "1",
        "vm.panic_on_oom": "0",
        "kernel.panic": "10",
        "kernel.panic_on_oops": "1",
        "kernel.keys.root_maxkeys": "1000000",
        "kernel.keys.root_maxbytes": "25000000",
    }
