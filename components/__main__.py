"""Serves the components to programs in other languages: the engine runs this folder as a script. `verify` is a command."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).resolve().parent
    # A script has no package, so the modules beside it are imported under the name of their folder.
    sys.path[0] = str(folder.parent)
    if sys.argv[1:2] == ["verify"]:
        sys.exit(import_module(f"{folder.name}.verify.command").main(sys.argv[2:]))
    import_module(f"{folder.name}.plugin").serve()
