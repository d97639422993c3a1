"""What a forge does beside running jobs: it issues tokens to them, and keeps comments and issues."""

import base64
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "acme/platform"
TOKEN = "the-runners-own"


def subject(environment: str, event: str, ref: str) -> str:
    """The subject of a job's token, as GitHub forms it."""
    if environment:
        return f"repo:{REPOSITORY}:environment:{environment}"
    if event == "pull_request":
        return f"repo:{REPOSITORY}:pull_request"
    return f"repo:{REPOSITORY}:ref:{ref}"


def token(issuer: str, audience: str, whose: str) -> str:
    """A token of five minutes."""
    claims = {"iss": issuer, "aud": audience, "sub": whose, "exp": int(time.time()) + 300}
    parts = ({"alg": "RS256"}, claims, "signature")
    words = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(word.rstrip("=") for word in words)


class Issuer(BaseHTTPRequestHandler):
    """Issues tokens to who knows the runner's own token."""

    def do_GET(self):
        if self.headers.get("Authorization") != f"bearer {TOKEN}":
            self.send_error(401)
            return
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        audience = asked.pop("audience")
        whose = subject(asked.get("environment", ""), asked["event"], asked["ref"])
        body = json.dumps({"value": token(ISSUER, audience, whose)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Log nothing."""


def start() -> ThreadingHTTPServer:
    """Listen on a free port of the loopback interface, in a thread."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
