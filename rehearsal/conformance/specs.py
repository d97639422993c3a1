"""Upstream's specs of dual-stack on a stack that is up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..builds.kubernetes import kubernetes, program_of
from ..machines import host
from ..machines.trial import Trial
from ..mirror.agnhost import HOST_PROGRAMS, agnhost
from ..mirror.registry import own_registry
from ..mirror.servers import MirrorEndpoints
from .ginkgo_output import SpecProgress
from .junit import Outcome
from .suite import Suite, left_out


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run of the specs."""

    stack: str
    version: str
    found: list[Outcome]
    seconds: float
    left_out: list[str]
    """What did not run, with the reason."""

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.found if outcome.failure]

    def __str__(self) -> str:
        ran, failed = len(self.found), len(self.failures)
        without = "".join(f"; left out: {reason}" for reason in self.left_out)
        return (
            f"{self.stack}, Kubernetes {self.version}: {ran} specs of dual-stack ran, "
            f"{ran - failed} passed, {failed} failed, in {self.seconds:.0f} s{without}"
        )


def prepared(trial: Trial, say: Callable[[str], None]) -> Suite:
    """The specs of the stack's version. Their image is pushed into the registry."""
    host.install(host.PROGRAMS | HOST_PROGRAMS)
    suite = Suite(
        kubernetes("e2e.test", trial.minor),
        trial.state.folder / "reports" / trial.stack,
        MirrorEndpoints().registry,
        left_out(trial.minor),
    )
    with own_registry() as registry:
        registry.offer((agnhost(trial.minor, tag) for tag in suite.agnhost_tags()), say)
    return suite


def run(trial: Trial, suite: Suite, say: Callable[[str], None]) -> Run:
    """Run them on the stack, which is up."""
    began = time.monotonic()
    found = suite.run(
        trial.kubeconfig,
        kubernetes("kubectl", trial.minor),
        SpecProgress(say).follow,
        # The tests copy the server's URL but not `tls-server-name`, so the kubeconfig must hold the name of the certificate.
        started_by=trial.resolving,
    )
    version = program_of("e2e.test", trial.minor).version
    reasons = [*suite.left_out.values()]
    return Run(trial.stack, version, found, time.monotonic() - began, reasons)
