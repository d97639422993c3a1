"""What a configuration adds to machines of its own accord: files, packages, and commands around kubeadm."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from ..config.forms import AS_GIVEN, OR_OUTPUT, distinct, matching
from ..config.section import Section, ask
from ..config.wording import shown
from ..facts.aws_names import EC2_ID
from ..facts.kubernetes_folder import FOLDER
from .machine_files import FileContent, without_key

MOST_COMMANDS = 50
"""The most commands of one list. A longer list is a script, which is one file and one command."""

PATH = re.compile(r"(/[A-Za-z0-9_@%+:-][A-Za-z0-9_@%+:.-]{0,99}|/\.[A-Za-z0-9_-]{1,99}){2,12}")
"""The form of a path: absolute, in a folder, and without `.` and `..`."""

OWNED = {
    FOLDER: "kubeadm writes it; write the file in kubeadm.files",
    "/etc/dualstack": "this program writes it",
    "/usr/local/lib/dualstack": "this program writes it",
    "/var/lib/dualstack": "this program writes it",
    "/var/lib/kubelet": "kubeadm and the kubelet write it; use the field kubelet, or kubeadm.kubeletArgs",
    "/var/lib/etcd": "it holds etcd's data",
    "/run": "it is emptied at every start",
    "/tmp": "it is emptied at every start",  # noqa: S108 (refused)
    "/dev": "it holds no files of a disk",
    "/proc": "it holds no files of a disk",
    "/sys": "it holds no files of a disk",
}
"""Folders in which a file would be lost or break the machine, each with the reason."""

ENVIRONMENT = "/etc/dualstack/environment"
"""The environment of all units, which the owner of a machine may write."""


def _path(value: str) -> str:
    if not PATH.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is no path for a file of yours; write an absolute one of letters, digits and ._-@%+:, "
            "like /etc/sysctl.d/99-mine.conf"
        )
    for folder, reason in OWNED.items():
        if value.startswith(f"{folder}/") and value != ENVIRONMENT:
            raise ValueError(f"{folder} is no folder for files of yours: {reason}")
    return value


def _mode(value: object) -> object:
    if isinstance(value, int):
        # YAML reads 0644 as a number, and which one depends on its version.
        raise ValueError(f'{shown(value)} was read as a number; put it in quotes, like "0644"')
    return value


def _command(value: str) -> str:
    if not value.strip():
        raise ValueError("it is empty; write a command of the shell")
    if "\0" in value:
        raise ValueError("it holds a zero byte, which no command has; leave it out")
    return without_key(value)


Mode = Annotated[
    str,
    BeforeValidator(_mode),
    matching("0[0-7]{3}", 'a file\'s permissions; write them as chmod takes them, like "0644"'),
]
Command = Annotated[str, AfterValidator(_command)]
Commands = Annotated[list[Command], Field(max_length=MOST_COMMANDS)]
Packages = Annotated[
    list[
        Annotated[
            str,
            matching(
                r"[A-Za-z0-9][A-Za-z0-9+._:=~-]{0,127}",
                "a package; write the name that the image's package manager has for it, like nfs-common",
            ),
        ]
    ],
    Field(max_length=100),
    distinct("package"),
]


SecurityGroups = Annotated[
    list[
        Annotated[
            str,
            matching(f"sg-{EC2_ID}", "a security group; write its id, like sg-0123456789abcdef0"),
            OR_OUTPUT,
            AS_GIVEN,
        ]
    ],
    Field(max_length=4),
    distinct("security group"),
]


class FileSection(Section):
    """A file of a machine. User data holds its text, which every program on the machine can read: write no secret."""

    content: Annotated[FileContent, AfterValidator(without_key)] = ask(
        "write the file's lines as a block, after a |"
    )
    """The file's text."""
    mode: Mode = "0644"
    """The file's permissions, as chmod takes them and in quotes. It belongs to root."""


class Additions(Section):
    """What machines get beside that which a node needs."""

    files: dict[Annotated[str, AfterValidator(_path)], FileSection] = {}
    """Files by path, written at the first boot. A pool's file replaces that of `nodes` at the same path. Secrets do not
    belong here: user data holds the text."""
    packages: Packages = []
    """Packages of the image's distribution, installed before kubeadm runs."""
    pre_kubeadm_commands: Commands = []
    """Commands that root's shell runs in order before kubeadm, when files, packages and software are there. Each runs
    until it has succeeded once. One that fails ends the attempt, and its number is in the machine's status."""
    post_kubeadm_commands: Commands = []
    """Commands that root's shell runs in order when the machine has joined. Each runs until it has succeeded once."""
    security_group_ids: SecurityGroups = []
    """Further security groups of the machines, beside their own. AWS allows five on a machine. They may be outputs."""
