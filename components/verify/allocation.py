"""The check that the API gives the Services of the probe the addresses of the families that they ask for."""

from collections.abc import Iterator

from .finding import Finding, fault, good
from .objects import Wanted, wanted
from .observed import families_of, listed
from .scene import Scene

CHECK = "Service policy"


def check_allocation(scene: Scene) -> Iterator[Finding]:
    """A finding for each Service that the probe asked the API to create."""
    for asked in wanted(scene.minor):
        yield _given(scene, asked)


def _given(scene: Scene, asked: Wanted) -> Finding:
    where = f"{asked.policy} {','.join(asked.families)}".strip() or "nothing asked for"
    expected = asked.expected(scene.families)
    if asked.name in scene.refused:
        return fault(
            CHECK,
            where,
            f"refused: {scene.refused[asked.name]}",
            "give kube-apiserver a Service range of each family (--service-cluster-ip-range), the primary first",
        )
    addresses = scene.services[asked.name].addresses
    if families_of(addresses) != expected:
        return fault(
            CHECK,
            where,
            f"{listed(addresses)}: expected {listed(expected)}",
            "give kube-apiserver both Service ranges (--service-cluster-ip-range), the primary first"
            + ("; until 1.20 the gate IPv6DualStack too" if scene.minor <= 20 else ""),
        )
    return good(CHECK, where, listed(addresses))
