"""The spec refuses what the kubeadm of the minor would refuse, and beyond that only what is named here with its reason."""

from typing import Any

import pytest

from components.config.check import SpecError
from components.machine.documents import fill, init_documents
from components.rules import load
from components.spec.cluster import ControlPlaneSpec
from tests.kubeadm.minimal import SERVICES, Case, within
from tests.kubeadm.reading import checked
from tests.kubeadm.rendered import FACTS
from tests.kubeadm.test_limits import CASES, EVERY

USUAL_PODS, WIDE_PODS = "fd00:10:244::/56", "fd20::/16"
"""1.16 has one mask, 24, for both families, so it can only share out the wide one."""

STRICTER = {
    # The API server refuses more than 20 bits, whatever kubeadm says before 1.20.
    "services IPv6 /107": {"1.16-1.19": "services.ipv6Range"},
    "services IPv4 /11": {"1.16-1.19": "services.ipv4Range"},
    # The controller manager counts at most 2^16 shares of an IPv6 range, and shares of 1.16 are a /24.
    "pods IPv6 /47": {"1.16-1.19": "pods.ipv6Range"},
    "pods IPv6 /48": {"1.16-1.16": "pods.ipv6Range"},
    "pods IPv6 /64": {"1.16-1.16": "pods.ipv6Range"},
    "pods IPv6 /65": {"1.16-1.19": "pods.ipv6Range"},
    "pods IPv6 /80 in nodes of /96": {"1.16-1.16": "pods"},
    "pods IPv6 /79 in nodes of /96": {"1.16-1.19": "pods"},
    # No node would get a share.
    "pods IPv4 /25": {"1.16-1.19": "pods.ipv4Range"},
    "pods on the nodes' own network": {"1.16-1.16": "pods.ipv6Range"},
    # Addresses that would mean two things, or nothing outside their link.
    "host bits": {EVERY: "pods"},
    "pods inside services": {EVERY: "services"},
    "link-local pods": {EVERY: "pods.ipv6Range"},
}
"""Where the spec refuses what kubeadm takes, and under which field."""


def expressible(case: Case) -> bool:
    """Whether a case is about one range of each family, and nothing that only a document can say."""
    pairs = [case.pods.split(","), case.services.split(",")]
    families = [sorted(":" in one for one in pair) for pair in pairs]
    plain = Case(case.pods, case.services, None, case.controller_manager, refused=case.refused)
    own = {"node-cidr-mask-size-ipv4", "node-cidr-mask-size-ipv6"}
    return case == plain and families == [[False, True]] * 2 and own >= {*case.controller_manager}


RANGES = {name: case for name, case in CASES.items() if expressible(case)}


def described(case: Case, minor: str) -> dict[str, Any]:
    """A case as a configuration says it, for a cluster of one machine."""
    pods = case.pods.replace(USUAL_PODS, WIDE_PODS) if minor == "1.16" else case.pods
    masks = {
        field: int(case.controller_manager[flag])
        for flag, field in {
            "node-cidr-mask-size-ipv4": "nodeMaskIpv4",
            "node-cidr-mask-size-ipv6": "nodeMaskIpv6",
        }.items()
        if flag in case.controller_manager
    }
    return {
        "region": "eu-west-1",
        "project": "dualstack",
        "stack": "test",
        "cluster": {"name": "demo", "kubernetesVersion": minor, "cloudProvider": "none"},
        "controlPlane": {"count": 1},
        "pods": {**by_family(pods), **masks},
        "services": by_family(case.services),
    }


def by_family(ranges: str) -> dict[str, str]:
    """Two ranges under the names that a configuration has for them."""
    return {"ipv6Range" if ":" in one else "ipv4Range": one for one in ranges.split(",")}


@pytest.mark.parametrize("name", RANGES)
def test_the_spec_draws_its_borders_where_kubeadm_does(standing_machine, kubeadm, minor, name):
    case = RANGES[name]
    stricter = within(STRICTER.get(name, {}), minor)

    if within(case.refused, minor) or stricter:
        with pytest.raises(SpecError) as refusal:
            load(ControlPlaneSpec, described(case, minor))
        fields = [fault.path for fault in refusal.value.faults]
        assert any(field.startswith(stricter or ("pods.", "services.")) for field in fields), fields
        return
    spec = load(ControlPlaneSpec, described(case, minor))

    verdict = checked(standing_machine, kubeadm, fill(init_documents(spec), FACTS))

    assert verdict.complaints == []
    assert verdict.accepted, verdict.output


def test_the_cases_cover_every_limit_of_both_kinds_of_range():
    assert len(RANGES) >= 20
    assert {case.services for case in RANGES.values()} > {SERVICES}
