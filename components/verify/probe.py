"""The probe: pods and Services in a namespace of its own, which is removed whatever happens."""

import secrets
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..facts.families import Family
from . import objects
from .allocation import check_allocation
from .answer import NOT_THERE, Answer, Ask, Question
from .client import Api, RefusedError, UnaskableError
from .egress import egress
from .finding import Finding, fault, good, unasked
from .inside import inside
from .observed import Cluster, Document, Service, labels_of, pod_addresses, service_of
from .reach import reach
from .scene import End, Scene

CHECK = "probe pods"
NAMESPACES = "/api/v1/namespaces"

READY_WITHIN = 120
"""Seconds that pods may take to run: their image may have to be pulled."""
GONE_WITHIN = 60
AT_ONCE = 12
"""Commands that run in pods at the same time; one that gets no answer takes ten seconds."""

HOPELESS = ("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff")
"""Why a pod waits that need not be waited for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants it."""

    image: str
    targets: Mapping[Family, str]


def probe(api: Api, cluster: Cluster, wish: Wish) -> Iterator[Finding]:
    """What pods on two nodes found, told before the namespace is removed: that may fail on a cluster where much does."""
    ends = ends_of(cluster)
    if not ends:
        yield unasked(CHECK, "cluster", "there is no ready Linux node to make pods on")
        return
    with own_namespace(api) as name:
        place = f"{NAMESPACES}/{name}"
        # Before the controllers have given it an account, a namespace takes no pod.
        _until(lambda: api.find(f"{place}/serviceaccounts/default") is not None, READY_WITHIN)
        services, refused = _make_services(api, place, cluster.minor, ends[-1])
        _make_pods(api, place, ends, wish.image)
        pods = _running(api, place, 2 * len(ends))
        scene = Scene(
            cluster.minor,
            cluster.families,
            tuple(replace(end, addresses=pod_addresses(pods[end.pod])) for end in ends),
            services,
            refused,
            wish.targets,
            tuple(text for node in cluster.nodes for text in node.ranges),
        )
        yield from map(_started, pods.values())
        yield from check_allocation(scene)
        if all(map(_runs, pods.values())):
            yield from _asked(scene, _asking(api, name, wish.image))


@contextmanager
def own_namespace(api: Api) -> Generator[str]:
    """A namespace that nobody else has: its name and its label are drawn for this run."""
    run = secrets.token_hex(5)
    document = objects.namespace(run)
    name = document["metadata"]["name"]
    try:
        try:
            api.create(NAMESPACES, document)
        except RefusedError as refused:
            raise UnaskableError(f"The namespace {name} cannot be made: {refused}.") from None
        yield name
    finally:
        _remove(api, name, run)


def _remove(api: Api, name: str, run: str) -> None:
    """Delete the namespace if this run made it; any other of its name is left alone."""
    path = f"{NAMESPACES}/{name}"
    try:
        found = api.find(path)
        if found is None or labels_of(found).get(objects.RUN) != run:
            return
        api.delete(path, found["metadata"]["uid"])
        gone = _until(lambda: api.find(path) is None, GONE_WITHIN)
    except (RefusedError, UnaskableError) as error:
        raise UnaskableError(
            f"The namespace {name} may still be there ({error}). Remove it: kubectl delete namespace {name}"
        ) from None
    if not gone:
        raise UnaskableError(
            f"The namespace {name} is being deleted, and is not gone after {GONE_WITHIN} seconds; "
            f"what holds it is told by: kubectl get namespace {name} -o yaml"
        )


def ends_of(cluster: Cluster) -> tuple[End, ...]:
    """Two nodes that can have pods; one if there are no two.

    Workers rather than control planes, and of two zones rather than one: more can be closed between them.
    """
    able = sorted(
        (node for node in cluster.nodes if node.ready and node.linux),
        key=lambda node: (node.control_plane, node.name),
    )
    near, others = able[:1], able[1:]
    far = sorted(others, key=lambda node: (node.control_plane, node.zone == near[0].zone))[:1]
    return tuple(
        End(node, name, f"{name}-host")
        for name, node in zip(("near", "far"), near + far, strict=False)
    )


def _make_services(
    api: Api, place: str, minor: int, end: End
) -> tuple[dict[str, Service], dict[str, str]]:
    """The Services that the API made, and what it said of the others."""
    made: dict[str, Service] = {}
    refused: dict[str, str] = {}
    for asked in objects.wanted(minor):
        try:
            document = api.create(f"{place}/services", objects.service(asked, minor, end))
        except RefusedError as error:
            refused[asked.name] = str(error)
        else:
            made[asked.name] = service_of(document)
    return made, refused


def _make_pods(api: Api, place: str, ends: Sequence[End], image: str) -> None:
    try:
        api.create(f"{place}/configmaps", objects.payload())
        for end in ends:
            for pod in objects.pods(end, image):
                api.create(f"{place}/pods", pod)
    except RefusedError as refused:
        raise UnaskableError(f"The probe's pods cannot be made: {refused}.") from None


def _running(api: Api, place: str, count: int) -> dict[str, Document]:
    """The pods by name, when all run or one never will."""
    pods: dict[str, Document] = {}

    def settled() -> bool:
        pods.update({pod["metadata"]["name"]: pod for pod in api.list(f"{place}/pods")})
        found = pods.values()
        hopeless = any(_waits_for(pod) in HOPELESS for pod in found)
        return hopeless or (len(pods) == count and all(map(_runs, found)))

    _until(settled, READY_WITHIN)
    return pods


def _runs(pod: Document) -> bool:
    return pod["status"].get("phase") == "Running"


def _waits_for(pod: Document) -> str:
    for container in pod["status"].get("containerStatuses") or ():
        return container["state"].get("waiting", {}).get("reason", "")
    return ""


def _started(pod: Document) -> Finding:
    name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
    where = f"pod {name} on {node}"
    if _runs(pod):
        return good(CHECK, where, "runs")
    reason = _waits_for(pod) or pod["status"].get("phase", "Pending")
    return fault(
        CHECK,
        where,
        f"does not run: {reason}",
        "while it does not, ways between pods are not asked; name an image that nodes can pull with --image, "
        "and read the kubelet's log there",
    )


def _asking(api: Api, namespace: str, image: str) -> Ask:
    def ask(pod: str, *command: str) -> Answer:
        answer = api.execute(namespace, pod, command)
        if answer.code == NOT_THERE:
            raise UnaskableError(
                f"The image {image} cannot run {command[0]}: {answer.errors}. "
                "--image must have agnhost as its entrypoint, curl and cat."
            )
        return answer

    return ask


def _asked(scene: Scene, ask: Ask) -> list[Finding]:
    """Every question, many at a time; the findings in the order of the questions."""
    pool = ThreadPoolExecutor(AT_ONCE)
    questions: list[Question] = [*inside(scene), *reach(scene), *egress(scene)]
    try:
        return list(pool.map(partial(_answered, ask), questions))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answered(ask: Ask, question: Question) -> Finding:
    return question(ask)


def _until(found: Callable[[], Any], seconds: float) -> bool:
    """Whether something came true in time."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True
