"""No secret of a cluster is anywhere but where it belongs."""

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from rehearsal.machines.image import AWS
from tests.live.cluster import Cluster

ASK = """
import json, sys
sys.path.insert(0, "/usr/local/lib/dualstack")
import aws
aws.ATTEMPTS = 1
try:
    print(*aws.Aws(json.load(open("/etc/dualstack/node.json"))).get(sys.argv[1]))
except aws.Refused as refused:
    print(refused.code)
"""
"""What a machine gets that asks for a parameter: its name, or why not."""


def secrets_of(cluster: Cluster) -> dict[str, bytes]:
    """The part of each that must not be seen: a line from the middle of a key, the second half of a token."""
    ssm = cluster.aws("ssm")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/dualstack", Recursive=True, WithDecryption=True
    )
    found = {}
    for parameter in (
        p for page in pages for p in page["Parameters"] if p["Type"] == "SecureString"
    ):
        value = parameter["Value"]
        if "PRIVATE KEY" in value:
            found[parameter["Name"]] = value.splitlines()[3].encode()
        elif parameter["Name"].endswith("/token"):
            found[parameter["Name"]] = value.split(".")[1].encode()
        elif "/encryption/" in parameter["Name"]:
            found[parameter["Name"]] = value.encode()
    return found


def test_the_secrets_that_are_looked_for_are_all_there(cluster):
    names = sorted(name.rsplit("/", 1)[-1] for name in secrets_of(cluster))

    assert names == ["ca.key", "ca.key", "dualstack-1", "front-proxy-ca.key", "sa.key", "token"]


def test_no_secret_is_where_it_does_not_belong(cluster):
    looked_for = secrets_of(cluster)

    seen = [
        f"{name} in {place}"
        for place, content in places(cluster)
        for name, secret in looked_for.items()
        if secret in content
    ]

    assert seen == []


def places(cluster: Cluster) -> Iterator[tuple[str, bytes]]:
    """Everything that people and programs read who may not know them."""
    ec2 = cluster.aws("ec2")
    described = ec2.describe_instances()
    yield "the description of instances", json.dumps(described, default=str).encode()
    for machine in cluster.machines():
        data = ec2.describe_instance_attribute(InstanceId=machine.instance, Attribute="userData")
        encoded = b64decode(data["UserData"]["Value"])
        yield f"user data of {machine.instance}", gzip.decompress(encoded)
        upper = machine.folder / "upper"
        for folder in ("var/log", "var/lib/cloud", "run/cloud-init"):
            yield from _files(upper / folder)
        yield str(machine.console), machine.console.read_bytes()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield str(process), process.read_bytes()
        except OSError:
            continue
    for folder in ("backend", "live/network", "workspaces", "journals"):
        yield from _files(cluster.folder / folder)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield str(path), path.read_bytes()


def test_a_worker_is_refused_the_clusters_keys(cluster):
    name = f"/dualstack/{cluster.name}/control-plane/ca.key"

    told = {
        role: cluster.machine(cluster.nodes(role)[0]).run(
            "env", f"AWS_ENDPOINT_URL={AWS}", "python3", "-c", ASK, name
        )
        for role in ("control plane", "worker")
    }

    assert told == {"control plane": f"{name}\n", "worker": "AccessDeniedException\n"}
