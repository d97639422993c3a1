"""One verification: it reads the cluster, runs the checks, and prints the report."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ..facts.versions import OLDEST
from .api_endpoint import check_endpoint
from .client import ApiRefusedError, ClusterApi, UnaskableError, connect
from .finding import Finding, Verdict
from .freshness import check_backup
from .nodes import check_nodes
from .observed import (
    SERVICE_RANGES,
    ObservedCluster,
    endpoints_of,
    minor_of,
    node_of,
    pods_of,
    service_of,
    service_ranges_of,
)
from .optional import Document
from .pods import check_pods
from .probe import Wish, probe
from .services import check_services
from .table import as_json, busy, show

API_ENDPOINTS = (
    "/api/v1/namespaces/default/endpoints/kubernetes",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
)
"""Where API servers write their own addresses. Slices are asked for if there are no Endpoints, which 1.33 deprecated."""

GOOD, FAULTY, UNASKED = 0, 1, 2
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Order:
    """The options of one verification."""

    kubeconfig: str | None
    context: str | None
    json: bool
    probe: Wish | None
    """The options of the probe; None for a verification that only reads."""


class ReportLostError(Exception):
    """The report could not be written, because of the error that led to this one."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
        """The exit code of the verification."""


def verify(order: Order) -> int:
    """Verify a cluster, print the findings, and return the exit code."""
    findings: list[Finding] = []
    minor, problem = None, ""
    try:
        api = connect(order.kubeconfig, order.context)
        with busy("reading the cluster"):
            cluster = read(api)
            minor = cluster.minor
            findings += _read_only(api, cluster)
        if order.probe:
            with busy("making pods and Services, and asking them"):
                findings += probe(api, cluster, order.probe)
    except UnaskableError as error:
        problem = str(error)
    except ApiRefusedError as error:
        problem = (
            f"The API refused a request ({error.status}): {error}. "
            "Run this again; if it stays so, read the log of the API server."
        )
    code = _code(findings, problem)
    try:
        if order.json:
            print(as_json(minor, findings, problem))  # noqa: T201 this is its output
        elif findings and sys.stdout:
            show(findings, sys.stdout)
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        raise ReportLostError(code) from error
    if problem and sys.stderr:
        print(problem, file=sys.stderr)  # noqa: T201
    return code


def _code(findings: list[Finding], problem: str) -> int:
    if any(each.verdict is Verdict.FAULT for each in findings):
        return FAULTY
    return UNASKED if problem else GOOD


def read(api: ClusterApi) -> ObservedCluster:
    """Everything that the checks without a probe need."""
    minor = minor_of(api.get("/version"))
    if minor is None:
        raise UnaskableError("This API does not say which Kubernetes it is. Is the address right?")
    if minor < OLDEST:
        raise UnaskableError(f"This is Kubernetes 1.{minor}: dual-stack begins with 1.{OLDEST}.")
    pods = api.list("/api/v1/pods")
    kubernetes = service_of(api.get("/api/v1/namespaces/default/services/kubernetes"))
    if not kubernetes.addresses:
        raise UnaskableError(
            "The Service kubernetes in the namespace default has no address, so nothing says which family is the primary "
            "one. Delete it: the API server makes it again."
        )
    return ObservedCluster(
        minor=minor,
        nodes=tuple(sorted(map(node_of, api.list("/api/v1/nodes")), key=lambda node: node.name)),
        pods=pods_of(pods),
        services=tuple(map(service_of, api.list("/api/v1/services"))),
        kubernetes=kubernetes,
        api_addresses=next(
            filter(None, (endpoints_of(api.find(path) or {}) for path in API_ENDPOINTS)), ()
        ),
        service_ranges=service_ranges_of(_service_cidrs(api, minor), pods),
    )


def _service_cidrs(api: ClusterApi, minor: int) -> list[Document]:
    """The ServiceCIDR `kubernetes`, if the API has it."""
    version = next((SERVICE_RANGES[first] for first in SERVICE_RANGES if minor >= first), None)
    path = f"/apis/networking.k8s.io/{version}/servicecidrs/kubernetes"
    found = api.find(path) if version else None
    return [found] if found else []


def _read_only(api: ClusterApi, cluster: ObservedCluster) -> Iterator[Finding]:
    yield from check_nodes(cluster)
    yield from check_pods(cluster)
    yield from check_services(cluster)
    yield from check_backup(cluster, datetime.now(UTC))
    yield from check_endpoint(api.endpoint())
