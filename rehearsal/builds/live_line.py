"""The progress of a build: one live line on a terminal, plain lines elsewhere."""

from collections.abc import Iterable

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ..output import console

# Standard output is only for the paths of finished programs.
_console = console(stderr=True)


def step(text: str) -> None:
    """Print a line about a step that has begun or ended."""
    _console.print(text, markup=False)


def follow_build(what: str, output: Iterable[str]) -> None:
    """Show how much `go` has downloaded and compiled, until its output ends."""
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
            # `go build -v` prints a bare import path for each package that it compiles.
            modules += line.startswith("go: downloading ")
            packages += not line.startswith("go: ") and " " not in line
            counts = f"{modules} modules downloaded, {packages} packages compiled"
            bar.update(task, description=f"building {what}: {counts}")
