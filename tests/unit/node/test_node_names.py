"""A node's name, which the cloud controller of each minor must turn into the id of the node's instance."""

import re

import pytest

from components.catalog.releases import CLOUD_CONTROLLER, release_for
from components.facts.versions import MINORS
from rehearsal.cloud.node_names import instance_of
from tests.unit.node.conftest import Cluster

LONG = "i-0123456789abcdef0.eu-west-1.compute.internal"


@pytest.mark.parametrize("minor", MINORS)
def test_the_cloud_controller_of_a_minor_finds_the_instance_of_a_node_by_its_name(
    cluster: Cluster, minor: int
):
    cluster.kubernetes = f"1.{minor}"
    cluster.api_up.set()
    machine = cluster.worker()
    pinned = release_for(CLOUD_CONTROLLER, minor)

    machine.run()

    [join] = machine.calls()
    name = re.search(r'^  name: "(.+)"$', join["config"], re.MULTILINE)
    assert name
    assert pinned
    assert re.fullmatch(r"i-[0-9a-f]{17}", machine.instance)
    assert instance_of(name.group(1), pinned.version) == machine.instance
    assert machine.calls("hostnamectl")[0]["arguments"] == ["set-hostname", name.group(1)]


def test_by_a_name_with_a_domain_older_controllers_and_that_of_1_27_find_no_instance():
    pinned = {minor: release_for(CLOUD_CONTROLLER, minor) for minor in MINORS}

    lost = [
        minor
        for minor, release in pinned.items()
        if release and instance_of(LONG, release.version) == LONG
    ]

    assert lost == [*range(16, 26), 27]


@pytest.mark.parametrize(
    ("release", "taken"),
    [
        ("1.20.4", None),
        ("1.21.7", None),
        ("1.22.0", LONG),
        ("1.22.8", LONG),
        ("1.26.10", LONG),
        ("1.26.11", "i-0123456789abcdef0"),
        ("1.27.1", LONG),
        ("1.27.2", "i-0123456789abcdef0"),
        ("1.27.3", LONG),
        ("1.27.10", LONG),
        ("1.28.0", "i-0123456789abcdef0"),
        ("1.37.1", "i-0123456789abcdef0"),
    ],
)
def test_each_release_has_its_rule_for_a_name_with_a_domain(release: str, taken: str | None):
    assert instance_of(LONG, release) == taken


@pytest.mark.parametrize("release", ["1.22.8", "1.27.10", "1.36.2"])
def test_a_name_by_an_address_holds_no_id(release: str):
    assert instance_of("ip-10-0-0-7.eu-west-1.compute.internal", release) is None
