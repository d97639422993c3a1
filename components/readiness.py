"""Waiting for a cluster's API to answer, before add-ons are installed through it."""

import asyncio
import base64
import http.client
import math
import socket
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import pulumi
import yaml

from .trust import trusting
from .waiting import LINE_SECONDS

PATIENCE_SECONDS = 1800
"""The longest wait. A control plane takes three to five minutes, the DNS name of a new load balancer up to ten.

A control plane that waits for another to create the cluster gives up after 20.
"""

PAUSE_SECONDS = 2
TRY_SECONDS = 5


async def once_ready(kubeconfig: str) -> str:
    """The kubeconfig, once its API answers. A preview does not wait. Each minute a line says what is waited for."""
    if pulumi.runtime.is_dry_run():
        return kubeconfig
    cluster = yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]
    server = cluster["server"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    start = spoken = time.monotonic()
    first = True
    while not await asyncio.to_thread(answers, server, authority):
        now = time.monotonic()
        if now - start > PATIENCE_SECONDS:
            raise pulumi.RunError(
                f"{server} did not answer for {PATIENCE_SECONDS // 60} minutes: {await asyncio.to_thread(obstacle, server)}. Each "
                "control plane says how far it came in its status parameter in SSM. If they are ready, this machine cannot reach "
                "the API: look at its scheme and its allowed CIDRs, or turn off the add-ons of the network plugin and of the "
                "cloud controller and install both from where it can be reached"
            )
        if first or now - spoken >= LINE_SECONDS:
            left = math.ceil((PATIENCE_SECONDS - (now - start)) / 60)
            pulumi.log.info(
                f"waiting until {server} answers, {left} minutes at most: {await asyncio.to_thread(obstacle, server)}"
            )
            first, spoken = False, now
        await asyncio.sleep(PAUSE_SECONDS)
    return kubeconfig


def obstacle(server: str) -> str:
    """What is in the way of an API that does not answer, as far as this machine can see."""
    place = urlsplit(server)
    host, port = place.hostname or "", place.port or 443
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = sorted({str(entry[4][0]) for entry in found})
    except OSError:
        return "its name has no address yet"
    try:
        socket.create_connection((host, port), timeout=TRY_SECONDS).close()
    except ConnectionRefusedError:
        return "nothing listens there yet"
    except OSError:
        inside = all(ip_address(address).is_private for address in addresses)
        cause = (
            "it is inside the VPC, and this machine may be outside"
            if inside
            else "no control plane serves it yet, or its allowed CIDRs leave this machine out"
        )
        return f"no packet comes back from {', '.join(addresses)}: {cause}"
    return "it accepts connections and is not ready yet"


def answers(server: str, authority: str) -> bool:
    """Whether an API server with a certificate of this authority answers at this URL that it is ready."""
    place = urlsplit(server)
    context = trusting(authority)
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
