"""Machines for what is done by hand: a network that leads everywhere, and nothing on them."""

from ipaddress import IPv4Address, IPv4Network

from bench.bare_machines import launch
from rehearsal.machines.view.ask_aws import survey, user_data

REGION = "eu-west-1"


def test_bare_machines_are_told_nothing_and_have_a_way_out_in_both_families(client):
    launched = launch(client("ec2"), client("ssm"), "eu-west-1a", 2)

    services = {service: client(service) for service in ("autoscaling", "ec2", "elbv2")}
    found = survey(services, REGION)
    for bare in launched:
        instance = found.by_id[bare.instance]
        subnet = found.subnet(instance.subnet)

        assert (instance.ipv4, instance.ipv6) == (bare.ipv4, bare.ipv6)
        assert IPv4Address(instance.public_ipv4) in IPv4Network("198.18.0.0/16")
        assert (subnet.ipv4_way, subnet.ipv6_way) == ("internet", "internet")
        assert user_data(services["ec2"], bare.instance) == b""
