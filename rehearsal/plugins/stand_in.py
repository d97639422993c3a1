"""One stand-in as a plugin, which the engine starts: `python -m rehearsal.plugins.stand_in PACKAGE`."""

import os
import sys
from pathlib import Path

from .. import garbage
from ..providers import stand_in
from ..providers.journal import Journals
from ..surroundings import put_in_order
from .lifeline import serve_engine

ENDPOINT = "AWS_ENDPOINT_URL"
"""The variable with the address of AWS, as in every client of AWS."""

JOURNALS = "DUALSTACK_JOURNALS"
"""The variable with the folder of the journals."""


def main(package: str) -> None:
    """Serve until the engine ends."""
    endpoint, journals = os.environ.get(ENDPOINT), os.environ.get(JOURNALS)
    if not endpoint:
        sys.exit(f"{ENDPOINT} is not set: the stand-in for {package} has no AWS to speak to")
    put_in_order(os.environ)
    provider = stand_in(package, endpoint, Journals(Path(journals)) if journals else None)
    # The server lives as long as its name.
    _server, port = provider.serve()
    serve_engine(port)


if __name__ == "__main__":
    garbage.switch_off()
    main(sys.argv[1])
