"""Upstream's tests, run and read: shown by a program that plays e2e.test."""

from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.conformance import __main__ as command
from rehearsal.conformance import specs
from rehearsal.conformance import suite as suites
from rehearsal.conformance.ginkgo_output import SpecProgress
from rehearsal.conformance.junit import Outcome, outcomes
from rehearsal.conformance.suite import Suite
from rehearsal.machines import host
from rehearsal.machines.shell import LiveError
from rehearsal.machines.trial import Trial

REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="7581" disabled="7579" errors="0" failures="1" time="31">
  <testsuite name="Kubernetes e2e suite" tests="7581" skipped="7579" failures="1">
    <testcase name="[SynchronizedBeforeSuite]" status="passed" time="0.1"></testcase>
    <testcase name="[It] [sig-network] pods have two addresses [Feature:IPv6DualStack]" status="passed" time="2.5"></testcase>
    <testcase name="[It] [sig-network] pod-Service: udp [Feature:IPv6DualStack]" status="failed" time="28.5">
      <failure message="" type="failed">[FAILED] timed out
in test/e2e/network/dual_stack.go:510</failure>
    </testcase>
    <testcase name="[It] [sig-storage] something else" status="skipped" time="0"><skipped message="skipped"></skipped></testcase>
    <testcase name="[ReportAfterSuite] Kubernetes e2e suite report" status="passed" time="0"></testcase>
  </testsuite>
</testsuites>
"""

ALL_PASS = REPORT.replace("failed", "passed").replace("failure", "note")

E2E_TEST = """#!/usr/bin/env python3
import os, sys
from pathlib import Path

flags = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv[1:])
registry = Path(os.environ["KUBE_TEST_REPO_LIST"]).read_text().split()[-1]
if "list-images" in flags:
    sys.exit(print(f"{registry}/agnhost:2.63.0\\n{registry}/busybox:1.37\\nregistry.invalid/agnhost:2.6"))
print(*sys.argv[1:])
report = Path(flags["report-dir"], "junit_01.xml")
report.parent.mkdir()
report.write_text(REPORT)
sys.exit(CODE)
"""


@pytest.fixture
def suite(tmp_path):
    def made(report: str = REPORT, code: int = 1) -> Suite:
        program = tmp_path / "e2e.test"
        program.write_text(E2E_TEST.replace("REPORT)", f"{report!r})").replace("CODE", str(code)))
        program.chmod(0o755)
        return Suite(program, tmp_path / "run", "10.255.0.1:5000")

    return made


PRINTED = f"""\
Will run 22 of 7579 specs
{"-" * 30}
[SynchronizedBeforeSuite] PASSED [0.019 seconds]
{"-" * 30}
SSS
{"-" * 30}
[sig-network] pods have two addresses
dual_stack.go:75
  STEP: [sig-network] examining
• [2.482 seconds]
{"-" * 30}
[sig-network] pod-Service: udp
• [FAILED] [28.501 seconds]
[sig-network] pod-Service: udp
"""


def test_each_spec_is_told_of_when_it_has_ended():
    told: list[str] = []
    progress = SpecProgress(told.append)

    for line in PRINTED.splitlines(keepends=True):
        progress.follow(line)

    assert told == [
        "  1 of 22 passed in 2 s: [sig-network] pods have two addresses",
        "  2 of 22 failed in 29 s: [sig-network] pod-Service: udp",
    ]


def test_the_report_says_what_ran_and_what_failed(tmp_path):
    report = tmp_path / "junit_01.xml"
    report.write_text(REPORT)

    assert outcomes(report) == [
        Outcome("[sig-network] pods have two addresses [Feature:IPv6DualStack]", 2.5, ""),
        Outcome(
            "[sig-network] pod-Service: udp [Feature:IPv6DualStack]",
            28.5,
            "[FAILED] timed out\nin test/e2e/network/dual_stack.go:510",
        ),
    ]


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        ('<testcase name="[It] slow" status="timedout" time="1"/>', "it ended as timedout"),
        (
            '<testcase name="[SynchronizedBeforeSuite]" status="failed"><failure>no nodes</failure></testcase>',
            "no nodes",
        ),
    ],
    ids=["a-spec-that-ended-otherwise", "what-is-done-before-all"],
)
def test_whatever_did_not_pass_is_a_failure(tmp_path, case, failure):
    report = tmp_path / "junit_01.xml"
    report.write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")

    [outcome] = outcomes(report)

    assert outcome.failure == failure


def test_images_are_those_that_the_tests_ask_for_in_this_registry(suite):
    assert suite().agnhost_tags() == ["2.63.0"]


def test_a_run_asks_for_dual_stack_and_is_read_from_its_report(suite, tmp_path):
    heard: list[str] = []

    found = suite().run("of an admin", Path("kubectl"), heard.append)

    assert [bool(outcome.failure) for outcome in found] == [False, True]
    words = (tmp_path / "run/log").read_text().split()
    assert "".join(heard).split() == words
    assert r"--ginkgo.focus=\[Feature:IPv6DualStack\]" in words
    assert f"--kubeconfig={tmp_path}/run/kubeconfig" in words
    assert (tmp_path / "run/kubeconfig").read_text() == "of an admin"


@pytest.mark.parametrize(
    ("minor", "has_sctp", "patterns"),
    [
        ("1.30", True, []),
        ("1.31", True, ["service endpoints using hostNetwork"]),
        ("1.36", False, [r"\[Feature:SCTPConnectivity\]", "service endpoints using hostNetwork"]),
        ("1.37", False, [r"\[Feature:SCTPConnectivity\]"]),
    ],
)
def test_specs_that_cannot_pass_are_left_out_and_the_reason_is_said(  # noqa: PLR0917
    suite, tmp_path, monkeypatch, minor, has_sctp, patterns
):
    monkeypatch.setattr(suites, "has_sctp", lambda: has_sctp)

    found = suites.left_out(minor)

    assert [*found] == patterns
    made = replace(suite(ALL_PASS, 0), left_out=found)
    made.run("of an admin", Path("kubectl"), lambda _: None)
    words = (tmp_path / "run/log").read_text()
    assert all(f"--ginkgo.skip={pattern}" in words for pattern in patterns)
    said = str(specs.Run("prod", f"v{minor}.0", [], 1, [*found.values()]))
    assert said.count("; left out: ") == len(patterns)


@pytest.mark.parametrize(
    ("report", "code"),
    [("<testsuites/>", 0), (ALL_PASS, 1)],
    ids=["nothing-ran", "it-broke-off-and-names-no-failure"],
)
def test_a_run_that_does_not_say_what_happened_is_no_success(suite, report, code):
    with pytest.raises(LiveError, match=r"no failure; all they said: .*/run/log"):
        suite(report, code).run("of an admin", Path("kubectl"), lambda _: None)


@pytest.fixture
def commands(suite, monkeypatch):
    """What the command has a rehearsal do, with tests that are played."""
    given = []
    monkeypatch.setattr(host, "check", lambda: None)
    monkeypatch.setattr(specs, "kubernetes", lambda *_: Path("kubectl"))
    monkeypatch.setattr(Trial, "kubeconfig", "of an admin")
    monkeypatch.setattr(Trial, "resolving", [])
    monkeypatch.setattr(
        Trial, "_rehearse", lambda trial, word, *_: given.append((word, trial.stack))
    )

    def played(report: str, code: int) -> list[tuple[str, str]]:
        monkeypatch.setattr(specs, "prepared", lambda *_: suite(report, code))
        return given

    return played


@pytest.mark.parametrize(
    ("report", "code", "figures"),
    [
        (REPORT, 1, "2 specs of dual-stack ran, 1 passed, 1 failed"),
        (ALL_PASS, 0, "2 specs of dual-stack ran, 2 passed, 0 failed"),
    ],
    ids=["one-fails", "all-pass"],
)
def test_one_failure_fails_the_command_whose_figures_come_last(
    commands, capsys, report, code, figures
):
    given = commands(report, code)

    assert command.main(["ipv4first"]) == code
    assert figures in capsys.readouterr().out.splitlines()[-1]
    assert given == [("live", "ipv4first"), ("down", "ipv4first")]
