"""Pushing an image: what a registry is sent, and when nothing has to be sent."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from rehearsal.builds.golang import ToolError
from rehearsal.mirror.images import Image
from rehearsal.mirror.layers import Layer
from rehearsal.mirror.registry import MANIFEST, Pusher


class Registry(BaseHTTPRequestHandler):
    """As much of the distribution API as a push needs, with what a real one refuses."""

    blobs: dict[str, bytes]
    manifests: dict[str, bytes]
    uploads: list[str]

    def do_HEAD(self):
        found = self.path.rpartition("/")[2] in self.blobs
        if "/manifests/" in self.path:
            # A real registry hides OCI manifests from those who do not ask for them.
            found = self.path in self.manifests and self.headers["Accept"] == MANIFEST
        self.answer(200 if found else 404)

    def do_POST(self):
        self.answer(202, Location=f"{self.path}upload?state=1")

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/manifests/" in self.path:
            known = all(digest in self.blobs for digest in digests(json.loads(body)))
            self.manifests[self.path] = body
            self.answer(201 if known and self.headers["Content-Type"] == MANIFEST else 400)
            return
        (wanted,) = parse_qs(urlsplit(self.path).query)["digest"]
        right = f"sha256:{hashlib.sha256(body).hexdigest()}" == wanted
        self.blobs[wanted] = body
        self.uploads.append(wanted)
        self.answer(201 if right else 400)

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


def digests(manifest):
    return [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "dualstack").mkdir()
    kind = type("Running", (Registry,), {"blobs": {}, "manifests": {}, "uploads": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kind.pusher = Pusher("127.0.0.1", server.server_port)
        yield kind
        server.shutdown()


def image(text: str = "hello") -> Image:
    layers = (Layer({"/etc/base": "base"}), Layer({"/etc/text": text}))
    return Image("pause", "3.10.2", layers, "a text", ("/pause",))


def test_a_pushed_image_has_its_layers_in_order_and_its_entrypoint(registry):
    registry.pusher.push(image())

    (place, manifest), *_ = registry.manifests.items()
    config_digest, *layers = digests(json.loads(manifest))
    config = json.loads(registry.blobs[config_digest])
    assert place == "/v2/pause/manifests/3.10.2"
    assert config["rootfs"] == {"type": "layers", "diff_ids": layers}
    assert [b"base" in registry.blobs[layer] for layer in layers] == [True, False]
    assert (config["os"], config["config"]["Entrypoint"]) == ("linux", ["/pause"])


def test_a_pushed_image_is_known_until_it_would_be_made_of_something_else(registry):
    registry.pusher.push(image())

    assert registry.pusher.has(image())
    assert not registry.pusher.has(image("goodbye"))


def test_an_image_that_the_registry_has_lost_is_pushed_again(registry):
    registry.pusher.push(image())
    registry.manifests.clear()

    assert not registry.pusher.has(image())


def test_a_layer_that_is_there_is_not_sent_again(registry):
    registry.pusher.push(image())
    sent = len(registry.uploads)

    registry.pusher.push(image("goodbye"))

    # Its other layer, and a configuration that names it.
    assert len(registry.uploads) - sent == 2


def test_a_refusal_is_told_with_what_was_asked(registry, monkeypatch):
    monkeypatch.setattr(registry, "do_POST", lambda self: self.answer(507))

    with pytest.raises(ToolError) as error:
        registry.pusher.push(image())

    assert str(error.value) == "the registry answered POST /v2/pause/blobs/uploads/ with 507: "
