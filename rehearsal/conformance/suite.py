"""e2e.test, upstream's end-to-end tests: the images that it needs, and a run of it."""

import os
import re
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..machines.shell import LiveError, run
from ..machines.trial import patience
from .junit import Outcome, outcomes

FEATURE = r"\[Feature:IPv6DualStack\]"
OF_SCTP = r"\[Feature:SCTPConnectivity\]"
OF_HOST_NAMES = "service endpoints using hostNetwork"
WITH_HOST_NAMES = range(31, 37)
"""The minors whose spec takes the node's address of the kind Hostname, which AWS's controller makes the DNS name, for the name that the
machine itself has. Later ones compare the node's name: https://github.com/kubernetes/kubernetes/issues/121018"""


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one version, with a folder for their files and a registry for their images."""

    program: Path
    folder: Path
    registry: str
    left_out: Mapping[str, str] = field(default_factory=dict)
    """The patterns of specs that do not run, each with the reason."""

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def agnhost_tags(self) -> list[str]:
        """The tags of agnhost that the tests use."""
        listed = run(
            *("env", *(f"{name}={value}" for name, value in self._environment().items())),
            *(self.program, "--list-images"),
        )
        image = re.compile(rf"{re.escape(self.registry)}/agnhost:(\S+)")
        return sorted({found[1] for found in map(image.fullmatch, listed.split()) if found})

    def run(
        self,
        kubeconfig: str,
        kubectl: Path,
        heard: Callable[[str], None],
        *,
        started_by: Sequence[str] = (),
    ) -> list[Outcome]:
        """Run every spec of the feature that is not left out; the results.

        `heard` is called with each line of their output. `started_by` are words before the program.
        """
        environment = self._environment()
        admin = self.folder / "kubeconfig"
        admin.touch(mode=0o600)
        admin.write_text(kubeconfig)
        report = self.folder / "report" / "junit_01.xml"
        report.unlink(missing_ok=True)
        command = [
            *started_by,
            self.program,
            f"--kubeconfig={admin}",
            f"--kubectl-path={kubectl}",
            "--provider=skeleton",
            "--disable-log-dump",
            f"--ginkgo.focus={FEATURE}",
            *(f"--ginkgo.skip={pattern}" for pattern in self.left_out),
            "--ginkgo.v",
            "--ginkgo.no-color",
            f"--report-dir={report.parent}",
        ]
        with (
            patience(),
            self.log.open("w", encoding="utf-8") as log,
            subprocess.Popen(
                command,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            for line in process.stdout or ():
                log.write(line)
                heard(line)
        code = process.returncode
        found = outcomes(report) if report.exists() else []
        if not found or (code and not any(outcome.failure for outcome in found)):
            raise LiveError(
                f"upstream's tests ended with {code}, and their report names "
                f"{len(found)} specs and no failure; all they said: {self.log}"
            )
        return found

    def _environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        places = self.folder / "registries.yaml"
        places.write_text(f"promoterE2eRegistry: {self.registry}\n")
        return {"KUBE_TEST_REPO_LIST": str(places)}


def left_out(minor: str) -> dict[str, str]:
    """The patterns of specs that cannot pass with a minor or on this host, each with the reason."""
    found: dict[str, str] = {}
    if not has_sctp():
        found[OF_SCTP] = "SCTP, which this kernel lacks"
    if int(minor.partition(".")[2]) in WITH_HOST_NAMES:
        found[OF_HOST_NAMES] = (
            "endpoints with hostNetwork, which specs before 1.37 know by the name that AWS has for their machine"
        )
    return found


def has_sctp() -> bool:
    """Whether the kernel supports SCTP. Without it, a spec that uses SCTP times out."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True
