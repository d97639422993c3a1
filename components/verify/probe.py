"""The probe: pods and Services in a namespace of their own, which is removed even if the probe fails."""

import secrets
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import starmap
from typing import Any

from ..facts.families import Family
from . import objects
from .allocation import check_allocation
from .answer import NOT_THERE, Answer, Ask, Question
from .client import ApiRefusedError, ClusterApi, UnaskableError
from .egress import egress
from .finding import Finding, fault, good, unasked
from .inside import inside
from .observed import (
    ObservedCluster,
    ObservedService,
    labels_of,
    phase_of,
    pod_addresses,
    service_of,
)
from .optional import Document, entries, part, word
from .reach import reach
from .scene import End, Scene

CHECK = "probe pods"
NAMESPACES = "/api/v1/namespaces"

READY_WITHIN = 120
"""Seconds that pods may take until they run. Their image may have to be pulled."""
REACHED_WITHIN = 90
"""Seconds that the API may take until it can run a command in a pod."""
GONE_WITHIN = 60
AT_ONCE = 12
"""The number of commands that run in pods at the same time. A command without an answer takes about ten seconds."""

HOPELESS = ("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff")
"""Reasons of waiting containers that will not start, so that the probe does not wait for them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of a probe: the pods' image, and by family the URL for egress checks."""

    image: str
    targets: Mapping[Family, str]


def probe(api: ClusterApi, cluster: ObservedCluster, wish: Wish) -> Iterator[Finding]:
    """The findings of pods on two nodes.

    They are yielded before the namespace is removed, because that may fail on a faulty cluster.
    """
    ends = ends_of(cluster)
    if not ends:
        yield unasked(CHECK, "cluster", "there is no ready Linux node to make pods on")
        return
    with own_namespace(api) as name:
        place = f"{NAMESPACES}/{name}"
        # A namespace accepts no pod until the controller manager has created its default service account.
        _until(lambda: api.find(f"{place}/serviceaccounts/default") is not None, READY_WITHIN)
        services, refused = _make_services(api, place, cluster.minor, ends[-1])
        _make_pods(api, place, ends, wish.image)
        pods = _running(api, place, [pod for end in ends for pod in (end.pod, end.host_pod)])
        scene = Scene(
            cluster.minor,
            cluster.families,
            tuple(replace(end, addresses=pod_addresses(pods[end.pod])) for end in ends),
            services,
            refused,
            wish.targets,
            tuple(text for node in cluster.nodes for text in node.ranges),
        )
        ask = _asking(api, name, wish.image)
        runs = all(map(_runs, pods.values()))
        refusals = _refusals(ask, [*pods]) if runs else {}
        yield from starmap(partial(_started, refusals), pods.items())
        yield from check_allocation(scene)
        if runs and not any(refusals.values()):
            yield from _asked(scene, ask)


@contextmanager
def own_namespace(api: ClusterApi) -> Generator[str]:
    """A namespace for this run only, with a random name and label. It is removed at the end."""
    run = secrets.token_hex(5)
    document = objects.namespace(run)
    name = document["metadata"]["name"]
    try:
        try:
            api.create(NAMESPACES, document)
        except ApiRefusedError as refused:
            raise UnaskableError(f"The namespace {name} cannot be made: {refused}.") from None
        yield name
    finally:
        _remove(api, name, run)


def _remove(api: ClusterApi, name: str, run: str) -> None:
    """Delete the namespace if it has this run's label. A namespace of the same name without it is not touched."""
    path = f"{NAMESPACES}/{name}"
    try:
        found = api.find(path)
        if found is None or labels_of(found).get(objects.RUN) != run:
            return
        api.delete(path, word(part(found, "metadata"), "uid"))
        gone = _until(lambda: api.find(path) is None, GONE_WITHIN)
    except (ApiRefusedError, UnaskableError) as error:
        raise UnaskableError(
            f"The namespace {name} may still be there ({error}). Remove it: kubectl delete namespace {name}"
        ) from None
    if not gone:
        raise UnaskableError(
            f"The namespace {name} is being deleted, and is not gone after {GONE_WITHIN} seconds; "
            f"this shows what holds it: kubectl get namespace {name} -o yaml"
        )


def ends_of(cluster: ObservedCluster) -> tuple[End, ...]:
    """Two nodes that can run pods; one or none if there are fewer.

    Workers are preferred to control planes, then nodes in two zones to nodes in one: more can be blocked between zones.
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
    api: ClusterApi, place: str, minor: int, end: End
) -> tuple[dict[str, ObservedService], dict[str, str]]:
    """The Services that the API created, and its messages about those that it refused, by name."""
    made: dict[str, ObservedService] = {}
    refused: dict[str, str] = {}
    for asked in objects.wanted(minor):
        try:
            document = api.create(f"{place}/services", objects.service(asked, minor, end))
        except ApiRefusedError as error:
            refused[asked.name] = str(error)
        else:
            made[asked.name] = service_of(document)
    return made, refused


def _make_pods(api: ClusterApi, place: str, ends: Sequence[End], image: str) -> None:
    try:
        api.create(f"{place}/configmaps", objects.payload())
        for end in ends:
            for pod in objects.pods(end, image):
                api.create(f"{place}/pods", pod)
    except ApiRefusedError as refused:
        raise UnaskableError(f"The probe's pods cannot be made: {refused}.") from None


def _running(api: ClusterApi, place: str, names: Sequence[str]) -> dict[str, Document]:
    """The pods by name, once all run, one will never run, or the time is over. One that is not there is empty."""
    pods: dict[str, Document] = {}

    def settled() -> bool:
        there = {word(part(pod, "metadata"), "name"): pod for pod in api.list(f"{place}/pods")}
        pods.update({name: there.get(name, {}) for name in names})
        hopeless = any(_waits_for(pod) in HOPELESS for pod in pods.values())
        return hopeless or all(map(_runs, pods.values()))

    _until(settled, READY_WITHIN)
    return pods


def _runs(pod: Document) -> bool:
    return phase_of(pod) == "Running"


def _waits_for(pod: Document) -> str:
    for container in entries(part(pod, "status"), "containerStatuses"):
        return word(part(container, "state", "waiting"), "reason")
    return ""


def _refusals(ask: Ask, pods: Sequence[str]) -> dict[str, str]:
    """Why pods take no command, by name; empty for one that does. The kubelet of a node that is seconds old may have no certificate yet."""

    def refusal(pod: str) -> str:
        said = ""

        def takes() -> bool:
            nonlocal said
            try:
                ask(pod, "cat", "/dev/null")
            except ApiRefusedError as refused:
                said = str(refused)
                return False
            return True

        return "" if _until(takes, REACHED_WITHIN) else said

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(pods, pool.map(refusal, pods), strict=True))


def _started(refusals: Mapping[str, str], name: str, pod: Document) -> Finding:
    node = word(part(pod, "spec"), "nodeName")
    where = f"pod {name}" + (f" on {node}" if node else "")
    refusal = refusals.get(name)
    if refusal:
        return fault(
            CHECK,
            where,
            f"runs, and takes no command: {refusal}",
            "while it does not, ways between pods are not asked; the API has to reach the kubelet at port 10250, and its "
            "certificate has to be approved: kubectl get csr",
        )
    if _runs(pod):
        return good(CHECK, where, "runs")
    reason = _waits_for(pod) or phase_of(pod) or ("Pending" if pod else "somebody removed it")
    return fault(
        CHECK,
        where,
        f"does not run: {reason}",
        "while it does not, ways between pods are not asked; name an image that nodes can pull with --image, "
        "and read the kubelet's log there",
    )


def _asking(api: ClusterApi, namespace: str, image: str) -> Ask:
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
    """The findings of all checks that run commands in pods. Many run at a time; the findings have the order of the checks."""
    pool = ThreadPoolExecutor(AT_ONCE)
    questions: list[Question] = [*inside(scene), *reach(scene), *egress(scene)]
    try:
        return list(pool.map(partial(_answered, ask), questions))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answered(ask: Ask, question: Question) -> Finding:
    return question(ask)


def _until(found: Callable[[], Any], seconds: float) -> bool:
    """Wait until a condition holds; False if it does not in time."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True
