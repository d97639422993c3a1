"""Instance metadata (IMDSv2), over whichever family answers."""

import os
import socket
import time
import urllib.error
import urllib.request

from machine import Failure, say

ADDRESSES = ("http://169.254.169.254", "http://[fd00:ec2::254]")
PATIENCE_SECONDS = 300
"""Addresses and role credentials may come minutes after the machine."""

# Metadata is never behind a proxy, whatever the environment names for the rest.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(path):
    """One value, or None while the machine has none."""
    override = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
    for base in [override.rstrip("/")] if override else ADDRESSES:
        try:
            token = _ask(
                f"{base}/latest/api/token", "PUT", "X-aws-ec2-metadata-token-ttl-seconds", "300"
            )
            return _ask(f"{base}/latest/{path}", "GET", "X-aws-ec2-metadata-token", token).strip()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
        except OSError:
            continue
    return None


def _ask(url, method, header, value):
    request = urllib.request.Request(url, method=method, headers={header: value})
    with DIRECT.open(request, timeout=2) as answer:
        return answer.read().decode()


def require(path, wait=PATIENCE_SECONDS):
    """One value, waited for."""
    deadline = time.monotonic() + wait
    while not (value := get(path)):
        if time.monotonic() > deadline:
            raise Failure(
                f"instance metadata has no {path} after {wait} seconds; check the subnet and the instance's metadata options"
            )
        time.sleep(2)
    return value


def facts():
    """What the kubeadm documents want to know of this machine."""
    ipv4 = require("meta-data/local-ipv4")
    ipv6 = require("meta-data/ipv6")
    for family, address in ((socket.AF_INET, ipv4), (socket.AF_INET6, ipv6)):
        _wait_until_configured(family, address)
    # With several DHCP domain names the value is a list; the first is the instance's own.
    name = require("meta-data/local-hostname").split()[0].lower()
    zone = require("meta-data/placement/availability-zone")
    say(f"{name} in {zone}: {ipv4} {ipv6}")
    return {"@NODE_NAME@": name, "@NODE_IPV4@": ipv4, "@NODE_IPV6@": ipv6}


def _wait_until_configured(family, address, wait=PATIENCE_SECONDS):
    """The kubelet refuses a node address that no interface has yet; DHCPv6 is slower than metadata."""
    deadline = time.monotonic() + wait
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                return probe.bind((address, 0))
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Failure(
                        f"no interface has {address} after {wait} seconds: {error}; check DHCP"
                    ) from None
        time.sleep(1)
