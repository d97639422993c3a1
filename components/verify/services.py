"""Checks of Services: their ranges, those of the API and of DNS, and those that ask for both families."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from ..facts.versions import TWO_FAMILY_SERVICES
from .finding import Finding, fault, good, unasked
from .observed import ObservedCluster, ObservedService, families_of, family_of, listed

RANGES, API, DNS, BOTH = "Service ranges", "Service of the API", "Service of DNS", "dual Services"

BOTH_POLICIES = ("PreferDualStack", "RequireDualStack")


def check_services(cluster: ObservedCluster) -> Iterator[Finding]:
    """The findings about the cluster's Services."""
    yield _ranges(cluster)
    yield _api(cluster)
    yield from _dns(cluster)
    if cluster.minor >= TWO_FAMILY_SERVICES:
        yield from _both(cluster)


def _ranges(cluster: ObservedCluster) -> Finding:
    where, found = "cluster", listed(cluster.service_ranges)
    if not cluster.service_ranges:
        return unasked(RANGES, where, "this API does not say what they are; --probe finds out")
    families = families_of(cluster.service_ranges)
    if missing := [family for family in cluster.families if family not in families]:
        return fault(
            RANGES,
            where,
            f"{found}: no {listed(missing)}",
            "give kube-apiserver and kube-controller-manager a range of each family (--service-cluster-ip-range), "
            "the primary first",
        )
    # The primary family is read from this Service, so its range is the first by definition.
    if ip_address(cluster.kubernetes.addresses[0]) not in ip_network(cluster.service_ranges[0]):
        return fault(
            RANGES,
            where,
            f"{found}: the Service kubernetes has {cluster.kubernetes.addresses[0]}, outside the first",
            "the ranges were changed after the cluster was made: write the first one as it was, "
            "or delete the Service kubernetes, which the API server makes again",
        )
    return good(RANGES, where, found)


def _api(cluster: ObservedCluster) -> Finding:
    service = cluster.kubernetes
    where, family = f"service {service.name}", family_of(service.addresses[0])
    found = f"{service.addresses[0]} for {listed(cluster.api_addresses)}"
    if family not in families_of(cluster.api_addresses):
        return fault(
            API,
            where,
            f"{found}: no API server has an {family} address",
            f"kube-apiserver's --advertise-address must be {family}, the first family of the Services' ranges",
        )
    return good(API, where, found)


def _dns(cluster: ObservedCluster) -> Iterator[Finding]:
    services = [service for service in cluster.services if service.dns]
    if not services:
        yield unasked(DNS, "every namespace", "no Service has the label k8s-app=kube-dns")
    for service in services:
        where, found = f"service {service.name}", listed(service.addresses)
        primary = cluster.families[0]
        if not service.headless and families_of(service.addresses)[:1] != (primary,):
            yield fault(
                DNS,
                where,
                f"{found}: not {primary} first",
                f"make it again with an {primary} address, the one that the kubelets' clusterDNS names",
            )
        else:
            yield good(DNS, where, found)


def _both(cluster: ObservedCluster) -> Iterator[Finding]:
    services = [service for service in cluster.services if service.policy in BOTH_POLICIES]
    if not services:
        yield unasked(BOTH, "every namespace", "no Service asks for both families")
    for service in services:
        yield _one_of_both(service)


def _one_of_both(service: ObservedService) -> Finding:
    where = f"service {service.name}"
    given = service.families if service.headless else families_of(service.addresses)
    found = f"{service.policy}: {listed(service.addresses or service.families)}"
    if len(set(given)) < 2:
        return fault(
            BOTH,
            where,
            found,
            "it was made while the cluster had one range: write both ipFamilies into it, its present one first",
        )
    return good(BOTH, where, found)
