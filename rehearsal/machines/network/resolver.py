"""A VPC's DNS resolver: dnsmasq with the names of instances and load balancers, in both families."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .namespaces import Namespace

Names = Iterable[tuple[str, Iterable[str]]]


class Resolver:
    """One dnsmasq process, and the file of names that it reads."""

    def __init__(self, namespace: Namespace, folder: Path, addresses: Iterable[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._hosts = folder / "hosts"
        self._hosts.touch()
        self._configured = ""
        self._process = subprocess.Popen(
            [
                *("nsenter", f"--net={namespace.path}"),
                *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root"),
                *("--no-resolv", "--no-hosts", "--bind-interfaces", f"--pid-file={folder}/pid"),
                # For a name that is not in the file the answer is NXDOMAIN.
                "--server=/#/",
                *("--local-ttl=5", f"--addn-hosts={self._hosts}"),
                *(f"--listen-address={address}" for address in addresses),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("ab"),
        )

    def configure(self, names: Names) -> None:
        """Answer for these names from now on."""
        lines = [
            f"{address} {name}" for name, addresses in names for address in addresses if address
        ]
        text = "".join(f"{line}\n" for line in sorted(lines))
        if text == self._configured:
            return
        self._hosts.write_text(text)
        self._process.send_signal(signal.SIGHUP)
        self._configured = text

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        self._process.wait()
