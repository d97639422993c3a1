"""Waiting for the cluster's API: whether it answers, and whether machines can join by their token."""

import http.client
import ssl
import time

from machine import Failure, path, say

PATIENCE_SECONDS = 900
SIGNING_SECONDS = 30
"""The time that the controller which signs with tokens may take to start after the API server."""

CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info"


def answers(host, port):
    """Whether an API server answers at this host and port, with a certificate of this cluster's CA if that is known."""
    status, _ = _get(host, port, "/readyz")
    # 401 and 403 count as answers: anonymous requests may be off.
    return 0 < status < 500


def wait(host, port, token, given_up=lambda: False):
    """Wait until machines can join with the token; a `Failure` if the API does not answer in time, or the wait is given up."""
    say(f"waiting for https://{host}:{port}/readyz")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(host, port):
        if time.monotonic() > deadline:
            raise Failure(
                f"https://{host}:{port} did not answer for {PATIENCE_SECONDS} seconds; check the control planes, the load balancer and its rules"
            )
        if given_up():
            raise Failure(f"https://{host}:{port} is not waited for any more")
        time.sleep(1)
    # kubeadm checks the token at once, and then every five seconds. So waiting here saves time. kubeadm itself reports a bad token.
    deadline = time.monotonic() + SIGNING_SECONDS
    while not _has_signed(host, port, token) and time.monotonic() < deadline:
        time.sleep(0.5)


def _has_signed(host, port, token):
    """Whether the cluster has signed its cluster-info with this token, or refuses anonymous requests (401)."""
    status, body = _get(host, port, CLUSTER_INFO)
    return status == 401 or (status == 200 and f'"jws-kubeconfig-{token[:6]}"' in body)


def _get(host, port, target):
    """The status and the text of an answer; status 0 if there is none.

    A worker has no CA certificate before it joins, so it does not verify the server. It sends no secret, and kubeadm checks the
    CA's hash later.
    """
    context = ssl.create_default_context()
    authority = path("/etc/kubernetes/pki/ca.crt")
    if authority.exists():
        context.load_verify_locations(authority)
        # Python 3.13 turned strict checks on. They require key identifiers, which not every CA's certificate has.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
