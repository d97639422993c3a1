"""The real Pulumi engine, driven through the Automation API, with stand-ins for the providers."""

import contextlib
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation
from pulumi.automation.errors import CommandError

from .. import garbage
from ..builds.pulumi import pulumi_cli
from ..cloud import Cloud, running_cloud, stop_unused_cloud, used_cloud
from ..failures import Explained
from ..providers import stand_ins
from ..providers.journal import Journal
from ..providers.serving import served
from ..state import State
from ..workspace import Project, workspace
from .automation import QuickStack, QuickWorkspace
from .checkpoint import Checkpoint, stacks_with_resources
from .command_line import EngineCommand
from .mending import forget, keep, mend, require_room, settle, was_put_back
from .recovery import LeftoverError, Memory, forget_pending, release, sweep
from .sdk import awaited_at_once, untraced

OnEvent = Callable[[automation.EngineEvent], Any]
Program = Callable[[], Any]


class RunFailedError(Explained):
    """A run of the engine failed. The causes are in its events; if there were none, in this message."""


class Engine:
    """One stack of a project, and the runs of the engine that create, change and delete its resources."""

    def __init__(
        self,
        stack: str,
        *,
        project: Project | None = None,
        program: Program | None = None,
        state: State | None = None,
        notice: Callable[[str], None] = print,
        environment: Mapping[str, str] | None = None,
        keep_cloud: bool = False,
    ) -> None:
        self.stack_name = stack
        self.project = project or Project.of_checkout()
        self.state = state or State.of_user()
        self.notice = notice
        self.environment = dict(environment or {})
        self.keep_cloud = keep_cloud
        self.command = EngineCommand(pulumi_cli())
        self._interrupted = False
        self.registered = 0
        """How many resources the program has registered in this run."""
        self._program = program or self._program_of_project
        self._project_name = self.project.name
        self.journal = Journal(self.state.place("journals", self._project_name, stack))
        self._memory = Memory(self.state, self._project_name, stack)

    def use(self, program: Program) -> None:
        """Replace the program of the stack for all later runs."""
        self._program = program

    @property
    def checkpoint(self) -> Checkpoint:
        """The stack's checkpoint file as it is now. The result does not follow later changes."""
        return Checkpoint.of(self.state, self._project_name, self.stack_name)

    @property
    def cloud(self) -> Cloud | None:
        """The process that plays AWS, or None when none runs."""
        return running_cloud(self.state)

    def preview(self, on_event: OnEvent) -> None:
        """Report the changes that `up` would make, and make none."""
        # By default the engine writes the whole state at each step of a preview, and discards it at the end.
        with self._session(PULUMI_SKIP_CHECKPOINTS="true") as (stack, lost):
            self._run(stack.preview, on_event, lost)

    def up(self, on_event: OnEvent, replace: Sequence[str] = ()) -> None:
        """Create and change resources until they match the program. Machines named in `replace` are replaced."""
        urns = [self.checkpoint.machine(name) for name in replace]
        with self._session() as (stack, lost):
            self._run(partial(stack.up, replace=urns), on_event, lost)
            self._settled()

    def refresh(self, on_event: OnEvent) -> None:
        """Read what AWS holds into the checkpoint. Nothing in AWS changes."""
        with self._session() as (stack, _):
            stack.refresh(on_event=on_event)
            self._settled()

    def down(self, on_event: OnEvent) -> None:
        """Delete all resources of the stack, protected ones too. With the last stack the cloud process ends."""
        # Machines may be gone, and with them the API that would clean up. All that they made in AWS ends with the cloud.
        with self._session(lift_protection=True, PULUMI_K8S_DELETE_UNREACHABLE="true") as (
            stack,
            lost,
        ):
            self._unprotect(stack)
            self._run(stack.destroy, on_event, lost)
            self._settled()
            forget(self.checkpoint)
            self.checkpoint.forget()
            self._memory.drop()

    def unprotect(self, machine: str) -> None:
        """Remove the protection of one machine until the next `up`, as `pulumi state unprotect` does."""
        urn = self.checkpoint.machine(machine)
        with self._session() as (stack, _):
            stack.unprotect(urn)

    def _unprotect(self, stack: QuickStack) -> None:
        protected = [r for r in self.checkpoint.resources if r.get("protect")]
        if protected:
            self.notice(f"{len(protected)} resources are protected; a rehearsal removes them too")
            stack.unprotect()

    def outputs(self) -> automation.OutputMap:
        """The stack's outputs, secrets in plain text."""
        folder = self._folder()
        mend(self.checkpoint, self.notice)
        try:
            return self._stack(folder).workspace.stack_outputs(self.stack_name)
        except CommandError:
            raise RunFailedError(self.command.failure) from None

    def interrupt(self) -> None:
        """Let the engine finish the operations under way and begin no others."""
        self._interrupted = True
        self.command.interrupt()

    @contextlib.contextmanager
    def _session(
        self, *, lift_protection: bool = False, **environment: str
    ) -> Iterator[tuple[QuickStack, bool]]:
        # First, so that an error in a configuration file is reported before any process starts.
        folder = self._folder()
        require_room(self.state)
        mend(self.checkpoint, self.notice)
        in_use = bool(stacks_with_resources(self.state))
        try:
            with used_cloud(self.state, in_use=in_use) as cloud:
                providers = stand_ins(cloud.endpoint, self.journal, lift_protection=lift_protection)
                with (
                    served(providers) as attached,
                    garbage.switched_off(),
                    untraced(),
                    awaited_at_once(),
                ):
                    stack = self._stack(folder, PULUMI_DEBUG_PROVIDERS=attached, **environment)
                    yield stack, self._prepared(stack, cloud)
        except CommandError:
            raise RunFailedError(self.command.failure) from None
        except LeftoverError as error:
            raise RunFailedError(str(error)) from None
        finally:
            self._interrupted = False
            if not self.keep_cloud and not stacks_with_resources(self.state):
                stop_unused_cloud(self.state)

    def _prepared(self, stack: QuickStack, cloud: Cloud) -> bool:
        """Clean up after an earlier run that was cut off. True if the cloud that it ran in is lost."""
        release(stack, self.checkpoint, self.notice)
        lost = self._memory.lost(cloud, self.checkpoint)
        if lost:
            self.notice("the cloud of the last run is gone; everything will be made again")
            self.journal.clear()
        sweep(self.journal, self.state, cloud, self.notice)
        forget_pending(stack, self.checkpoint)
        if not self.checkpoint.resources:
            self._memory.keep(cloud)
        keep(self.checkpoint)
        return lost or was_put_back(self.checkpoint)

    def _run(self, action: Callable[..., Any], on_event: OnEvent, refresh: bool) -> None:
        self.registered = 0
        if self._interrupted:
            raise RunFailedError("stopped before anything was begun")
        action(on_event=on_event, refresh=refresh)

    def _settled(self) -> None:
        """Record that the checkpoint lists every resource in the cloud, so that no clean-up is needed."""
        # The copy first: without it the journal is all that knows what this run has made.
        keep(self.checkpoint)
        self.journal.clear()
        settle(self.checkpoint)
        cloud = self.cloud
        if cloud:
            self._memory.keep(cloud)

    def _folder(self) -> Path:
        return workspace(self.state, self.project, self.stack_name)

    def _stack(self, folder: Path, **environment: str) -> QuickStack:
        place = QuickWorkspace(
            work_dir=str(folder),
            program=self._counted_program,
            pulumi_command=self.command,
            pulumi_home=str(self.state.place("home")),
            secrets_provider="passphrase",
            env_vars={
                # By default the engine keeps an .attrs file beside each checkpoint and writes it in place. A killed run can
                # leave half of one, and then every later run fails to read the stack.
                "PULUMI_BACKEND_URL": f"{self.state.backend().as_uri()}?metadata=skip",
                "PULUMI_CONFIG_PASSPHRASE": self.state.passphrase(),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                **self.environment,
                **environment,
            },
        )
        place.checkpoint = self.checkpoint
        return QuickStack(self.stack_name, place)

    def _counted_program(self) -> Any:
        def count(_: pulumi.ResourceTransformationArgs) -> None:
            self.registered += 1

        pulumi.runtime.register_stack_transformation(count)
        return self._program()

    def _program_of_project(self) -> None:
        folder = str(self.project.folder)
        sys.path.insert(0, folder)
        try:
            runpy.run_path(str(self.project.program), run_name="__main__")
        finally:
            sys.path.remove(folder)
