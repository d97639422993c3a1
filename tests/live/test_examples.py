"""The examples of Services, applied to a cluster that runs."""

from pathlib import Path

import pytest
import yaml

from tests.live.cluster import eventually
from tests.live.test_addresses import body, family

EXAMPLES = Path(__file__).parent.parent.parent / "examples/services"


GIVEN = {
    "default": {"IPv4": ["IPv4"], "IPv6": ["IPv6"]},
    "ipv4": {"IPv4": ["IPv4"], "IPv6": ["IPv4"]},
    "ipv6": {"IPv4": ["IPv6"], "IPv6": ["IPv6"]},
    "both": {"IPv4": ["IPv4", "IPv6"], "IPv6": ["IPv6", "IPv4"]},
    "load-balancer-ipv6": {"IPv4": ["IPv6"], "IPv6": ["IPv6"]},
}
"""The families of each example's addresses, by the cluster's first family."""


@pytest.fixture(scope="module")
def web(workload):
    """The cluster with a pod that the examples lead to: that of `web.yaml` has an image from outside."""
    labels = yaml.safe_load((EXAMPLES / "web.yaml").read_text())["spec"]["template"]["metadata"]
    pairs = [f"{key}={value}" for key, value in labels["labels"].items()]
    workload.api.run("label", "pod", "server", "--overwrite", *pairs)
    return workload


@pytest.mark.parametrize("name", GIVEN)
def test_an_example_answers_at_an_address_of_each_family_that_it_is_for(web, name):
    service = yaml.safe_load((EXAMPLES / f"from-1.20/{name}.yaml").read_text())

    web.apply(service)
    try:
        addresses = web.get("service", service["metadata"]["name"])["spec"]["clusterIPs"]

        assert [family(address) for address in addresses] == GIVEN[name][web.families[0]]
        for address in addresses:
            assert eventually(lambda address=address: _answers(web, address))
    finally:
        web.api.run("delete", "service", service["metadata"]["name"])


def _answers(web, address):
    return body(web.fetch("client", address, 80, "/name")) == "server\n"
