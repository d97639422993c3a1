"""A real image registry, and a client that pushes images into it: blobs and a manifest, over the registry's HTTP API."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from ..builds.cache import cache_folder
from ..builds.golang import Program, ToolError, built
from ..daemons import wait_until
from .images import Image
from .layers import Layer

MODULE = "github.com/distribution/distribution/v3"
VERSION = "v3.1.2"

REGISTRY = Program(
    name="registry",
    version=VERSION,
    module=MODULE,
    package=f"{MODULE}/cmd/registry",
    variables={f"{MODULE}/version.version": VERSION},
)

REGISTRY_ENVIRONMENT = {"OTEL_TRACES_EXPORTER": "none"}
"""Without this the registry sends traces to a collector that does not exist, and logs an error every few seconds."""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
"""Layers are not compressed, since they never leave this host."""

START_SECONDS = 30


def registry_folder() -> Path:
    """The folder with the images of every minor."""
    return cache_folder() / "registry"


def registry_command(config: Path, address: str) -> list[str]:
    """Write a configuration, and return the command of a registry that listens at one address."""
    config.write_text(
        yaml.safe_dump(
            {
                "version": 0.1,
                "log": {"level": "warn", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(registry_folder())}},
                "http": {"addr": address},
            }
        )
    )
    return [str(built(REGISTRY)), "serve", str(config)]


@contextlib.contextmanager
def own_registry() -> Iterator["Pusher"]:
    """A registry on the loopback interface for the block, into which images are pushed."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = registry_command(Path(folder, "config.yaml"), f"127.0.0.1:{port}")
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, env=os.environ | REGISTRY_ENVIRONMENT
            )
        try:
            wait_until(
                lambda: process.poll() is not None or answers("127.0.0.1", port, "/v2/"),
                START_SECONDS,
            )
            if not answers("127.0.0.1", port, "/v2/"):
                raise ToolError(f"the registry did not start: {log.read_text()[-2000:]}")
            yield Pusher("127.0.0.1", port)
        finally:
            process.terminate()
            process.wait()


def answers(host: str, port: int, path: str) -> bool:
    """Whether a server answers 200 for a path."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Pusher:
    """Pushes images into a registry."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port

    def has(self, image: Image) -> bool:
        """Whether the registry has the image, made of the present files."""
        mark = self._mark(image)
        if not mark.exists() or mark.read_text() != image.fingerprint():
            return False
        place = f"/v2/{image.name}/manifests/{image.tag}"
        # Without this `Accept` header the registry answers 404 for an image that exists.
        return self._ask("HEAD", place, None, {"Accept": MANIFEST})[0] == http.HTTPStatus.OK

    def offer(self, images: Iterable[Image], progress: Callable[[str], object]) -> None:
        """Push the images that the registry does not have."""
        for image in images:
            if not self.has(image):
                progress(f"making the image {image.name}:{image.tag}")
                self.push(image)

    def push(self, image: Image) -> None:
        """Push an image: its layers, its configuration, and then its manifest."""
        layers = [self._push_layer(image.name, layer) for layer in image.layers]
        config = json.dumps(image.config([layer["digest"] for layer in layers])).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._push_blob(image.name, CONFIG, config),
            "layers": layers,
        }
        body = json.dumps(manifest).encode()
        self._require(
            201,
            *("PUT", f"/v2/{image.name}/manifests/{image.tag}", body),
            {"Content-Type": MANIFEST},
        )
        mark = self._mark(image)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(image.fingerprint())

    @staticmethod
    def _mark(image: Image) -> Path:
        return cache_folder() / "images" / f"{image.name}-{image.tag}"

    def _push_layer(self, name: str, layer: Layer) -> dict[str, Any]:
        with tempfile.TemporaryFile(dir=cache_folder()) as file:
            layer.write(file)
            size = file.tell()
            file.seek(0)
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
            self._upload(name, digest, file, size)
        return {"mediaType": LAYER, "digest": digest, "size": size}

    def _push_blob(self, name: str, media_type: str, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._upload(name, digest, content, len(content))
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _upload(self, name: str, digest: str, content: BinaryIO | bytes, size: int) -> None:
        if self._ask("HEAD", f"/v2/{name}/blobs/{digest}")[0] == http.HTTPStatus.OK:
            return
        location = self._require(202, "POST", f"/v2/{name}/blobs/uploads/")["Location"]
        if not isinstance(content, bytes):
            content.seek(0)
        separator = "&" if "?" in location else "?"
        self._require(
            201,
            *("PUT", f"{location}{separator}digest={digest}", content),
            {"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        )

    def _require(self, status: int, method: str, url: str, *request: Any) -> Any:
        answered, headers, text = self._ask(method, url, *request)
        if answered != status:
            raise ToolError(
                f"the registry answered {method} {url} with {answered}: {text.decode(errors='replace')}"
            )
        return headers

    def _ask(self, method: str, url: str, body: Any = None, headers: Any = None) -> Any:
        connection = http.client.HTTPConnection(*self._place, timeout=60)
        try:
            connection.request(method, url, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
