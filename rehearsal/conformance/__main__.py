"""Run Kubernetes' own end-to-end tests of dual-stack against clusters on this host: `make test-upstream`."""

import argparse
import sys
import time
from dataclasses import dataclass

from .. import output
from ..builds.golang import ToolError
from ..builds.kubernetes import kubernetes, program_of
from ..machines import host
from ..machines.shell import LiveError
from ..machines.trial import ORDERS, Trial
from ..mirror.agnhost import HOST_PROGRAMS, agnhost
from ..mirror.registry import own_registry
from ..mirror.servers import MirrorEndpoints
from ..state import State
from .ginkgo_output import SpecProgress
from .junit import Outcome
from .suite import Suite, has_sctp

FAILURE_LINES = 20
"""How much of a failure is shown. The log has all of it."""

console = output.console()


def main(words: list[str]) -> int:
    """Test one stack after the other; the exit code, 0 if no test failed."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.conformance", description=__doc__)
    parser.add_argument("stack", choices=[*ORDERS, "all"], help="which of tests/live/stacks")
    asked = parser.parse_args(words).stack
    state = State(State.of_user().place("upstream"))
    runs: list[Run] = []
    try:
        host.check()
        for stack in ORDERS if asked == "all" else [asked]:
            _test(Trial(stack, state), runs)
    except (LiveError, ToolError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        return 1
    finally:
        for run in runs:
            console.print(str(run), markup=False)
    return 1 if any(run.failures for run in runs) else 0


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run of the tests."""

    stack: str
    version: str
    found: list[Outcome]
    seconds: float

    @property
    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.found if outcome.failure]

    def __str__(self) -> str:
        ran, failed = len(self.found), len(self.failures)
        left_out = "" if has_sctp() else "; left out: SCTP, which this kernel lacks"
        return (
            f"{self.stack}, Kubernetes {self.version}: {ran} specs of dual-stack ran, "
            f"{ran - failed} passed, {failed} failed, in {self.seconds:.0f} s{left_out}"
        )


def _test(trial: Trial, runs: list[Run]) -> None:
    """Run the tests on one stack, and append the result."""
    suite, version = _prepared(trial), program_of("e2e.test", trial.minor).version
    with trial.running():
        began = time.monotonic()
        found = suite.run(
            trial.kubeconfig,
            kubernetes("kubectl", trial.minor),
            SpecProgress(lambda line: console.print(line, markup=False)).follow,
            # The tests copy the server's URL but not `tls-server-name`, so the kubeconfig must hold the name of the certificate.
            started_by=trial.resolving,
        )
        run = Run(trial.stack, version, found, time.monotonic() - began)
        runs.append(run)
        for outcome in run.failures:
            console.print(f"failed: {outcome.name}", style="red", markup=False)
            console.print("\n".join(outcome.failure.splitlines()[:FAILURE_LINES]), markup=False)
        if run.failures:
            console.print(f"all that upstream's tests said: {suite.log}", markup=False)


def _prepared(trial: Trial) -> Suite:
    """The tests of the stack's version. Their image is pushed into the registry first."""
    host.install(host.PROGRAMS | HOST_PROGRAMS)
    suite = Suite(
        kubernetes("e2e.test", trial.minor),
        trial.state.folder / "reports" / trial.stack,
        MirrorEndpoints().registry,
    )
    with own_registry() as registry:
        registry.offer((agnhost(trial.minor, tag) for tag in suite.agnhost_tags()), console.print)
    return suite


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
