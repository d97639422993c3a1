"""A cluster goes from minor to minor while its API and a Service are asked: no request to the Service fails, and nothing is lost."""

import sys
from collections.abc import Iterator

import pytest

from components.facts.versions import patch_of
from rehearsal.conformance import specs
from rehearsal.machines.machine import Machine
from rehearsal.machines.trial import Trial
from tests.live.beginnings import build, kept_up
from tests.live.cluster import Cluster, eventually
from tests.live.pools import wait_until_settled, workers
from tests.live.probe import OBJECT
from tests.live.test_control_planes import control_planes
from tests.live.test_restore import AFTER, restore, snapshots, states, write
from tests.live.under_probe import serve, under_probe
from tests.live.versions_seen import (
    API_SERVERS,
    api_server_versions,
    kubelet_versions,
    versions_seen,
)

MINORS = {"ipv4first": ("1.36", "1.37"), "ipv6first": ("1.35", "1.36", "1.37")}
"""The minors of each stack, in their order."""

WORKERS = 2
OF_SPECS = "--selector=e2e-run"
"""Chooses the namespaces of Kubernetes' own tests."""


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A stack of this folder at the first of its minors."""
    with kept_up(request.param, begin) as made:
        yield made


def begin(cluster: Cluster) -> None:
    come_up(cluster, *MINORS[cluster.name])


def come_up(cluster: Cluster, *minors: str) -> None:
    """Bring it up at the first, once all that its minors need is built, and wait until its control planes say what they are."""
    for minor in minors:
        build(at(cluster, minor))
    at(cluster, minors[0]).begin("live").succeed()
    assert eventually(lambda: "reached" in cluster.parameters("join"))
    cluster.beginning_file.write_text("{}")


@pytest.fixture(scope="module", autouse=True)
def served(cluster: Cluster) -> None:
    serve(cluster)


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """A control plane, from whose network Services are asked: it is changed in place, and workers are replaced."""
    return cluster.machine(cluster.nodes("control plane")[0])


@pytest.mark.stacks("ipv6first")
def test_two_minors_at_once_are_refused_and_nothing_changes(cluster):
    first, *chain = MINORS[cluster.name]
    assert len(chain) == 2
    before = identities(cluster)

    with at(cluster, chain[-1]).begin("live") as run:
        assert run.end() == 1

    assert f"Write {', '.join(chain)} one after the other" in " ".join(run.said.split())
    assert identities(cluster) == before
    assert set(kubelet_versions(cluster).values()) == {patch_of(first)}


@pytest.mark.stacks("ipv4first")
def test_one_control_plane_goes_to_the_next_minor(cluster, asked_from):
    goes_up(cluster, asked_from, *MINORS[cluster.name])


@pytest.mark.stacks("ipv6first")
@pytest.mark.parametrize("hop", [0, 1])
def test_three_control_planes_go_to_the_next_minor(cluster, asked_from, hop):
    goes_up(cluster, asked_from, *MINORS[cluster.name][hop : hop + 2])


@pytest.mark.stacks("ipv6first")
def test_a_changed_argument_arrives_although_up_is_killed_and_a_machine_loses_its_power(cluster):
    before, argument = identities(cluster), "--event-ttl=2h"
    asked = at(cluster, MINORS[cluster.name][-1]).changed(
        "kubeadm", apiServerArgs={"event-ttl": "2h"}
    )
    # The first in the order of names loses its power, so the Service is asked from the last.
    last = cluster.machine(cluster.nodes("control plane")[-1])

    with under_probe(cluster, "an argument changes under faults", last) as figures:
        with asked.begin("live") as first:
            broken = cluster.machine(eventually(lambda: changing(cluster), pause=0.2))
            first.kill()
        broken.stop()
        # AWS is told of it first; a start before that would not be one.
        assert eventually(lambda: not broken.was_on.exists())
        assert argument not in commands(cluster)[last.instance]
        cluster.aws("ec2").start_instances(InstanceIds=[broken.instance])
        with asked.begin("live") as second:
            second.succeed()

    assert broken.instance != last.instance
    assert all(argument in command for command in commands(cluster).values())
    assert identities(cluster) == before
    assert figures.failures("Service") == []
    assert figures.lost == []


def test_the_minor_before_is_refused_with_the_way_back(cluster):
    before, last = MINORS[cluster.name][-2:]
    found = identities(cluster)

    with at(cluster, before).begin("live") as run:
        assert run.end() == 1

    assert f"go back to a snapshot of etcd that {before} has written" in " ".join(run.said.split())
    assert identities(cluster) == found
    assert set(kubelet_versions(cluster).values()) == {patch_of(last)}


@pytest.mark.stacks("ipv4first")
def test_the_minor_before_comes_back_with_its_snapshot_on_new_control_planes(cluster):
    before = MINORS[cluster.name][-2]
    write(cluster, AFTER)
    lost, replaced = control_planes(cluster), workers(cluster)
    # The last control plane that leaves keeps one more, of the newer minor.
    key = next(key for key in snapshots(cluster) if f"-{patch_of(before)}-" in key)

    cluster.aws("ec2").terminate_instances(InstanceIds=lost)
    assert eventually(lambda: states(cluster, lost) == {"terminated"})
    restore(cluster, "--snapshot", key)
    names = [f"{cluster.name}-control-plane-{number}" for number in range(len(lost))]
    with at(cluster, before).begin("live", *[w for n in names for w in ("--replace", n)]) as run:
        run.succeed()
    wait_until_settled(cluster, WORKERS)

    assert set(kubelet_versions(cluster).values()) == {patch_of(before)}
    assert set(api_server_versions(cluster).values()) == {patch_of(before)}
    assert proxy_version(cluster) == patch_of(before)
    assert f"kubernetesVersion: v{patch_of(before)}" in configuration(cluster)
    assert workers(cluster).isdisjoint(replaced)
    maps = {one["metadata"]["name"] for one in cluster.get("configmaps")["items"]}
    assert OBJECT in maps
    assert AFTER not in maps


def goes_up(cluster: Cluster, asked_from: Machine, was: str, wanted: str) -> None:
    """Write the next minor, bring it up, and compare. `live` ends with the verifier, which has to find no fault."""
    before, replaced = identities(cluster), workers(cluster)
    title = f"{cluster.name} goes from {was} to {wanted}"

    with under_probe(cluster, title, asked_from) as figures, versions_seen(cluster) as versions:
        with at(cluster, wanted).begin("live") as run:
            run.succeed()
        wait_until_settled(cluster, WORKERS)
    sys.stdout.write(f"    versions were looked at {versions.looks} times\n")

    assert identities(cluster) == before
    assert workers(cluster).isdisjoint(replaced)
    assert set(kubelet_versions(cluster).values()) == {patch_of(wanted)}
    assert set(api_server_versions(cluster).values()) == {patch_of(wanted)}
    assert proxy_version(cluster) == patch_of(wanted)
    assert f"kubernetesVersion: v{patch_of(wanted)}" in configuration(cluster)
    assert versions.ahead == []
    assert versions.servers == {patch_of(was), patch_of(wanted)}
    assert figures.failures("Service") == []
    assert figures.lost == []
    _upstreams_specs_pass(at(cluster, wanted))


def _upstreams_specs_pass(cluster: Cluster) -> None:
    trial = Trial(cluster.name, cluster.state, cluster.config)

    def say(line: str) -> None:
        sys.stdout.write(f"    {line}\n")

    run = specs.run(trial, specs.prepared(trial, say), say)
    say(str(run))
    assert run.found
    assert [outcome.name for outcome in run.failures] == []
    # They do not wait for the end of their last namespace, and the next hop would miss what is in it.
    assert eventually(lambda: not cluster.get("namespaces", OF_SPECS)["items"])


def at(cluster: Cluster, minor: str) -> Cluster:
    """The cluster with a minor in its configuration."""
    return cluster.changed("cluster", kubernetesVersion=minor)


def identities(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """The id in etcd and the UID of each control plane, by instance."""
    members = cluster.etcd_ids()
    nodes = {
        cluster.machine(node).instance: node["metadata"]["uid"]
        for node in cluster.nodes("control plane")
    }
    assert members.keys() == nodes.keys()
    return {instance: (members[instance], uid) for instance, uid in nodes.items()}


def changing(cluster: Cluster) -> str:
    """A control plane that says it restarts its static pods; empty while none does."""
    words = "restarts etcd and the API server"
    found = cluster.parameters("status")
    return next((instance for instance, said in found.items() if words in said), "")


def commands(cluster: Cluster) -> dict[str, list[str]]:
    """The command of each API server, by instance."""
    return {
        cluster.machine(pod["spec"]["nodeName"]).instance: pod["spec"]["containers"][0]["command"]
        for pod in cluster.get("pods", *API_SERVERS)["items"]
    }


def proxy_version(cluster: Cluster) -> str:
    found = cluster.get("daemonset", "kube-proxy", "--namespace=kube-system")
    [container] = found["spec"]["template"]["spec"]["containers"]
    return container["image"].rpartition(":v")[2]


def configuration(cluster: Cluster) -> str:
    """What kubeadm keeps of the cluster."""
    found = cluster.get("configmap", "kubeadm-config", "--namespace=kube-system")
    return found["data"]["ClusterConfiguration"]
