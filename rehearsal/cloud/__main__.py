"""Starts the process that plays AWS: `python -m rehearsal.cloud FILE IDENTITY RELEASE`."""

import gc
import sys
from pathlib import Path


def main() -> None:
    """Serve, and say in the file where."""
    # moto is many objects that all stay: looking through them while they are made takes as long as making them.
    gc.disable()
    from .server import serve  # noqa: PLC0415

    serve(Path(sys.argv[1]), identity=sys.argv[2], release=sys.argv[3])


if __name__ == "__main__":
    main()
