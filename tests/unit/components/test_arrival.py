"""The wait for control planes that follow their plan: what ends it, and what is said meanwhile."""

import asyncio
from itertools import chain, repeat

import pulumi
import pytest

from components import arrival, joining
from components.arrival import ControlPlanesSeen, WantedPlan, look, until_reached

PLAN = WantedPlan("1.37.2", "aaaa")
ZERO, ONE = "prod-control-plane-0", "prod-control-plane-1"


def seen(zero: str, one: str = "joined", reached: str = "0000") -> ControlPlanesSeen:
    return ControlPlanesSeen(reached, {ZERO: zero, ONE: one})


@pytest.fixture
def said():
    """What was said while it waited."""
    return []


@pytest.fixture
def wait(monkeypatch, said):
    """Wait for the plan, while control planes are seen like this, one after the other and then as at last. Each look takes ten
    seconds."""
    clock = [0.0]

    def waiting(*moments: ControlPlanesSeen) -> list[str]:
        moment = chain(moments, repeat(moments[-1]))

        async def looked(*_):
            clock[0] += 10
            return next(moment)

        async def no_sleep(_):
            pass

        monkeypatch.setattr(arrival, "look", looked)
        monkeypatch.setattr("components.waiting.asyncio.sleep", no_sleep)
        monkeypatch.setattr("components.waiting.time.monotonic", lambda: clock[0])
        monkeypatch.setattr(pulumi.log, "info", said.append)
        asyncio.run(until_reached("prod", PLAN, {}, pulumi.InvokeOptions()))
        said.append(f"after {clock[0]:.0f} s")
        return said

    return waiting


def test_control_planes_that_are_there_are_not_waited_for(wait):
    assert wait(seen("joined", reached="aaaa")) == ["after 10 s"]


def test_each_minute_a_line_says_at_which_step_each_machine_is_and_for_how_long(wait):
    pulls, installs = "joined; upgrade to 1.37.2: pulls", "joined; upgrade to 1.37.2: kubelet"

    lines = wait(*[seen(pulls)] * 7, *[seen(installs)] * 6, seen("joined", reached="aaaa"))

    assert lines == [
        "control planes go to the plan of 1.37.2: prod-control-plane-0: joined; upgrade to 1.37.2: pulls (for 0 min); "
        "prod-control-plane-1: joined (for 0 min)",
        "control planes go to the plan of 1.37.2: prod-control-plane-0: joined; upgrade to 1.37.2: pulls (for 1 min); "
        "prod-control-plane-1: joined (for 1 min)",
        "control planes go to the plan of 1.37.2: prod-control-plane-0: joined; upgrade to 1.37.2: kubelet (for 0 min); "
        "prod-control-plane-1: joined (for 2 min)",
        "after 140 s",
    ]


def test_a_machine_that_has_failed_ends_the_wait_after_five_minutes_with_its_own_words(wait, said):
    with pytest.raises(pulumi.RunError) as refused:
        wait(seen("joined; upgrade to 1.37.99 failed: 404 for kubeadm"))

    assert str(refused.value).startswith(
        "control planes go to the plan of 1.37.2: prod-control-plane-0: joined; upgrade to 1.37.99 failed: 404 for kubeadm "
        "(for 5 min); prod-control-plane-1: joined (for 5 min). Nothing new was said for 5 minutes. Workers and add-ons stay as they "
        "are."
    )
    assert len(said) == 6


def test_a_machine_that_has_put_back_what_it_had_is_said_not_to_try_the_same_again(wait):
    words = "joined; upgrade to 1.37.2 failed: bogus; the manifests from before are back"
    with pytest.raises(pulumi.RunError) as refused:
        wait(seen(words))

    assert "does not try the same again: change the setting that it names" in str(refused.value)
    assert "go on trying" not in str(refused.value)


def test_a_machine_that_tries_again_and_again_says_nothing_new(wait, said):
    tries = [seen("joined; upgrade to 1.37.2: pulls"), seen("joined; upgrade to 1.37.2 failed: no")]

    with pytest.raises(pulumi.RunError):
        wait(*tries * 100)

    assert len(said) == 6


@pytest.mark.parametrize(
    "reason", ["Failed to connect after {} ms", "has {} MiB free", "request {:x} of {:x} timed out"]
)
def test_a_failure_whose_reasons_differ_each_time_ends_the_wait_as_well(wait, said, reason):
    failures = [
        seen(f"joined; upgrade to 1.37.2 failed: {reason.format(number, number)}")
        for number in range(2001, 2101)
    ]
    tries = [
        each for failure in failures for each in (seen("joined; upgrade to 1.37.2: pulls"), failure)
    ]

    with pytest.raises(pulumi.RunError, match="Nothing new was said for 5 minutes"):
        wait(*tries)

    assert len(said) == 6


def test_a_machine_that_fails_at_a_later_step_has_its_five_minutes_again(wait, said):
    pulls, pulled = "joined; upgrade to 1.37.2 failed: 404", "joined; upgrade to 1.37.2: etcd"
    with pytest.raises(pulumi.RunError):
        wait(*[seen(pulls)] * 25, *[seen(pulled)] * 60, seen("joined; upgrade to 1.37.2 failed: 5"))

    assert len(said) == 20


def test_what_is_left_to_do_is_news_although_only_its_number_differs(wait):
    words = "joined; upgrade to 1.37.2: rewrites Secrets for dualstack-2: {} are left"
    steps = [seen(words.format(number)) for number in range(3, 0, -1) for _ in range(80)]

    assert wait(*steps, seen("joined", reached="aaaa"))[-1] == "after 2410 s"


def test_a_machine_that_waits_for_another_has_a_quarter_of_an_hour(wait):
    with pytest.raises(pulumi.RunError, match="Nothing new was said for 15 minutes"):
        wait(seen("joined; upgrade to 1.37.2: waits for etcd-i-0, failing-i-1 to be ready"))


def test_a_failure_that_a_machine_overcomes_ends_nothing(wait):
    failing = [seen("joined; upgrade to 1.37.2 failed: 403")] * 30
    later = [seen("joined; upgrade to 1.37.2: etcd")] * 30

    assert wait(*failing, *later, seen("joined", reached="aaaa"))[-1] == "after 610 s"


def test_machines_that_say_nothing_end_the_wait_after_a_quarter_of_an_hour(wait, said):
    with pytest.raises(pulumi.RunError) as refused:
        wait(seen("has said nothing yet"))

    assert "Nothing new was said for 15 minutes" in str(refused.value)
    assert len(said) == 16


def test_the_words_are_those_of_control_planes_alone(monkeypatch):
    held = {
        "/dualstack/prod/join": {
            "/dualstack/prod/join/token": "secret",
            "/dualstack/prod/join/reached": "bbbb 1.36.5",
        },
        "/dualstack/prod/status": {
            "/dualstack/prod/status/i-0": "joined",
            "/dualstack/prod/status/i-9": "failed, attempt 2: a worker",
        },
    }

    async def parameters(folder, _):
        return held[folder]

    for module in (arrival, joining):
        monkeypatch.setattr(module, "parameters", parameters)

    found = asyncio.run(look("prod", {"i-0": ZERO, "i-1": ONE}, pulumi.InvokeOptions()))

    assert found == ControlPlanesSeen("bbbb", {ZERO: "joined", ONE: "has said nothing yet"})
