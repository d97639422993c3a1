"""EC2 instance types, read from their names: the processor architecture, and whether they can run a dual-stack node."""

import re
from dataclasses import dataclass
from enum import StrEnum

NAME = re.compile(
    r"(?P<family>[a-z]+(?:-[a-z0-9]+)?)(?P<generation>1?[0-9]|)(?P<options>(?![0-9])[a-z0-9-]*)\."
    r"(?P<size>nano|micro|small|medium|large|([2-9]|[1-9][0-9]{1,2})?xlarge|metal(-[1-9][0-9]{1,2}xl)?)"
)
"""The parts of a name: m7gd.large is family m, generation 7, options gd, size large. The tenth generation is far, and so is the
thousandfold size."""

BURSTABLE = re.compile(r"t[1-4][a-z]*")
"""Families of burstable types: t1, t2, t3, t3a and t4g. https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html"""

OF_BURSTABLE = re.compile("nano|micro|small|medium|large|2?xlarge")
"""The sizes of burstable types."""

OF_BURSTABLE_ALONE = frozenset({"nano", "micro", "small"})
"""The sizes of burstable types alone, beside the m1.small of 2006."""

XEN = frozenset(
    [
        "t1",
        "t2",
        "m1",
        "m2",
        "m3",
        "m4",
        "c1",
        "c3",
        "c4",
        "r3",
        "r4",
        "i2",
        "i3",
        "d2",
        "g2",
        "g3",
        "g3s",
        "p2",
        "p3",
        "x1",
        "x1e",
        "h1",
        "f1",
        "cc1",
        "cc2",
        "cg1",
        "cr1",
        "hi1",
        "hs1",
    ]
)
"""Families that run on Xen, not on Nitro. They have no IPv6 metadata, no primary IPv6 address and no prefixes.
https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html"""

ONE_CPU = re.compile(r"(?!t[0-9])[a-z0-9-]+\.medium")
"""Types with one virtual CPU, too few for a control plane: kubeadm requires two. Of this size only burstable types have two."""

ARM = re.compile(r"a1|[a-z]+[0-9]+(g|.*-gb[0-9]).*")
"""Families on Arm: a g right after the generation means Graviton, -gb means Grace. The name a1 is older than this convention."""


class Architecture(StrEnum):
    """A processor architecture, as Kubernetes names it."""

    AMD64 = "amd64"
    ARM64 = "arm64"


@dataclass(frozen=True, slots=True)
class InstanceType:
    """The facts that the name of an instance type tells."""

    name: str
    family: str
    size: str
    architecture: Architecture

    @property
    def nitro(self) -> bool:
        """Whether the type runs on Nitro. The bare-metal sizes of Xen families do, too."""
        return self.family not in XEN or "metal" in self.size

    @property
    def holds_control_plane(self) -> bool:
        """Whether kubeadm's preflight checks for a control plane pass: two CPUs and 1700 MB of memory."""
        return self.size not in {"nano", "micro"} and not ONE_CPU.fullmatch(self.name)


def describe(name: str) -> InstanceType:
    """An instance type by its name; a `ValueError` if the name does not have the form of one."""
    found = NAME.fullmatch(name)
    if not found or not (found["generation"] or found["family"].startswith(("u-", "mac"))):
        raise ValueError(f"{name} is not an instance type")
    family, _, size = name.partition(".")
    burstable = BURSTABLE.fullmatch(family)
    if burstable and not OF_BURSTABLE.fullmatch(size):
        raise ValueError(f"{name} is not an instance type")
    if not burstable and size in OF_BURSTABLE_ALONE and family != "m1":
        raise ValueError(f"{name} is not an instance type")
    return InstanceType(
        name,
        found["family"] + found["generation"] + found["options"].split("-")[0],
        found["size"],
        Architecture.ARM64 if ARM.fullmatch(name.split(".", maxsplit=1)[0]) else Architecture.AMD64,
    )
