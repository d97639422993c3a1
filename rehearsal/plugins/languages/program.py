"""The process of a Python program: it reads the engine's request from its input, and runs the program.

Arguments: the address of the engine. The Python of the program's environment runs this file, which therefore imports the SDK
and nothing of this package. The SDK's own server, which it has for inline programs, does the work.
"""

import runpy
import sys
import traceback
from pathlib import Path
from typing import Any, cast

from pulumi.automation._server import LanguageServer
from pulumi.errors import RunError
from pulumi.runtime.proto import language_pb2


def main(engine: str) -> int:
    """Run the program. The engine gets every error, so the value is the exit code alone."""
    request = language_pb2.RunRequest.FromString(sys.stdin.buffer.read())
    folder = Path(request.info.program_directory)
    program = str(folder / request.info.entry_point)
    sys.argv = [program, *request.args]
    # In place of the folder of this file. runpy itself adds the folder of a program that is a folder.
    sys.path[0] = str(folder)
    # The server takes the address of the engine from there.
    request.args.insert(0, engine)

    def run() -> None:
        try:
            runpy.run_path(program, run_name="__main__")
        except RunError:
            raise
        except Exception:  # noqa: BLE001 a program may raise anything
            raise RunError(f"the program failed:\n{traceback.format_exc()}") from None

    return 1 if LanguageServer(run).Run(request, cast("Any", None)).error else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
