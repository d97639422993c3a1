"""Static pods of a control plane with Docker: whether one has read a file, and its restart. crictl sees none of their containers."""

import calendar
import re
import time

from machine import path, run
from manifests import (
    GRACE_SECONDS,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    RUNTIME_SECONDS,
    SERVING_SECONDS,
    output,
)

CREATED = re.compile(r"(\S{19})\.?(\d*)Z")


def older(component, file):
    """Whether a component runs in a container that was made before a file took its place, and so may not have read it."""
    placed = path(file).stat().st_ctime_ns
    return any(_created(one) < placed for one in _running(component))


def restart(component, healthy, *, gently=False):
    """Restart a component whose files have changed; why it does not start, None if it does. `gently` gives it time to serve.

    The kubelet makes another container. It restarts too, and forgets earlier ends.
    """
    old = _running(component)
    if old:
        seconds = SERVING_SECONDS if gently else GRACE_SECONDS
        run("docker", "stop", "--time", str(seconds), *old, seconds=120)
    run("systemctl", "restart", "kubelet", seconds=120)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not healthy([component], old):
        if time.monotonic() > deadline:
            return f"{component} not ready after {PATIENCE_SECONDS} seconds; `docker ps --all` shows its containers"
        time.sleep(LOOK_SECONDS)
    return None


def _running(component):
    """The ids of a component's containers that run, once the newest, which is first, does not wait for its start."""
    command = ("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Status}}")
    label = f"label=io.kubernetes.container.name={component}"
    deadline = time.monotonic() + RUNTIME_SECONDS
    while True:
        lines = output(*command, "--filter", label, warns=True).splitlines()
        found = [line.partition(" ")[::2] for line in lines]
        if not found or found[0][1] != "Created" or time.monotonic() > deadline:
            return [container for container, status in found if status.startswith("Up")]
        time.sleep(LOOK_SECONDS)


def _created(container):
    """When a container was made, in nanoseconds since 1970."""
    text = output("docker", "inspect", "--format", "{{.Created}}", container, warns=True)
    second, fraction = CREATED.match(text.strip()).groups()
    seconds = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int(fraction.ljust(9, "0"))
