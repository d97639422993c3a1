"""Serves the components to programs in other languages: the engine runs this folder as a script. Its commands are in `COMMANDS`."""

import os
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

COMMANDS = {
    "plan": "plan.request",
    "remains": "remains",
    "restore": "restore",
    "status": "status.inquiry",
    "verify": "verify.command",
}
"""The module of each command."""

UNUSABLE = 2
"""The exit code of a command line that cannot be understood."""

LOOPBACK = "localhost,127.0.0.1,::1"
"""The engine is on this machine. gRPC would call it through the user's proxy, which cannot know it."""

NO_PROXY = ("no_grpc_proxy", "no_proxy")
"""The variables in which gRPC looks for the hosts that no proxy serves. It heeds the first that is set."""

HELP = """usage: python -m dualstack plan|remains|restore|status|verify [--help]
       python -m dualstack --version

plan     show the plan of a cluster: addresses, ways, machines, traffic, what is billed, what would change
remains  list what AWS still holds of a cluster, each as the command that removes it
restore  have a cluster go back to a snapshot of etcd
status   show a cluster's machines, the plan of its control planes, and what is waited for
verify   verify that a cluster is dual-stack
Without a command, the Pulumi engine starts this to use the components."""


def is_of_engine(word: str) -> bool:
    """Whether an argument is the engine's: its address, as in 127.0.0.1:40001, or a flag."""
    return word.startswith("-") or word.rpartition(":")[2].isdecimal()


def unknown(word: str) -> str:
    """The error for a word that is no command."""
    near = get_close_matches(word, COMMANDS, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
    return f"error: unknown command {word!r}; {advice}"


def main() -> int:
    """Do what the command line says, and return the exit code."""
    # The engine runs the folder as a script, which has no package: its modules are then imported under the folder's name.
    package = __package__ or Path(__file__).resolve().parent.name
    first = "".join(sys.argv[1:2])
    if first in COMMANDS:
        return import_module(f"{package}.{COMMANDS[first]}").main(sys.argv[2:])
    if first in ("-h", "--help"):
        print(HELP)  # noqa: T201 people read it
        return 0
    if first == "--version":
        print(import_module(f"{package}.version").version())  # noqa: T201
        return 0
    if not is_of_engine(first):
        print(unknown(first) if first else HELP, file=sys.stderr)  # noqa: T201
        return UNUSABLE
    exempt = next((hosts for name in NO_PROXY if (hosts := os.environ.get(name))), "")
    os.environ[NO_PROXY[0]] = f"{LOOPBACK},{exempt}"
    import_module(f"{package}.plugin").serve()
    return 0


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.exit(main())
