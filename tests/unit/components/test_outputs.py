"""The outputs of a cluster and of its parts."""

import inspect

import pytest

import components
from components import outputs, testing
from tests.unit.components.test_cluster import ARGS

PARTS = ("ApiEndpoint", "ControlPlane", "Firewall", "Identity", "Network", "Roles")

LONGER = "address_plan"
"""A cluster's has the rows of its network's first, then those of pods and Services."""


@pytest.fixture(scope="module")
def deployed(deploy):
    """The outputs of a cluster with two pools, and of each of its parts."""
    made = []

    def program():
        cluster = components.Cluster("prod", {**ARGS, "workers": {"general": {}, "gpu": {}}})
        parts = [part for part in cluster.__dict__["_childResources"] if hasattr(part, "urn")]
        made.extend([cluster, *parts])
        return {
            f"{type(one).__name__} {one._name} {output}": getattr(one, output)
            for one in made
            for output in outputs.declared(type(one))
        }

    return deploy(program).outputs


def of(deployed, component):
    """The outputs of one component of a cluster, by their names."""
    return {
        key.rpartition(" ")[2]: value
        for key, value in deployed.items()
        if key.startswith(f"{component} ")
    }


def test_a_cluster_says_what_others_connect_to(deployed):
    cluster = of(deployed, "Cluster")

    assert {key: cluster[key] for key in cluster if key not in ("kubeconfig", LONGER)} == {
        "api_endpoint": "https://prod-api.elb.eu-west-1.amazonaws.com:6443",
        "reader_kubeconfig": None,
        "vpc_id": "Vpc prod",
        "ipv4_range": "10.0.0.0/16",
        "ipv6_range": "2600:1f14:db8::/56",
        "public_subnet_ids": {
            "eu-west-1a": "Subnet prod-public-eu-west-1a",
            "eu-west-1b": "Subnet prod-public-eu-west-1b",
        },
        "private_subnet_ids": {
            "eu-west-1a": "Subnet prod-private-eu-west-1a",
            "eu-west-1b": "Subnet prod-private-eu-west-1b",
        },
        "public_route_table_id": "RouteTable prod-public",
        "private_route_table_ids": {
            "eu-west-1a": "RouteTable prod-private-eu-west-1a",
            "eu-west-1b": "RouteTable prod-private-eu-west-1b",
        },
        "internet_gateway_id": "InternetGateway prod",
        "egress_only_gateway_id": "EgressOnlyInternetGateway prod",
        "transit_attachment_id": None,
        "tier_subnet_ids": {},
        "tier_route_table_ids": {},
        "nat_gateway_ids": {
            "eu-west-1a": "NatGateway prod-eu-west-1a",
            "eu-west-1b": "NatGateway prod-eu-west-1b",
        },
        "nat_addresses": {"eu-west-1a": "198.51.100.1", "eu-west-1b": "198.51.100.1"},
        "load_balancer_group_id": "SecurityGroup prod-load-balancer",
        "control_plane_group_id": "SecurityGroup prod-control-plane",
        "worker_group_id": "SecurityGroup prod-worker",
        "host": "prod-api.elb.eu-west-1.amazonaws.com",
        "load_balancer_arn": "arn:prod-api",
        "load_balancer_dns_name": "prod-api.elb.eu-west-1.amazonaws.com",
        "load_balancer_zone_id": "Z2IFOLAFXWLO4F",
        "target_group_arn": "arn:prod-api",
        "ca_certificate": "certificate of prod-ca",
        "ca_hash": "sha256:ac9761a7912250f32aa38b39f1e2fe7fb1a4243fbd753ced58fc9eaac3f8f888",
        "service_account_public_key": testing.PUBLIC_KEY,
        "service_account_public_keys": [testing.PUBLIC_KEY],
        "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/prod-parameters",
        "secret_revision": "75f9c9f2939c7369",
        "issuer_url": None,
        "issuer_provider_arn": None,
        "parameter_folders": {
            "controlPlane": "/dualstack/prod/control-plane",
            "join": "/dualstack/prod/join",
            "programs": "/dualstack/prod/programs",
            "leader": "/dualstack/prod/leader",
            "status": "/dualstack/prod/status",
            "running": "/dualstack/prod/running",
        },
        "control_plane_role_arn": "arn:aws:iam::123456789012:role/prod-control-plane",
        "control_plane_role_name": "prod-control-plane",
        "control_plane_profile_name": "prod-control-plane",
        "control_plane_profile_arn": "arn:aws:iam::123456789012:instance-profile/prod-control-plane",
        "worker_role_arn": "arn:aws:iam::123456789012:role/prod-worker",
        "worker_role_name": "prod-worker",
        "worker_profile_name": "prod-worker",
        "worker_profile_arn": "arn:aws:iam::123456789012:instance-profile/prod-worker",
        "addon_role_arns": {},
        "addon_role_names": {},
        "backup_bucket": "prod-backups",
        "instance_ids": [
            "Instance prod-control-plane-0",
            "Instance prod-control-plane-1",
            "Instance prod-control-plane-2",
        ],
        "group_names": {"general": "prod-general", "gpu": "prod-gpu"},
        "group_arns": {"general": "arn:prod-general", "gpu": "arn:prod-gpu"},
        "launch_template_ids": {
            "general": "LaunchTemplate prod-general",
            "gpu": "LaunchTemplate prod-gpu",
        },
        "launch_template_versions": {"general": "1", "gpu": "1"},
    }


@pytest.mark.parametrize("part", PARTS)
def test_an_output_of_a_part_is_the_clusters_under_the_same_name(deployed, part):
    cluster, found = of(deployed, "Cluster"), of(deployed, part)

    assert {name: cluster[name] for name in found if name != LONGER} == {
        name: found[name] for name in found if name != LONGER
    }


@pytest.mark.parametrize("part", PARTS)
def test_an_output_of_a_part_has_the_clusters_type(part):
    cluster = inspect.get_annotations(components.Cluster)
    found = inspect.get_annotations(getattr(components, part))

    assert {name: cluster.get(name) for name in found} == found


def test_a_clusters_address_plan_begins_with_its_networks(deployed):
    cluster, network = of(deployed, "Cluster")[LONGER], of(deployed, "Network")[LONGER]

    assert len(network) == 4
    assert cluster[:4] == network
    assert [row["tier"] for row in cluster[4:]] == ["pods", "services"]


def test_what_there_is_none_of_is_an_empty_map(deploy):
    def program():
        cluster = components.Cluster("prod", {**ARGS, "workers": {}})
        network = components.Network("net", {"zones": ["eu-west-1a"], "nat": "none"})
        return {
            "group_names": cluster.group_names,
            "nat_addresses": network.nat_addresses,
            "nat_gateway_ids": network.nat_gateway_ids,
        }

    assert deploy(program).outputs == {
        "group_names": {},
        "nat_addresses": {},
        "nat_gateway_ids": {},
    }
