"""URNs taken apart."""

import pytest

from rehearsal.providers.urn import name_of, type_of


@pytest.mark.parametrize(
    ("urn", "type_", "name"),
    [
        ("urn:pulumi:dev::dualstack::aws:ec2/vpc:Vpc::dev", "aws:ec2/vpc:Vpc", "dev"),
        (
            "urn:pulumi:dev::dualstack::dualstack:index:Cluster$dualstack:index:Network$aws:ec2/vpc:Vpc::dev",
            "aws:ec2/vpc:Vpc",
            "dev",
        ),
        ("urn:pulumi:dev::dualstack::random:index/randomString:RandomString::a::b", None, "a::b"),
    ],
    ids=["alone", "of-a-component", "with-colons-in-its-name"],
)
def test_a_urn_says_the_type_without_its_parents_and_the_name(urn, type_, name):
    assert type_of(urn) == (type_ or "random:index/randomString:RandomString")
    assert name_of(urn) == name
