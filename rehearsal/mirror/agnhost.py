"""The image for the pods of upstream's tests and of the verifier: agnhost, and the programs that tests call beside it."""

import subprocess

from ..builds.kubernetes import kubernetes
from .images import BASE, Image, host_programs
from .layers import Layer

HOST_PROGRAMS = {
    "busybox": "busybox-static",
    "curl": "curl",
    "dash": "dash",
    "ip": "iproute2",
    "nc.openbsd": "netcat-openbsd",
}
"""Programs of this machine that the image contains, and the Debian package of each."""

PLACES = {
    "/bin/busybox": "busybox",
    "/bin/curl": "curl",
    "/bin/ip": "ip",
    # Tests send datagrams with `nc -u`. busybox's nc cannot, and busybox's shell starts its own nc whatever is on PATH.
    "/bin/nc": "nc.openbsd",
    "/bin/sh": "dash",
}
"""The path of each program in the image."""


def agnhost(minor: str, tag: str) -> Image:
    """The image, with one of the tags that tests ask for."""
    found = host_programs(HOST_PROGRAMS)
    listed = subprocess.run(
        [found["busybox"], "--list"], capture_output=True, text=True, check=True
    )
    files = {place: found[name] for place, name in PLACES.items()}
    links = {f"/bin/{applet}": "busybox" for applet in listed.stdout.split()}
    own = Layer(
        {"/agnhost": kubernetes("agnhost", minor), **files},
        {place: target for place, target in links.items() if place not in files},
    )
    content = "agnhost, with this machine's dash, nc, curl, ip and busybox"
    return Image("agnhost", tag, (BASE, own), content, ("/agnhost",), ("pause",))
