"""Whether the cluster's API answers."""

import http.client
import ssl
import time

from machine import Failure, path, say

PATIENCE_SECONDS = 900
CA_FILE = "/etc/kubernetes/pki/ca.crt"


def answers(host, port):
    """Whether an API server of this cluster answers there.

    A worker has no CA certificate before it joins; it asks without one, sends nothing, and leaves the check of the CA's hash to kubeadm.
    """
    context = ssl.create_default_context()
    if path(CA_FILE).exists():
        context.load_verify_locations(path(CA_FILE))
        # Strict since Python 3.13: it wants key identifiers that older CAs do not have.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    try:
        connection.request("GET", "/readyz")
        # 401 and 403 are answers too: anonymous requests may be switched off.
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(host, port, seconds=PATIENCE_SECONDS):
    """Wait until the API answers."""
    say(f"waiting for https://{host}:{port}/readyz")
    deadline = time.monotonic() + seconds
    while not answers(host, port):
        if time.monotonic() > deadline:
            raise Failure(
                f"https://{host}:{port} did not answer for {seconds} seconds; check the control planes, the load balancer and its rules"
            )
        time.sleep(3)
