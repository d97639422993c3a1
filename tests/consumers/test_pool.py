"""A network and a pool of workers, made from YAML and from TypeScript: brought up once, and unchanged from then on."""

from random import Random

import pytest
import yaml

from tests.consumers.programs import CHECKOUT
from tests.unit.components.test_order import shuffled

POOL = CHECKOUT / "examples" / "pool"

TURNS = 3
"""How often a program is run again. Maps come over the wire in another order each time."""


@pytest.fixture(scope="module")
def in_yaml(yaml_program):
    """The example in YAML, brought up, and taken down at the end: its pool's record is there once in a region."""
    text = yaml.safe_load((POOL / "yaml" / "Pulumi.yaml").read_text())
    program = yaml_program()
    program.write(text)
    program.begin()
    yield program, text, program.pulumi("up", "--yes", "--skip-preview")
    down = program.pulumi("destroy", "--yes", "--skip-preview")
    assert down.code == 0, down.text


@pytest.fixture(scope="module")
def in_typescript(node):
    """The example in TypeScript with a pool of another cluster, brought up, and taken down at the end."""
    example = (POOL / "typescript" / "index.ts").read_text()
    text = example.replace('clusterName = "prod"', 'clusterName = "shop"')
    assert text != example
    node.write(text)
    yield node, text, node.pulumi("up", "--yes", "--skip-preview")
    down = node.pulumi("destroy", "--yes", "--skip-preview")
    assert down.code == 0, down.text


def test_yaml_brings_a_network_and_a_pool_up(in_yaml):
    _, _, up = in_yaml

    assert up.code == 0, up.text
    assert "group: " in up.text


def test_yaml_changes_nothing_from_then_on(in_yaml):
    program, _, _ = in_yaml

    for _ in range(TURNS):
        again = program.pulumi("preview", "--expect-no-changes")
        assert again.code == 0, again.text


def test_yaml_with_its_keys_in_another_order_changes_nothing(in_yaml):
    program, text, _ = in_yaml
    program.write(shuffled(text, Random(7)))

    again = program.pulumi("preview", "--expect-no-changes")

    assert again.code == 0, again.text


def test_typescript_brings_a_network_and_a_pool_up(in_typescript):
    _, _, up = in_typescript

    assert up.code == 0, up.text


def test_typescript_changes_nothing_from_then_on(in_typescript):
    node, text, _ = in_typescript
    node.write(text)

    for _ in range(TURNS):
        again = node.pulumi("preview", "--expect-no-changes")
        assert again.code == 0, again.text


def test_typescript_with_its_keys_in_another_order_changes_nothing(in_typescript):
    node, text, _ = in_typescript
    other = text
    for one, two in (
        ('tier: "batch"', '"example.com/team": "data"'),
        ('owner: "platform"', 'cost: "7"'),
    ):
        assert f"{one}, {two}" in other
        other = other.replace(f"{one}, {two}", f"{two}, {one}")

    node.write(other)

    again = node.pulumi("preview", "--expect-no-changes")

    assert again.code == 0, again.text
