"""What a probe has made: pods on two nodes, and Services before one of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..facts.families import Family
from .observed import Node, Service, family_of

PORT = 8080
"""Where the pods on the pod network answer."""
PAYLOAD = "0123456789" * 3000
"""More than three of the largest packets that AWS carries, of 9001 bytes."""
PAYLOAD_FILE = "/probe/payload"


@dataclass(frozen=True, slots=True)
class End:
    """One node with its two pods."""

    node: Node
    pod: str
    """On the pod network."""
    host_pod: str
    """On the host's network."""
    addresses: tuple[str, ...] = ()
    """Of the pod on the pod network."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it, as it came up."""

    minor: int
    families: tuple[Family, Family]
    """The primary first."""
    ends: tuple[End, ...]
    """Two, or one in a cluster that has no second node to offer."""
    services: Mapping[str, Service]
    """Those that the API made, by the name of what was wanted."""
    refused: Mapping[str, str]
    """What it said of those that it did not."""
    targets: Mapping[Family, str]
    """What to ask for outside the cluster, as a URL by address."""
    pod_ranges: tuple[str, ...]
    """Every node's."""

    @property
    def client(self) -> End:
        """Who asks."""
        return self.ends[0]

    @property
    def server(self) -> End:
        """Who answers behind the Services: on the other node where there is one."""
        return self.ends[-1]

    @property
    def across(self) -> list[tuple[End, End]]:
        """Both ways from node to node."""
        return [(one, end) for one in self.ends for end in self.ends if one is not end]

    def serving(self, family: Family) -> tuple[Service, str] | None:
        """A Service with an address of a family, one of both families rather; and that address."""
        for service in sorted(self.services.values(), key=lambda s: -len(s.addresses)):
            for address in service.addresses:
                if family_of(address) is family:
                    return service, address
        return None
