"""Control planes renew their certificates under the probe: in turn, also if one loses its power in between, and all of them are used."""

import json
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from components.facts.ports import ETCD_PEERS
from components.status.endings import end_of
from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually, internal_addresses
from tests.live.under_probe import serve, under_probe
from tests.support.patience import PATIENCE_SECONDS

UNIT = "dualstack-certificates.service"
OVERRIDE = f"/run/systemd/system/{UNIT}.d/now.conf"
NOW = """[Service]
ExecStart=
ExecStart=/usr/bin/python3 /usr/local/lib/dualstack/renewal.py now
"""
"""What the unit runs here: certificates of a new cluster are good for a year."""
KEPT = "upper/var/lib/dualstack/certificates"
"""Stands on a machine, seen from the host, while kubeadm writes certificates."""

SEEN = """
import base64, glob, json, re, socket, ssl, sys
sys.path.insert(0, "/usr/local/lib/dualstack")
import machine, manifests, renewal

settings, (address, peers) = machine.settings(), sys.argv[1:]
pki = "/etc/kubernetes/pki"
found = {file: open(file).read() for file in glob.glob(f"{pki}/**/*.crt", recursive=True) if not file.endswith("ca.crt")}
for file in glob.glob("/etc/kubernetes/*.conf"):
    data = re.search(r"client-certificate-data: *(\\S+)", open(file).read())
    if data:
        found[file] = base64.b64decode(data.group(1)).decode()

def served(host, port, client):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(f"{pki}/{client}.crt", f"{pki}/{client}.key")
    with socket.create_connection((host, port), 10) as plain, context.wrap_socket(plain) as tls:
        return tls.getpeercert(binary_form=True)

asked = {
    "apiserver": ("localhost", settings["apiPort"], "apiserver-kubelet-client"),
    "etcd/server": ("localhost", settings["etcdPort"], "etcd/healthcheck-client"),
    "etcd/peer": (address, int(peers), "etcd/peer"),
}
print(json.dumps({
    "certificates": found,
    "foreign": [name for name, where in asked.items() if served(*where) != ssl.PEM_cert_to_DER_cert(found[f"{pki}/{name}.crt"])],
    "unread": [one for one, files in renewal.READERS.items() if any(manifests.older(one, file) for file in files)],
    "containers": {one: manifests.running(one) for one in manifests.COMPONENTS},
}))
"""
"""The certificates of a control plane; those of them that another is served for; components that have not read theirs; containers."""


@dataclass(frozen=True)
class Seen:
    """A control plane's certificates, and who uses them."""

    ends: dict[str, datetime]
    """When each certificate ends, by file."""
    foreign: list[str]
    """Certificates in whose place another one is served."""
    unread: list[str]
    """Components that run since before their files."""
    containers: dict[str, list[str]]
    """The ids of each component's containers."""


@pytest.fixture(scope="module", autouse=True)
def served(cluster: Cluster) -> None:
    serve(cluster)


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """A worker, from whose network Services are asked."""
    return cluster.machine(cluster.nodes("worker")[0])


def test_all_certificates_are_renewed_and_used_and_no_etcd_restarts(cluster, asked_from):
    before = look(cluster)

    with (
        under_probe(cluster, "certificates are renewed", asked_from) as figures,
        ThreadPoolExecutor() as pool,
    ):
        for run in begun(cluster, pool).values():
            run.result()
    after = look(cluster)

    for instance, seen in after.items():
        was = before[instance]
        assert later(was, seen)
        assert (seen.foreign, seen.unread) == ([], [])
        assert seen.containers["etcd"] == was.containers["etcd"]
        for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
            assert set(seen.containers[component]).isdisjoint(was.containers[component])
    assert together(cluster) == []
    assert figures.failures("Service") == []
    assert figures.lost == []
    if len(after) > 1:
        assert figures.failures("API") == []


@pytest.mark.stacks("ipv6first")
def test_a_machine_that_loses_its_power_in_its_renewal_comes_back_and_all_are_renewed(
    cluster, asked_from
):
    before, wanted = look(cluster), len(cluster.nodes())

    with (
        under_probe(cluster, "power fails in a renewal", asked_from) as figures,
        ThreadPoolExecutor() as pool,
    ):
        runs = begun(cluster, pool)
        machines = [cluster.machine(instance) for instance in runs]
        broken = eventually(lambda: next(filter(renewing, machines), None), pause=0.02)
        assert broken, "no renewal was seen"
        broken.stop()
        assert renewing(broken), "kubeadm was done before power failed"
        # AWS is told of it first; a start before that would not be one.
        assert eventually(lambda: not broken.was_on.exists())
        cut_off = runs.pop(broken.instance).exception()
        half_way = [instance for instance, run in runs.items() if run.done()]
        cluster.aws("ec2").start_instances(InstanceIds=[broken.instance])
        assert eventually(lambda: "certificates from before are back" in put_back(broken))
        assert eventually(lambda: cluster.all_ready(wanted))
        renew(broken)
        for run in runs.values():
            run.result()
    after = look(cluster)

    assert cut_off is not None
    assert half_way == []
    for instance, seen in after.items():
        assert later(before[instance], seen)
        assert (seen.foreign, seen.unread) == ([], [])
    assert together(cluster) == []
    assert figures.failures("Service") == []
    assert figures.lost == []


def begun(cluster: Cluster, pool: ThreadPoolExecutor) -> dict[str, Future[None]]:
    """Renewals on all control planes at once, by instance."""
    machines = [cluster.machine(node) for node in cluster.nodes("control plane")]
    return {one.instance: pool.submit(renew, one) for one in machines}


def renew(machine: Machine) -> None:
    """Run the unit to its end, as its timer does."""
    write = f"mkdir --parents {OVERRIDE.rpartition('/')[0]} && printf '%s' '{NOW}' > {OVERRIDE}"
    machine.run("sh", "-c", write)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", UNIT, seconds=2 * PATIENCE_SECONDS)


def renewing(machine: Machine) -> bool:
    return (machine.folder / KEPT).exists()


def put_back(machine: Machine) -> str:
    """What a machine says of certificates that it has put back at its start."""
    return machine.run("journalctl", "--unit=dualstack-put-back.service")


def look(cluster: Cluster) -> dict[str, Seen]:
    """Every control plane by instance."""
    found: dict[str, Seen] = {}
    for node in cluster.nodes("control plane"):
        machine, address = cluster.machine(node), internal_addresses(node)[0]
        told: dict[str, Any] = json.loads(
            machine.run("python3", "-c", SEEN, address, str(ETCD_PEERS))
        )
        ends = {
            file: end_of(ssl.PEM_cert_to_DER_cert(text))
            for file, text in told.pop("certificates").items()
        }
        # Seven pairs and three kubeconfigs; the machine that has made the cluster has super-admin.conf too.
        assert len(ends) in (10, 11), ends
        found[machine.instance] = Seen(ends, **told)
    return found


def later(before: Seen, after: Seen) -> bool:
    """Whether all certificates are the same ones, and each ends later."""
    return after.ends.keys() == before.ends.keys() and all(
        after.ends[file] > ends for file, ends in before.ends.items()
    )


def together(cluster: Cluster) -> list[tuple[float, float]]:
    """The times at which a control plane has restarted components before another was done, each as its begin and its end."""
    spans = sorted(
        span for node in cluster.nodes("control plane") for span in _spans(cluster, node)
    )
    return [second for first, second in pairwise(spans) if second[0] < first[1]]


def _spans(cluster: Cluster, node: dict[str, Any]) -> list[tuple[float, float]]:
    """From the first restart to the end, of each renewal of a machine that came to its end."""
    said = cluster.machine(node).run("journalctl", f"--unit={UNIT}", "--output=short-unix")
    spans: list[tuple[float, float]] = []
    begun = None
    for line in said.splitlines():
        if "restarts kube-apiserver for its certificates" in line:
            begun = float(line.split()[0])
        elif "certificates renewed" in line and begun:
            spans.append((begun, float(line.split()[0])))
            begun = None
    return spans
