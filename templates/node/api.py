"""Whether the cluster's API answers."""

import http.client
import ssl
import time

from machine import Failure, path, say

PATIENCE_SECONDS = 900
SIGNING_SECONDS = 30
"""How long after the API server the controller that signs with tokens may take to start."""

CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info"


def answers(host, port):
    """Whether an API server of this cluster answers there."""
    status, _ = _get(host, port, "/readyz")
    # 401 and 403 are answers too: anonymous requests may be off.
    return 0 < status < 500


def wait(host, port, token):
    """Wait until machines can join by the token."""
    say(f"waiting for https://{host}:{port}/readyz")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(host, port):
        if time.monotonic() > deadline:
            raise Failure(
                f"https://{host}:{port} did not answer for {PATIENCE_SECONDS} seconds; check the control planes, the load balancer and its rules"
            )
        time.sleep(1)
    # kubeadm looks at once, and then every five seconds. What it finds wrong with a token it says itself.
    deadline = time.monotonic() + SIGNING_SECONDS
    while not _has_signed(host, port, token) and time.monotonic() < deadline:
        time.sleep(0.5)


def _has_signed(host, port, token):
    """Whether the cluster vouches for itself by this token, or does not tell strangers."""
    status, body = _get(host, port, CLUSTER_INFO)
    return status == 401 or (status == 200 and f'"jws-kubeconfig-{token[:6]}"' in body)


def _get(host, port, target):
    """The status and the text of an answer; status 0 when there is none.

    A worker has no CA certificate before it joins. It asks without one, sends nothing, and leaves it to kubeadm to check the CA's hash.
    """
    context = ssl.create_default_context()
    authority = path("/etc/kubernetes/pki/ca.crt")
    if authority.exists():
        context.load_verify_locations(authority)
        # On since Python 3.13: it wants key identifiers, which not every CA has.
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
