"""The order of a destroy on the real engine: its mark goes first, and machines can reach AWS until they end."""

from types import SimpleNamespace

import pytest

from components import Cluster
from rehearsal.providers.urn import name_of

REGION = "eu-west-1"
NEEDED = (
    *("RolePolicy prod-control-plane", "Role prod-control-plane", "Route prod-private-eu-west-1a"),
    *("SecurityGroupEgressRule", "NatGateway prod-eu-west-1a"),
)
"""What a machine needs for a last request to AWS, by type and name, or by type alone."""


def program():
    Cluster(
        "prod",
        {
            "region": REGION,
            "cluster": {"name": "prod", "kubernetes_version": "1.37"},
            "network": {"zones": ["eu-west-1a"]},
            "control_plane": {"count": 1},
            "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
            "workers": {"general": {"rollout": {"wait_for_nodes": False}}},
            "addons": {"cni": False, "cloud_controller": False},
        },
    )


@pytest.fixture(scope="module")
def seen(life):
    """The order in which resources were taken away."""
    stack = life("clean", {"aws:region": REGION}, program)
    found = SimpleNamespace(gone=[])

    def note(event):
        if event.res_outputs_event:
            step = event.res_outputs_event.metadata
            found.gone.append(f"{step.type.rpartition(':')[2]} {name_of(step.urn)}")

    stack.engine.up(lambda _: None)
    stack.engine.down(note)
    return found


def test_the_mark_goes_before_everything_that_is_in_aws(seen):
    mark = seen.gone.index("Parameter prod-present")

    assert not [one for one in seen.gone[:mark] if one.startswith(("Instance ", "Group ", "Route"))]
    assert mark < seen.gone.index("Instance prod-control-plane-0")
    assert mark < seen.gone.index("Group prod-general")
    assert mark < seen.gone.index("LoadBalancer prod-api")


@pytest.mark.parametrize("needed", NEEDED)
def test_a_machine_can_reach_aws_until_it_has_ended(seen, needed):
    machine = seen.gone.index("Instance prod-control-plane-0")
    places = [at for at, one in enumerate(seen.gone) if one.startswith(needed)]

    assert places
    assert machine < min(places)
