"""The static pods of this control plane: their manifests by kubeadm, and their containers, changed while the kubelet is stopped.

kubeadm's own upgrade changes one after another while the kubelet runs, which takes the only API server away for two minutes. Here
all change together in seconds. What does not start is put back.
"""

import fcntl
import json
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

from machine import Failure, path, run, say

ETCD = "etcd"
API_SERVER, CONTROLLER_MANAGER = "kube-apiserver", "kube-controller-manager"
COMPONENTS = (ETCD, API_SERVER, CONTROLLER_MANAGER, "kube-scheduler")
FOLDER = "/etc/kubernetes/manifests"
KEPT = "/var/lib/dualstack/manifests"
"""The manifests from before the change, and below `files` the files that the pods read, until it has succeeded or is put back.

Below `absent` is the name of each file that the change has brought.
"""
LOCK = "/run/dualstack/static-pods"
"""Held by what restarts static pods: an upgrade, or a renewal of certificates."""
CERTIFICATE = "/etc/kubernetes/pki/apiserver"
GRACE_SECONDS = 2
"""What a container gets to end. An API server takes all of it: it would serve for 20 seconds more, so that load balancers see it end.

The only one gets little: a load balancer that has seen it end refuses clients until it sees the next one serve.
"""
ETCD_SECONDS = 5
"""What etcd gets to end. Beside others it hands its leadership over first; alone it ends at once."""
SERVING_SECONDS = 30
"""What all but etcd get beside others: the API server serves for 20 seconds more, in which load balancers see that it is not ready."""
PATIENCE_SECONDS = 240
ATTEMPTS = 4
"""The number of a component's restarts after which it counts as broken. An API server may end twice before etcd answers."""
RUNTIME_SECONDS = OUTPUT_SECONDS = 60
LOOK_SECONDS = 1
OF_A_JOIN = ("--initial-cluster", "--initial-cluster-state")
"""The flags of etcd that only `kubeadm join` writes as a member of several has them. etcd reads them with an empty disk alone."""
SERVES = "ready to serve client requests"
"""What etcd says once it has opened its data."""
WRONG = re.compile(r"error|fatal|panic|invalid|unknown|^[EF]\d{4} ", re.IGNORECASE)


class Broken(Failure):
    """What was changed does not start, and what is from before does not either."""


@contextmanager
def alone():
    """Let nothing else restart static pods until the block ends. Waits for what does."""
    file = path(LOCK)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def change(document, reread, healthy, *, gently=False):
    """Write the manifests again and restart what has changed, and what has a file of `reread` in its pod.

    `gently` is for `stop`. `healthy(changed, old)` says whether new containers do their work. A `Failure` with the words of what does
    not start, which is put back then.
    """
    keep()
    try:
        run("systemctl", "stop", "kubelet", seconds=120)
        certify(document)
        old = {one["id"] for component in COMPONENTS for one in containers(component)}
        changed = _write(document, reread)
        say(f"changed: {', '.join(changed) or 'no manifest'}")
        stop(changed, gently=gently)
    except (Failure, OSError):
        _restore(_without_new_etcd(COMPONENTS))
        raise
    finally:
        run("systemctl", "start", "kubelet", seconds=120)
    reason = _wait(changed, old, healthy)
    if reason:
        say(f"{reason}; putting back what was")
        back = _without_new_etcd(changed)
        new = {one["id"] for component in back for one in _new(component)}
        _put_back(back)
        again = _wait(back, old | new, healthy)
        if again:
            raise Broken(
                f"{reason}; the manifests from before are back, and they do not start either: {again}"
            )
        raise Failure(f"{reason}; the manifests from before are back")
    _keep_no_more()
    look_again(changed)


def give_up():
    """Put back what a change that was cut off has left."""
    _put_back(_without_new_etcd(COMPONENTS))


def text(component):
    """The manifest of a component; empty without one."""
    file = path(f"{FOLDER}/{component}.yaml")
    return file.read_text() if file.exists() else ""


def written():
    """Whether a manifest is another than the one that is kept."""
    texts = (
        [path(f"{folder}/{component}.yaml").read_text() for folder in (FOLDER, KEPT)]
        for component in COMPONENTS
    )
    return any(now != kept for now, kept in texts)


def _without_new_etcd(components):
    """Components without an etcd that stays: it runs since the change began, or it is of another image and has opened the data.

    Data that a newer etcd has opened may be closed to the older one. An older API server works with a newer etcd.
    """
    another = _image(FOLDER) != _image(KEPT)
    try:
        found = containers(ETCD)
    except Failure:
        # Nobody says whether it has run. A newer etcd opens what an older one has written.
        stays = another
    else:
        since = path(KEPT).stat().st_ctime_ns
        new = [one for one in found if int(one["createdAt"]) >= since]
        runs = len(new) == 1 and new[0]["state"] == "CONTAINER_RUNNING"
        stays = runs or (another and any(SERVES in _log(one) for one in new))
    return [component for component in components if component != ETCD or not stays]


def _image(folder):
    """The image of etcd in the manifest of a folder."""
    found = re.search(r"^ *image: *(\S+)", path(f"{folder}/{ETCD}.yaml").read_text(), re.MULTILINE)
    return found and found.group(1)


def _log(container):
    """What a container has said; nothing if the runtime has no log of it."""
    try:
        return output("crictl", "logs", container["id"])
    except Failure:
        return ""


def restart(component, healthy, *, gently=False):
    """Restart a component whose files have changed; why it does not start, None if it does. `gently` is for `stop`.

    The kubelet restarts too, and forgets earlier ends: it would let the component wait after the second within ten minutes.
    """
    before = containers(component)
    old, attempt = {one["id"] for one in before}, max(map(_attempt, before), default=-1)
    stop([component], gently=gently)
    run("systemctl", "restart", "kubelet", seconds=120)
    return _wait([component], old, healthy, attempt + 1)


def look_again(restarted):
    """Stop the controller manager if the API server has restarted without it. The kubelet starts another, which looks at all nodes.

    The watches of one that goes on wait for up to a minute after the API server has ended twice within two minutes. It then takes
    all nodes for silent, after 40 seconds and from 1.32 on after 50, and their pods leave Services.
    """
    if API_SERVER in restarted and CONTROLLER_MANAGER not in restarted:
        stop([CONTROLLER_MANAGER])


def older(component, file):
    """Whether a component runs in a container that was made before a file took its place, and so may not have read it."""
    placed = path(file).stat().st_ctime_ns
    return any(int(one["createdAt"]) < placed for one in _running(component))


def certify(document):
    """Replace the API server's certificate: kubeadm keeps one that is there, even if it lacks a name. The API server reads it again."""
    old = {path(CERTIFICATE + end): path(f"{CERTIFICATE}{end}.old") for end in (".crt", ".key")}
    for file, kept in old.items():
        if file.exists():
            file.replace(kept)
    command = ("kubeadm", "init", "phase", "certs", "apiserver", "--config", str(path(document)))
    try:
        run(*command, seconds=120)
    except Failure:
        for file, kept in old.items():
            if kept.exists():
                kept.replace(file)
        raise
    for kept in old.values():
        if kept.exists():
            kept.unlink()


def containers(component):
    """The containers of a component, with what the runtime says of each; a `Failure` if it does not answer.

    Then none would mean that the component has ended. A busy runtime may take longer than the two seconds that crictl gives it.
    """
    label = f"io.kubernetes.container.name={component}"
    deadline = time.monotonic() + RUNTIME_SECONDS
    while True:
        try:
            text = output("crictl", "ps", "--all", "--label", label, "--output", "json", warns=True)
            return json.loads(text or "{}").get("containers") or []
        except Failure:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)


def with_flags_of_join(before, after):
    """The manifest of etcd `after` with the flags that only a join writes as they were `before`."""
    for flag in OF_A_JOIN:
        line = re.compile(rf"^ *- {flag}=.*\n", re.MULTILINE)
        was, now = line.search(before), line.search(after)
        if was and now:
            after = after[: now.start()] + was.group() + after[now.end() :]
        elif was:
            place = re.search(r"^ *- --initial-cluster=.*\n", after, re.MULTILINE)
            after = after[: place.end()] + was.group() + after[place.end() :]
    return after


def keep(files=()):
    """Keep the manifests and some files, each once: those of an attempt that was cut off are not the old ones."""
    if not path(KEPT).exists():
        partial = path(f"{KEPT}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for component in COMPONENTS:
            shutil.copy2(path(f"{FOLDER}/{component}.yaml"), partial)
        partial.rename(path(KEPT))
    for file in files:
        kept, absent = (path(f"{KEPT}/{folder}{file}") for folder in ("files", "absent"))
        if kept.exists() or absent.exists():
            continue
        if path(file).exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(f"{kept.name}.partial")
            shutil.copy2(path(file), partial)
            partial.rename(kept)
        else:
            absent.parent.mkdir(parents=True, exist_ok=True)
            absent.touch()


def _write(document, reread):
    """Write the manifests; the components whose manifest is another than before, or names a file of `reread`."""
    for phase in (("etcd", "local"), ("control-plane", "all")):
        run("kubeadm", "init", "phase", *phase, "--config", str(path(document)), seconds=120)
    etcd = path(f"{FOLDER}/etcd.yaml")
    etcd.write_text(with_flags_of_join(path(f"{KEPT}/etcd.yaml").read_text(), etcd.read_text()))
    changed = []
    for component in COMPONENTS:
        text = path(f"{FOLDER}/{component}.yaml").read_text()
        before = path(f"{KEPT}/{component}.yaml").read_text()
        if text != before or any(file in text for file in reread):
            changed.append(component)
    return changed


def running(component):
    """The ids of a component's containers that run."""
    return [one["id"] for one in _running(component)]


def _running(component):
    """A component's containers that run, once the newest does not wait for its start: it would run right after a look at the others."""
    deadline = time.monotonic() + RUNTIME_SECONDS
    while True:
        found = containers(component)
        newest = max(found, key=lambda one: int(one.get("createdAt", 0)), default={})
        if newest.get("state") != "CONTAINER_CREATED" or time.monotonic() > deadline:
            return [one for one in found if one["state"] == "CONTAINER_RUNNING"]
        time.sleep(LOOK_SECONDS)


def stop(components, *, gently=False):
    """Stop the running containers of components. etcd is last: without it the API server answers nobody while it ends.

    `gently` is for a machine beside others: its API server ends when no load balancer sends to it any more.
    """
    seconds = SERVING_SECONDS if gently else GRACE_SECONDS
    _stop([one for one in components if one != ETCD], seconds)
    _stop([one for one in components if one == ETCD], ETCD_SECONDS)


def _stop(components, seconds):
    """Stop them side by side."""
    stopping = [
        subprocess.Popen(["crictl", "stop", "--timeout", str(seconds), one])
        for component in components
        for one in running(component)
    ]
    for process in stopping:
        process.wait()


def _wait(components, old, healthy, first=0):
    """Wait until the new containers of components are healthy; why they are not, None if they are.

    `first` is the number of a new container's attempt that is no restart of its own.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not healthy(components, old):
        for component in components:
            new = _new(component, old)
            if any(_attempt(one) - first >= ATTEMPTS for one in new):
                return f"{component} does not start: {_words(new)}"
        if time.monotonic() > deadline:
            named = " and ".join(components) or "the API server"
            new = [one for each in components for one in _new(each, old)]
            return f"{named} not ready after {PATIENCE_SECONDS} seconds: {_words(new)}"
        time.sleep(LOOK_SECONDS)
    return None


def _new(component, old=()):
    """The containers of a component that are not old ones; none while the runtime does not answer."""
    try:
        return [one for one in containers(component) if one["id"] not in old]
    except Failure:
        return []


def _words(found):
    """The last words of the newest container that has ended, or else of the newest."""
    ended = [one for one in found if one["state"] == "CONTAINER_EXITED"] or found
    if not ended:
        return "no container was made"
    newest = max(ended, key=lambda one: int(one.get("createdAt", 0)))
    try:
        lines = output("crictl", "logs", "--tail", "30", newest["id"]).splitlines()
    except Failure as failure:
        return str(failure)
    wrong = [line for line in lines if WRONG.search(line)] or lines
    return " ".join(wrong[-1].split())[:500] if wrong else "it said nothing"


def _attempt(container):
    """How often a component was started in its pod before this container."""
    return container["metadata"].get("attempt", 0)


def _put_back(components):
    run("systemctl", "stop", "kubelet", seconds=120)
    _restore(components)
    stop(components)
    run("systemctl", "start", "kubelet", seconds=120)


def _restore(components):
    for component in components:
        shutil.copy2(path(f"{KEPT}/{component}.yaml"), path(FOLDER))
    files = path(f"{KEPT}/files")
    for kept in files.rglob("*"):
        if kept.is_file() and kept.suffix != ".partial":
            shutil.copy2(kept, path(f"/{kept.relative_to(files)}"))
    absent = path(f"{KEPT}/absent")
    for name in absent.rglob("*"):
        file = path(f"/{name.relative_to(absent)}")
        if name.is_file() and file.exists():
            file.unlink()
    _keep_no_more()


def _keep_no_more():
    """Remove what was kept, in one step: a half of it would pass for what was before, and lacks manifests."""
    partial = path(f"{KEPT}.partial")
    path(KEPT).rename(partial)
    shutil.rmtree(partial)


def output(*command, warns=False, seconds=OUTPUT_SECONDS):
    """What a program says, in one text; a `Failure` if it fails. What one says that `warns` beside its answer is left out."""
    named = " ".join(command[:2])
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if warns else subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"{named}: did not end within {seconds} seconds") from None
    if done.returncode:
        raise Failure(f"{named}: exit {done.returncode}")
    return done.stdout
