"""The failures of a run, from the engine's events."""

from pulumi.automation import DiagnosticEvent, EngineEvent
from rich.console import Console

from rehearsal.screen.progress import RunProgress


def failures(*messages):
    progress = RunProgress(Console(quiet=True), expected=lambda: 0)
    for message in messages:
        told = DiagnosticEvent(message=message, color="never", severity="error")
        progress.on_event(EngineEvent(sequence=1, timestamp=1, diagnostic_event=told))
    return progress.failures


def test_the_traceback_of_a_program_that_the_engine_gave_up_is_no_second_failure():
    assert failures(
        "dualstack:index:Cluster resource 'one' has a problem: count: 2 is even",
        "python inline source runtime error: resource monitor shut down\nTraceback (most recent call last):\n",
        "update failed",
    ) == ["dualstack:index:Cluster resource 'one' has a problem: count: 2 is even"]


def test_every_other_error_of_a_program_is_a_failure():
    assert failures("python inline source runtime error: division by zero") == [
        "python inline source runtime error: division by zero"
    ]
