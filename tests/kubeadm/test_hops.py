"""Each step from a minor to the next that a cluster can go, by the kubeadms of both."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.facts.versions import minor_of, patch_of
from rehearsal.builds import kubernetes
from tests.kubeadm.control_plane import PHASES
from tests.kubeadm.hops import PODS, rows
from tests.kubeadm.reading import Written, migrated
from tests.kubeadm.rendered import (
    cluster,
    initial,
    joining_control_plane,
    joining_worker,
    workers,
)
from tests.kubeadm.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs/reference/kubeadm.md"

AGAIN = ("certs apiserver", "etcd local", "control-plane all", "kubelet-start")
"""The phases by which a machine changes what it has: templates/node/upgrade.py and manifests.py."""

OLD_FORM = "deprecated API spec"

STAYS = {
    "1.21": {"feature-gates=IPv6DualStack=true": {*PODS} - {"etcd"}},
}
"""What kubeadm would take along from the minor before, had it no documents of the new one. To 1.22 it changes the registry itself."""

ISSUER = {"url": "https://login.example.com", "clientId": "kubernetes", "groupsClaim": "groups"}
BY_FLAGS = {
    "--oidc-issuer-url=https://login.example.com",
    "--oidc-client-id=kubernetes",
    "--oidc-username-claim=sub",
    "--oidc-username-prefix=oidc:",
    "--oidc-groups-claim=groups",
    "--oidc-groups-prefix=oidc:",
}
BY_FILE = {"--authentication-config=/etc/kubernetes/oidc-authentication.yaml"}
"""How API servers know the issuer: from 1.30 on by a file, to which no flag may be added."""

LACKS = {
    "1.29": {"kube-apiserver": {"--service-account-extend-token-expiration=false"}},
}
"""What only the documents of the new minor bring."""


@pytest.fixture
def kept(init_of, hop) -> Written:
    """What the cluster has of the minor before, IPv4 first and beside a cloud provider."""
    return init_of(hop[0], "IPv4 first", "external")[1]


@pytest.fixture
def new(init_of, hop) -> Written:
    """What a new cluster of the next minor has."""
    return init_of(hop[1], "IPv4 first", "external")[1]


def phases(machine: Sandbox, minor: str, document: str, *names: str) -> None:
    """Have a minor's kubeadm write what phases of its `init` write."""
    for name in names:
        done = machine.run(
            kubernetes.kubeadm(minor), "init", "phase", *name.split(), "--config", document
        )
        assert done.status == 0, done.output


def containers(folder: Path) -> dict[str, tuple[str, list[str]]]:
    """Image and command of each static pod, the command in the order of its flags."""
    found: dict[str, tuple[str, list[str]]] = {}
    for component in PODS:
        pod = yaml.safe_load((folder / f"{component}.yaml").read_text())
        [container] = pod["spec"]["containers"]
        found[component] = container["image"], sorted(container["command"])
    return found


def arguments(machine: Sandbox) -> list[str]:
    """The kubelet's arguments that kubeadm has written."""
    return (machine.folder / "lib/kubelet/kubeadm-flags.env").read_text().split()


def configuration(machine: Sandbox) -> dict[str, Any]:
    return yaml.safe_load((machine.folder / "lib/kubelet/config.yaml").read_text())


def test_the_next_kubeadm_reads_the_documents_of_a_minor_and_writes_them_in_its_form(
    machine, hop, order
):
    was, wanted = hop
    form = minor_of(wanted).api_version
    deprecated = minor_of(was).api_version != form
    for text in (
        initial(cluster(was, order)),
        joining_control_plane(cluster(was, order)),
        joining_worker(workers(was, order)),
    ):
        verdict = migrated(machine, kubernetes.kubeadm(wanted), text)

        assert verdict.accepted, verdict.output
        assert [line for line in verdict.complaints if OLD_FORM not in line] == []
        assert deprecated or verdict.complaints == []
        assert set(re.findall(r"kubeadm\.k8s\.io/v\w+", verdict.output)) >= {form}


def test_a_control_plane_that_went_a_step_is_as_one_that_is_made_new(machine, hop, order, init_of):
    was, wanted = hop
    document = machine.write("was.yaml", initial(cluster(was, order)))
    phases(machine, was, document, *PHASES)
    document = machine.write("wanted.yaml", initial(cluster(wanted, order)))

    phases(machine, wanted, document, *AGAIN)

    _, made = init_of(wanted, order)
    folder = machine.folder / "etc/kubernetes/manifests"
    assert containers(folder) == containers(made.folder)
    assert arguments(machine) == (made.folder / "kubeadm-flags.env").read_text().split()
    assert configuration(machine) == made.kubelet


def test_people_log_in_by_the_same_issuer_before_and_after_a_step(machine, hop):
    was, wanted = hop
    found = []
    for minor in hop:
        spec = cluster(minor, "IPv4 first", oidc={"issuers": [ISSUER]})
        phases(machine, minor, machine.write("now.yaml", initial(spec)), "certs all", *AGAIN[1:3])
        found.append(logins(machine.folder / "etc/kubernetes/manifests"))

    assert found == [BY_FILE if int(minor[2:]) >= 30 else BY_FLAGS for minor in (was, wanted)]


def logins(folder: Path) -> set[str]:
    """The arguments by which an API server knows people's tokens."""
    _, command = containers(folder)["kube-apiserver"]
    return {one for one in command if one.startswith(("--oidc-", "--authentication-config"))}


def test_manifests_of_what_the_cluster_keeps_are_those_that_machines_have(machine, hop, new):
    """So `kubeadm upgrade` afterwards finds them equal, and restarts nothing."""
    document = machine.write("kept.yaml", stored(new, hop[1]))
    phases(machine, hop[1], document, "certs all", "etcd local", "control-plane all")

    written = containers(machine.folder / "etc/kubernetes/manifests")

    assert written == containers(new.folder)


def test_what_the_cluster_kept_of_the_minor_before_is_read_and_differs_as_said(
    machine, hop, kept, new
):
    document = machine.write("kept.yaml", stored(kept, hop[1]))
    phases(machine, hop[1], document, "certs all", "etcd local", "control-plane all")

    written = containers(machine.folder / "etc/kubernetes/manifests")

    more: dict[str, set[str]] = {}
    for component, (_, command) in containers(new.folder).items():
        lacking = set(command) - set(written[component][1])
        assert lacking == LACKS.get(hop[1], {}).get(component, set())
        for flag in set(written[component][1]) - set(command):
            more.setdefault(flag.removeprefix("--"), set()).add(component)
    assert more == STAYS.get(hop[1], {})


def test_the_page_says_what_a_step_changes(hop, kept, new):
    page = PAGE.read_text().splitlines()

    found = [line for line in page if line.startswith(f"| to {hop[1]} |")]

    assert found == rows(kept, new, minor_of(hop[1]))


def stored(written: Written, version: str) -> str:
    """What kubeadm keeps of a cluster, as `kubeadm upgrade` to a version reads it, on the machine of a sandbox."""
    content = {**written.cluster, "kubernetesVersion": f"v{patch_of(version)}"}
    local = {
        "apiVersion": content["apiVersion"],
        "kind": "InitConfiguration",
        "localAPIEndpoint": {"advertiseAddress": "10.0.0.10"},
        "nodeRegistration": {"name": "node1"},
    }
    return yaml.safe_dump_all([content, local])
