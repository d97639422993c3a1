"""The commands that deal with machines: `live`, `shell`, and `preview` and `down` where machines are involved."""

import argparse
import os
import signal
import subprocess
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from . import mirror, stack_commands
from .builds.kubernetes import kubernetes
from .builds.kubernetes_provider import install_provider
from .cloud import running_cloud
from .engine.checkpoint import stacks_with_resources
from .engine.engine import Engine
from .machines import host
from .machines.access import Kubectl, host_kubeconfig, node_table, ready_machines
from .machines.image import AWS
from .machines.leftovers import forget_parameters, remove_load_balancers
from .machines.network.namespaces import leave_mounts
from .machines.overrides import cluster_of, left_out, minor_of, overrides, region_of, requested
from .machines.phases import MachineProgress, load
from .machines.shell import LiveError, run
from .machines.supervisor import Supervisor
from .machines.watch import Watch
from .mirror.prepare import row_of
from .providers.aws.session import Clients
from .state import State
from .workspace import Project

READY_SECONDS = 300
DNS_SECONDS = 60
TABLE_WIDTH = 130
"""The least width of the table of nodes, even on a narrower terminal: names and addresses need it."""

console = stack_commands.console


class Laps:
    """The duration of each part of a command."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float]] = []

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.taken.append((name, time.monotonic() - started))

    def __str__(self) -> str:
        total = sum(seconds for _, seconds in self.taken)
        parts = [f"{name} {seconds:.1f} s" for name, seconds in self.taken]
        return f"{', '.join(parts)}; together {total:.1f} s"


def live(arguments: Namespace) -> int:
    """Bring a stack up with machines: its instances boot here, and become a cluster."""
    # Only this command needs the verifier.
    from .machines.verification import prepare_pods, verify  # noqa: PLC0415

    host.check()
    laps, state = Laps(), State.of_user()
    config = _config(arguments)
    minor, supervisor = minor_of(config), Supervisor(state)
    with laps.lap("software"):
        kubectl = _prepare(minor, requested(config))
        image = prepare_pods(row_of(minor), console.print) if arguments.verify else ""
    with laps.lap("supervisor"):
        supervisor.start()
        served = mirror.serve(state)
    regions = supervisor.settings().get("regions", {})
    supervisor.configure(
        regions=regions | {arguments.stack: region_of(config)},
        imageFiles=dict(served.containerd_files),
    )
    _see_names(supervisor)
    project = _project(arguments, config, served)
    engine = Engine(arguments.stack, project=project, notice=console.print)
    cluster, exported = cluster_of(config), ""
    with Watch(console, supervisor.phases, cluster, _interrupt) as watch:
        with laps.lap("AWS"):
            asked = Namespace(stack=arguments.stack, project=project, replace=arguments.replace)
            code = stack_commands.up(asked)
        if code == 0:
            with laps.lap("machines"):
                code, exported = _wait(watch, engine)
    if watch.failure:
        _show_failure(supervisor, watch)
        return 1
    if code:
        return code
    known = [one for one in load(supervisor.phases, cluster) if not one.is_going]
    api = Kubectl(kubectl, _kubeconfig(supervisor, arguments.stack, exported))
    code = _show_nodes(known, api, laps)
    if code or not arguments.verify:
        return code
    api.wait_for_dns(DNS_SECONDS)
    return verify(exported, image)


def preview(arguments: Namespace) -> int:
    """Show what bringing a stack up would do."""
    if not arguments.machines:
        return stack_commands.preview(arguments)
    install_provider(State.of_user().place("home"))
    project = _project(arguments, _config(arguments), mirror.offered(mirror.MirrorEndpoints()))
    return stack_commands.preview(Namespace(stack=arguments.stack, project=project))


def _config(arguments: Namespace) -> dict[str, Any]:
    """The content of the stack's own file. Raises ProjectError with every fault in it, before anything is built."""
    # Only the commands with machines look at the configuration themselves, and need the modules of the program.
    from .render import configuration, described  # noqa: PLC0415

    project = Project.of_checkout(arguments.config_file, overrides={})
    described(configuration(project, arguments.stack, None))
    return project.stack_config(arguments.stack)


def _project(arguments: Namespace, config: dict[str, Any], served: mirror.Releases) -> Project:
    """The project of a stack whose machines run here, with overrides. Prints which add-ons are left out."""
    missing = left_out(config)
    if missing:
        console.print(f"without {', '.join(missing)}: no images of them are made here")
    return Project.of_checkout(arguments.config_file, overrides=overrides(config, served, AWS))


def _prepare(minor: str, addons: list[str]) -> Path:
    """Install the host's packages, and build everything that machines download and the provider; the path of kubectl."""
    installed = host.install()
    if installed:
        console.print(f"installed {', '.join(installed)}")
    mirror.prepare(minor, console.print, addons)
    install_provider(State.of_user().place("home"))
    return kubernetes("kubectl", minor)


def down(arguments: Namespace) -> int:
    """Take a stack down, and its machines."""
    supervisor = Supervisor(State.of_user())
    if not supervisor.present:
        return stack_commands.down(arguments)
    # `down` deletes the objects in the cluster through its API, whose name is the load balancer's.
    supervisor.start()
    _see_names(supervisor)
    _remove_load_balancers(supervisor.state, arguments)
    code = stack_commands.down(arguments)
    regions = supervisor.settings().get("regions", {})
    if code == 0:
        regions.pop(arguments.stack, None)
        _forget_machines(supervisor.state, arguments)
        if stacks_with_resources(supervisor.state):
            supervisor.configure(regions=regions)
            return code
    elif stacks_with_resources(supervisor.state):
        return code
    mirror.stop(supervisor.state)
    left = supervisor.end()
    if left:
        raise LiveError(f"some of this host could not be put back: {', '.join(left)}")
    console.print("nothing of it is left on this host")
    return code


def _remove_load_balancers(state: State, arguments: Namespace) -> None:
    """Delete the load balancers that a controller in the cluster has made, before the VPC that they are in."""
    cloud = running_cloud(state)
    if cloud is not None:
        config, clients = _stack(arguments), Clients(cloud.endpoint)
        elb, ec2 = (clients.get(service, region_of(config)) for service in ("elbv2", "ec2"))
        for name in remove_load_balancers(elb, ec2, cluster_of(config)):
            console.print(f"deleted the load balancer {name}, which a controller had made")


def _forget_machines(state: State, arguments: Namespace) -> None:
    """Delete the parameters that the machines of a stack have left, unless AWS ended with the last stack."""
    cloud = running_cloud(state)
    if cloud is not None:
        config = _stack(arguments)
        forget_parameters(Clients(cloud.endpoint).get("ssm", region_of(config)), cluster_of(config))


def _stack(arguments: Namespace) -> dict[str, Any]:
    return Project.of_checkout(arguments.config_file).stack_config(arguments.stack)


def shell_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("instance", help="the id of an instance")
    # The rest as it stands: a program has options of its own.
    words = "a program and its arguments; bash by default"
    parser.add_argument("words", nargs=argparse.REMAINDER, help=words)


def shell(arguments: Namespace) -> int:
    """Run a program in a machine, a shell by default."""
    machine = Supervisor(State.of_user()).machine(arguments.instance)
    leader = machine.leader
    if leader is None:
        raise LiveError(f"{arguments.instance} has no machine that runs here")
    words = arguments.words or ["bash", "--login"]
    return subprocess.run(machine.entered(leader, *words), check=False).returncode


def _see_names(supervisor: Supervisor) -> None:
    """Let this process, and the engine that it starts, resolve the names of load balancers."""
    supervisor.hosts.touch()
    leave_mounts()
    run("mount", "--bind", supervisor.hosts, "/etc/hosts")


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def _wait(watch: Watch, engine: Engine) -> tuple[int, str]:
    """Wait for the machines; the exit code, and the kubeconfig that the stack exports."""
    began, exported = time.time(), ""
    try:
        exported = engine.outputs()["kubeconfig"].value
        watch.wait(began)
    except KeyboardInterrupt:
        if watch.failure is None:
            console.print("stopped waiting; the machines go on, and the same command waits again")
            return stack_commands.INTERRUPTED, exported
    return 0, exported


def _show_failure(supervisor: Supervisor, watch: Watch) -> None:
    known = watch.failure
    if known is None:
        return
    console.print(
        f"error: {known.name} ({known.id}) did not become a node: {known.failure}",
        style="red",
        markup=False,
    )
    journal = supervisor.machines / known.id / "upper/var/log/journal"
    console.print(f"its journal: journalctl -D {journal}", markup=False, style="dim")


def _kubeconfig(supervisor: Supervisor, stack: str, exported: str) -> Path:
    path = supervisor.state.place("live", "kubeconfigs", stack)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(host_kubeconfig(exported, supervisor.hosts.read_text()))
    return path


def _show_nodes(known: list[MachineProgress], api: Kubectl, laps: Laps) -> int:
    with laps.lap("nodes"):
        nodes = api.wait_for_nodes({machine.id for machine in known}, READY_SECONDS)
    zones = {machine.id: machine.zone for machine in known}
    # People copy from the table: a narrow terminal may wrap it, but must not cut it off.
    wide = Console(width=max(console.width, TABLE_WIDTH), highlight=False, emoji=False)
    wide.print(node_table(nodes, zones))
    console.print(str(laps), markup=False)
    console.print(f"KUBECONFIG={api.kubeconfig} {api.kubectl} get nodes -o wide", markup=False)
    console.print(f"a shell in a machine: python -m rehearsal shell {known[0].id}", markup=False)
    ready = zones.keys() <= ready_machines(nodes)
    if not ready:
        console.print(f"error: not every node was Ready within {READY_SECONDS} s", style="red")
    return 0 if ready else 1
