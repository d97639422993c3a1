"""Rules for the arguments by which kubelets evict pods: with some a kubelet does not start."""

from collections.abc import Iterator, Mapping

from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import nearest, shown
from ..facts.argument_checks import words
from ..facts.eviction_thresholds import OFF, SIGNALS, useless
from ..spec.cluster import NodeSpec
from .patches import kubelet_patches_name

GRACE = "eviction-soft-grace-period"


def thresholds(spec: NodeSpec) -> Iterator[Fault]:
    """A threshold names a signal and an amount that there can be."""
    for flag in ("eviction-hard", "eviction-soft"):
        path = f"kubeadm.kubeletArgs.{flag}"
        for word in words(spec.kubeadm.kubelet_args.get(flag, "")):
            signal, sign, threshold = word.partition("<")
            if not sign:
                yield Fault(
                    path,
                    f"{shown(word)} is no threshold; write a signal, < and an amount, like memory.available<500Mi",
                )
            elif signal not in SIGNALS:
                near = nearest(signal, SIGNALS)
                cure = f"did you mean {near}?" if near else f"choose among: {', '.join(SIGNALS)}"
                yield Fault(path, f"{shown(signal)} is a signal of no kubelet; {cure}")
            elif reason := useless(threshold):
                yield Fault(path, f"of {signal}, {reason}")


def grace_periods(spec: NodeSpec) -> Iterator[Fault]:
    """Each soft threshold has a grace period."""
    arguments = spec.kubeadm.kubelet_args
    if kubelet_patches_name(spec, "evictionSoftGracePeriod"):
        return
    given = {word.partition("=")[0] for word in words(arguments.get(GRACE, ""))}
    for word in words(arguments.get("eviction-soft", "")):
        signal, _, threshold = word.partition("<")
        if signal in SIGNALS and signal not in given and threshold not in OFF:
            yield Fault(
                "kubeadm.kubeletArgs.eviction-soft",
                f"{signal} has no grace period, and the kubelet of {spec.kubernetes.name} does not start without one; "
                f"write it into {GRACE}, like {signal}=1m30s",
            )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {NodeSpec: (thresholds, grace_periods)}
"""The rules for each kind of section."""
