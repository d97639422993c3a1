"""Whether the cluster's API answers."""

import http.client
import ssl
import time

from machine import Failure, path, say

PATIENCE_SECONDS = 900


def answers(host, port):
    """Whether an API server of this cluster answers there.

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
        connection.request("GET", "/readyz")
        # 401 and 403 are answers too: anonymous requests may be off.
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(host, port):
    """Wait until the API answers."""
    say(f"waiting for https://{host}:{port}/readyz")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(host, port):
        if time.monotonic() > deadline:
            raise Failure(
                f"https://{host}:{port} did not answer for {PATIENCE_SECONDS} seconds; check the control planes, the load balancer and its rules"
            )
        time.sleep(3)
