"""A snapshot of etcd is restored: onto new control planes when all were lost at once, and onto those that run."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from rehearsal.machines.machine import Machine
from tests.live.cluster import Cluster, eventually
from tests.live.run import CHECKOUT
from tests.live.test_control_planes import control_planes, wait_until_alone
from tests.live.under_probe import Figures, serve, under_probe
from tests.support.patience import PATIENCE_SECONDS

BEFORE, AFTER = "written-before-the-snapshot", "written-after-the-snapshot"


@pytest.fixture(scope="module", autouse=True)
def served(cluster: Cluster) -> None:
    serve(cluster)


@pytest.fixture
def asked_from(cluster: Cluster) -> Machine:
    """A worker, from whose network Services are asked: no test of these ends it."""
    return cluster.machine(cluster.nodes("worker")[0])


def test_what_no_control_plane_can_have_is_refused_and_nothing_is_touched(cluster):
    key, asked_before = keep(cluster), markers(cluster).get("restore")
    folder = key.rpartition("/")[0]
    broken = f"{folder}/20200101T000000Z-1.36.5-3.6.8.db.gz"
    newer = f"{folder}/20200101T000000Z-1.99.0-3.6.8.db.gz"
    s3, bucket = cluster.aws("s3"), bucket_of(cluster)
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    for name, text in ((broken, content[:-100]), (newer, content)):
        s3.put_object(Bucket=bucket, Key=name, Body=text)

    said = {
        "broken": restore(cluster, "--snapshot", broken, succeeds=False),
        "newer": restore(cluster, "--snapshot", newer, succeeds=False),
        "other": restore(
            cluster, "--snapshot", key.replace(cluster.name, "other", 1), succeeds=False
        ),
    }
    for name in (broken, newer):
        s3.delete_object(Bucket=bucket, Key=name)

    assert f"{broken} is broken" in said["broken"]
    assert "cannot read what a newer minor has written" in said["newer"]
    assert "it is of another cluster" in said["other"]
    assert markers(cluster).get("restore") == asked_before


def test_all_control_planes_are_lost_at_once_and_the_snapshot_comes_back(cluster, asked_from):
    lost = control_planes(cluster)
    names = [f"{cluster.name}-control-plane-{number}" for number in range(len(lost))]
    write(cluster, BEFORE)
    key = keep(cluster)
    write(cluster, AFTER)
    workers, containers = identities(cluster), containers_of(cluster)

    with under_probe(cluster, "all control planes are lost, and restored", asked_from) as figures:
        cluster.aws("ec2").terminate_instances(InstanceIds=lost)
        eventually(lambda: states(cluster, lost) == {"terminated"})
        # The last one that left has kept a newer snapshot.
        restore(cluster, "--snapshot", key)
        replaced = [word for name in names for word in ("--replace", name)]
        with cluster.begin("live", *replaced) as run:
            run.succeed()
        wait_until_alone(cluster, len(lost))

    assert not set(control_planes(cluster)) & set(lost)
    came_back(cluster, figures, workers, containers)


def test_control_planes_that_run_go_back_to_a_snapshot(cluster, asked_from):
    running = control_planes(cluster)
    write(cluster, BEFORE)
    key = keep(cluster)
    cluster.api.run("delete", "configmap", BEFORE)
    write(cluster, AFTER)
    workers, containers = identities(cluster), containers_of(cluster)

    with under_probe(
        cluster, "running control planes go back to a snapshot", asked_from
    ) as figures:
        restore(cluster, "--snapshot", key)
        assert eventually(lambda: is_done(cluster))
        wait_until_alone(cluster, len(running))

    assert control_planes(cluster) == running
    came_back(cluster, figures, workers, containers)


def came_back(
    cluster: Cluster, figures: Figures, workers: dict[str, str], containers: dict[str, str]
) -> None:
    """What was there at the snapshot is there, what was written since is not, and workers have not noticed."""
    maps = {one["metadata"]["name"] for one in cluster.get("configmaps")["items"]}
    assert BEFORE in maps
    assert AFTER not in maps
    assert identities(cluster) == workers
    # CoreDNS moves here from control planes that are gone.
    assert containers.items() <= containers_of(cluster).items()
    assert figures.failures("Service") == []
    # New objects are made and their pods run: the controllers work on what came back.
    cluster.api.run("rollout", "restart", "deployment/served")
    wait = f"--timeout={PATIENCE_SECONDS}s"
    cluster.api.run("rollout", "status", "deployment/served", wait, seconds=PATIENCE_SECONDS)


def write(cluster: Cluster, name: str) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})


def keep(cluster: Cluster) -> str:
    """Have etcd's leader keep a snapshot; its key."""
    before = snapshots(cluster)
    # Keys have the second in them.
    assert eventually(lambda: _kept(cluster, before))
    return snapshots(cluster)[0]


def _kept(cluster: Cluster, before: list[str]) -> bool:
    for node in cluster.nodes("control plane"):
        cluster.machine(node).run("systemctl", "start", "dualstack-backup.service")
    return snapshots(cluster) != before


def bucket_of(cluster: Cluster) -> str:
    name = f"/dualstack/{cluster.name}/control-plane/backups"
    return cluster.aws("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def snapshots(cluster: Cluster) -> list[str]:
    """The keys of the snapshots, the newest first."""
    found = cluster.aws("s3").list_objects_v2(Bucket=bucket_of(cluster)).get("Contents", [])
    return sorted((one["Key"] for one in found), reverse=True)


def restore(cluster: Cluster, *words: str, succeeds: bool = True) -> str:
    """Ask for a restore as an operator does; what is said."""
    given = {
        "AWS_ENDPOINT_URL": cluster.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "components", "restore", cluster.name, "--yes"),
            *("--region", cluster.settings["aws:region"], *words),
        ],
        cwd=CHECKOUT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(f"\n  restore {' '.join(words)}\n    {done.stdout}{done.stderr}\n")
    assert (done.returncode == 0) == succeeds, done.stdout + done.stderr
    return done.stdout + done.stderr


def markers(cluster: Cluster) -> dict[str, str]:
    """The markers of the cluster's elections, without the hash that all begin with."""
    pages = cluster.aws("ssm").get_paginator("get_parameters_by_path")
    found = pages.paginate(Path=f"/dualstack/{cluster.name}/leader")
    every = [one for page in found for one in page["Parameters"]]
    return {one["Name"].rpartition("/")[2].partition("-")[2]: one["Value"] for one in every}


def is_done(cluster: Cluster) -> bool:
    """Whether the restore that was asked for last is done."""
    found = markers(cluster)
    return f"{json.loads(found['restore'])['id']}-done" in found


def states(cluster: Cluster, instances: list[str]) -> set[str]:
    known = cluster.instances()
    return {known[one]["State"]["Name"] if one in known else "terminated" for one in instances}


def identities(cluster: Cluster) -> dict[str, str]:
    """The UIDs of the workers' Nodes."""
    return {n["metadata"]["name"]: n["metadata"]["uid"] for n in cluster.nodes("worker")}


def containers_of(cluster: Cluster) -> dict[str, str]:
    """The ids of the containers that run on workers, by pod and name."""
    workers = {node["metadata"]["name"] for node in cluster.nodes("worker")}
    pods: list[dict[str, Any]] = cluster.get("pods", "--all-namespaces")["items"]
    return {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}/{one['name']}": one[
            "containerID"
        ]
        for pod in pods
        if pod["spec"].get("nodeName") in workers and "deletionTimestamp" not in pod["metadata"]
        for one in pod["status"].get("containerStatuses", [])
    }
