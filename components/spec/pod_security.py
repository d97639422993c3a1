"""What pods may do in namespaces that say nothing of it."""

from typing import Annotated

from ..config.forms import distinct
from ..config.section import Section
from ..facts.choices import PodSecurityLevel
from .service_account_issuer import Namespace


class PodSecuritySection(Section):
    """The levels of the Pod Security Standards for namespaces without labels of their own. From 1.23 on."""

    enforce: PodSecurityLevel | None = None
    """The level below which pods are refused. None by default, which allows everything: a level that a cluster gets later
    refuses pods that run today when they are made again."""
    audit: PodSecurityLevel | None = None
    """The level below which a pod is noted in the audit log."""
    warn: PodSecurityLevel | None = None
    """The level below which who makes a pod is warned."""
    exempt_namespaces: Annotated[list[Namespace], distinct("namespace")] = []
    """Namespaces to which no level applies, whatever their labels say, beside kube-system and those of the network plugin."""

    @property
    def chosen(self) -> bool:
        """Whether any level is chosen."""
        return any((self.enforce, self.audit, self.warn))
