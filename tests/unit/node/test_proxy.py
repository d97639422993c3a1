"""Machines behind a proxy: every unit and program uses it, and what is near is reached directly."""

import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.catalog.cloud_controller import content
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.patience import wait_until
from tests.unit.node.conftest import PROGRAM_FOLDER, Cluster
from tests.unit.node.machine import Machine

PROXY = "http://proxy.example.com:3128"
UNITS = sorted(PROGRAM_FOLDER.glob("*.service"))


def spec(**software: Any) -> Spec:
    """A cluster with endpoints for two services, and one pool."""
    return load(
        Spec,
        {
            "region": "eu-west-1",
            "project": "dualstack",
            "stack": "test",
            "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
            "network": {
                "zones": ["eu-west-1a"],
                "endpoints": {"interfaces": ["ssm", "ecr.dkr"]},
            },
            "pods": {"ipv6Range": "fd00:10:244::/56"},
            "services": {"ipv6Range": "fd00:10:96::/112"},
            "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
            "workers": {"general": {}},
            "software": software,
        },
    )


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_unit_reads_the_environment_of_its_image(unit: Path):
    assert "EnvironmentFile=-/etc/dualstack/environment" in unit.read_text().splitlines()


@pytest.mark.parametrize("role", ["control plane", "worker"])
def test_every_service_of_a_machine_reads_the_proxy_even_those_that_its_image_brings(role: str):
    whole = spec(proxy=PROXY, noProxy=["mirror.example.com"])
    text = (
        control_plane_text(whole) if role == "control plane" else worker_text(whole.pool("general"))
    )
    files = {file["path"]: file["content"] for file in yaml.safe_load(text)["write_files"]}

    assert files["/etc/systemd/system/service.d/10-dualstack.conf"] == (
        "[Service]\nEnvironmentFile=-/etc/dualstack/proxy\n"
    )
    assert json.loads(files["/etc/dualstack/node.json"])["proxy"] == {
        "url": PROXY,
        "direct": [
            *("localhost", "127.0.0.1", "127.0.0.0/8", "::1", "169.254.169.254", "fd00:ec2::254"),
            *(".svc", ".cluster.local", ".internal"),
            *("10.244.0.0/16", "fd00:10:244::/56", "10.96.0.0/16", "fd00:10:96::/112"),
            *("10.0.0.0/16", "ssm.eu-west-1.amazonaws.com", "dkr.ecr.eu-west-1.amazonaws.com"),
            *("s3.eu-west-1.amazonaws.com", "mirror.example.com"),
        ],
    }


def test_without_a_proxy_machines_know_of_none():
    for text in (control_plane_text(spec()), worker_text(spec().pool("general"))):
        assert "proxy.py" not in text
        assert '"proxy":' not in text


class _Proxy(http.server.BaseHTTPRequestHandler):
    """A proxy that notes what it is asked for, and answers in place of AWS."""

    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = urllib.request.Request(
            self.path, body, {key: value for key, value in self.headers.items() if key != "Host"}
        )
        request.add_header("Host", self.headers["Host"])
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request) as answer:
            text = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """The URL of a proxy, and what it was asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Proxy,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


VPC = "network/interfaces/macs/02:00:00:00:00:01/vpc-{}-cidr-blocks"


def behind(url: str, machine: Machine) -> Machine:
    """Put a machine behind a proxy, as its user data does."""
    machine.set(proxy={"url": url, "direct": ["169.254.169.254", ".svc"]})
    (machine.root / "usr/local/lib/dualstack/proxy.py").write_text(
        (PROGRAM_FOLDER / "proxy.py").read_text()
    )
    machine.metadata.values |= {
        "mac": "02:00:00:00:00:01",
        VPC.format("ipv4"): "10.0.0.0/16\n10.1.0.0/16",
        VPC.format("ipv6"): "2001:db8:1::/56",
    }
    return machine


def direct(machine: Machine) -> str:
    """What the units of a machine reach directly."""
    lines = (machine.root / "etc/dualstack/proxy").read_text().splitlines()
    [found] = [line.partition("=")[2] for line in lines if line.startswith("no_proxy=")]
    return found


def test_a_worker_asks_aws_through_the_proxy_and_its_vpc_and_api_directly(
    cluster: Cluster, proxy: tuple[str, list[str]]
):
    url, asked = proxy
    cluster.api_up.set()
    worker = behind(url, cluster.worker())

    ended = worker.run()

    assert ended.returncode == 0, ended.stdout
    assert asked, "AWS was not asked through the proxy"
    assert all(path.startswith(cluster.url) for path in asked)
    assert (worker.root / "etc/dualstack/proxy").read_text() == (
        f"http_proxy={url}\nhttps_proxy={url}\nno_proxy={DIRECT}\n"
        f"HTTP_PROXY={url}\nHTTPS_PROXY={url}\nNO_PROXY={DIRECT}\n"
    )
    (join,) = [call for call in worker.calls() if call["arguments"][0] == "join"]
    assert join["environment"]["HTTPS_PROXY"] == url
    assert join["environment"]["NO_PROXY"] == DIRECT
    assert ["restart", "containerd"] in [call["arguments"] for call in worker.calls("systemctl")]


DIRECT = "169.254.169.254,.svc,10.0.0.0/16,10.1.0.0/16,2001:db8:1::/56,localhost"
"""What follows from the settings, from metadata and, as the last, from the API's name."""


def test_the_apis_name_is_reached_directly_after_every_start_too(
    cluster: Cluster, proxy: tuple[str, list[str]]
):
    machine = behind(proxy[0], cluster.control_plane())
    machine.run()
    joined = direct(machine)

    machine.run("fetch.py")
    fetched = direct(machine)
    process = machine.start("upgrade.py")
    began = len(machine.calls("systemctl"))
    wait_until(lambda: len(machine.calls("systemctl")) > began, "the upgrade to start its units")
    machine.crash(process)

    assert [joined, fetched, direct(machine)] == [DIRECT] * 3


def test_what_the_settings_name_no_more_is_not_reached_directly_by_who_joins_again(
    cluster: Cluster, proxy: tuple[str, list[str]]
):
    cluster.api_up.set()
    worker = behind(proxy[0], cluster.worker())
    worker.run()
    worker.set(proxy={"url": proxy[0], "direct": ["169.254.169.254"]})

    worker.run()

    assert direct(worker) == "169.254.169.254,10.0.0.0/16,10.1.0.0/16,2001:db8:1::/56,localhost"


@pytest.mark.parametrize("late", ["mac", VPC.format("ipv4"), VPC.format("ipv6")])
def test_metadata_that_misses_an_answer_leaves_no_range_out(
    cluster: Cluster, proxy: tuple[str, list[str]], late: str
):
    worker = behind(proxy[0], cluster.worker())
    worker.metadata.appears_after[late] = 1

    worker.run("fetch.py")

    assert direct(worker) == "169.254.169.254,.svc,10.0.0.0/16,10.1.0.0/16,2001:db8:1::/56"


def test_the_cloud_controller_asks_ec2_through_the_proxy_unless_told_otherwise():
    def variables(whole: Spec) -> dict[str, str]:
        objects = content(whole.addons_part(), "v1.37.0").objects()
        (workload,) = [each for each in objects if each["kind"] in {"DaemonSet", "Deployment"}]
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        return {each["name"]: each.get("value", "") for each in container.get("env") or []}

    found = variables(spec(proxy=PROXY))

    assert found["HTTPS_PROXY"] == PROXY
    assert "10.96.0.0/16" in found["NO_PROXY"].split(",")
    assert "HTTPS_PROXY" not in variables(spec())


def test_apt_takes_packages_from_a_mirror_by_cloud_inits_own_settings():
    text = worker_text(spec(packageMirror="http://archive.ubuntu.com/ubuntu").pool("general"))

    mirror = [{"arches": ["default"], "uri": "http://archive.ubuntu.com/ubuntu"}]
    assert yaml.safe_load(text)["apt"] == {"primary": mirror, "security": mirror}
    assert "apt" not in yaml.safe_load(worker_text(spec().pool("general")))
