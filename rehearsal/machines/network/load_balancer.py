"""A network load balancer: haproxy in a separate namespace, with an address in each of its subnets."""

import contextlib
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from ..ledger import PREFIX
from ..shell import run
from ..view.survey import BalancerView, InstanceView, ListenerView
from .namespaces import Namespace

SOCKET, STATES = "socket", "states"
"""Beside the configuration: where haproxy answers questions, and the health of each target that it reads at a reload."""

GLOBAL = f"""\
global
  maxconn 4000
  stats socket unix@{SOCKET} mode 600 level admin
  server-state-file {STATES}
defaults
  mode tcp
  load-server-state-from-file global
  balance roundrobin
  timeout connect 5s
  timeout client 350s
  timeout server 350s
  # As Amazon's: each connection goes to one target, and fails with it. A target that is down gets connections until its
  # health check has failed. If none is left, the client is refused at once.
  no option redispatch
  retries 0
"""


Place = tuple[str, str]
"""The addresses of a load balancer in one of its subnets: IPv4, and IPv6 or an empty string."""


def configuration(
    balancer: BalancerView, places: Sequence[Place], instances: Mapping[str, InstanceView]
) -> str:
    """The configuration of haproxy. Targets see the load balancer's address, not the client's, in both families.

    Each zone has a section of its own, which checks and connects from that zone's subnet. A zone that is cut off therefore
    does not affect the others.
    """
    sections = [GLOBAL]
    for (zone, place), listener in product(enumerate(places), balancer.listeners):
        ipv4, ipv6 = place
        lines = [f"listen port-{listener.port}-{zone}"]
        lines += [f"  bind {address}:{listener.port}" for address in place if address]
        # Without a port, haproxy reads the last part of an IPv6 address as one. Port 0 means any.
        lines.append(f"  source {ipv6 if listener.ipv6_targets else ipv4}:0")
        lines += _checks(listener)
        for target, port in listener.targets:
            address = _address(target, listener, instances)
            if address:
                lines.append(f"  server {target}-{port} {address}:{port} check")
        sections.append("\n".join(lines) + "\n")
    return "\n".join(sections)


def _address(target: str, listener: ListenerView, instances: Mapping[str, InstanceView]) -> str:
    instance = instances.get(target)
    if instance is None:
        return "" if target.startswith("i-") else target
    return instance.ipv6 if listener.ipv6_targets else instance.ipv4


def _checks(listener: ListenerView) -> list[str]:
    check = listener.check
    # AWS checks less often and takes minutes to change a target's state. A rehearsal should not wait for that.
    lines = [f"  default-server inter {min(check.seconds, 2)}s fall 2 rise 1"]
    if not listener.draining:
        lines[0] += " on-marked-down shutdown-sessions"
    # Without this an answer would be waited for as long as it is from one check to the next.
    lines.append(f"  timeout check {check.timeout}s")
    if check.protocol in ("HTTP", "HTTPS"):
        secure = " check-ssl verify none" if check.protocol == "HTTPS" else ""
        lines[0] += secure
        lines += [f"  option httpchk GET {check.path}", f"  http-check expect status {check.codes}"]
    return lines


def states(text: str, known: str) -> str:
    """The health with which a reload begins: that of each target so far, and unhealthy for a new one.

    A new target gets no connection until its first check has passed. haproxy by itself would take it for healthy.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html

    Args:
        text: The new configuration.
        known: What haproxy answered to `show servers state`.
    """
    version, columns, *lines = known.strip().splitlines()
    names = [tuple(line.split()[1:4:2]) for line in lines]
    section, new = "", []
    for first, name, *rest in (line.split() for line in text.splitlines() if len(line.split()) > 1):
        if first == "listen":
            section = name
        elif first == "server" and (section, name) not in names:
            address, port = rest[0].rsplit(":", 1)
            new.append(STOPPED.format(section=section, name=name, address=address, port=port))
    return "\n".join([version, columns, *lines, *new, ""])


NONE_KNOWN = "1\n#\n"
"""What haproxy answers when it has no target: the version of the form, and a comment."""

STOPPED = "0 {section} 0 {name} {address} 0 0 1 1 0 1 0 0 6 0 0 0 - {port} - 0 0 - - 0"
"""A target of which no check has passed, in haproxy's words.

https://docs.haproxy.org/2.6/management.html#9.3-show%20servers%20state
"""


def drained(known: str, intervals: Mapping[int, int]) -> list[str]:
    """The targets that have been unhealthy for longer than they keep their connections, as haproxy names them.

    AWS calls such a target `unhealthy.draining` before, and `unhealthy` from then on.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health.html

    Args:
        known: What haproxy answered to `show servers state`.
        intervals: By the listener's port, for how many seconds a target keeps its connections.
    """
    _, columns, *lines = known.strip().splitlines()
    servers = [dict(zip(columns.split()[1:], line.split(), strict=False)) for line in lines]
    return [
        f"{server['be_name']}/{server['srv_name']}"
        for server in servers
        if server["srv_op_state"] == "0"
        and int(server["srv_time_since_last_change"])
        >= intervals.get(int(server["be_name"].split("-")[1]), 0)
    ]


class Proxy:
    """The running haproxy of one balancer."""

    def __init__(self, balancer: BalancerView, folder: Path) -> None:
        self.namespace = Namespace(f"{PREFIX}lb-{balancer.id}")
        self.link = f"b-{balancer.id[-11:]}"
        self._folder = folder / balancer.id
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = self._folder / "haproxy.cfg"
        self._configured = ""
        self._process: subprocess.Popen[bytes] | None = None
        if self.namespace.exists:
            self.namespace.end_processes()

    def configure(self, text: str) -> None:
        """Serve this configuration from now on. Open connections stay open."""
        if text == self._configured:
            return
        self._file.write_text(text)
        if self._process and self._process.poll() is None:
            (self._folder / STATES).write_text(states(text, self._ask("show servers state")))
            self._process.send_signal(signal.SIGUSR2)
        else:
            self._start()
        self._configured = text

    def end_drained(self, intervals: Mapping[int, int]) -> None:
        """End the connections to targets that have been unhealthy for the interval of their listener, by its port."""
        for server in drained(self._ask("show servers state"), intervals):
            self._ask(f"shutdown sessions server {server}")

    def _start(self) -> None:
        (self._folder / STATES).unlink(missing_ok=True)
        command = ("haproxy", "-q", "-W", "-C", str(self._folder), "-f", str(self._file))
        run(*command, "-c")
        self._process = subprocess.Popen(
            ["nsenter", f"--net={self.namespace.path}", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
        )

    def _ask(self, command: str) -> str:
        """The answer of haproxy; for the health of targets, that none is known before haproxy answers."""
        with socket.socket(socket.AF_UNIX) as asked, contextlib.suppress(OSError):
            asked.connect(str(self._folder / SOCKET))
            asked.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: asked.recv(65536), b"")).decode()
        return NONE_KNOWN

    def stop(self) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
