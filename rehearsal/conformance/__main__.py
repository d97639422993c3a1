"""Run Kubernetes' own end-to-end tests of dual-stack against clusters on this host: `make test-upstream`."""

import argparse
import sys

from .. import output
from ..builds.golang import ToolError
from ..machines import host
from ..machines.shell import LiveError
from ..machines.trial import ORDERS, Trial
from ..state import State
from . import specs

FAILURE_LINES = 20
"""How much of a failure is shown. The log has all of it."""

console = output.console()


def main(words: list[str]) -> int:
    """Test one stack after the other; the exit code, 0 if no test failed."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.conformance", description=__doc__)
    parser.add_argument("stack", choices=[*ORDERS, "all"], help="which of tests/live/stacks")
    asked = parser.parse_args(words).stack
    state = State(State.of_user().place("upstream"))
    runs: list[specs.Run] = []
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


def _test(trial: Trial, runs: list[specs.Run]) -> None:
    """Run the tests on one stack, and append the result."""

    def say(line: str) -> None:
        console.print(line, markup=False)

    suite = specs.prepared(trial, say)
    with trial.running():
        run = specs.run(trial, suite, say)
        runs.append(run)
        for outcome in run.failures:
            console.print(f"failed: {outcome.name}", style="red", markup=False)
            say("\n".join(outcome.failure.splitlines()[:FAILURE_LINES]))
        if run.failures:
            say(f"all that upstream's tests said: {suite.log}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
