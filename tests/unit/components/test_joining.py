"""The wait for a pool's machines: what ends it, and what is said meanwhile."""

import asyncio
from itertools import chain, repeat
from types import SimpleNamespace

import pulumi
import pytest

from components import joining
from components.joining import Awaited, Seen, Template, look, patience, until_joined
from components.rules import load
from components.spec.cluster import WorkerPoolSpec

WANTED = Template("lt-1", "2")
POOL = Awaited("web", "web-1234567", WANTED, least=2, patience_seconds=1800)


@pytest.fixture
def said():
    """What was said while it waited."""
    return []


@pytest.fixture
def wait(monkeypatch, said):
    """Wait for the pool, which is seen like this, one after the other and then as at last. Each look takes ten seconds."""
    clock = [0.0]

    def waiting(*moments: Seen, awaited: Awaited = POOL) -> list[str]:
        seen = chain(moments, repeat(moments[-1]))

        async def look(*_):
            clock[0] += 10
            return next(seen)

        async def no_sleep(_):
            pass

        monkeypatch.setattr(joining, "look", look)
        monkeypatch.setattr(joining.asyncio, "sleep", no_sleep)
        monkeypatch.setattr(joining.time, "monotonic", lambda: clock[0])
        monkeypatch.setattr(pulumi.log, "info", said.append)
        monkeypatch.setattr(pulumi.log, "warn", said.append)
        asyncio.run(until_joined(awaited, "prod", pulumi.InvokeOptions()))
        return said

    return waiting


def test_nothing_is_said_of_machines_that_are_there(wait):
    assert wait(Seen(WANTED, ["i-1", "i-2"], [], {"i-1": "joined", "i-2": "joined"})) == []


def test_a_new_pool_is_there_when_its_least_number_has_joined(wait):
    said = wait(
        Seen(WANTED),
        Seen(WANTED, ["i-1"], [], {"i-1": "joined"}),
        Seen(WANTED, ["i-1", "i-2"], [], {"i-1": "joined", "i-2": "failed, attempt 1: no API"}),
        Seen(WANTED, ["i-1", "i-2"], [], {"i-1": "joined", "i-2": "joined"}),
    )

    assert said[0] == "pool web: 0 of 2 machines have joined"


def test_a_pool_that_may_be_empty_is_there_at_once(wait):
    assert wait(Seen(WANTED), awaited=Awaited("web", "web-1", WANTED, 0, 1800)) == []


def test_a_replacement_has_ended_when_no_machine_of_before_is_left(wait):
    said = wait(
        Seen(WANTED, [], ["i-1", "i-2"], {"i-1": "joined", "i-2": "joined"}),
        Seen(WANTED, ["i-3", "i-4"], ["i-2"], {"i-3": "joined", "i-4": "joined"}),
        Seen(WANTED, ["i-3", "i-4"], [], {"i-3": "joined", "i-4": "joined"}),
    )

    assert said[0] == "pool web: 0 of 2 machines have joined, 2 of before remain"


def test_a_line_comes_each_minute_with_the_words_of_who_is_missing(wait):
    late = Seen(
        WANTED, ["i-1", "i-2"], [], {"i-1": "joined", "i-2": "failed, attempt 3: no packet"}
    )
    there = Seen(WANTED, ["i-1", "i-2"], [], {"i-1": "joined", "i-2": "joined"})

    said = wait(*[late] * 14, there)

    assert said == ["pool web: 1 of 2 machines have joined; i-2: failed, attempt 3: no packet"] * 3


def test_machines_that_never_join_end_the_wait_with_their_own_words(wait):
    with pytest.raises(pulumi.RunError) as refused:
        wait(
            Seen(
                WANTED, ["i-1", "i-2"], [], {"i-1": "failed, attempt 9: no packet", "i-2": "joined"}
            )
        )

    said = str(refused.value)
    assert said.startswith(
        "pool web: 1 of 2 machines have joined; i-1: failed, attempt 9: no packet. Nothing has changed for 30 minutes."
    )


def test_a_machine_that_has_ended_is_heard_too(wait):
    with pytest.raises(pulumi.RunError) as refused:
        wait(
            Seen(WANTED, ["i-1"], ["i-0"], {"i-1": "failed, attempt 9: no packet"}),
            Seen(WANTED, [], ["i-0"], {}),
        )

    assert "Machines that ended said: i-1: failed, attempt 9: no packet" in str(refused.value)


def test_a_pool_without_machines_says_where_its_group_tells_why(wait):
    with pytest.raises(pulumi.RunError) as refused:
        wait(Seen(WANTED))

    assert "describe-scaling-activities --auto-scaling-group-name web-1234567" in str(refused.value)


def test_a_rollback_ends_the_wait_at_once(wait, said):
    with pytest.raises(pulumi.RunError) as refused:
        wait(Seen(Template("lt-1", "1"), ["i-3"], ["i-1"], {"i-3": "failed, attempt 2: no packet"}))

    message = str(refused.value)
    assert "rolled back" in message
    assert (
        "has version 1 of the launch template lt-1, and version 2 of the launch template lt-1 was asked for"
        in message
    )
    assert said == []


def test_a_rollback_to_the_template_of_another_image_family_is_seen_too(wait):
    with pytest.raises(pulumi.RunError, match="has version 2 of the launch template lt-0, and"):
        wait(Seen(Template("lt-0", "2"), ["i-3"], ["i-1"], {"i-3": "joined"}))


@pytest.mark.parametrize("mixed", [False, True])
def test_machines_of_another_template_are_of_before_whatever_its_version(monkeypatch, mixed):
    """Another image family has another launch template, whose versions begin at 1 again."""
    made_with = {"i-1": ("lt-ubuntu", "1"), "i-2": ("lt-amazon", "1"), "i-3": ("lt-amazon", "2")}
    tags = ("tag:aws:ec2launchtemplate:id", "tag:aws:ec2launchtemplate:version")

    def instances(filters, **_):
        asked = {each["name"]: each["values"] for each in filters}
        fit = [
            one
            for one, template in made_with.items()
            if all(
                value in asked.get(tag, [value]) for tag, value in zip(tags, template, strict=True)
            )
        ]
        return pulumi.Output.from_input(SimpleNamespace(ids=fit))

    alone = SimpleNamespace(id="lt-amazon", version="1")
    inside = SimpleNamespace(launch_template_id="lt-amazon", version="1")
    policy = SimpleNamespace(
        launch_templates=[SimpleNamespace(launch_template_specifications=[inside])]
    )
    group = SimpleNamespace(
        launch_templates=[] if mixed else [alone], mixed_instances_policies=[policy] * mixed
    )
    nothing = SimpleNamespace(names=[], values=[])
    answers = {
        (joining.autoscaling, "get_group_output"): lambda **_: pulumi.Output.from_input(group),
        (joining.ec2, "get_instances_output"): instances,
        (joining.ssm, "get_parameters_by_path_output"): lambda **_: pulumi.Output.from_input(
            nothing
        ),
    }
    for (module, name), answer in answers.items():
        monkeypatch.setattr(module, name, answer)
    wanted = Template("lt-amazon", "1")

    seen = asyncio.run(look(Awaited("web", "web-1", wanted, 1, 1800), "prod", None))

    assert (seen.template, seen.new, seen.old) == (wanted, ["i-2"], ["i-1", "i-3"])


def test_machines_that_somebody_keeps_do_not_fail_the_run(wait):
    said = wait(Seen(WANTED, ["i-3", "i-4"], ["i-1"], {"i-3": "joined", "i-4": "joined"}))

    assert said[-1].startswith("pool web: i-1 still have an earlier version")


def pool(**rollout):
    return load(
        WorkerPoolSpec,
        {
            "region": "eu-west-1",
            "cluster": {"name": "prod", "kubernetesVersion": "1.37"},
            "poolName": "web",
            "pool": {"rollout": rollout},
        },
    )


def test_a_step_may_take_as_long_as_the_times_of_the_pool():
    assert patience(pool(), replaces=False) == 1200 + 30 + 300
    assert patience(pool(), replaces=True) == 1200 + 30 + 300 + 720
    paused = pool(pauseAtPercentages=[1], pauseSeconds=600, drainSeconds=0, warmUpSeconds=0)
    assert patience(paused, replaces=True) == 1200 + 300 + 120 + 600
