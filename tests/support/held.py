"""The command line of the rehearsal, whose engine makes or deletes so many resources and is held there until it is interrupted.

Arguments: how many, a file that is there once it is held, and the words of the command.
"""

import runpy
import sys
import threading
from itertools import count
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

THREADS = 512
"""More than an engine has under way at once: each that is held takes a thread, and the interrupt needs one more."""

if __name__ == "__main__":
    sys.path[0] = str(CHECKOUT)
    from rehearsal.providers import provider

    allowed, held, sys.argv = int(sys.argv[1]), Path(sys.argv[2]), ["rehearsal", *sys.argv[3:]]
    begun, interrupted = count(1), threading.Event()

    def holding(step):
        def hold(self, request, context):
            # A preview asks for resources too, and never for their deletion.
            if not getattr(request, "preview", False) and next(begun) > allowed:
                held.touch()
                interrupted.wait()
            return step(self, request, context)

        return hold

    def cancel(step):
        def told(self, request, context):
            interrupted.set()
            return step(self, request, context)

        return told

    provider.THREADS = THREADS
    provider.Provider.Create = holding(provider.Provider.Create)
    provider.Provider.Delete = holding(provider.Provider.Delete)
    provider.Provider.Cancel = cancel(provider.Provider.Cancel)
    runpy.run_module("rehearsal", run_name="__main__", alter_sys=True)
