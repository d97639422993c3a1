"""A folder like the project's, in which plain `pulumi` writes nothing into the checkout: links, and copies of what it rewrites.

`python -m rehearsal.checkout_copy` copies the files of stacks that have changed since.
"""

import sys
from pathlib import Path

from .failures import Explained
from .state import State, write_whole
from .workspace import Project, copy_stack, quoted


def checkout_copy(state: State, project: Project, stack: str) -> Path:
    """The folder. It has the file of every stack that can be used here. Raises ProjectError if that of `stack` cannot."""
    folder = state.place("shells", project.name, "Pulumi.yaml").parent
    stacks = project.stacks_folder().resolve()
    copies = _copies(folder, project)
    copies.mkdir(parents=True, exist_ok=True)
    _link(project.folder, folder, {"Pulumi.yaml", stacks.name})
    _write_project(project, folder)
    for name in project.stacks():
        try:
            copy_stack(project, name, copies)
        except Explained:
            if name == stack:
                raise
    project.file_of(stack)
    return folder


def renew(state: State, project: Project) -> None:
    """Copy the files of stacks that were changed in the checkout since they were copied."""
    copies = _copies(state.place("shells", project.name, "Pulumi.yaml").parent, project)
    for name in project.stacks():
        copy = copies / f"Pulumi.{name}.yaml"
        if not copy.exists() or copy.stat().st_mtime < project.file_of(name).stat().st_mtime:
            copy_stack(project, name, copies)


def _copies(folder: Path, project: Project) -> Path:
    return folder / project.stacks_folder().relative_to(project.folder)


def _link(source: Path, folder: Path, left_out: set[str]) -> None:
    """Link every file of a folder but those that are copied, and remove links to what is gone."""
    there = {path.name: path.resolve() for path in source.iterdir() if path.name not in left_out}
    for link in folder.iterdir():
        if link.is_symlink() and there.get(link.name) != link.readlink():
            link.unlink()
    for name, target in there.items():
        if not (folder / name).exists() and not name.startswith("Pulumi."):
            (folder / name).symlink_to(target)


def _write_project(project: Project, folder: Path) -> None:
    """The project's own file, with the Python of this process: a project elsewhere may have no environment of its own."""
    settings = project.settings()
    runtime = settings.get("runtime")
    named = runtime if isinstance(runtime, dict) else {"name": runtime}
    options = {**(named.get("options") or {}), "virtualenv": sys.prefix}
    write_whole(
        folder / "Pulumi.yaml", quoted(settings | {"runtime": {**named, "options": options}})
    )


if __name__ == "__main__":
    renew(State.of_user(), Project.of_checkout())
