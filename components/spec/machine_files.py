"""Files that machines get before kubeadm runs."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ..config.section import Section
from ..config.wording import shown
from ..facts.choices import FileScope
from ..facts.kubernetes_folder import FOLDER, TAKEN

PATH = re.compile(rf"{FOLDER}(/[A-Za-z0-9_-][A-Za-z0-9._-]{{0,99}}){{1,6}}")
"""The form of a path, so that it is also the name of an SSM parameter."""


def _path(value: str) -> str:
    if not PATH.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is no path for a file of yours; write one below {FOLDER}, of letters, digits, dots, hyphens and "
            f"underscores, like {FOLDER}/encryption.yaml"
        )
    first = value.removeprefix(f"{FOLDER}/").split("/")[0]
    if first in TAKEN or first.endswith(".aside"):
        raise ValueError(
            f"{FOLDER}/{first} is kubeadm's or this program's own; write another name below {FOLDER}"
        )
    return value


def file_text(value: Any) -> Any:
    """The text of a file, or a `ValueError`. The message repeats no value: it may be a secret."""
    if not isinstance(value, str):
        raise ValueError("it is not a text; write the file's lines below it as a block, after a |")
    if not value:
        raise ValueError("it is empty; write the file's lines")
    if "\0" in value:
        raise ValueError("it holds a zero byte, which no text file has; leave it out")
    return value


PRIVATE_KEY = re.compile(
    r"-----BEGIN (?!ENCRYPTED)[A-Z0-9 ]*PRIVATE KEY-----\s+(?!Proc-Type: 4,ENCRYPTED)[A-Za-z0-9+/=]{16}"
)
"""A private key as PEM that needs no passphrase."""


def without_key(text: str) -> str:
    """The same text of user data, or a `ValueError` if it holds a private key, which the message does not repeat."""
    if PRIVATE_KEY.search(text):
        raise ValueError(
            "it holds a private key, and every program on a machine can read user data; have the machine fetch the key with its "
            "role, or give it to control planes in kubeadm.files, with secret: true"
        )
    return text


FilePath = Annotated[str, AfterValidator(_path)]
FileContent = Annotated[str, BeforeValidator(file_text)]


class MachineFileSection(Section):
    """A file that machines get before kubeadm runs. Components that name it in an argument have it mounted."""

    content: FileContent | None = None
    """The file's text. A program may give the text of a secret file in `secretFiles` of the cluster instead."""
    on: FileScope = FileScope.CONTROL_PLANE
    """Which machines get it. Arguments of the kubelet need `all`, because every machine has a kubelet."""
    secret: bool = False
    """Keep the text out of user data: it is an SSM parameter that only control planes read. Off by default, because
    such a parameter has at most 4096 bytes."""
