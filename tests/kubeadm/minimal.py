"""Documents as short as can be, each with one thing that is unusual, for asking a kubeadm what it thinks of it."""

from dataclasses import dataclass, field

from tests.kubeadm.reading import Verdict

PODS = "10.244.0.0/16,fd00:10:244::/56"
SERVICES = "10.96.0.0/16,fd00:10:96::/112"


@dataclass(frozen=True)
class Case:
    """One cluster document: what is unusual in it, and which minors refuse it with which words."""

    pods: str = PODS
    services: str = SERVICES
    """The range in question stands last; 1.16 takes a single one."""
    gate: bool | None = None
    """Set only where the case is about it; otherwise on where two families need it, and absent elsewhere."""
    controller_manager: dict[str, str] = field(default_factory=dict)
    more: str = ""
    """Further lines of the ClusterConfiguration."""
    advertise: str = "10.0.0.10"
    refused: dict[str, str | None] = field(default_factory=dict)


def number(minor: str) -> int:
    return int(minor.split(".")[1])


def within(spans: dict[str, str | None], minor: str) -> str | None:
    """What a table of spans of minors says of one minor; None where it says nothing."""
    for span, words in spans.items():
        first, last = map(number, span.split("-"))
        if first <= number(minor) <= last:
            return words
    return None


def api_version(minor: str) -> str:
    """The newest version of kubeadm's API that this minor takes without a complaint."""
    if number(minor) <= 21:
        return "v1beta2"
    return "v1beta3" if number(minor) <= 30 else "v1beta4"


def extra_arguments(api: str, arguments: dict[str, str]) -> str:
    """Extra arguments in the shape of an API version, as one flow of YAML."""
    if api == "v1beta4":
        return "[" + ", ".join(f'{{name: {n}, value: "{v}"}}' for n, v in arguments.items()) + "]"
    return "{" + ", ".join(f'{n}: "{v}"' for n, v in arguments.items()) + "}"


def document(case: Case, minor: str, api: str | None = None) -> str:
    """A case as a minor is given it: the fewest lines that say it."""
    api = api or api_version(minor)
    gate = True if case.gate is None and number(minor) <= 20 else case.gate
    services = case.services.split(",")[-1] if minor == "1.16" else case.services
    lines = [
        f"apiVersion: kubeadm.k8s.io/{api}",
        "kind: ClusterConfiguration",
        f"kubernetesVersion: v{minor}.0",
        *([] if gate is None else [f"featureGates: {{IPv6DualStack: {str(gate).lower()}}}"]),
        f'networking: {{podSubnet: "{case.pods}", serviceSubnet: "{services}"}}',
        f"controllerManager: {{extraArgs: {extra_arguments(api, case.controller_manager)}}}",
        case.more,
        "---",
        f"apiVersion: kubeadm.k8s.io/{api}",
        "kind: InitConfiguration",
        f'localAPIEndpoint: {{advertiseAddress: "{case.advertise}"}}',
    ]
    return "\n".join(lines) + "\n"


def says(verdict: Verdict) -> str | None:
    """Why the documents were refused, or None where they were accepted without a complaint."""
    return None if verdict.accepted and not verdict.complaints else verdict.output
