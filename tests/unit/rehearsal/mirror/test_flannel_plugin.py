"""The stand-in for flannel's CNI plugin, run as a container runtime runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rehearsal.mirror

PLUGIN = Path(rehearsal.mirror.__file__).with_name("flannel_plugin.py")

GIVEN = """FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.1.1/24
FLANNEL_IPV6_NETWORK=fd00:10:244::/56
FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
FLANNEL_MTU=1430
FLANNEL_IPMASQ=true
"""

BRIDGE = """#!/bin/sh
cat > {folder}/told
echo '{{"cniVersion": "1.0.0", "ips": []}}'
exit {status}
"""


@pytest.fixture
def node(tmp_path):
    """A node on which flannel's daemon has run, and a bridge plugin that writes down what it is told."""
    (tmp_path / "subnet.env").write_text(GIVEN)

    def call(command: str, *, status: int = 0) -> tuple[int, dict, dict | None]:
        bridge = tmp_path / "bridge"
        bridge.write_text(BRIDGE.format(folder=tmp_path, status=status))
        bridge.chmod(0o755)
        told = tmp_path / "told"
        told.unlink(missing_ok=True)
        network = {
            "name": "flannel",
            "cniVersion": "1.0.0",
            "type": "flannel",
            "delegate": {"hairpinMode": True, "isDefaultGateway": True},
            "runtimeConfig": {"portMappings": []},
            "subnetFile": str(tmp_path / "subnet.env"),
            "dataDir": str(tmp_path / "remembered"),
        }
        answer = subprocess.run(
            [sys.executable, str(PLUGIN)],
            input=json.dumps(network),
            env={
                **os.environ,
                "CNI_COMMAND": command,
                "CNI_CONTAINERID": "pod",
                "CNI_PATH": f"/nowhere:{tmp_path}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = json.loads(answer.stdout) if answer.stdout else {}
        return answer.returncode, said, json.loads(told.read_text()) if told.exists() else None

    return call


def test_a_pod_is_handed_to_the_bridge_with_a_range_of_each_family(node):
    status, said, told = node("ADD")

    assert (status, said) == (0, {"cniVersion": "1.0.0", "ips": []})
    assert told == {
        "type": "bridge",
        "name": "flannel",
        "cniVersion": "1.0.0",
        "hairpinMode": True,
        "isDefaultGateway": True,
        "isGateway": True,
        "ipMasq": False,
        "mtu": 1430,
        "runtimeConfig": {"portMappings": []},
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": "10.244.1.0/24"}], [{"subnet": "fd00:10:244:1::/64"}]],
            "routes": [{"dst": "10.244.0.0/16"}, {"dst": "fd00:10:244::/56"}],
        },
    }


def test_a_pod_is_taken_back_as_it_was_given_although_the_ranges_have_changed(node, tmp_path):
    _, _, given = node("ADD")
    (tmp_path / "subnet.env").write_text(GIVEN.replace("10.244.1.1", "10.244.9.1"))

    status, _, taken = node("DEL")

    assert (status, taken) == (0, given)
    assert list((tmp_path / "remembered").iterdir()) == []


def test_a_pod_that_could_not_be_taken_back_is_tried_again(node, tmp_path):
    node("ADD")

    status, _, _ = node("DEL", status=3)

    assert status == 3
    assert [path.name for path in (tmp_path / "remembered").iterdir()] == ["pod"]


def test_a_pod_that_was_never_connected_is_disconnected_already(node):
    assert node("DEL") == (0, {}, None)


def test_before_the_daemon_has_written_its_ranges_the_runtime_is_told_to_try_again(node, tmp_path):
    (tmp_path / "subnet.env").unlink()

    status, said, told = node("ADD")

    assert (status, said["code"], told) == (1, 11, None)
    assert "has not written" in said["msg"]


def test_it_says_which_versions_it_speaks(node):
    _, said, _ = node("VERSION")

    assert said == {
        "cniVersion": "1.0.0",
        "supportedVersions": ["0.3.0", "0.3.1", "0.4.0", "1.0.0"],
    }
