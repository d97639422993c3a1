"""Rules for the levels of pods: that the API server knows them, and that one place decides."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..facts.argument_checks import words
from ..spec.cluster import ControlPlaneSpec

FLAG = "admission-control-config-file"

PLUGIN = "PodSecurity"
"""The admission plugin that holds pods against the levels."""


def levels_are_taken(spec: ControlPlaneSpec) -> Iterator[Fault]:
    """The API server must know the levels, and be given one configuration of admission."""
    if not spec.pod_security.chosen:
        if spec.pod_security.exempt_namespaces:
            yield Fault(
                "podSecurity.exemptNamespaces",
                "without a level nothing is refused; choose one in enforce, audit or warn, or leave it out",
            )
        return
    if not spec.kubernetes.admits_by_level:
        yield Fault(
            "podSecurity",
            f"API servers have these levels from 1.23 on, and this is {spec.kubernetes.name}; leave it out, and use policies of "
            "an admission controller of yours",
        )
    if PLUGIN in words(spec.kubeadm.api_server_args.get("disable-admission-plugins", "")):
        yield Fault(
            "kubeadm.apiServerArgs.disable-admission-plugins",
            f"without {PLUGIN} nothing is refused, and podSecurity chooses a level; leave one of the two out",
        )
    if FLAG in spec.kubeadm.api_server_args:
        yield Fault(
            f"kubeadm.apiServerArgs.{FLAG}",
            "it follows from podSecurity while a level is chosen there; leave one of the two out",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {ControlPlaneSpec: (levels_are_taken,)}
"""The rules for each kind of section."""
