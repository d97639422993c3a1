"""The renewal of a control plane's certificates: in time, in turn, and found again wherever it was cut off."""

import base64
import calendar
import fcntl
import json
import time
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from components.facts import ssm_paths
from components.spec.values import CertificateDays
from tests.support.patience import wait_until
from tests.unit.node import test_upgrade
from tests.unit.node.authority import Authority
from tests.unit.node.conftest import Cluster
from tests.unit.node.etcd import Etcd, member
from tests.unit.node.kubernetes import Kubernetes, node
from tests.unit.node.machine import Machine
from tests.unit.node.test_encryption import container
from tests.unit.node.test_upgrade import (
    COMPONENTS,
    LABEL,
    annotations,
    changed,
    kubeadm,
    plan,
    waits_for_lock,
)

PKI = "etc/kubernetes/pki"
NAMES = (
    *("apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "front-proxy-client"),
    *("etcd/server", "etcd/peer", "etcd/healthcheck-client"),
)
CONFIGS = ("admin", "controller-manager", "scheduler")
OTHER = "i-fffffffffffffffff"
RENEWED = ["certs renew --help", "certs renew all"]
ALL = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]


@pytest.fixture
def machine(
    cluster: Cluster, api: Kubernetes, etcd: Etcd, authority: Authority, request: Any
) -> Machine:
    """A control plane whose certificates are good for a year, but for the API server's, good for 60 days, and which runs with them."""
    made = request.getfixturevalue("joined")
    for name in NAMES:
        certify(made, authority, name, days=60 if name == "apiserver" else 365)
    for name in CONFIGS:
        configure(made, authority, name, days=365)
    api.pods = static_pods(made.instance)
    runs(made)
    return made


joined = test_upgrade.machine


def certify(machine: Machine, authority: Authority, name: str, days: int) -> None:
    certificate, key = authority.server_files(machine.root / "made", "127.0.0.1", days=days)
    place = machine.root / PKI / name
    place.parent.mkdir(exist_ok=True)
    certificate.rename(place.with_name(f"{place.name}.crt"))
    key.rename(place.with_name(f"{place.name}.key"))


def configure(machine: Machine, authority: Authority, name: str, days: int) -> None:
    """Write the certificate of a kubeconfig, as kubeadm does."""
    pair = authority.server_files(machine.root / "made", name, days=days)
    certificate, key = (base64.b64encode(file.read_bytes()).decode() for file in pair)
    file = machine.root / f"etc/kubernetes/{name}.conf"
    server = (machine.root / "etc/kubernetes/kubelet.conf").read_text().partition("users:")[0]
    file.write_text(
        f"{server}users:\n- user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n"
    )


def static_pods(name: str, ready: str = "True") -> list[dict[str, Any]]:
    """The static pods of a control plane, each in another container than the first."""
    return [
        {
            "metadata": {"name": f"{component}-{name}"},
            "spec": {"nodeName": name},
            "status": {
                "conditions": [{"type": "Ready", "status": ready}],
                "containerStatuses": [{"ready": True, "containerID": "containerd://another"}],
            },
        }
        for component in COMPONENTS
    ]


def runs(machine: Machine) -> None:
    """Every component runs in a container that was made now."""
    found = {"containers": [container("first", time.time_ns())]}
    machine.arrange("crictl ps", *[{"says": json.dumps(found)}] * 200)


def good(machine: Machine, authority: Authority) -> None:
    """All certificates are good for a year, and the components have read them."""
    certify(machine, authority, "apiserver", days=365)
    runs(machine)


def beside(api: Kubernetes, ready: str = "True", pods: str = "True") -> None:
    """There is another control plane."""
    api.nodes[OTHER] = node(OTHER, ready=ready)
    api.nodes[OTHER]["metadata"]["labels"][LABEL] = ""
    api.pods += static_pods(OTHER, ready=pods)


def writes(machine: Machine, authority: Authority) -> dict[str, Any]:
    """What kubeadm does: it writes each certificate with its key."""
    made = machine.root / "renewed"
    found: dict[str, str] = {}
    for name in NAMES:
        certificate, key = authority.server_files(made, "127.0.0.1")
        found |= {
            f"{PKI}/{name}.crt": certificate.read_text(),
            f"{PKI}/{name}.key": key.read_text(),
        }
    for name in CONFIGS:
        file = f"etc/kubernetes/{name}.conf"
        found[file] = (machine.root / file).read_text()
    return {"write": found}


@pytest.fixture(autouse=True)
def renews(machine: Machine, authority: Authority) -> None:
    """kubeadm is asked for its command, and renews."""
    machine.arrange("kubeadm certs", {}, writes(machine, authority))


def texts(machine: Machine) -> dict[str, str]:
    """The files that kubeadm renews, by their names."""
    folder = machine.root / "etc/kubernetes"
    found = [*folder.glob("pki/**/*.crt"), *folder.glob("pki/**/*.key"), *folder.glob("*.conf")]
    return {str(file.relative_to(folder)): file.read_text() for file in found}


def restarts(machine: Machine) -> list[str]:
    """The components that were restarted."""
    lines = (machine.root / "journal").read_text().splitlines()
    return [line.split()[1] for line in lines if line.endswith("for its certificates")]


def stops(machine: Machine) -> list[list[str]]:
    calls = [call["arguments"] for call in machine.calls("crictl")]
    return [words for words in calls if words[0] == "stop"]


def lease(holder: str, age_seconds: float = 0) -> dict[str, dict[str, Any]]:
    """A Lease that a machine has taken some time ago."""
    taken = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - age_seconds))
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 1800, "renewTime": taken}
    return {"dualstack-renewal": {"metadata": {"uid": "earlier"}, "spec": spec}}


def test_certificates_that_end_soon_are_renewed_and_all_but_etcd_restart(
    machine: Machine, api: Kubernetes
):
    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED
    assert restarts(machine) == ALL
    assert stops(machine) == [["stop", "--timeout", "2", "first"]] * 3
    assert (api.held, api.leases) == ([machine.instance], {})
    assert not (machine.root / "var/lib/dualstack/certificates").exists()


def test_beside_others_the_api_server_serves_on_until_load_balancers_have_left_it(
    machine: Machine, api: Kubernetes, etcd: Etcd
):
    beside(api)
    etcd.members = [member(machine, "1"), {"ID": "2", "name": OTHER}]

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert stops(machine) == [["stop", "--timeout", "30", "first"]] * 3


def test_certificates_that_are_good_for_long_are_left_alone(
    machine: Machine, authority: Authority, api: Kubernetes
):
    good(machine, authority)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert (kubeadm(machine), stops(machine), api.held) == ([], [], [])


def test_a_machine_shows_when_the_first_of_its_certificates_ends(
    machine: Machine, authority: Authority, api: Kubernetes
):
    good(machine, authority)
    configure(machine, authority, "scheduler", days=120)
    runs(machine)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    shown = annotations(api, machine)["dualstack/certificates-end"]
    left = calendar.timegm(time.strptime(shown, "%Y-%m-%dT%H:%M:%SZ")) - time.time()
    assert round(left / 86400) == 120


def test_a_machine_that_starts_shows_it_too(machine: Machine, api: Kubernetes, cluster: Cluster):
    plan(cluster, machine)

    process = machine.start("upgrade.py")
    wait_until(lambda: "dualstack/certificates-end" in annotations(api, machine), "the annotation")
    machine.crash(process)


def test_now_renews_what_is_good_for_long(machine: Machine, authority: Authority):
    good(machine, authority)

    ended = machine.run("renewal.py", "now")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED
    assert restarts(machine) == ALL


def test_the_shortest_life_of_a_certificate_is_twice_the_threshold_of_its_renewal():
    days = TypeAdapter(CertificateDays)

    assert days.validate_python(2 * 90) == 180
    with pytest.raises(ValidationError):
        days.validate_python(2 * 90 - 1)


def test_an_old_kubeadm_renews_by_its_alpha_command(machine: Machine):
    machine.arrange("kubeadm certs", {"exit": 1})

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == ["certs renew --help", "alpha certs renew all"]


@pytest.mark.parametrize("name", [*CONFIGS, "super-admin"])
def test_a_kubeconfig_whose_certificate_ends_soon_is_renewed_too(
    machine: Machine, authority: Authority, name: str
):
    configure(machine, authority, name, days=60)
    good(machine, authority)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED


def test_a_kubeconfig_that_names_a_file_causes_no_renewal(machine: Machine, authority: Authority):
    good(machine, authority)
    config = machine.root / "etc/kubernetes/super-admin.conf"
    config.write_text("    client-certificate: /var/admin.pem\n")

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == []


def test_the_kubelet_of_1_16_reads_the_certificate_that_it_renews_itself(
    machine: Machine, authority: Authority
):
    good(machine, authority)
    configure(machine, authority, "kubelet", days=60)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert (machine.root / "etc/kubernetes/kubelet.conf").read_text().partition("users:")[2] == (
        "\n- user:\n"
        "    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n"
        "    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem\n"
    )


def test_after_a_failed_renewal_the_certificates_from_before_are_back_and_nothing_restarts(
    machine: Machine, authority: Authority, api: Kubernetes
):
    before = texts(machine)
    failure = {"exit": 1, "complains": "error: no certificate authority\n"}
    machine.arrange("kubeadm certs", {}, writes(machine, authority) | failure)

    ended = machine.run("renewal.py")

    assert ended.returncode == 1
    assert "error: no certificate authority" in ended.stdout
    assert texts(machine) == before
    assert (stops(machine), api.leases) == ([], {})


def test_what_power_that_fails_within_the_renewal_has_left_is_put_back_at_the_next_boot(
    machine: Machine,
):
    before, key = texts(machine), machine.root / PKI / "apiserver.key"
    half = {"write": {f"{PKI}/apiserver.key": "half a pa"}, "until": "never"}
    machine.arrange("kubeadm certs", {}, half)

    process = machine.start("renewal.py")
    wait_until(lambda: key.read_text() == "half a pa", "kubeadm to write")
    machine.crash(process)
    ended = machine.run("renewal.py", "put-back")

    assert ended.returncode == 0, ended.stdout
    assert texts(machine) == before
    assert [*(machine.root / "var/lib/dualstack").glob("certificates*")] == []
    assert kubeadm(machine) == RENEWED


def test_what_was_put_back_is_for_root_alone(machine: Machine):
    key = machine.root / PKI / "apiserver.key"
    key.chmod(0o600)
    machine.arrange("kubeadm certs", {}, {"exit": 1})

    machine.run("renewal.py")

    assert key.stat().st_mode & 0o777 == 0o600


def test_copies_that_power_that_fails_has_left_unfinished_are_not_put_back(machine: Machine):
    before = texts(machine)
    unfinished = machine.root / "var/lib/dualstack/certificates.partial" / PKI / "apiserver.crt"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_text("half a")

    machine.run("renewal.py", "put-back")
    now = texts(machine)
    ended = machine.run("renewal.py")

    assert now == before
    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED


def test_a_run_that_was_cut_off_after_the_renewal_is_completed_without_another_one(
    machine: Machine, api: Kubernetes
):
    machine.arrange("crictl stop", {"until": "never"})

    process = machine.start("renewal.py")
    wait_until(lambda: stops(machine), "the end of the first component")
    machine.crash(process)
    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED
    assert restarts(machine) == ALL
    # It has taken over what it held itself.
    assert (api.held, api.leases) == ([machine.instance] * 2, {})


def test_only_what_has_not_read_its_files_restarts(machine: Machine, authority: Authority):
    good(machine, authority)
    configure(machine, authority, "scheduler", days=365)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == []
    assert restarts(machine) == ["kube-scheduler"]


def test_the_certificate_that_a_plan_replaces_restarts_nothing(
    machine: Machine, authority: Authority
):
    good(machine, authority)
    certify(machine, authority, "apiserver", days=365)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert restarts(machine) == []


def test_nothing_else_restarts_while_the_api_server_is_not_ready(machine: Machine, api: Kubernetes):
    [status] = api.pods[1]["status"]["containerStatuses"]
    status["ready"] = False

    ended = machine.run_out_of_patience("renewal.py")

    assert ended.returncode == 1
    assert "kube-apiserver not ready after 240 seconds" in ended.stdout
    assert restarts(machine) == ["kube-apiserver"]
    assert api.leases == {}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"ready": "Unknown"}, f"{OTHER} not ready"),
        (
            {"pods": "False"},
            ", ".join(f"{component}-{OTHER}" for component in COMPONENTS) + " not ready",
        ),
    ],
    ids=["Node", "static pods"],
)
def test_nothing_is_touched_while_another_control_plane_is_not_well(
    machine: Machine, api: Kubernetes, state: dict[str, str], said: str
):
    beside(api, **state)
    before = texts(machine)

    ended = machine.run_out_of_patience("renewal.py")

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == f"error: certificates are not renewed: {said}"
    assert texts(machine) == before
    assert (kubeadm(machine), stops(machine), api.leases) == ([], [], {})


def test_its_own_pods_that_are_not_ready_hold_it_up_no_more(machine: Machine, api: Kubernetes):
    for pod in api.pods:
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False"}]

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert restarts(machine) == ALL


def test_nothing_is_touched_while_control_planes_follow_a_plan(cluster: Cluster, machine: Machine):
    plan(cluster, machine, **changed(machine))

    ended = machine.run_out_of_patience("renewal.py")

    assert ended.returncode == 1
    assert "the control planes have not all reached the plan of 1.37.2" in ended.stdout
    assert (kubeadm(machine), stops(machine)) == ([], [])


def test_a_plan_that_all_have_reached_holds_nothing_up(cluster: Cluster, machine: Machine):
    digest = plan(cluster, machine, **changed(machine))
    cluster.put(ssm_paths.reached(cluster.name), f"{digest} 1.37.2")

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED


def test_it_waits_for_its_turn_and_then_goes_on(machine: Machine, api: Kubernetes):
    beside(api)
    api.leases = lease(OTHER)

    process = machine.start("renewal.py")
    machine.wait_until_it_says(f"waits: {OTHER} renews its certificates")
    before = kubeadm(machine)
    api.leases.clear()
    ended = machine.end_of(process)

    assert before == []
    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED


def test_the_turn_of_a_machine_that_has_died_in_it_ends(machine: Machine, api: Kubernetes):
    beside(api)
    api.leases = lease(OTHER, age_seconds=1801)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert (api.held, api.leases) == ([machine.instance], {})


def test_another_machines_turn_is_not_given_back(machine: Machine, api: Kubernetes):
    beside(api)
    api.leases = lease(OTHER)

    ended = machine.run_out_of_patience("renewal.py")

    assert ended.returncode == 1
    assert kubeadm(machine) == []
    assert {*api.leases} == {"dualstack-renewal"}


def test_no_certificate_ends_because_another_machine_is_dead_for_ever(
    machine: Machine, authority: Authority, api: Kubernetes
):
    beside(api, ready="Unknown")
    certify(machine, authority, "etcd/peer", days=20)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED
    assert api.held == [machine.instance]


def test_what_was_cut_off_waits_for_no_machine_that_is_dead_since(
    machine: Machine, authority: Authority, api: Kubernetes
):
    good(machine, authority)
    beside(api, ready="Unknown")
    configure(machine, authority, "scheduler", days=365)

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert restarts(machine) == ["kube-scheduler"]
    assert api.held == [machine.instance]


def test_also_what_is_urgent_waits_while_another_machine_renews(
    machine: Machine, authority: Authority, api: Kubernetes
):
    beside(api)
    certify(machine, authority, "etcd/peer", days=20)
    api.leases = lease(OTHER)

    process = machine.start("renewal.py")
    machine.wait_until_it_says(f"waits: {OTHER} renews its certificates")
    before = kubeadm(machine)
    api.leases.clear()
    machine.end_of(process)

    assert before == []
    assert kubeadm(machine) == RENEWED


def test_no_certificate_ends_because_the_api_is_away(
    machine: Machine, authority: Authority, api: Kubernetes
):
    certify(machine, authority, "etcd/peer", days=20)
    api.away = True

    ended = machine.run_out_of_patience("renewal.py")

    assert "goes on: certificates would end" in ended.stdout
    assert kubeadm(machine) == RENEWED
    assert restarts(machine) == ["kube-apiserver"]


def test_certificates_are_not_renewed_while_an_upgrade_restarts_static_pods(machine: Machine):
    lock = machine.root / "run/dualstack/static-pods"
    lock.parent.mkdir(parents=True, exist_ok=True)

    with lock.open("w") as upgrade:
        fcntl.flock(upgrade, fcntl.LOCK_EX)
        process = machine.start("renewal.py")
        wait_until(lambda: waits_for_lock(process.pid), "the renewal at the lock")
        before = kubeadm(machine)
    ended = machine.end_of(process)

    assert before == []
    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED


def test_an_upgrade_waits_while_another_control_plane_renews_its_certificates(
    cluster: Cluster, machine: Machine, api: Kubernetes
):
    beside(api)
    api.leases = lease(OTHER)
    plan(cluster, machine, **changed(machine))

    process = machine.start("upgrade.py")
    words = f"joined; upgrade to 1.37.2: waits for {OTHER}, which renews its certificates"
    machine.wait_until_it_says(words)
    machine.crash(process)

    assert kubeadm(machine) == []


def arrange_docker(machine: Machine, created: str) -> None:
    machine.set(runtime="docker")
    machine.arrange("docker ps", *[{"says": "0123abcd Up 5 minutes\n"}] * 20)
    machine.arrange("docker inspect", *[{"says": f"{created}\n"}] * 20)


def docker_stops(machine: Machine) -> list[list[str]]:
    calls = [call["arguments"] for call in machine.calls("docker")]
    return [words for words in calls if words[0] == "stop"]


def test_a_machine_with_docker_restarts_its_components_by_docker(
    cluster: Cluster, machine: Machine
):
    arrange_docker(machine, "2024-02-29T01:02:03.5Z")
    # Control planes with Docker follow no plan, so none is ever reached.
    plan(cluster, machine, **changed(machine))

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert kubeadm(machine) == RENEWED
    assert restarts(machine) == ALL
    assert docker_stops(machine) == [["stop", "--time", "2", "0123abcd"]] * 3
    assert machine.calls("crictl") == []


def test_what_docker_has_started_since_the_renewal_is_left_alone(
    machine: Machine, authority: Authority
):
    good(machine, authority)
    later = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60))
    arrange_docker(machine, f"{later}.123456789Z")

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert (kubeadm(machine), docker_stops(machine)) == ([], [])


def test_what_docker_has_started_in_the_second_of_the_renewal_but_before_it_restarts(
    machine: Machine, authority: Authority
):
    good(machine, authority)
    placed = (machine.root / "etc/kubernetes/scheduler.conf").stat().st_ctime_ns - 1
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(placed // 10**9))
    arrange_docker(machine, f"{second}.{placed % 10**9:09}Z")

    ended = machine.run("renewal.py")

    assert ended.returncode == 0, ended.stdout
    assert restarts(machine) == ["kube-scheduler"]
