"""The real Pulumi engine, driven through the Automation API, with stand-ins for the providers."""

import contextlib
import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pulumi
from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from .aws import AwsProvider
from .cloud import Cloud, running_cloud, start_cloud, stop_cloud
from .command_line import EngineCommand
from .journal import Journal
from .provider import Provider
from .state import State
from .tools.pulumi import pulumi_cli
from .workspace import Project, workspace

OnEvent = Callable[[automation.EngineEvent], Any]
Program = Callable[[], Any]


class RunFailed(Exception):
    """The engine gave up; what went wrong is in its events, or here when there were none."""


class Engine:
    """One stack of a project, and the engine that brings it up and down."""

    def __init__(
        self,
        stack: str,
        *,
        project: Project | None = None,
        program: Program | None = None,
        state: State | None = None,
        notice: Callable[[str], None] = print,
    ) -> None:
        self.stack_name = stack
        self.project = project or Project.of_checkout()
        self.program = program or self._program_of_project
        self.state = state or State.of_user()
        self.notice = notice
        self.command = EngineCommand(pulumi_cli())
        self.journal = Journal(self.state.place("journals", self.project.name, stack))

    def up(self, on_event: OnEvent) -> automation.OutputMap:
        """Bring the stack to what the program says."""
        with self._session() as stack:
            result = self._run(stack, stack.up, on_event, refresh=self._cloud_was_lost() or None)
            self._remember_cloud()
            self.journal.clear()
        return result.outputs

    def preview(self, on_event: OnEvent) -> None:
        """Tell what `up` would do."""
        with self._session() as stack:
            self._run(stack, stack.preview, on_event, refresh=self._cloud_was_lost() or None)

    def down(self, on_event: OnEvent) -> None:
        """Take everything away, the last of the cloud with the last stack."""
        with self._session() as stack:
            self._run(stack, stack.destroy, on_event, refresh=self._cloud_was_lost() or None)
            self.journal.clear()
            stack.workspace.remove_stack(self.stack_name)

    def outputs(self) -> automation.OutputMap:
        """What the stack exports; secrets are marked, and in the clear."""
        return self._stack({}).outputs()

    def _run(
        self, stack: automation.Stack, action: Callable[..., Any], on_event: OnEvent, **options: Any
    ) -> Any:
        try:
            return action(on_event=on_event, **options)
        except CommandError as error:
            raise RunFailed(str(error)) from None

    @contextlib.contextmanager
    def _session(self) -> Iterator[automation.Stack]:
        cloud = start_cloud(self.state)
        with _served([AwsProvider(cloud.endpoint, self.journal)]) as attached:
            yield self._stack({"PULUMI_DEBUG_PROVIDERS": attached})

    def _stack(self, environment: dict[str, str]) -> automation.Stack:
        folder = workspace(self.state, self.project, self.stack_name)
        return automation.create_or_select_stack(
            self.stack_name,
            project_name=self.project.name,
            program=self.program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(folder),
                pulumi_command=self.command,
                pulumi_home=str(self.state.place("home")),
                secrets_provider="passphrase",
                env_vars={
                    "PULUMI_BACKEND_URL": self.state.backend().as_uri(),
                    "PULUMI_CONFIG_PASSPHRASE": self.state.passphrase(),
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                    **environment,
                },
            ),
        )

    def _cloud_was_lost(self) -> bool:
        return False

    def _remember_cloud(self) -> None:
        pass

    def _program_of_project(self) -> None:
        path = self.project.program
        sys.path.insert(0, str(path.parent))
        try:
            runpy.run_path(str(path), run_name="__main__")
        finally:
            sys.path.remove(str(path.parent))


@contextlib.contextmanager
def _served(providers: list[Provider]) -> Iterator[str]:
    """The providers, listening; and what tells the engine where."""
    servers: list[grpc.Server] = []
    ports = []
    try:
        for provider in providers:
            server, port = provider.serve()
            servers.append(server)
            ports.append(f"{provider.package}:{port}")
        yield ",".join(ports)
    finally:
        for server in servers:
            server.stop(grace=None)
