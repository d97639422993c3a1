"""A snapshot of the real etcd: what a control plane has kept is restored by etcd's own program, which checks its digest."""

import gzip
import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

from rehearsal.builds.etcd import etcd, etcdutl
from tests.support.patience import wait_until
from tests.unit.node.conftest import Cluster


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_what_is_kept_of_a_real_etcd_can_be_restored(cluster: Cluster, client: Any, tmp_path: Path):
    port, peers = free_port(), free_port()
    machine = cluster.control_plane(etcdPort=port)
    pki = machine.root / "etc/kubernetes/pki/etcd"
    certificate, key = cluster.authority.server_files(pki, "client")
    certificate.rename(pki / "healthcheck-client.crt")
    key.rename(pki / "healthcheck-client.key")
    (pki / "ca.crt").write_text(cluster.authority.certificate)
    served = cluster.authority.server_files(tmp_path / "etcd", "localhost")
    manifests = machine.root / "etc/kubernetes/manifests"
    manifests.mkdir(parents=True)
    (manifests / "kube-apiserver.yaml").write_text(
        "image: registry.k8s.io/kube-apiserver:v1.37.2\n"
    )
    bucket = f"{cluster.name}-backups-1234567"
    client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    cluster.put(f"/dualstack/{cluster.name}/control-plane/backups", bucket)
    url, peer = f"https://localhost:{port}", f"http://127.0.0.1:{peers}"
    command = [
        *(etcd(), f"--data-dir={tmp_path}/data", "--name=first"),
        *(f"--listen-client-urls=https://127.0.0.1:{port}", f"--advertise-client-urls={url}"),
        *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
        *(f"--initial-cluster=first={peer}", f"--cert-file={served[0]}", f"--key-file={served[1]}"),
        *("--client-cert-auth", f"--trusted-ca-file={pki / 'ca.crt'}"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as member:
        try:
            wait_until(lambda: machine.run("backup.py").returncode == 0, "a snapshot is kept")
        finally:
            member.terminate()

    told = json.loads(cluster.parameter(f"/dualstack/{cluster.name}/status/backup") or "")
    held = client("s3").get_object(Bucket=bucket, Key=told["key"])["Body"].read()
    (tmp_path / "snapshot.db").write_bytes(gzip.decompress(held))
    restored = subprocess.run(
        [
            *(etcdutl(), "snapshot", "restore", tmp_path / "snapshot.db"),
            *(f"--data-dir={tmp_path}/restored", "--name=second"),
            *(f"--initial-cluster=second={peer}", f"--initial-advertise-peer-urls={peer}"),
            *(
                "--bump-revision=1795000000000000",
                "--mark-compacted",
                "--initial-cluster-token=again",
            ),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "restored/member/snap/db").stat().st_size > 0
    assert re.search(r"Z-1\.37\.2-3\.7\.0\.db\.gz$", told["key"])
