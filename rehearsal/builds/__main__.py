"""Build the programs that the command line names, and print their paths."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from .cache import program_path
from .etcd import ETCD, ETCDUTL
from .golang import Program, ToolError, built
from .kubernetes import PROGRAMS, RELEASES, program_of
from .pulumi import PULUMI, WHOLE, pulumi_cli
from .workflows import ACT, ACTIONLINT

OF_WORKFLOWS = (WHOLE, ACT, ACTIONLINT)
"""What `make ci` runs."""


def main(arguments: list[str]) -> int:
    """Build the programs one after the other and print their paths; the exit code, 1 if one could not be built."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.builds", description=__doc__)
    parser.add_argument(
        "programs", nargs="*", metavar="PROGRAM", help="pulumi, etcd, etcdutl, kubeadm@1.23 …"
    )
    parser.add_argument(
        "--list", action="store_true", help="show every program, and which are built"
    )
    asked = parser.parse_args(arguments)
    if asked.list or not asked.programs:
        Console().print(table())
        return 0
    failed = 0
    for name in asked.programs:
        try:
            print(pulumi_cli().path if name == "pulumi" else built(named(name)), flush=True)
        except ToolError as error:
            failed += 1
            print(f"error: {error}", file=sys.stderr)
    return 1 if failed else 0


def named(name: str) -> Program:
    """The program that a name like `etcd`, `kubeadm@1.23` or `kubeadm@newest` means."""
    plain = {"pulumi": PULUMI, "etcd": ETCD, "etcdutl": ETCDUTL} | {
        one.name: one for one in OF_WORKFLOWS
    }
    if name in plain:
        return plain[name]
    program, at, minor = name.partition("@")
    if not at:
        raise ToolError(
            f"{name}: name pulumi, etcd, etcdutl, or a Kubernetes program with its minor, as kubeadm@1.23."
        )
    ends = {"oldest": next(iter(RELEASES)), "newest": next(reversed(RELEASES))}
    return program_of(program, ends.get(minor, minor))


def table() -> Table:
    """A row for each program and minor, with what the cache has."""
    listing = Table("minor", "version", "built")
    for program in (PULUMI, ETCD, ETCDUTL, *OF_WORKFLOWS):
        name = program.name
        is_built = program_path(program.name, program.version).exists()
        listing.add_row(name, program.version, name if is_built else "")
    for minor, release in RELEASES.items():
        version = f"v{release.patch}"
        ready = [name for name in PROGRAMS if program_path(name, version).exists()]
        listing.add_row(minor, version, " ".join(ready))
    return listing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
