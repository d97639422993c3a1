"""Serve an OpenID Connect issuer's two documents over TLS, from inside the machine of a test.

Arguments: the issuer's URL, a file with its certificate and key, a file with its keys as JSON. It says `ready` once it listens.
"""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit


def main(url: str, certificate: str, keys: str) -> None:
    """Serve until the process is ended."""
    documents = {
        f"{urlsplit(url).path}/.well-known/openid-configuration": json.dumps(
            {"issuer": url, "jwks_uri": f"{url}/keys"}
        ),
        f"{urlsplit(url).path}/keys": Path(keys).read_text(),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = documents.get(self.path)
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write((text or "").encode())

    server = HTTPServer(("127.0.0.1", urlsplit(url).port or 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)  # noqa: T201 (it is what the caller waits for)
    server.serve_forever()


main(*sys.argv[1:])
