"""The commands that need no machines: up, preview, down, outputs and kubeconfig."""

import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from . import output
from .engine.engine import Engine, OnEvent, RunFailedError
from .failures import full_disk, is_full
from .screen.progress import RunProgress
from .screen.report import show_changes, show_failures, show_notes, show_outputs, show_summary
from .workspace import Project, ProjectError

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended: 128 + SIGINT."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals of Ctrl-C, of CI, and of a terminal that is closed."""

console = output.console()


def up(arguments: Namespace) -> int:
    """Bring a stack up."""
    engine = _engine(arguments)
    progress = RunProgress(console, expected=lambda: engine.registered)
    code = _follow(engine, progress, partial(engine.up, replace=arguments.replace))
    if code == 0:
        show_outputs(console, arguments.stack, progress.outputs)
        _show_endpoint(engine)
        show_summary(console, arguments.stack, progress)
    return code


def preview(arguments: Namespace) -> int:
    """Show what `up` would change."""
    engine = _engine(arguments)
    progress = RunProgress(console, expected=lambda: engine.registered, quiet=True)
    code = _follow(engine, progress, engine.preview)
    if code == 0:
        show_changes(console, progress)
        show_outputs(console, arguments.stack, progress.outputs)
        console.print(_previewed(arguments.stack, progress))
    return code


def down(arguments: Namespace) -> int:
    """Take a stack down."""
    engine = _engine(arguments)
    if not engine.checkpoint.exists():
        # A name that no file has is a slip of the pen.
        engine.project.file_of(arguments.stack)
        console.print(f"{arguments.stack} is not up: there is nothing to take down")
        return 0
    there = len(engine.checkpoint.resources)
    progress = RunProgress(console, expected=lambda: there)
    code = _follow(engine, progress, engine.down)
    if code == 0:
        show_summary(console, arguments.stack, progress)
        console.print(f"nothing of {arguments.stack} is left in AWS")
    return code


def unprotect(arguments: Namespace) -> int:
    """Take the protection off a control-plane machine, so that it can be replaced. The next `up` protects again."""
    try:
        _engine(arguments).unprotect(arguments.machine)
    except RunFailedError as error:
        raise ProjectError(f"the engine did not unprotect {arguments.machine}: {error}") from None
    console.print(f"{arguments.machine} is not protected until the next up", markup=False)
    return 0


def outputs(arguments: Namespace) -> int:
    """Show the outputs of a stack."""
    found = _outputs(arguments)
    for name, exported in sorted(found.items()):
        hidden = exported.secret and not arguments.show_secrets
        shown = "[secret]" if hidden else exported.value
        console.print(f"{name}: {shown}", markup=False)
    return 0


def kubeconfig(arguments: Namespace) -> int:
    """Print the kubeconfig of the cluster."""
    found = _outputs(arguments)
    if "kubeconfig" not in found:
        raise ProjectError(f"{arguments.stack} exports no kubeconfig")
    print(found["kubeconfig"].value)
    return 0


def _engine(arguments: Namespace) -> Engine:
    # The commands with machines pass a project with other overrides.
    project = getattr(arguments, "project", None) or Project.of_checkout(arguments.config_file)
    return Engine(arguments.stack, project=project, notice=console.print)


def _outputs(arguments: Namespace) -> Any:
    engine = _engine(arguments)
    if not engine.checkpoint.exists():
        engine.project.file_of(arguments.stack)
        raise ProjectError(
            f"{arguments.stack} is not up; bring it up first: make up STACK={arguments.stack}"
        )
    return engine.outputs()


def _follow(engine: Engine, progress: RunProgress, action: Callable[[OnEvent], None]) -> int:
    with _interrupts(engine) as interrupted, progress:
        try:
            action(progress.on_event)
            failed = None
        except RunFailedError as error:
            failed = str(error)
    show_notes(console, progress)
    if failed is None:
        return 0
    if interrupted:
        console.print("stopped; what was under way has been finished and written down")
        return INTERRUPTED
    full = [text for text in (*progress.failures, failed) if is_full(text)]
    if full:
        # The engine says it once for each resource.
        progress.failures = [full_disk(full[0])]
    show_failures(console, progress, failed)
    show_summary(console, engine.stack_name, progress, failed=True)
    return 1


@contextmanager
def _interrupts(engine: Engine) -> Iterator[list[int]]:
    """Within the block, each of `ENDING` interrupts the engine, which finishes the operations under way."""
    received: list[int] = []

    def stop(number: int, _: Any) -> None:
        received.append(number)
        engine.interrupt()

    # `nohup` ignores the end of its terminal, and that stays so. A shell ignores SIGINT for a command in the background; it is
    # handled all the same, because only a signal sent to this process reaches it there.
    unheard = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heard = [each for each in ENDING if not (unheard and each is signal.SIGHUP)]
    before = {each: signal.signal(each, stop) for each in heard}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_endpoint(engine: Engine) -> None:
    cloud = engine.cloud
    if cloud:
        console.print(
            f"AWS: {cloud.endpoint}, for any client and any key, as in\n"
            f"  aws --endpoint-url {cloud.endpoint} ec2 describe-instances",
            style="dim",
        )


def _previewed(stack: str, progress: RunProgress) -> str:
    if progress.changed == 0:
        return f"{stack}: nothing would change ({progress.counts['unchanged']} resources)"
    kept = progress.counts["unchanged"]
    return f"{stack}: {progress.changed} resources would change, {kept} stay as they are"
