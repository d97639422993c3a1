"""Instance metadata (IMDSv2), over IPv4 or, if that does not answer, IPv6."""

import os
import socket
import time
import urllib.error
import urllib.request

from machine import Failure, say

ADDRESSES = ("http://169.254.169.254", "http://[fd00:ec2::254]")
PATIENCE_SECONDS = 300
"""The time to wait for a value. Addresses and credentials of the role may be there minutes after boot only."""

# Metadata is never behind a proxy, whatever proxy the environment sets for other requests.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(name):
    """One value; None if metadata does not have it yet, or does not answer."""
    override = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
    for base in [override.rstrip("/")] if override else ADDRESSES:
        try:
            token = _ask(
                f"{base}/latest/api/token", "PUT", "X-aws-ec2-metadata-token-ttl-seconds", "60"
            )
            return _ask(f"{base}/latest/meta-data/{name}", "GET", "X-aws-ec2-metadata-token", token)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
        except OSError:
            continue
    return None


def _ask(url, method, header, value):
    request = urllib.request.Request(url, method=method, headers={header: value})
    with DIRECT.open(request, timeout=2) as answer:
        return answer.read().decode().strip()


def require(name, hint="are metadata on and IMDSv2 allowed?"):
    """One value. Waits until metadata has it; a `Failure` with the hint if it does not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        value = get(name)
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(
                f"instance metadata has no {name} after {PATIENCE_SECONDS} seconds; {hint}"
            )
        time.sleep(2)


def facts():
    """The values of this machine in the kubeadm documents, by token."""
    ipv4 = require("local-ipv4")
    ipv6 = require("ipv6", "does the subnet have an IPv6 range, and the interface an address?")
    for family, address in ((socket.AF_INET, ipv4), (socket.AF_INET6, ipv6)):
        _wait_until_configured(family, address)
    # Every release of the cloud controller finds an instance by its bare id. Some take a node's whole name for the id, so the name
    # has no domain: https://github.com/kubernetes/cloud-provider-aws/blob/v1.27.10/docs/prerequisites.md
    name = require("instance-id")
    say(f"{name} in {require('placement/availability-zone')}: {ipv4} {ipv6}")
    return {"@NODE_NAME@": name, "@NODE_IPV4@": ipv4, "@NODE_IPV6@": ipv6}


def _wait_until_configured(family, address):
    """Wait until an interface has the address: the kubelet refuses it before. DHCPv6 is slower than metadata."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                return probe.bind((address, 0))
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Failure(
                        f"no interface has {address} after {PATIENCE_SECONDS} seconds ({error}); check DHCP, and what the image says of IPv6"
                    ) from None
        time.sleep(1)
