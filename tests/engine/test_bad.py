"""Configurations that are wrong, on the real engine: told in full, and nothing is made."""

import pytest

from rehearsal.__main__ import main
from tests.engine.inventory import inventory
from tests.support.corpus import BAD, Stack

SAMPLE = (
    "api-open-to-nobody",
    "control-plane-of-two",
    "faults-in-every-section",
    "faults-in-two-pools",
    "key-misspelt",
    "kubenet-with-ipv6-first",
    "version-read-as-a-number",
    "vpc-range-with-host-bits",
    "zones-of-two-regions",
)


@pytest.mark.parametrize("name", SAMPLE)
def test_every_fault_is_told_and_nothing_is_made(name, state, client, monkeypatch, capsys):
    monkeypatch.setenv("DUALSTACK_STATE", str(state.folder))
    # The cloud would end with the last stack in it, and start again for each configuration.
    monkeypatch.setattr("rehearsal.engine.engine.stop_unused_cloud", lambda _: None)
    before = inventory(client, "eu-west-1")
    stack = Stack(BAD / f"{name}.yaml")

    code = main(["up", "bad", "--config-file", str(stack.path)])

    said = "".join(capsys.readouterr())
    assert code == 1
    assert [fault for fault in stack.expected if fault not in said] == []
    assert "Traceback" not in said
    assert "failed, and nothing was changed" in said
    assert inventory(client, "eu-west-1") == before
