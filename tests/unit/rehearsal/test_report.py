"""What a person reads when a run is over."""

import pytest
from pulumi.automation import DiagnosticEvent, EngineEvent
from rich.console import Console

from rehearsal.providers.wire import SECRET, SIGNATURE, UNKNOWN
from rehearsal.screen.progress import RunProgress, short_type
from rehearsal.screen.report import show_notes, show_outputs, show_summary


@pytest.fixture
def console():
    return Console(width=120, record=True, emoji=False, highlight=False, quiet=False)


def follow(*messages):
    progress = RunProgress(Console(quiet=True), expected=lambda: 0)
    for severity, urn, message in messages:
        diagnostic = DiagnosticEvent(message=message, color="never", severity=severity, urn=urn)
        progress.on_event(EngineEvent(sequence=1, timestamp=1, diagnostic_event=diagnostic))
    return progress


def test_addresses_are_shown_as_they_are(console):
    plan = [{"tier": "pods", "zone": "", "ipv4": "10.244.0.0/16", "ipv6": "fd22:3fa8:100::/56"}]

    show_outputs(console, "dev", {"addressPlan": plan})

    assert "│ pods │      │ 10.244.0.0/16 │ fd22:3fa8:100::/56 │" in console.export_text()


def test_a_secret_is_hidden_and_the_way_to_it_is_shown(console):
    show_outputs(console, "dev", {"kubeconfig": {SIGNATURE: SECRET, "ciphertext": "[secret]"}})

    text = console.export_text()
    assert "kubeconfig  [secret]" in text
    assert "make kubeconfig STACK=dev > kubeconfig" in text


def test_what_is_not_known_yet_is_said_to_be_so(console):
    show_outputs(console, "dev", {"vpcId": UNKNOWN, "subnets": {"a": UNKNOWN}})

    text = console.export_text()
    assert "vpcId    known after up" in text
    assert "subnets  a: known after up" in text


def test_an_output_that_holds_nothing_says_so(console):
    show_outputs(console, "dev", {"addonRoleNames": {}})

    assert "addonRoleNames  none" in console.export_text()


def test_markup_in_an_output_is_text(console):
    show_outputs(console, "dev", {"note": "[bold]x[/bold]"})

    assert "note  [bold]x[/bold]" in console.export_text()


def test_what_a_provider_says_of_its_waiting_is_no_warning():
    urn = "urn:pulumi:dev::dualstack::kubernetes:apps/v1:DaemonSet::dev-flannel"
    waiting = DiagnosticEvent(
        message="0 of 3 pods are ready", color="never", severity="warning", urn=urn, ephemeral=True
    )
    progress = follow()

    progress.on_event(EngineEvent(sequence=1, timestamp=1, diagnostic_event=waiting))

    assert progress.warnings == []


def test_what_the_engine_says_of_its_own_end_is_no_failure_of_its_own():
    progress = follow(
        ("error", None, "CreateSubnet: no"),
        ("error", None, "Resource monitor has terminated, shutting down"),
        ("error", None, "update failed"),
    )

    assert progress.failures == ["CreateSubnet: no"]


def test_a_failure_names_its_resource_and_is_told_once():
    urn = "urn:pulumi:dev::dualstack::aws:ec2/subnet:Subnet::net-a"

    progress = follow(
        ("error", urn, "CreateSubnet: InvalidSubnet.Range: no\n"),
        ("error", urn, "CreateSubnet: InvalidSubnet.Range: no\n"),
        ("error", "", "update failed"),
    )

    assert progress.failures == ["aws:ec2:Subnet net-a: CreateSubnet: InvalidSubnet.Range: no"]


def test_what_the_program_says_is_kept_apart_from_the_engines_chatter():
    progress = follow(
        ("debug", "", "registering resource"),
        ("info", "", "The address plan:\na  b"),
        ("warning", "", "network.nat: one gateway"),
    )

    assert progress.notes == ["The address plan:\na  b"]
    assert progress.warnings == ["network.nat: one gateway"]
    assert progress.failures == []


def test_a_run_that_failed_does_not_say_that_nothing_changed(console):
    progress = RunProgress(console, expected=lambda: 0)
    progress.counts["unchanged"] = 59

    show_summary(console, "dev", progress, failed=True)

    assert console.export_text() == "dev: failed, and nothing was changed in 0 s\n"


def test_a_type_is_written_as_the_engine_writes_it():
    assert short_type("aws:ec2/vpcEndpoint:VpcEndpoint") == "aws:ec2:VpcEndpoint"


@pytest.mark.parametrize("quiet", [False, True], ids=["a run", "a preview"])
def test_a_note_is_printed_once_when_it_comes_in_a_run_and_at_the_end_in_a_preview(console, quiet):
    waiting = "waiting until https://api.example.com:6443 answers, 30 minutes at most"
    progress = RunProgress(console, expected=lambda: 0, quiet=quiet)
    diagnostic = DiagnosticEvent(message=waiting, color="never", severity="info", urn="")

    progress.on_event(EngineEvent(sequence=1, timestamp=1, diagnostic_event=diagnostic))
    at_once = console.export_text(clear=False)
    show_notes(console, progress)

    assert at_once == ("" if quiet else f"{waiting}\n")
    assert console.export_text() == f"{waiting}\n"
