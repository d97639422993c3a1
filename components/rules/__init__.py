"""The rules between the fields of a configuration: one module for each subject, named as in `spec`.

A rule belongs to a kind of section and is applied to every section of that kind. The paths in its faults begin at that
section. So the same rules hold for a network alone, a pool alone and a whole cluster.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

from ..config.check import Fault, Rule, Unsound, check
from ..config.section import Section, parts
from ..config.wording import path_of
from . import (
    additions,
    addons,
    addresses,
    api,
    cluster,
    data_sizes,
    delivery,
    disks,
    encryption,
    eviction,
    existing_network,
    fitting_numbers,
    gated_arguments,
    gates,
    group_rules,
    kubeadm,
    kubelet,
    kubelet_certificates,
    machine_files,
    machines,
    name_lengths,
    needed_gates,
    network,
    oidc,
    open_ports,
    part_network,
    patches,
    pod_security,
    service,
    service_account_issuer,
    service_load_balancer,
    service_traffic,
    tiers,
    transit,
    without_ipv4,
)
from .warnings import warnings

__all__ = ["RULES", "load", "warnings"]

S = TypeVar("S", bound=Section)

_TABLES = (
    network.SECTION_RULES,
    tiers.SECTION_RULES,
    transit.SECTION_RULES,
    part_network.SECTION_RULES,
    existing_network.SECTION_RULES,
    addresses.OVERLAP_RULES,
    name_lengths.SECTION_RULES,
    api.SECTION_RULES,
    machines.SECTION_RULES,
    without_ipv4.SECTION_RULES,
    delivery.SECTION_RULES,
    disks.SECTION_RULES,
    open_ports.SECTION_RULES,
    group_rules.SECTION_RULES,
    cluster.SECTION_RULES,
    kubeadm.SECTION_RULES,
    gates.SECTION_RULES,
    needed_gates.SECTION_RULES,
    gated_arguments.SECTION_RULES,
    patches.SECTION_RULES,
    kubelet.SECTION_RULES,
    eviction.SECTION_RULES,
    kubelet_certificates.SECTION_RULES,
    encryption.SECTION_RULES,
    oidc.SECTION_RULES,
    pod_security.SECTION_RULES,
    machine_files.SECTION_RULES,
    additions.SECTION_RULES,
    addresses.SIZE_RULES,
    fitting_numbers.SECTION_RULES,
    addons.SECTION_RULES,
    service_account_issuer.SECTION_RULES,
    service.SECTION_RULES,
    data_sizes.SECTION_RULES,
    service_traffic.SECTION_RULES,
    service_load_balancer.SECTION_RULES,
)
"""Every table of rules; faults are reported in this order."""


def by_section(whole: Section) -> Iterator[Fault]:
    """The faults of a spec and of every section inside it, each with its path from the top."""
    for location, part in parts(whole):
        path = path_of(location)
        for rule in _rules_for(part):
            with suppress(Unsound):
                yield from (fault.under(path) for fault in rule(part))


def _rules_for(part: Section) -> Iterator[Rule]:
    for table in _TABLES:
        for kind, rules in table.items():
            if isinstance(part, kind):
                yield from rules


RULES: tuple[Rule, ...] = (by_section,)
"""The rules for `check`: this one applies every table to the sections that it is for."""


def load(model: type[S], given: object) -> S:
    """The configuration as a frozen spec in which all rules hold, or a `SpecError` that lists every fault."""
    return check(model, given, RULES)
