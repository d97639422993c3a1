"""What a person sees while a program is built: one live line on a terminal, plain lines elsewhere."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# Paths of finished programs are the only thing on standard output.
_console = Console(stderr=True, highlight=False, soft_wrap=True)


def step(text: str) -> None:
    """Tell one step that has begun or ended."""
    _console.print(text, markup=False)


def follow_build(what: str, output: Iterable[str]) -> None:
    """Show what `go` has fetched and compiled so far, until its output ends."""
    if _console.is_terminal:
        _follow_live(what, output)
        return
    step(f"building {what}")
    for _ in output:
        pass


def _follow_live(what: str, output: Iterable[str]) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_console, transient=True) as bar:
        task = bar.add_task(f"building {what}", total=None)
        modules = packages = 0
        for line in output:
            # `go build -v` prints a bare import path for each package it compiles.
            modules += line.startswith("go: downloading ")
            packages += not line.startswith("go: ") and " " not in line
            counts = f"{modules} modules downloaded, {packages} packages compiled"
            bar.update(task, description=f"building {what}: {counts}")
