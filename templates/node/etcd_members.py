"""Remove etcd members whose machine is gone: they cost quorum, and no control plane can join beside them."""

import http.client
import json
import re
import ssl
import subprocess
import sys
import time

import machine
from aws import Aws, Refused
from machine import Failure, path, say, write

PORT = 2379
PKI = "/etc/kubernetes/pki/etcd"
UNSTARTED = "/run/dualstack/unstarted-members"
UNSTARTED_SECONDS = 1200
"""A member has no name until its etcd starts. A join takes minutes at most, so after this it was given up."""
INSTANCE = re.compile(r"(i-[0-9a-f]{8,17})\.")


def main():
    """Remove at most one member."""
    settings = machine.settings()
    try:
        members = ask(settings, "list")["members"]
        member = next(iter(stale(Aws(settings), members)), None)
        if member:
            name = member.get("name", "")
            say(f"removing etcd member {name or member['ID']}: its machine is gone")
            ask(settings, "remove", {"ID": member["ID"]})
            if name:
                _forget_node(name)
    except (Failure, Refused, OSError, http.client.HTTPException) as error:
        say(f"cannot look after etcd's members: {error}")
        return 1
    return 0


def stale(aws, members):
    """The members whose machine is gone, as EC2 says, or that were added and never started."""
    waiting = _waiting_since([member["ID"] for member in members if not member.get("name")])
    for member in members:
        instance = INSTANCE.match(member.get("name", ""))
        gone = instance and aws.state(instance.group(1)) in ("terminated", None)
        if gone or waiting.get(member["ID"], time.time()) < time.time() - UNSTARTED_SECONDS:
            yield member


def _waiting_since(unstarted):
    """Since when each member without a name has been seen."""
    file = path(UNSTARTED)
    known = json.loads(file.read_text()) if file.exists() else {}
    since = {member: known.get(member, time.time()) for member in unstarted}
    write(UNSTARTED, json.dumps(since), 0o600)
    return since


def ask(settings, action, request=None):
    """One call to this machine's etcd, through its JSON gateway."""
    context = ssl.create_default_context(cafile=path(f"{PKI}/ca.crt"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(
        path(f"{PKI}/healthcheck-client.crt"), path(f"{PKI}/healthcheck-client.key")
    )
    connection = http.client.HTTPSConnection(
        "localhost", settings.get("etcdPort", PORT), timeout=20, context=context
    )
    try:
        connection.request(
            "POST", f"/{settings['etcdApi']}/cluster/member/{action}", json.dumps(request or {})
        )
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise Failure(f"etcd member {action}: HTTP {answer.status} {text[:300]}")
        return json.loads(text)
    finally:
        connection.close()


def _forget_node(name):
    """Without a cloud controller nobody else removes the node."""
    subprocess.run(
        [
            "kubectl",
            "--kubeconfig",
            "/etc/kubernetes/admin.conf",
            "delete",
            "node",
            name,
            "--ignore-not-found",
            "--wait=false",
        ],
        check=False,
        timeout=60,
    )


if __name__ == "__main__":
    sys.exit(main())
