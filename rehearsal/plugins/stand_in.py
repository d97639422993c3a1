"""One stand-in as a plugin, which the engine starts: `python -m rehearsal.plugins.stand_in PACKAGE`."""

import os
import sys
from pathlib import Path

from .. import garbage
from .lifeline import serve_engine

ENDPOINT = "AWS_ENDPOINT_URL"
"""The variable with the address of AWS, as in every client of AWS."""

JOURNALS = "DUALSTACK_JOURNALS"
"""The variable with the folder of the journals."""

SERVED = "DUALSTACK_STAND_INS"
"""The variable with the ports of stand-ins that a command serves already, like `aws:40001,tls:40002`."""


def main(package: str) -> None:
    """Serve until the engine ends, or name the port of the command that serves already: that saves the imports of each run."""
    shared = dict(entry.split(":") for entry in os.environ.get(SERVED, "").split(",") if entry)
    if package in shared:
        serve_engine(int(shared[package]))
    endpoint, journals = os.environ.get(ENDPOINT), os.environ.get(JOURNALS)
    if not endpoint:
        sys.exit(f"{ENDPOINT} is not set: the stand-in for {package} has no AWS to speak to")
    from ..providers import stand_in  # noqa: PLC0415
    from ..providers.journal import Journals  # noqa: PLC0415
    from ..surroundings import put_in_order  # noqa: PLC0415

    put_in_order(os.environ)
    provider = stand_in(package, endpoint, Journals(Path(journals)) if journals else None)
    # The server lives as long as its name.
    _server, port = provider.serve()
    serve_engine(port)


if __name__ == "__main__":
    garbage.switch_off()
    main(sys.argv[1])
