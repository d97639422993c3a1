"""Network namespaces: how they are made, and how programs and sockets get into them."""

import ctypes
import os
import socket
import threading
from pathlib import Path

from ..ledger import Ledger, end_processes_in
from ..shell import LiveError, run

CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
WHOLE = "whole"
"""The alias of the loopback interface in a namespace that is complete."""

_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace, by name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = Path("/run/netns", name)

    @property
    def exists(self) -> bool:
        return self.path.exists()

    @property
    def is_whole(self) -> bool:
        """Whether the namespace is complete. A crash may have left half of one."""
        return self.exists and WHOLE in self.run("ip", "link", "show", "lo")

    def mark_whole(self) -> None:
        self.ip(f"link set lo alias {WHOLE}")

    def make(self, ledger: Ledger) -> None:
        """Make the namespace, with the loopback interface up."""
        ledger.note("namespace", self.name)
        if not self.exists:
            run("ip", "netns", "add", self.name)
        self.ip("link set lo up")

    def ip(self, *commands: str) -> None:
        """Run commands of `ip` in the namespace, all in one process."""
        run("ip", "-n", self.name, "-batch", "-", text="\n".join(commands) + "\n")

    def run(self, *command: str | Path, text: str | None = None) -> str:
        return run("nsenter", f"--net={self.path}", *command, text=text)

    def set(self, *settings: str) -> None:
        """Write kernel settings of the namespace, like net.ipv4.ip_forward=1."""
        self.run("sysctl", "--quiet", "--write", *settings)

    def end_processes(self) -> None:
        """Kill every process in the namespace: an earlier supervisor may have left some."""
        end_processes_in(self.name)

    def listen(self, address: str, port: int) -> socket.socket:
        """A socket that listens in the namespace, for a server of this process."""
        made: list[socket.socket | Exception] = []

        def open_there() -> None:
            try:
                enter(self.path, CLONE_NEWNET)
                made.append(_listener(address, port))
            except OSError as error:
                made.append(error)

        # Only the thread that enters a namespace is in it. A socket stays in the namespace that it was made in.
        thread = threading.Thread(target=open_there)
        thread.start()
        thread.join()
        opened = made[0]
        if isinstance(opened, Exception):
            raise LiveError(f"cannot listen on {address} port {port} in {self.name}: {opened}")
        return opened


def enter(path: Path, kind: int) -> None:
    """Move this thread into a namespace."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(handle, kind), path)
    finally:
        os.close(handle)


def leave_mounts() -> None:
    """Give this process a mount namespace of its own, into which later mounts of the host propagate."""
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    run("mount", "--make-rslave", "/")


def _check(result: int, what: object) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _listener(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind((address, port))
    listening.listen(64)
    return listening
