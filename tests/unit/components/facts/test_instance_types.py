"""Instance types, read from their names alone."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.facts.instance_types import describe
from components.spec.machines import ControlPlaneType, InstanceTypes, NitroType


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("m6i.large", "amd64"),
        ("m5.metal", "amd64"),
        ("m7i-flex.large", "amd64"),
        ("c7a.medium", "amd64"),
        ("g5.xlarge", "amd64"),
        ("g4ad.xlarge", "amd64"),
        ("gr6.4xlarge", "amd64"),
        ("g6e.xlarge", "amd64"),
        ("p5en.48xlarge", "amd64"),
        ("p6-b200.48xlarge", "amd64"),
        ("x2iedn.xlarge", "amd64"),
        ("inf2.xlarge", "amd64"),
        ("trn1n.32xlarge", "amd64"),
        ("hpc7a.96xlarge", "amd64"),
        ("u-6tb1.metal", "amd64"),
        ("u7i-12tb.224xlarge", "amd64"),
        ("a1.large", "arm64"),
        ("t4g.small", "arm64"),
        ("m6g.large", "arm64"),
        ("m6gd.metal", "arm64"),
        ("c7gn.16xlarge", "arm64"),
        ("c7g-flex.large", "arm64"),
        ("r8g.24xlarge", "arm64"),
        ("g5g.xlarge", "arm64"),
        ("x2gd.medium", "arm64"),
        ("im4gn.large", "arm64"),
        ("is4gen.medium", "arm64"),
        ("hpc7g.16xlarge", "arm64"),
        ("p6e-gb200.36xlarge", "arm64"),
    ],
)
def test_the_name_tells_the_architecture(name, architecture):
    assert describe(name).architecture == architecture


@pytest.mark.parametrize(
    "name",
    [
        "t3.micro",
        "t4g.nano",
        "m5.large",
        "c5n.large",
        "i3.metal",
        "i3en.large",
        "d3.xlarge",
        "g4dn.xlarge",
        "a1.medium",
    ],
)
def test_a_nitro_type_can_be_a_worker(name):
    assert TypeAdapter(NitroType).validate_python(name) == name


@pytest.mark.parametrize(
    ("name", "newer"),
    [
        ("t1.micro", "t3.large"),
        ("t2.large", "t3.large"),
        ("m3.medium", "m6i.large"),
        ("m4.10xlarge", "m6i.large"),
        ("c4.large", "m6i.large"),
        ("r4.large", "m6i.large"),
        ("i3.large", "m6i.large"),
        ("d2.xlarge", "m6i.large"),
        ("g3s.xlarge", "m6i.large"),
        ("p3.2xlarge", "m6i.large"),
        ("x1e.xlarge", "m6i.large"),
        ("f1.2xlarge", "m6i.large"),
        ("cc2.8xlarge", "m6i.large"),
    ],
)
def test_a_xen_type_is_answered_with_a_newer_one(name, newer):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(NitroType).validate_python(name)

    [detail] = refused.value.errors()
    assert str(detail["ctx"]["error"]) == (
        f"{name} does not run on Nitro, so it cannot hold a primary IPv6 address; choose a newer type like {newer}"
    )


@pytest.mark.parametrize(
    "name",
    [
        "u-6tb1.metal",
        "u-24tb1.112xlarge",
        "u7inh-32tb.480xlarge",
        "c7i.metal-24xl",
        "r8gn.metal-48xl",
        "p6e-gb200.36xlarge",
        "vt1.3xlarge",
        "c6gn.medium",
        "t2.2xlarge",
        "m1.small",
        "m10i.large",
    ],
)
def test_every_form_of_a_size_is_known(name):
    assert describe(name).name == name


@pytest.mark.parametrize("name", ["mac1.metal", "mac2-m2pro.metal"])
def test_a_mac_holds_no_node(name):
    with pytest.raises(ValidationError, match=f"{name} runs macOS alone"):
        TypeAdapter(NitroType).validate_python(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "m6i",
        "large",
        "m6i.",
        ".large",
        "M6i.large",
        "m6i large",
        "m6i.large ",
        "i.large",
        "m6i.large.x",
        "m6i.xlarg",
        "m6i.2xl",
        "m6i.1xlarge",
        "m6i.02xlarge",
        "m5.metal-24",
        "m66i.large",
        "m20.large",
        "m6i.nano",
        "c7g.small",
        "t3.16xlarge",
        "t4g.metal",
    ],
)
def test_a_name_of_another_form_is_none(name):
    with pytest.raises(ValueError, match="is not an instance type"):
        describe(name)


@pytest.mark.parametrize(
    "name",
    ["t3.small", "t3.medium", "t4g.medium", "m6i.large", "m6g.large", "c7a.large", "r5.xlarge"],
)
def test_two_cpus_are_enough_for_a_control_plane(name):
    assert TypeAdapter(ControlPlaneType).validate_python(name) == name


@pytest.mark.parametrize(
    ("name", "larger"),
    [
        ("t3.nano", "t3.medium"),
        ("t3a.micro", "t3.medium"),
        ("t4g.micro", "t4g.medium"),
        ("m6g.medium", "t4g.medium"),
        ("c7gd.medium", "t4g.medium"),
        ("a1.medium", "t4g.medium"),
        ("m7a.medium", "t3.medium"),
    ],
)
def test_less_is_not(name, larger):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(ControlPlaneType).validate_python(name)

    [detail] = refused.value.errors()
    assert str(detail["ctx"]["error"]) == (
        f"{name} lacks the 2 CPUs or the 1700 MB that kubeadm asks of a control plane; choose a larger type like {larger}"
    )


def test_a_pool_takes_up_to_forty_types():
    names = [f"m{generation}i.{size}xlarge" for generation in range(5, 9) for size in range(2, 12)]

    assert TypeAdapter(InstanceTypes).validate_python(names) == names
    with pytest.raises(ValidationError):
        TypeAdapter(InstanceTypes).validate_python([*names, "m9i.large"])
