"""Builds programs from Go modules, through the module proxy that `go` is configured with."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ..failures import Explained
from . import live_line
from .cache import cache_folder, log_path, program_path, sole_builder

OLDEST_GO = (1, 21)
"""The first Go that automatically downloads the newer toolchain that a module requires."""

STATIC = " -linkmode external -extldflags -static"
"""Linker flags for a program with C in it. A static program runs on any Linux."""

NO_TABLES = "-dwarf=false"
"""A compiler flag: no debugging tables, because the linker would drop them."""

QUICKLY = f"-N -l {NO_TABLES}"
"""Compiler flags for a short build: no optimisation, no inlining, no debugging tables."""

TESTED_WITH = '{{join .TestImports " "}} {{join .XTestImports " "}}'
"""The template with which `go list` prints the packages that a package's tests import."""

CHANGING = (
    *("GOFLAGS", "GOOS", "GOARCH", "GO111MODULE", "GOEXPERIMENT", "GO386", "GORISCV64", "GOWASM"),
    *("GODEBUG", "GOFIPS140", "GOROOT", "GCCGO"),
)
"""The variables of Go that change what is built. GOPROXY, GOSUMDB, GOTOOLCHAIN, GOCACHE and their like stay the user's."""

LOG_TAIL_LINES = 12
"""How much of a failed build's output an error shows. The log has all of it."""


class ToolError(Explained):
    """A program can be neither found nor built. The message gives the reason and a cure."""


def bare_module(module: str, version: str, upstream: str) -> str:
    """A go.mod that requires only the module itself, with the module's own go line."""
    go_line = re.search(r"^go .+$", upstream, re.MULTILINE)
    go = go_line.group() if go_line else "go 1.21"
    return f"module build\n\n{go}\n\nrequire {module} {version}\n"


@dataclass(frozen=True, slots=True)
class Program:
    """One command of a Go module, at one version."""

    name: str
    version: str
    module: str
    package: str
    """Import path of the command."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables that upstream's release build sets. Without them most programs do not know their version."""
    module_file: Callable[[str, str, str], str] = bare_module
    """A function of the module, its version and its own go.mod. It returns the go.mod of the build."""
    tags: tuple[str, ...] = ()
    """Build tags."""
    with_c: bool = False
    """Whether a part of it is written in C. The program is static in either case."""
    optimised: tuple[str, ...] = ("all",)
    """Patterns of the packages that are optimised. The compiler needs two thirds of the time for the others."""
    is_test: bool = False
    """Whether the program is the tests of its package, which `go test` compiles."""
    change: Callable[[Path], None] | None = None
    """A function that changes a copy of the source, for a module that does not build as it is published."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def built(program: Program) -> Path:
    """The path of the program in the cache. It is built first if it is missing. Raises ToolError."""
    path = program_path(program.name, program.version)
    if path.exists():
        return path
    go = _go(program)
    with sole_builder(program.name, program.version):
        if not path.exists():
            _build(program, go, path)
    return path


def module_folder(program: Program) -> Path:
    """The source of a program's module, in the module cache of `go`."""
    log = log_path(program.name, program.version)
    log.parent.mkdir(parents=True, exist_ok=True)
    return Path(_fetched(program, _go(program), cache_folder(), log)["Dir"])


def _go(program: Program) -> str:
    go = shutil.which("go")
    wanted = ".".join(map(str, OLDEST_GO))
    if go is None:
        raise ToolError(
            f"{program} is built from its Go module, and there is no `go` on PATH; "
            f"install Go {wanted} or newer and run this again."
        )
    version = subprocess.run(
        [go, "env", "GOVERSION"],
        env=build_environment(program, os.environ),
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not new_enough(version):
        raise ToolError(
            f"{program} needs Go {wanted} or newer, and {go} is {version or 'older than Go 1.16'}; "
            "install a newer Go and run this again."
        )
    return go


def new_enough(go_version: str) -> bool:
    """Whether a Go can build these programs, by its output of `go env GOVERSION`."""
    numbers = re.match(r"(?:go|devel go)([0-9]+)\.([0-9]+)", go_version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= OLDEST_GO


def _build(program: Program, go: str, path: Path) -> None:
    log = log_path(program.name, program.version)
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".build-", dir=cache_folder()) as folder:
        work = Path(folder)
        fetched = _fetched(program, go, work, log)
        upstream = Path(fetched["GoMod"]).read_text()
        module_file = program.module_file(program.module, program.version, upstream)
        if program.change:
            _copy_source(Path(fetched["Dir"]), work / "source")
            program.change(work / "source")
            module_file += f"\nreplace {program.module} => ./source\n"
        (work / "go.mod").write_text(module_file)
        (work / "tools.go").write_text(
            f'//go:build tools\n\npackage tools\n\nimport _ "{program.package}"\n'
        )
        if _compile(program, go, work, log) != 0:
            raise ToolError(failure(program, log))
        # The rename is atomic, so no process ever runs half a file.
        (work / "program").replace(path)
    live_line.step(f"built {program} in {time.monotonic() - started:.0f} s")


def _compile(program: Program, go: str, work: Path, log: Path) -> int:
    flags = (
        *("-mod=mod", "-buildvcs=false", "-trimpath"),
        *(("-tags", ",".join(program.tags)) if program.tags else ()),
        *compiler_flags(program.optimised),
    )
    linked = (
        *("-ldflags", linker_flags(program.variables) + (STATIC if program.with_c else "")),
        *("-o", "program", program.package),
    )
    with log.open("w") as copy:

        def followed(what: str, *words: str) -> int:
            return _follow(what, (go, *words), work, build_environment(program, os.environ), copy)

        if not program.is_test:
            return followed(str(program), "build", "-v", *flags, *linked)
        # `go test` prints nothing while it compiles for minutes. `go build -v` therefore compiles all that it links first.
        listed = _ask(
            program, [go, "list", "-mod=mod", "-f", TESTED_WITH, program.package], work, log
        )
        parts = f"the packages of {program}"
        code = followed(parts, "build", "-v", *flags, *listed.split(), program.package)
        return code or followed(str(program), "test", "-c", *flags, *linked)


def _follow(
    what: str, command: Sequence[str], work: Path, environment: Mapping[str, str], log: TextIO
) -> int:
    with subprocess.Popen(
        command,
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        live_line.follow_build(what, _copied(process.stdout or (), log))
        return process.wait()


def _fetched(program: Program, go: str, work: Path, log: Path) -> dict[str, str]:
    live_line.step(f"fetching {program.module} {program.version}")
    wanted = f"{program.module}@{program.version}"
    return json.loads(_ask(program, [go, "mod", "download", "-json", wanted], work, log))


def _ask(program: Program, command: list[str], work: Path, log: Path) -> str:
    """The output of a `go` command. Raises ToolError if it fails."""
    answer = subprocess.run(
        command,
        cwd=work,
        env=build_environment(program, os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        log.write_text(answer.stdout + answer.stderr)
        raise ToolError(failure(program, log))
    return answer.stdout


def _copy_source(module: Path, copy: Path) -> None:
    shutil.copytree(module, copy, ignore=shutil.ignore_patterns("testdata", "*_test.go"))
    # The module cache of `go` is read-only.
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def build_environment(program: Program, around: Mapping[str, str]) -> dict[str, str]:
    """The environment of a build: of the settings of Go around it, those that say where things are fetched from and kept."""
    kept = {name: value for name, value in around.items() if not _changes_builds(name)}
    # Without cgo the build needs no C compiler, and the program runs on any Linux.
    return kept | {"CGO_ENABLED": "1" if program.with_c else "0", "GOWORK": "off"}


def _changes_builds(name: str) -> bool:
    return name in CHANGING or name.startswith(("CGO_", "GOARM", "GOAMD64", "GOMIPS", "GOPPC64"))


def compiler_flags(optimised: Sequence[str]) -> list[str]:
    """Compiler flags for a short build, in which these patterns of packages are optimised all the same."""
    return [
        f"-gcflags=all={QUICKLY}",
        *(f"-gcflags={packages}={NO_TABLES}" for packages in optimised),
    ]


def linker_flags(variables: Mapping[str, str]) -> str:
    """Linker flags: no debugging tables, and the variables that a release build sets."""
    return " ".join(["-s -w", *(f"-X {name}={value}" for name, value in variables.items())])


def _copied(lines: Iterable[str], log: TextIO) -> Iterator[str]:
    for line in lines:
        log.write(line)
        yield line.rstrip("\n")


def failure(program: Program, log: Path) -> str:
    """The error for a program that `go` could not build."""
    lines = log.read_text().splitlines()
    old = re.search(r"requires go >= (\S+) \(running go ([^;)]+)", "\n".join(lines))
    if old is not None:
        return (
            f"{program} needs Go {old[1]}, and the Go on PATH is {old[2]} and may not fetch a newer one; "
            "install that Go, or set GOTOOLCHAIN=auto, and run this again."
        )
    tail = "\n".join(f"    {line}" for line in lines[-LOG_TAIL_LINES:])
    return (
        f"{program} could not be built. The last lines of its build:\n{tail}\n  All of them: {log}"
    )
