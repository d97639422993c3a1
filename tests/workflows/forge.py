"""What a forge does beside running jobs: it issues tokens to them, and keeps comments and issues."""

import base64
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "acme/platform"
TOKEN = "the-runners-own"
JOB_TOKEN = "the-jobs-own"
"""What a job says to the forge's API."""

BOT = {"login": "github-actions[bot]", "type": "Bot"}


def subject(environment: str, event: str, ref: str) -> str:
    """The subject of a job's token, as GitHub forms it."""
    if environment:
        return f"repo:{REPOSITORY}:environment:{environment}"
    if event == "pull_request":
        return f"repo:{REPOSITORY}:pull_request"
    return f"repo:{REPOSITORY}:ref:{ref}"


def token(issuer: str, audience: str, whose: str) -> str:
    """A token of a day: all jobs of a pipeline on GitLab share one here, on a machine of any speed."""
    claims = {"iss": issuer, "aud": audience, "sub": whose, "exp": int(time.time()) + 86400}
    parts = ({"alg": "RS256"}, claims, "signature")
    words = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(word.rstrip("=") for word in words)


@dataclass
class Forge:
    """GitHub's issuer of tokens, and the calls of its API that ci/github.sh makes."""

    issued: list[str] = field(default_factory=list[str])
    """The subjects of all tokens."""
    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Those of one pull request."""
    issues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def issue_token(self, asked: dict[str, str]) -> dict[str, str]:
        """The token of a job. The runner has no environments, so the job says which it is in."""
        whose = subject(asked.get("environment", ""), asked["event"], asked["ref"])
        self.issued.append(whose)
        return {"value": token(ISSUER, asked["audience"], whose)}

    def call(
        self, method: str, path: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any]:
        """A call of the API: the status and the document of its answer."""
        found = re.fullmatch(rf"/repos/{REPOSITORY}/issues(/[0-9]+/comments)?", path)
        one = re.fullmatch(rf"/repos/{REPOSITORY}/issues/(comments/)?([0-9]+)", path)
        if method == "GET" and found:
            kept = self.comments if found[1] else self.issues
            shown = [entry for entry in kept if entry.get("state") == query.get("state")]
            size = int(query.get("per_page", "30"))
            first = size * (int(query.get("page", "1")) - 1)
            return 200, shown[first : first + size]
        if method == "POST" and found:
            kept = self.comments if found[1] else self.issues
            number = len(kept) + 1
            state = {} if found[1] else {"state": "open"}
            kept.append({"id": number, "number": number, "user": BOT, **state, **body})
            return 201, kept[-1]
        if method == "PATCH" and one:
            entry = (self.comments if one[1] else self.issues)[int(one[2]) - 1]
            entry.update(body, edits=entry.get("edits", 0) + 1)
            return 200, entry
        return 404, {"message": f"{method} {path} is not rehearsed"}


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON to who knows the right token."""

    forge: Forge

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        given = self.headers.get("Authorization")
        if url.path == "/token" and given == f"bearer {TOKEN}":
            self.answer(200, self.forge.issue_token(query))
        elif given == f"Bearer {JOB_TOKEN}":
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(length) or "{}")
            self.answer(*self.forge.call(self.command, url.path, query, body))
        else:
            self.answer(401, {"message": "Bad credentials"})

    def do_POST(self):
        self.do_GET()

    def do_PATCH(self):
        self.do_GET()

    def answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Log nothing."""


def start(forge: Forge) -> ThreadingHTTPServer:
    """Listen on a free port of the loopback interface, in a thread."""
    handler = type("Handler", (Handler,), {"forge": forge})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
