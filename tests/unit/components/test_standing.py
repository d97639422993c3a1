"""How far control planes are, read from parameters."""

import gzip
import hashlib
import json
from base64 import b64encode

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


def test_a_plan_in_the_middle_of_a_change_has_no_version():
    first, other = plan("1.37.2"), plan("1.36.5")
    digest = first.partition(" ")[0]

    assert standing("prod", {f"{PLAN}/1": first[:100], f"{PLAN}/2": other[110:]}) == Standing(
        wanted=digest
    )
    assert standing("prod", {f"{PLAN}/2": first[100:]}) == Standing()
