"""Waiting for a cluster's API to answer, before add-ons are installed through it."""

import asyncio
import base64
import http.client
import ssl
import time
from urllib.parse import urlsplit

import pulumi
import yaml

PATIENCE_SECONDS = 1800
"""The longest wait. A control plane takes three to five minutes, the DNS name of a new load balancer up to ten.

A control plane that waits for another to create the cluster gives up after 20.
"""

PAUSE_SECONDS = 2
TRY_SECONDS = 5


async def once_ready(kubeconfig: str) -> str:
    """The kubeconfig, once its API answers. A preview does not wait."""
    if pulumi.runtime.is_dry_run():
        return kubeconfig
    cluster = yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]
    server = cluster["server"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    deadline = time.monotonic() + PATIENCE_SECONDS
    waited = False
    while not await asyncio.to_thread(answers, server, authority):
        if not waited:
            pulumi.log.info(f"waiting until {server} answers")
            waited = True
        if time.monotonic() > deadline:
            raise pulumi.RunError(
                f"{server} did not answer for {PATIENCE_SECONDS // 60} minutes. Each control plane says how far it came in its "
                "status parameter in SSM. If they are ready, this machine cannot reach the API: look at api.scheme and "
                "api.allowedCidrs, or turn off addons.cni and addons.cloudController and install both from where it can be reached"
            )
        await asyncio.sleep(PAUSE_SECONDS)
    return kubeconfig


def answers(server: str, authority: str) -> bool:
    """Whether an API server with a certificate of this authority answers at this URL that it is ready."""
    place = urlsplit(server)
    context = ssl.create_default_context(cadata=authority)
    # Python 3.13 turned strict checks on. They require key identifiers, which not every authority's certificate has.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    connection = http.client.HTTPSConnection(
        place.hostname or "", place.port, timeout=TRY_SECONDS, context=context
    )
    try:
        connection.request("GET", "/readyz")
        # 401 and 403 count as ready: anonymous requests may be off.
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
