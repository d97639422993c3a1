"""Names of components, as AWS would take them in the names that begin with them."""

import pytest

from components import ApiEndpoint, Cluster, Firewall, Roles, WorkerPool
from tests.unit.components.test_firewall import ARGS as FIREWALL
from tests.unit.components.test_workers import ARGS as POOL

ENDPOINT = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
    "security_group_id": "sg-1",
    "ip_families": ["IPv4", "IPv6"],
}
ROLES = {"region": "eu-west-1", "cluster_name": "prod"}
CLUSTER = {
    "region": "eu-west-1",
    "cluster": {"name": "prod", "kubernetes_version": "1.36"},
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:1::/48"]},
}

REFUSED = {
    "internal-api": (
        ApiEndpoint,
        ENDPOINT,
        "name: internal-api makes the name of a load balancer that starts with internal-, which AWS refuses; "
        "choose another name",
    ),
    "the-api-of-our-platform-in-ireland": (
        ApiEndpoint,
        ENDPOINT,
        "name: the-api-of-our-platform-in-ireland is too long: its load balancer would be called "
        "the-api-of-our-platform-in-ireland-1234567, and AWS allows 32 characters; choose a name of at most 24",
    ),
    "our_api": (
        ApiEndpoint,
        ENDPOINT,
        "name: our_api cannot begin the name of a load balancer, which has letters, digits and hyphens; choose another name",
    ),
    "SG-prod": (
        Firewall,
        FIREWALL,
        "name: SG-prod makes the name of a security group that starts with sg-, which AWS refuses; choose another name",
    ),
    "prod/eu": (
        Roles,
        ROLES,
        "name: prod/eu cannot begin the name of an IAM role, which has letters, digits and _+=,.@-; choose another name",
    ),
    "internal-platform": (
        Cluster,
        CLUSTER,
        "name: internal-platform makes the name of a load balancer that starts with internal-, which AWS refuses; "
        "choose another name",
    ),
}


@pytest.mark.parametrize("name", ["prod-control-plane-0", "control-plane-12"])
def test_no_pool_is_called_like_a_control_plane(refused, name):
    _, line = refused(lambda: WorkerPool(name, POOL))

    assert line == (
        f"name: {name} is what a control plane is called, and workers of that name may count as one; choose another name"
    )


def test_no_pool_has_the_name_of_a_control_plane_within_its_cluster(refused):
    _, line = refused(lambda: WorkerPool("pool", {**POOL, "pool_name": "control-plane-0"}))

    assert line == (
        "pool_name: 'control-plane-0' is what a control plane is called, and workers of that name would count as one; choose "
        "another name"
    )


@pytest.mark.parametrize("name", ["control-plane", "control-plane-tools", "my-control-plane-2b"])
def test_other_names_of_pools_that_begin_so_are_nobodys(deploy, name):
    assert list(deploy(lambda: WorkerPool(name, {**POOL, "pool_name": name})).all("Group")) == [
        name
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_a_component_whose_name_aws_would_refuse_is_refused_before_anything_is_made(refused, name):
    component, args, message = REFUSED[name]

    assert refused(lambda: component(name, args)) == [
        "The configuration has 1 fault; nothing was changed.",
        message,
    ]


@pytest.mark.parametrize(
    ("component", "args"), [(Firewall, FIREWALL), (Roles, ROLES), (ApiEndpoint, ENDPOINT)]
)
def test_a_component_refuses_the_tags_that_a_cluster_refuses(refused, component, args):
    lines = refused(lambda: component("part", {**args, "tags": {"aws:team": "x", "name": "y"}}))

    assert lines[1:] == [
        "tags[\"aws:team\"]: 'aws:team' starts with aws:, which AWS keeps for itself; rename the tag",
        "tags.name: each resource has a Name of its own; choose another key",
    ]
