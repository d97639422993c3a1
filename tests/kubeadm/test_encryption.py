"""A real API server and a real etcd: what a control plane's own program writes is read, and Secrets go from key to key."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.facts.kubernetes_folder import ENCRYPTION_FILE
from components.facts.versions import MINORS, NEWEST
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster
from tests.kubeadm.sandbox import sandbox

MINOR = MINORS[NEWEST].name
PROGRAMS = Path(__file__).parents[2] / "templates/node"
SECRETS = "/api/v1/namespaces/default/secrets"
MANY = 60
"""More than etcd is asked for at once."""

PROGRAM = """
import json, sys
from collections import Counter
import encryption
from own_api import own_api

class Aws:
    def require(self, name):
        return [json.loads(sys.argv[2])[name.rpartition("/")[2]]]

settings = {"etcdPort": 2379, "etcdApi": "v3", "apiPort": 6443, "primaryFamily": "IPv4", "parameters": {"keys": ""}}
settings["encryption"] = json.loads(sys.argv[3])
match sys.argv[1]:
    case "learn":
        encryption.write_state(settings, Aws(), encryption.learned(settings["encryption"]))
    case "follow":
        encryption.write_state(settings, Aws(), settings["encryption"])
    case "check":
        encryption.check(settings)
    case "rewrite":
        with own_api(settings, {"@NODE_IPV4@": "10.0.0.10"}) as api:
            encryption.rewrite(settings, api, print)
    case "held":
        print(json.dumps(Counter(name for _, name in encryption._held(settings))))
"""
"""A control plane's program, with keys of the test in the place of SSM's."""

KEYS = {f"dualstack-{number}": base64.b64encode(os.urandom(32)).decode() for number in (1, 2)}


def state(*numbers: int, enabled: bool = True) -> dict[str, Any]:
    return {"enabled": enabled, "keys": [f"dualstack-{number}" for number in numbers]}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane whose API server encrypts by the first key, with Secrets."""
    with sandbox(tmp_path_factory.mktemp("encryption")) as machine:
        made = ControlPlane(machine, MINOR, "10.0.0.10")
        made.prepare(cluster(MINOR, "IPv4 first"))
        made.let_administrator_in()
        (machine.folder / ENCRYPTION_FILE[1:]).unlink()
        does(made, "follow", state(1))
        # No other component would live through restarts of the API server.
        made.start("kube-apiserver")
        for number in range(MANY):
            made.ask("POST", SECRETS, secret(number))
        yield made


def secret(number: int) -> dict[str, Any]:
    return {"metadata": {"name": f"s{number}"}, "stringData": {"word": f"word {number}"}}


def does(plane: ControlPlane, what: str, wanted: dict[str, Any]) -> str:
    """Run the control plane's program."""
    folder = plane.machine.folder
    environment = f"DUALSTACK_ROOT={folder}", f"PYTHONPATH={PROGRAMS}"
    arguments = PROGRAM, what, json.dumps(KEYS), json.dumps(wanted)
    done = plane.machine.run_beside(
        *("env", *environment, "PYTHONDONTWRITEBYTECODE=1"), sys.executable, "-c", *arguments
    )
    assert done.status == 0, done.output
    return done.output


def words(plane: ControlPlane) -> list[str]:
    """What the API says of the Secrets."""
    found = [plane.ask("GET", f"{SECRETS}/s{number}")["data"]["word"] for number in range(MANY)]
    return [base64.b64decode(word).decode() for word in found]


def held(plane: ControlPlane) -> set[str]:
    """What encrypts the Secrets in etcd."""
    return {*json.loads(does(plane, "held", state(1)))}


def test_secrets_go_from_key_to_key_and_to_none_and_can_be_read_all_the_while(plane):
    written = [f"word {number}" for number in range(MANY)]
    seen = [held(plane)]

    for wanted in (state(2, 1), state(2, 1, enabled=False), state(2, 1)):
        does(plane, "check", wanted)
        does(plane, "learn", wanted)
        plane.restart("kube-apiserver")
        plane.ask("POST", SECRETS, secret(MANY))
        plane.ask("DELETE", f"{SECRETS}/s{MANY}")
        does(plane, "follow", wanted)
        plane.restart("kube-apiserver")
        assert words(plane) == written
        does(plane, "rewrite", wanted)
        seen.append(held(plane))
        assert words(plane) == written

    by_1, by_2 = "secretbox v1 dualstack-1", "secretbox v1 dualstack-2"
    assert seen == [{by_1}, {by_2}, {"identity"}, {by_2}]


def test_a_key_that_secrets_need_is_missed_before_it_is_taken_away(plane):
    folder = plane.machine.folder
    environment = f"DUALSTACK_ROOT={folder}", f"PYTHONPATH={PROGRAMS}"
    [needed] = held(plane)
    # The first key, or the second if another test has changed to that.
    without = json.dumps(state(2 if needed.endswith("-1") else 1))

    done = plane.machine.run_beside(
        *("env", *environment, sys.executable, "-c", PROGRAM, "check", "{}", without)
    )

    assert done.status != 0
    assert f"etcd holds Secrets encrypted by {needed}" in done.output
