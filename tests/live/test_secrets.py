"""No secret of a cluster is anywhere but where it belongs."""

import gzip
import json
import os
import re
import secrets
import subprocess
import sys
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.machines.image import AWS
from tests.live.cluster import Cluster
from tests.live.run import CHECKOUT
from tests.live.test_restore import keep, snapshots

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


NAME = "of-the-test-of-secrets"
PART = re.compile(r"(.*/(?:plan|programs)\b.*)/(\d+)")
"""The names of parameters that hold a part of one compressed text."""


@pytest.fixture(scope="module")
def word(cluster: Cluster) -> str:
    """A word that only a Secret of Kubernetes has."""
    word = secrets.token_hex(16)
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": NAME},
            "stringData": {"word": word},
        }
    )
    return word


def secrets_of(cluster: Cluster) -> dict[str, bytes]:
    """The part of each that must not be seen: a line from the middle of a key, the second half of a token."""
    found = _of_parameters(cluster)
    for user, key in _keys_of_kubeconfigs(cluster).items():
        found[user] = _middle(b64decode(key).decode())
        found[f"{user}, in base64"] = key[len(key) // 2 :][:64].encode()
    return found


def _middle(pem: str) -> bytes:
    """A line from the middle of a key: the first lines of a private key are its public half."""
    lines = pem.splitlines()
    return lines[len(lines) // 2].encode()


def _keys_of_kubeconfigs(cluster: Cluster) -> dict[str, str]:
    """The private keys of people in the outputs of the stack, by user, in base64. They are not shown."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rehearsal", "outputs", cluster.name, "--show-secrets"),
            *("--config-file", str(cluster.config)),
        ],
        cwd=CHECKOUT,
        env={**os.environ, "DUALSTACK_STATE": str(cluster.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    users = r"^- name: (\S+)\n +user:\n(?: .*\n)*? +client-key-data: (\S+)"
    return dict(re.findall(users, done.stdout, re.MULTILINE))


def _of_parameters(cluster: Cluster) -> dict[str, bytes]:
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
            found[parameter["Name"]] = _middle(value)
        elif parameter["Name"].endswith("/token"):
            found[parameter["Name"]] = value.split(".")[1].encode()
        elif "/encryption/" in parameter["Name"]:
            found[parameter["Name"]] = value.encode()
    return found


def test_the_secrets_that_are_looked_for_are_all_there(cluster):
    names = sorted(name.rsplit("/", 1)[-1] for name in secrets_of(cluster))

    people = [f"{cluster.name}-admin"]
    if cluster.settings.get("dualstack:addons", {}).get("reader"):
        people.append(f"{cluster.name}-reader")
    assert names == sorted(
        [
            *("ca.key", "ca.key", "dualstack-1", "front-proxy-ca.key", "sa.key", "token"),
            *people,
            *(f"{user}, in base64" for user in people),
        ]
    )


def test_no_secret_is_where_it_does_not_belong(cluster, word):
    looked_for = {
        **secrets_of(cluster),
        "the Secret of the test": word.encode(),
        "the Secret of the test, in base64": b64encode(word.encode()),
    }

    seen, searched = [], set()
    for place, content in [*places(cluster), *in_aws(cluster)]:
        searched.add(place.partition(" ")[0])
        seen += [f"{name} in {place}" for name, secret in looked_for.items() if secret in content]

    assert seen == []
    assert {"plan", "programs", "parameter", "snapshot"} <= searched


def test_the_snapshot_that_is_searched_holds_the_secret(cluster, word):
    [*_, snapshot] = [held for place, held in in_aws(cluster) if place.startswith("snapshot ")]

    assert f"/registry/secrets/default/{NAME}".encode() in snapshot
    assert word.encode() not in snapshot


def in_aws(cluster: Cluster) -> Iterator[tuple[str, bytes]]:
    """What the account holds: parameters that are not encrypted, whole texts of several parts, and the objects of all buckets.

    Of the snapshots one that is made here is read. While encryption was off, an earlier one may have had Secrets as they are.
    """
    parts: dict[str, dict[int, str]] = defaultdict(dict)
    ssm = cluster.aws("ssm").get_paginator("get_parameters_by_path")
    for page in ssm.paginate(Path="/dualstack", Recursive=True):
        for one in page["Parameters"]:
            if one["Type"] == "String":
                yield f"parameter {one['Name']}", one["Value"].encode()
            if found := PART.fullmatch(one["Name"]):
                parts[found[1]][int(found[2])] = one["Value"]
    for folder, held in parts.items():
        _, length, text = "".join(held[number] for number in sorted(held)).split(" ", 2)
        kind = "plan" if folder.endswith("/plan") else "programs"
        yield f"{kind} {folder}", gzip.decompress(b64decode(text[: int(length)]))
    earlier = {*snapshots(cluster)}
    keep(cluster)
    s3 = cluster.aws("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for key in (one["Key"] for one in page.get("Contents", ())):
                content = s3.get_object(Bucket=bucket["Name"], Key=key)["Body"].read()
                if key.endswith(".db.gz"):
                    if key not in earlier:
                        yield f"snapshot {key}", gzip.decompress(content)
                else:
                    yield f"object {bucket['Name']}/{key}", content


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
