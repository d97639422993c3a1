"""Cloud-configs: files as one YAML text, in the form that EC2 accepts."""

import gzip
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache

from ..config.check import Fault, SpecError
from ..facts.choices import ImageFamily
from ..rendering import quoted, templates
from ..spec.cluster import NodeSpec
from .node_files import File

LIMIT_BYTES = 16384
"""The most bytes that EC2 accepts as user data, counted before base64."""


def cloud_config(spec: NodeSpec, files: Iterable[File]) -> str:
    """The cloud-config that writes these files and starts the machine's units."""
    by_apt = spec.nodes.family is ImageFamily.UBUNTU
    mirror = spec.software.package_mirror if by_apt else None
    return rendered("cloud-config.yaml.j2", files=files, package_mirror=mirror)


def encoded(text: str) -> str:
    """The text as EC2 accepts it: compressed and in base64. The same text gives the same bytes.

    A `SpecError` if it exceeds `LIMIT_BYTES`.
    """
    packed = _packed(text)
    if message := too_long(text):
        raise SpecError([Fault("kubeadm", message)])
    return b64encode(packed).decode()


def too_long(text: str) -> str | None:
    """What is wrong with a text that exceeds `LIMIT_BYTES`; None if it does not."""
    if (size := len(_packed(text))) <= LIMIT_BYTES:
        return None
    return (
        f"a machine would get {size} bytes of user data, and EC2 takes {LIMIT_BYTES}; "
        "shorten auditPolicy or patches, or a file, or make a file secret; a command can fetch what is large"
    )


@lru_cache(maxsize=16)
def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def rendered(name: str, **values: object) -> str:
    """A template of `templates/node`, filled in."""
    return templates("node").get_template(name).render(values, literal=literal)


PLAIN = re.compile(r"([^\s][^\n]*\n)(\n*[^\n]+\n)*")
"""The form of a text that a YAML literal block keeps unchanged: no space at its start, one line break at its end."""


def literal(text: str, indent: int) -> str:
    """A text as a YAML literal block, so that the user data shows a file as it will be; a quoted string if a block would change it."""
    if not PLAIN.fullmatch(text) or not text.replace("\n", "").replace("\t", "").isprintable():
        return quoted(text)
    margin = " " * indent
    return "|\n" + "\n".join(margin + line if line else "" for line in text.splitlines())
