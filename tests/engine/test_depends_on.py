"""A component that depends on something, on the real engine: what is in it waits, and is taken away first."""

from types import SimpleNamespace

import pulumi
import pytest
from pulumi_aws import ssm

from components import Firewall, Network
from rehearsal.providers.urn import name_of

REGION = "eu-west-1"


def program():
    """Something first, a network after it, and a firewall that uses nothing of the network but depends on it."""
    first = ssm.Parameter("first", type="String", value="first")
    after = pulumi.ResourceOptions(depends_on=[first])
    network = Network("net", {"zones": ["eu-west-1a"], "nat": "none"}, after)
    last = ssm.Parameter("last", type="String", value="last", opts=after_all(network))
    Firewall(
        "wall",
        {
            "vpc_id": network.vpc_id,
            "vpc_ipv4_range": "10.0.0.0/16",
            "vpc_ipv6_range": network.ipv6_range,
            "cluster_name": "prod",
            "cni": "flannel",
            "allowed_cidrs": ["10.0.0.0/16", "2001:db8:1::/48"],
        },
        after_all(last),
    )


def after_all(*resources):
    return pulumi.ResourceOptions(depends_on=resources)


@pytest.fixture(scope="module")
def seen(life):
    """The order in which resources were made, and in which they were taken away."""
    stack = life("after", {"aws:region": REGION}, program)
    found = SimpleNamespace(made=[], gone=[])

    def note(order):
        def see(event):
            if event.res_outputs_event:
                step = event.res_outputs_event.metadata
                order.append(f"{step.type.rpartition(':')[2]} {name_of(step.urn)}")

        return see

    stack.engine.up(note(found.made))
    stack.engine.down(note(found.gone))
    return found


def of(order, name):
    """The places in an order of all resources below a component."""
    own = {"Network net", "Firewall wall"}
    return [
        at for at, one in enumerate(order) if one.split(" ")[1].startswith(name) and one not in own
    ]


def test_what_is_in_a_component_is_made_after_what_the_component_depends_on(seen):
    first, last = (seen.made.index(f"Parameter {name}") for name in ("first", "last"))

    assert first < min(of(seen.made, "net"))
    assert max(of(seen.made, "net")) < last < min(of(seen.made, "wall"))


def test_what_is_in_a_component_is_taken_away_before_what_the_component_depends_on(seen):
    first, last = (seen.gone.index(f"Parameter {name}") for name in ("first", "last"))

    assert max(of(seen.gone, "wall")) < last < min(of(seen.gone, "net"))
    assert max(of(seen.gone, "net")) < first
