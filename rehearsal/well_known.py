"""Well-known values of every rehearsal: the addresses and ports of this host on its network, and the account of its AWS."""

HOST = ("10.255.0.1", "fd00:255::1")
"""This host on the network of the machines, IPv4 first. It represents a network of the operator that is joined to every
VPC: no gateway keeps it out, only security groups do."""

AWS_PORT = 4566
RELEASE_PORT = 8000
REGISTRY_PORT = 5000

ACCOUNT = "123456789012"
"""moto's default account: https://docs.getmoto.org/en/latest/docs/multi_account.html"""
