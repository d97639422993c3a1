"""This machine's member of etcd, through its JSON gateway."""

import base64
import hashlib
import http.client
import json
import ssl

from machine import Failure, path

PKI = "/etc/kubernetes/pki/etcd"
DIGEST_BYTES = 32
"""etcd sends the SHA-256 of a snapshot behind it. A restore wants it there."""


def ask(settings, call, request, host="localhost", seconds=20):
    """The answer to one call, like `maintenance/status`, of this member or of one at another host; a `Failure` if its status is not 200.

    https://github.com/etcd-io/etcd/blob/main/api/etcdserverpb/rpc.proto has the calls.
    """
    connection, answer = _sent(settings, call, request, seconds, host)
    try:
        return json.loads(_good(call, answer).read())
    finally:
        connection.close()


def alone(settings):
    """Whether this member is all of etcd, and with it this control plane all of the cluster; True too if it does not answer."""
    try:
        members = ask(settings, "cluster/member/list", {})["members"]
    except (Failure, OSError, http.client.HTTPException):
        return True
    return len([one for one in members if one.get("name")]) < 2


def snapshot(settings, write):
    """Pass a snapshot to `write`, part by part; its bytes, and whether it is whole. A `Failure` if etcd makes none.

    A line of etcd's stream is JSON with a part of the file in base64. A connection that breaks leaves a short file, which nothing
    but the digest at its end shows.
    """
    call = "maintenance/snapshot"
    digest, end, size = hashlib.sha256(), b"", 0
    for line in lines(settings, call, {}):
        part = json.loads(line)
        if "result" not in part:
            raise Failure(f"etcd's {call} says {json.dumps(part.get('error', part))[:300]}")
        blob = base64.b64decode(part["result"].get("blob", ""))
        write(blob)
        size += len(blob)
        end += blob
        digest.update(end[:-DIGEST_BYTES])
        end = end[-DIGEST_BYTES:]
    return size, digest.digest() == end


def lines(settings, call, request):
    """The lines of an answer that streams. Between two lines pass at most two minutes."""
    connection, answer = _sent(settings, call, request, 120)
    try:
        yield from _good(call, answer)
    finally:
        connection.close()


def _sent(settings, call, request, seconds, host="localhost"):
    context = ssl.create_default_context(cafile=path(f"{PKI}/ca.crt"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(
        path(f"{PKI}/healthcheck-client.crt"), path(f"{PKI}/healthcheck-client.key")
    )
    connection = http.client.HTTPSConnection(
        host, settings["etcdPort"], timeout=seconds, context=context
    )
    connection.request("POST", f"/{settings['etcdApi']}/{call}", json.dumps(request))
    return connection, connection.getresponse()


def _good(call, answer):
    if answer.status != 200:
        text = answer.read().decode(errors="replace")
        raise Failure(f"etcd's {call} says {answer.status}: {text[:300]}")
    return answer
