"""What a configuration adds to machines: its files, and lists for the programs that install its packages and run its commands."""

from collections.abc import Iterator

from ..facts.choices import ImageFamily
from ..spec.additions import Additions
from ..spec.cluster import ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from .node_files import PROGRAMS, File, lines
from .software import packages

INSTALLERS = {
    ImageFamily.UBUNTU: "apt-packages.sh",
    ImageFamily.AMAZON_LINUX_2023: "dnf-packages.sh",
}
"""The program that installs packages, by the family of the image."""
COMMANDS = "commands.py"

UNIT = f"""[Unit]
ConditionPathExists=
ConditionPathExists=!/var/lib/dualstack/finished

[Service]
ExecStart=
ExecStart=/usr/bin/python3 {PROGRAMS}/{COMMANDS} post
"""
"""The bootstrap's unit of a machine with commands for after kubeadm: it goes on until these have succeeded too."""


def additions(spec: NodeSpec) -> dict[str, Additions]:
    """What is added to such a machine, by its place in the configuration. Later ones add to earlier ones."""
    match spec:
        case WorkerPoolSpec():
            return {"nodes": spec.nodes, f"workers.{spec.pool_name}": spec.pool}
        case ControlPlaneSpec():
            return {"nodes": spec.nodes, "controlPlane": spec.control_plane}
        case _:
            return {"nodes": spec.nodes}


def security_groups(spec: NodeSpec) -> list[str]:
    """The security groups of such a machine beside its own. Those that come later are as they were given."""
    added = [group for place in additions(spec).values() for group in place.security_group_ids]
    return [*dict.fromkeys(added)]


def added_files(spec: NodeSpec) -> list[File]:
    """The files of the configuration, and those that its packages and commands take beside their programs."""
    given = {path: file for added in additions(spec).values() for path, file in added.files.items()}
    files = [File(path, file.content, file.mode) for path, file in given.items()]
    if wanted := _packages(spec):
        files.append(File("/etc/dualstack/added-packages", lines(wanted)))
    if commands(spec)["post"]:
        files.append(File("/etc/systemd/system/dualstack-bootstrap.service.d/commands.conf", UNIT))
    return files


def scripts(spec: NodeSpec) -> tuple[list[str], list[str]]:
    """The programs that run before the node's own software is installed, and after that."""
    before, _ = commands(spec).values()
    installer = [INSTALLERS[spec.nodes.family]] if _packages(spec) else []
    return installer, [COMMANDS] if before else []


def commands(spec: NodeSpec) -> dict[str, dict[str, str]]:
    """The commands that run before kubeadm and after it, by their places in the configuration."""
    return {
        "pre": dict(_commands(spec, "preKubeadmCommands")),
        "post": dict(_commands(spec, "postKubeadmCommands")),
    }


def _commands(spec: NodeSpec, field: str) -> Iterator[tuple[str, str]]:
    for place, added in additions(spec).items():
        listed = (
            added.pre_kubeadm_commands
            if field == "preKubeadmCommands"
            else added.post_kubeadm_commands
        )
        for index, command in enumerate(listed):
            yield f"{place}.{field}[{index}]", command


def _packages(spec: NodeSpec) -> list[str]:
    # install-software.sh installs those of a node, but only by apt.
    own = packages(spec) if spec.nodes.family is ImageFamily.AMAZON_LINUX_2023 else []
    added = [name for added in additions(spec).values() for name in added.packages]
    return [*dict.fromkeys([*own, *added])]
