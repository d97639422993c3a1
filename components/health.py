"""Asking a running cluster how it is, in a preview of an upgrade. One that cannot be asked stops nothing."""

import asyncio
import base64
import http.client
import json
import tempfile
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pulumi
import yaml

from .facts.versions import Minor
from .rules.health import Health, cautions, deprecated_apis, summary
from .trust import trusting

TRY_SECONDS = 5


async def say_health(kubeconfig: str, wanted: Minor) -> None:
    """Say how the cluster is that shall go to a minor, or in one line why it could not be asked."""
    try:
        found = await asyncio.to_thread(health, kubeconfig)
    except Exception as error:  # noqa: BLE001 (a cluster may be away in any way, and a preview goes on)
        pulumi.log.info(f"The cluster could not be asked how it is: {error}")
        return
    pulumi.log.info(summary(found))
    for caution in cautions(found, wanted):
        pulumi.log.warn(caution)


def health(kubeconfig: str) -> Health:
    """How a cluster is."""
    content = yaml.safe_load(kubeconfig)
    connection = _connection(content["clusters"][0]["cluster"], content["users"][0]["user"])
    try:
        version = json.loads(_read(connection, "/version"))["gitVersion"]
        nodes = json.loads(_read(connection, "/api/v1/nodes"))["items"]
        # The API server answers with its checks also when one of them fails.
        checks = _read(connection, "/readyz?verbose", *range(200, 600))
        deprecated = deprecated_apis(_read(connection, "/metrics"))
    finally:
        connection.close()
    return Health(
        version.removeprefix("v"),
        "[+]etcd ok" in checks,
        [node["status"]["nodeInfo"]["kubeletVersion"].removeprefix("v") for node in nodes],
        [node["metadata"]["name"] for node in nodes if not _is_ready(node)],
        deprecated,
    )


def _connection(cluster: dict[str, str], user: dict[str, str]) -> http.client.HTTPSConnection:
    """A connection as the administrator."""

    def decoded(text: str) -> str:
        return base64.b64decode(text).decode()

    context = trusting(decoded(cluster["certificate-authority-data"]))
    # OpenSSL reads a client's certificate from files alone.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "client.pem")
        file.touch(mode=0o600)
        file.write_text(decoded(user["client-certificate-data"]) + decoded(user["client-key-data"]))
        context.load_cert_chain(file)
    place = urlsplit(cluster["server"])
    return http.client.HTTPSConnection(
        place.hostname or "", place.port, timeout=TRY_SECONDS, context=context
    )


def _read(connection: http.client.HTTPSConnection, path: str, *good: int) -> str:
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    if answer.status not in (good or (200,)):
        raise ValueError(f"{path} says {answer.status}")
    return text


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = cast("list[dict[str, str]]", node["status"].get("conditions", []))
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
