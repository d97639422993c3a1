"""Who issues the tokens of pods, and which pods have a role of AWS."""

from typing import Annotated

from ..config.forms import matching
from ..config.section import Section, ask
from .encryption import KeyNumber
from .labels import Tags
from .values import DnsLabel

Namespace = Annotated[
    str,
    matching(
        r"(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "the name of a namespace: at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
    ),
]
ServiceAccountName = Annotated[
    str,
    matching(
        r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "the name of a ServiceAccount: lower-case letters, digits, dots and hyphens, with a letter or digit at both ends; "
        "one role is for one ServiceAccount",
    ),
]


class ServiceAccountIssuerSection(Section):
    """The issuer of the tokens of pods, which AWS knows. So a pod can have an IAM role of its own."""

    enabled: bool = False
    """Whether AWS can check the tokens of pods. Add-ons that call AWS then have roles of their own. Off by default: two public
    documents in a bucket are for a team to decide, and an account that blocks public buckets refuses them. It takes 1.22.
    Once on, it stays on: pods have its tokens."""
    key: KeyNumber = 1
    """The number of the key that signs tokens, whether AWS can check them or not. The next number is another key: first all
    API servers accept its tokens, then they sign with it. Earlier keys are kept. No number can be taken back."""
    oldest_key: KeyNumber = 1
    """The oldest key whose tokens are accepted. Raise it a day after `key`: pods have new tokens by then. Tokens in Secrets
    that an earlier key has signed end with it. It takes 1.21: before, pods have no others."""

    @property
    def keys(self) -> list[int]:
        """The numbers of the keys whose tokens are accepted, the newest first, which signs."""
        return list(range(self.key, self.oldest_key - 1, -1))

    @property
    def ends_keys(self) -> bool:
        """Whether tokens of earlier keys are refused."""
        return self.oldest_key > 1


class ServiceAccountIssuerSpec(Section):
    """An issuer on its own."""

    cluster_name: DnsLabel
    """The cluster."""
    tags: Tags = {}
    """Tags of every resource."""
    protect: bool = False
    """Refuse to delete the bucket: its name is in every token, and a new bucket has another."""


class PodRoleSpec(Section):
    """A role of pods on its own."""

    namespace: Namespace = ask("name the namespace of the pods")
    """The namespace of the pods."""
    service_account: ServiceAccountName = ask("name the ServiceAccount of the pods")
    """The ServiceAccount of the pods. All who may make a pod with it have the role."""
    tags: Tags = {}
    """Tags of the role."""
