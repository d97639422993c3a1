"""What is installed into clusters, against the schemas of the minor that it is installed into.

A schema knows each field and its type. Charts are not objects yet; whoever renders them checks them.
"""

from functools import cache

import pytest
from pydantic.alias_generators import to_camel

from components.catalog import ADDONS, installed
from components.catalog.addon import Manifest
from components.catalog.releases import release_for
from components.config.check import SpecError
from components.facts.choices import Cni
from components.spec.addons import AddonsSection
from tests.support.clusters import spec
from tests.support.minors import NUMBERS
from tests.support.schemas import faults

MINORS = NUMBERS

SWITCHES = [
    to_camel(name)
    for name, field in AddonsSection.model_fields.items()
    if field.annotation in (bool, bool | None)
]

CLUSTERS = [
    *({"cni": cni} for cni in Cni),
    *({"cni": "none", "addons": {switch: True}} for switch in SWITCHES),
]
"""Each network, and each add-on beside no network."""


@cache
def manifests(minor):
    """The manifest of each add-on that some cluster of a minor is given."""
    found = {}
    for cluster in CLUSTERS:
        try:
            # Its own pod range: 1.16 wants a wider one than the others.
            found |= installed(spec(minor=f"1.{minor}", pods={}, **cluster))
        except SpecError:
            continue
    return {name: content for name, content in found.items() if isinstance(content, Manifest)}


@pytest.mark.parametrize("minor", MINORS)
def test_the_schema_of_each_minor_knows_every_field_of_every_manifest(minor):
    wrong = {
        f"{name}: {item['kind']} {item['metadata']['name']}": found
        for name, manifest in manifests(minor).items()
        for item in manifest.objects()
        if (found := faults(item, minor))
    }

    assert wrong == {}


def test_each_release_of_a_manifest_was_held_against_a_schema():
    held = {
        (name, release_for(ADDONS[name].releases, minor))
        for minor in MINORS
        for name in manifests(minor)
    }
    written = {name for name, _ in held}

    assert held == {(name, release) for name in written for release in ADDONS[name].releases}
    assert written >= {"flannel", "aws-cloud-controller-manager"}


@pytest.mark.parametrize(
    ("minor", "version", "fault"),
    [
        (24, "policy/v1beta1", []),
        (25, "policy/v1beta1", ["1.25 has no PodDisruptionBudget of policy/v1beta1"]),
        (20, "policy/v1", ["1.20 has no PodDisruptionBudget of policy/v1"]),
        (37, "example.com/v1", []),
    ],
)
def test_a_kind_that_the_minor_lacks_is_a_fault_and_one_of_others_is_not(minor, version, fault):
    item = {"apiVersion": version, "kind": "PodDisruptionBudget", "metadata": {"name": "one"}}

    assert faults(item, minor) == fault
