#!/usr/bin/env python3
"""Stand-in for flannel's CNI plugin: it delegates a pod to the bridge plugin, with the ranges that flannel gave this node.

It runs on the machines with their own Python, so it imports only the standard library.
"""

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

SUBNETS = "/run/flannel/subnet.env"
"""The file in which flannel's daemon writes the ranges of this node."""

REMEMBERED = "/var/lib/cni/flannel"
"""The folder with the delegated configuration of each pod. It is needed to delete a pod after the node's ranges have changed."""

VERSIONS = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"]
TRY_AGAIN_LATER = 11


class Refused(Exception):  # noqa: N818 (not an error of this program)
    """The pod cannot be connected now."""


def main():
    command = os.environ.get("CNI_COMMAND")
    network = json.load(sys.stdin)
    version = network.get("cniVersion", VERSIONS[0])
    if command == "VERSION":
        return answer({"cniVersion": version, "supportedVersions": VERSIONS})
    memory = Path(network.get("dataDir", REMEMBERED), os.environ.get("CNI_CONTAINERID", ""))
    try:
        if command == "ADD":
            return add(network, memory)
        if command == "DEL":
            return delete(memory)
    except Refused as error:
        answer({"cniVersion": version, "code": TRY_AGAIN_LATER, "msg": str(error)})
        return 1
    return 0


def add(network, memory):
    """Connect a pod."""
    handed = delegate(network, leases(network.get("subnetFile", SUBNETS)))
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(handed))
    return call(handed)


def delete(memory):
    """Disconnect a pod. A pod that was never connected needs nothing."""
    if not memory.exists():
        return 0
    status = call(json.loads(memory.read_text()))
    if status == 0:
        memory.unlink()
    return status


def leases(path):
    """The variables that flannel's daemon wrote for this node."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise Refused(f"flannel's daemon has not written {path} yet: {error}") from None
    return dict(line.split("=", 1) for line in lines if "=" in line)


def delegate(network, given):
    """The configuration for the delegated plugin."""
    handed = {"type": "bridge", **network.get("delegate", {})}
    handed.setdefault("mtu", int(given["FLANNEL_MTU"]))
    # If the daemon's rules do not masquerade, the bridge plugin has to.
    handed.setdefault("ipMasq", given.get("FLANNEL_IPMASQ") != "true")
    if handed["type"] == "bridge":
        handed.setdefault("isGateway", True)
    handed["name"] = network["name"]
    handed["cniVersion"] = network.get("cniVersion", VERSIONS[0])
    if "runtimeConfig" in network:
        handed["runtimeConfig"] = network["runtimeConfig"]
    ranges, routes = [], []
    for family in ("", "IPV6_"):
        if f"FLANNEL_{family}SUBNET" in given:
            # The file holds the gateway's address. The host-local plugin needs the range.
            own = ipaddress.ip_interface(given[f"FLANNEL_{family}SUBNET"]).network
            ranges.append([{"subnet": str(own)}])
            networks = given.get(f"FLANNEL_{family}NETWORK", "")
            routes += [{"dst": target} for target in networks.split(",") if target]
    handed["ipam"] = {"type": "host-local", "ranges": ranges, "routes": routes}
    return handed


def call(handed):
    """Run the delegated plugin. Its output and exit code become those of this program."""
    for folder in os.environ.get("CNI_PATH", "").split(":"):
        plugin = Path(folder, handed["type"])
        if folder and os.access(plugin, os.X_OK):
            return subprocess.run(  # noqa: PLW1510 (the caller returns its status)
                [str(plugin)], input=json.dumps(handed).encode()
            ).returncode
    raise Refused(f"no plugin {handed['type']} in {os.environ.get('CNI_PATH')}")


def answer(content):
    print(json.dumps(content))
    return 0


if __name__ == "__main__":
    sys.exit(main())
