"""The limits of kubelets: in the cluster's one configuration, and in the flags of each kind of machine."""

import pytest
import yaml

from components.config.check import check
from components.machine.documents import control_plane_join, init_documents, worker_join
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.minors import ALL as MINORS
from tests.unit.components.machine.test_documents import arguments, parsed

DESCRIBED = {
    "region": "eu-west-1",
    "project": "dualstack",
    "stack": "test",
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
}
LOGIND = "/etc/systemd/logind.conf.d/"


def spec(minor: str = "1.37", **sections: object) -> Spec:
    """A cluster with two pools."""
    cluster = {"name": "prod", "kubernetesVersion": minor}
    return load(Spec, {**DESCRIBED, "cluster": cluster, "workers": {"a": {}, "b": {}}, **sections})


def flags(document: str) -> dict[str, str]:
    """The kubelet's flags in a document."""
    found = parsed(document)
    registered = found.get("InitConfiguration") or found["JoinConfiguration"]
    return arguments(registered["nodeRegistration"]["kubeletExtraArgs"])


def everywhere(whole: Spec) -> list[dict[str, str]]:
    """The flags of every kind of machine: the first control plane, the others, and each pool."""
    plane = whole.control_plane_part()
    pools = [worker_join(whole.pool(name)) for name in whole.workers]
    return [flags(text) for text in (init_documents(plane), control_plane_join(plane), *pools)]


@pytest.mark.parametrize("minor", MINORS)
def test_every_kubelet_keeps_a_part_of_its_machine_by_its_size(minor: str):
    for found in everywhere(spec(minor)):
        assert found["kube-reserved"] == "cpu=@RESERVED_CPU@,memory=@RESERVED_MEMORY@"
        assert not {"max-pods", "system-reserved", "eviction-hard", "pod-max-pids"} & set(found)


@pytest.mark.parametrize("minor", MINORS)
def test_pods_have_a_limit_of_processes_and_from_1_21_on_a_time_to_end(minor: str):
    configured = parsed(init_documents(spec(minor).control_plane_part()))["KubeletConfiguration"]

    graceful = int(minor.split(".")[1]) >= 21
    assert configured["podPidsLimit"] == 4096
    assert configured.get("shutdownGracePeriod") == ("60s" if graceful else None)
    assert configured.get("shutdownGracePeriodCriticalPods") == ("20s" if graceful else None)


def test_pools_and_the_control_plane_have_limits_of_their_own():
    limited = spec(
        controlPlane={"kubelet": {"kubeReserved": {"memory": "1Gi"}}},
        workers={
            "a": {"kubelet": {"maxPods": 60, "evictionHard": {"memory.available": "5%"}}},
            "b": {"kubelet": {"podPidsLimit": 1024, "systemReserved": {"pid": "500"}}},
        },
    )

    first, joining, a, b = everywhere(limited)

    assert first["kube-reserved"] == joining["kube-reserved"] == "cpu=@RESERVED_CPU@,memory=1Gi"
    assert a["max-pods"] == "60"
    assert a["eviction-hard"] == (
        "memory.available<5%,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%"
    )
    assert (b["pod-max-pids"], b["system-reserved"]) == ("1024", "pid=500")
    assert "max-pods" not in b


def test_an_argument_of_every_kubelet_comes_before_what_is_computed():
    given = spec(kubeadm={"kubeletArgs": {"kube-reserved": "cpu=1", "max-pods": "50"}})

    assert [found["kube-reserved"] for found in everywhere(given)] == ["cpu=1"] * 4
    assert given.max_pods == given.pool("a").max_pods == 50


def test_the_most_pods_of_a_machine_are_those_of_its_own_kind():
    limited = spec(workers={"a": {"kubelet": {"maxPods": 60}}, "b": {}})

    assert [limited.max_pods, limited.pool("a").max_pods, limited.pool("b").max_pods] == [
        *(110, 60, 110),
    ]


def shutdown_files(text: str) -> dict[str, str]:
    """The files about shutting down, by name."""
    written = yaml.safe_load(text)["write_files"]
    return {
        file["path"].removeprefix(LOGIND): file["content"]
        for file in written
        if file["path"].startswith(LOGIND)
    }


def test_no_file_of_ubuntu_shortens_the_time_that_a_kubelet_may_take():
    whole = spec(nodes={"shutdownGraceSeconds": 90})

    ((name, content),) = shutdown_files(worker_text(whole.pool("a"))).items()
    assert content == "[Login]\nInhibitDelayMaxSec=90\n"
    # logind reads its files in the order of their names, and the last value holds.
    others = ["99-kubelet.conf", "unattended-upgrades-logind-maxdelay.conf"]
    assert max([*others, name]) == name


@pytest.mark.parametrize(("grace", "delay"), [(90, 5), (5, 4), (1, 0)])
def test_a_kubelet_does_not_end_etcd_before_its_machine_has_left_it(grace: int, delay: int):
    nodes = {"shutdownGraceSeconds": grace, "shutdownCriticalSeconds": 1}

    ((name, content),) = shutdown_files(control_plane_text(spec(nodes=nodes))).items()

    # A kubelet delays a shutdown only if logind allows it all the time that it asks for.
    assert (name, content) == ("zz-dualstack.conf", f"[Login]\nInhibitDelayMaxSec={delay}\n")


@pytest.mark.parametrize(
    ("minor", "nodes"), [("1.20", {}), ("1.37", {"shutdownGraceSeconds": 0})], ids=["1.20", "off"]
)
def test_without_a_graceful_end_nothing_delays_a_shutdown(minor: str, nodes: dict[str, int]):
    whole = spec(minor, nodes=nodes)

    assert shutdown_files(control_plane_text(whole)) == {}
    configured = parsed(init_documents(whole.control_plane_part()))["KubeletConfiguration"]
    assert "shutdownGracePeriod" not in configured
    assert check(Spec, whole.model_dump(by_alias=True)) == whole
