"""How Secrets are encrypted in etcd, and by which key."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole
from ..config.section import Section

KeyNumber = Annotated[Whole, Field(ge=1, le=50)]


class EncryptionSection(Section):
    """How the API servers encrypt Secrets before etcd stores them."""

    enabled: bool = True
    """Whether Secrets are encrypted, by secretbox and a key of the cluster's own. On by default: etcd's files, its snapshots
    and their copies then hold no Secret in plain. Control planes that run follow a change, and rewrite the Secrets."""
    key: KeyNumber = 1
    """The number of the key that encrypts. The next number is another key: control planes learn it, then encrypt with it, and
    rewrite the Secrets. Earlier keys are kept, because snapshots of etcd need them. No number can be taken back."""

    @property
    def key_names(self) -> list[str]:
        """The names of all keys, the newest first."""
        return [key_name(number) for number in range(self.key, 0, -1)]


def key_name(number: int) -> str:
    """The name of a key, which etcd has before each Secret that it encrypts."""
    return f"dualstack-{number}"
