"""The pods and Services that a probe has created: pods on two nodes, and Services for one of the pods."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..facts.families import Family
from .observed import ObservedNode, ObservedService, family_of

PORT = 8080
"""The port on which the pods on the pod network answer."""
PAYLOAD = "0123456789" * 3000
"""A text of 30 000 bytes: more than three of the largest packets on AWS, of 9001 bytes."""
PAYLOAD_FILE = "/probe/payload"


@dataclass(frozen=True, slots=True)
class End:
    """One node with its two pods."""

    node: ObservedNode
    pod: str
    """The name of the pod on the pod network."""
    host_pod: str
    """The name of the pod on the host's network."""
    addresses: tuple[str, ...] = ()
    """The addresses of the pod on the pod network."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the checks of a probe need: its pods and Services as the API created them."""

    minor: int
    families: tuple[Family, Family]
    """Both families, the primary first."""
    ends: tuple[End, ...]
    """Two ends, or one in a cluster without a second usable node."""
    services: Mapping[str, ObservedService]
    """The Services that the API created, by the name of their `Wanted`."""
    refused: Mapping[str, str]
    """The API's messages about the Services that it refused, by the same names."""
    targets: Mapping[Family, str]
    """The URLs that egress checks fetch, by family, each with an address as its host."""
    pod_ranges: tuple[str, ...]
    """The pod ranges of every node."""

    @property
    def client(self) -> End:
        """The end that sends requests."""
        return self.ends[0]

    @property
    def server(self) -> End:
        """The end whose pod answers for the Services: the other node, if there is one."""
        return self.ends[-1]

    @property
    def across(self) -> list[tuple[End, End]]:
        """The pairs of different ends, in both directions."""
        return [(one, end) for one in self.ends for end in self.ends if one is not end]

    def serving(self, family: Family) -> tuple[ObservedService, str] | None:
        """A Service with an address of this family, preferably of both, and that address; None if there is none."""
        for service in sorted(self.services.values(), key=lambda s: -len(s.addresses)):
            for address in service.addresses:
                if family_of(address) is family:
                    return service, address
        return None
