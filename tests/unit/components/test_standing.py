"""How far control planes are, read from parameters."""

import gzip
import hashlib
import json
from base64 import b64encode

import pytest

from components.rules.upgrade import Standing
from components.standing import standing

REACHED = "/dualstack/prod/join/reached"
PLAN = "/dualstack/prod/control-plane/plan"


def plan(version: str) -> str:
    document = {"version": version, "files": {"/etc/dualstack/software": ["0644", "lines\n"]}}
    text = b64encode(gzip.compress(json.dumps(document).encode(), mtime=0)).decode()
    return f"{hashlib.sha256(text.encode()).hexdigest()} {len(text)} {text}"


def test_a_cluster_whose_control_planes_have_said_nothing_stands_nowhere():
    assert standing("prod", {"/dualstack/prod/join/token": "secret"}) == Standing()


def test_the_version_is_behind_the_digest():
    assert standing("prod", {REACHED: f"{'0' * 64} 1.36.5"}) == Standing(
        reached="1.36.5", digest="0" * 64
    )


def test_the_plan_is_put_together_of_its_parts_and_what_is_left_of_a_longer_one_is_cut_off():
    text = plan("1.37.2")
    held = {f"{PLAN}/1": text[:100], f"{PLAN}/2": text[100:], f"{PLAN}/3": "of a longer plan"}

    assert standing("prod", held) == Standing(
        planned="1.37.2",
        files={"/etc/dualstack/software": ["0644", "lines\n"]},
        wanted=text.partition(" ")[0],
    )


def test_control_planes_have_arrived_when_they_have_reached_the_plan():
    text = plan("1.37.2")
    digest = text.partition(" ")[0]

    assert standing("prod", {f"{PLAN}/1": text, REACHED: f"{digest} 1.37.2"}).arrived
    assert not standing("prod", {f"{PLAN}/1": text, REACHED: f"{'0' * 64} 1.37.2"}).arrived
    assert not standing("prod", {f"{PLAN}/1": text}).arrived
    assert not standing("prod", {}).arrived


@pytest.mark.parametrize("text", ["abc", "abc 12 xx", "abc def ghi", f"{'0' * 64} 4 text"])
def test_of_a_damaged_plan_nothing_is_known(text):
    found = standing("prod", {f"{PLAN}/1": text, REACHED: f"{'0' * 64} 1.36.5"})

    assert (found.planned, found.files, found.reached) == (None, {}, "1.36.5")
    assert found.damaged


@pytest.mark.parametrize("words", ["abc", "abc def", "changing"])
def test_words_without_a_version_are_not_taken_for_what_is_reached(words):
    found = standing("prod", {f"{PLAN}/1": plan("1.37.2"), REACHED: words})

    assert (found.planned, found.reached, found.digest) == ("1.37.2", None, None)


def test_a_plan_of_a_minor_that_is_not_known_here_is_read():
    found = standing("prod", {f"{PLAN}/1": plan("1.99.0"), REACHED: f"{'0' * 64} 1.98.1"})

    assert (found.planned, found.reached) == ("1.99.0", "1.98.1")


def test_a_plan_in_the_middle_of_a_change_has_no_version():
    first, other = plan("1.37.2"), plan("1.36.5")
    digest = first.partition(" ")[0]

    assert standing("prod", {f"{PLAN}/1": first[:100], f"{PLAN}/2": other[110:]}) == Standing(
        wanted=digest
    )
    assert standing("prod", {f"{PLAN}/2": first[100:]}) == Standing()
