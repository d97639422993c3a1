"""How the clusters come up: each with faults on the way, and what is seen of them is written down for the tests."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rehearsal import mirror
from rehearsal.builds.kubernetes_provider import install_provider
from rehearsal.builds.live_line import step
from rehearsal.cloud import running_cloud
from rehearsal.machines import host
from rehearsal.machines.machine import Machine
from rehearsal.machines.overrides import minor_of, requested
from rehearsal.machines.verification import prepare_pods
from rehearsal.mirror.prepare import row_of
from tests.live.cluster import Cluster, eventually
from tests.live.run import Run
from tests.support.patience import PATIENCE_SECONDS

STACKS = Path(__file__).parent / "stacks"

WAITING = "waiting for {0} to make the cluster"
HOLD_AND_WRITE = """
until pgrep -x kube-apiserver > /dev/null; do sleep 0.1; done
pkill -STOP -x kubeadm
until kubectl --kubeconfig=/etc/kubernetes/super-admin.conf create configmap written-during-init \\
  --output=jsonpath={.metadata.uid} 2> /dev/null; do sleep 0.1; done
"""
"""Lets init go no further once the kubelet runs an API server, writes to it as soon as it takes that, and says under what identity."""

INITIALISED = "upper/var/lib/dualstack/initialised"
"""Stands on a machine, seen from the host, once its `kubeadm init` has ended well."""


@contextmanager
def kept_up(name: str, begins: Callable[[Cluster], None]) -> Iterator[Cluster]:
    """A stack of this folder, which `begins` with its machines and is up until the block ends."""
    # Whoever works on the machines keeps a cluster up between two runs.
    kept = os.environ.get("DUALSTACK_LIVE_STATE")
    # Not pytest's own folder, which goes with later runs: by what is here machines are taken away even if `down` fails.
    folder = Path(kept or tempfile.mkdtemp(prefix="dualstack-"))
    made = Cluster(name, STACKS / f"Pulumi.{name}.yaml", folder)
    try:
        if not made.beginning_file.exists():
            begins(made)
        yield made
    finally:
        if not kept:
            made.begin("down").succeed()
            shutil.rmtree(folder)


def begin(cluster: Cluster) -> None:
    """Bring it up, and before that ask what this would do."""
    build(cluster)
    first = previewed(cluster)
    seen = {"ipv4first": one_control_plane, "ipv6first": three_control_planes}[cluster.name](
        cluster
    )
    cluster.beginning_file.write_text(json.dumps(first | seen))


def build(cluster: Cluster) -> None:
    """Build all that it runs. On a new machine this takes longer than a test waits for any command."""
    host.check()
    host.install()
    config = yaml.safe_load(cluster.config.read_text())
    minor = minor_of(config)
    mirror.prepare(minor, step, requested(config))
    prepare_pods(row_of(minor), step)
    install_provider(cluster.state.place("home"))


def previewed(cluster: Cluster) -> dict[str, Any]:
    """What a first preview says, and whether there is anything after it."""
    said = cluster.begin("preview", "--machines").succeed()
    made = running_cloud(cluster.state) is not None or (cluster.folder / "live").exists()
    return {"previewed": said, "made by preview": made}


def one_control_plane(cluster: Cluster) -> dict[str, Any]:
    """`live` is killed while machines boot and run again; the leader loses its power during `kubeadm init`."""
    with cluster.begin("live") as first:
        _seen(first, lambda: len(cluster.machines()) == 3)
        first.kill()
    booting = [machine.instance for machine in cluster.machines()]
    with cluster.begin("live") as second:
        leader = cluster.machine(_seen(second, lambda: _leader(cluster)))
        uid = leader.run("bash", "-c", HOLD_AND_WRITE, seconds=PATIENCE_SECONDS)
        leader.stop()
        assert not _has_made(leader), "init was over before the power went"
        # AWS is told of it first; a start before that would not be one.
        eventually(lambda: not leader.was_on.exists())
        cluster.aws("ec2").start_instances(InstanceIds=[leader.instance])
        said = second.succeed()
    return {"booting": booting, "leader": leader.instance, "uid": uid, "said": said}


def three_control_planes(cluster: Cluster) -> dict[str, Any]:
    """All start at once; the one that leads is terminated during `kubeadm init`, and made again once there is a cluster."""
    with cluster.begin("live") as run:
        leader = cluster.machine(_seen(run, lambda: _leader(cluster)))
        waiting = _seen(run, lambda: _waiting_for(cluster, leader))
        name = _name(cluster, leader.instance)
        cluster.aws("ec2").terminate_instances(InstanceIds=[leader.instance])
        assert not _has_made(leader), "init was over before the machine went"
        run.succeed()

    made = [machine.instance for machine in cluster.machines() if _has_made(machine)]
    with cluster.begin("live", "--replace", name) as again:
        again.succeed()
    return {"leader": leader.instance, "waiting": waiting, "made": made}


def _seen(run: Run, found: Callable[[], Any]) -> Any:
    """What is found while a command runs."""
    answer = eventually(lambda: not run.runs or found(), pause=0.2)
    assert run.runs, f"{' '.join(run.words)} has ended before"
    return answer


def _leader(cluster: Cluster) -> str:
    return next(iter(cluster.parameters("leader").values()), "")


def _name(cluster: Cluster, instance: str) -> str:
    tags = cluster.instances()[instance]["Tags"]
    return next(tag["Value"] for tag in tags if tag["Key"] == "Name")


def _waiting_for(cluster: Cluster, leader: Machine) -> list[str]:
    """The two that wait, once the leader makes its certificates."""
    if "[certs]" not in leader.console.read_text(errors="replace"):
        return []
    wait = WAITING.format(leader.instance)
    found = [
        m.instance for m in cluster.machines() if wait in m.console.read_text(errors="replace")
    ]
    return found if len(found) == 2 else []


def _has_made(machine: Machine) -> bool:
    return (machine.folder / INITIALISED).exists()
