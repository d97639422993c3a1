"""The plan of control planes: what the stack wants of them, and how far this machine is.

A record on the machine says how far it is, and annotations of its Node show that to the other control planes. Without a record the
machine is new, and its files say it.
"""

import base64
import gzip
import hashlib
import hmac
import json
import platform
import time

import attempts
import fetch
import machine
from election import Election
from machine import Failure, path, run, say, write

SOFTWARE = "/etc/dualstack/software"
RECORD = "/var/lib/dualstack/plan"
PATIENCE_SECONDS = 1200
"""The time for which a new control plane waits for an upgrade to end, before its status says that this failed."""
RENDERED = ("/etc/dualstack/kubeadm/", "/etc/kubernetes/")
"""The folders of the files that kubeadm and the static pods read."""
PATCHES = "/etc/dualstack/kubeadm/patches"
"""The folder in which kubeadm takes every file for a patch."""
SETTINGS = "/etc/dualstack/node.json"
DOCKER = "docker"
"""The runtime of machines whose containers crictl does not see. So nothing restarts their static pods."""
AUTHORITY_KEY = "/etc/kubernetes/pki/ca.key"
NOTHING = {
    **dict.fromkeys(("pods", "encryption", "kubelet", "begun", "broken"), ""),
    "since": 0,
    "reread": [],
    **dict.fromkeys(("first", "restarted", "proxies", "told"), False),
}
"""The record of a machine that has followed nothing."""


class Plan:
    """A version, and the files that a control plane of it has."""

    def __init__(self, text):
        document = json.loads(gzip.decompress(base64.b64decode(text)))
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self.version = document["version"]
        self.files = document["files"]
        self.secrets = document.get("secrets")
        listed = document["software"].get(platform.machine())
        if listed:
            self.files[SOFTWARE] = ["0644", listed]

    @property
    def settings(self):
        """The settings that the machine's programs read."""
        return json.loads(self.files[SETTINGS][1])

    @property
    def secret_files(self):
        """The parameters of its secret files, by path."""
        return self.settings.get("files", {}) if self.secrets else {}

    def different(self):
        """The paths of its files that differ from those of the machine, and of patches that it lacks. Of secret files one differs, or none."""
        found = self._lacks() + [
            file
            for file, (_, text) in self.files.items()
            if not path(file).exists() or path(file).read_text() != text
        ]
        there = {file: _text(file) for file in self.secret_files}
        if there and revision(_text(AUTHORITY_KEY), there) != self.secrets:
            found += there
        return found

    @property
    def patches(self):
        """Whether it has patches for kubeadm."""
        return any(file.startswith(f"{PATCHES}/") for file in self.files)

    def _lacks(self):
        """The paths of patches on the machine that it does not have."""
        found = sorted(path(PATCHES).glob("*"))
        return [
            one for one in (f"{PATCHES}/{file.name}" for file in found) if one not in self.files
        ]

    def place(self, aws, settings):
        """Write its files, and remove patches that it does not have. A `Failure` while SSM has other secret files than the plan."""
        files = {**self.files}
        if self.secret_files:
            (key,) = aws.require(f"{settings['parameters']['keys']}/ca.key")
            secrets = {file: aws.require(one)[0] for file, one in self.secret_files.items()}
            if revision(key, secrets) != self.secrets:
                raise Failure(
                    f"{', '.join(secrets)}: SSM has other texts than those of the plan; run `pulumi up` until it ends well"
                )
            files.update({file: ["0600", text] for file, text in secrets.items()})
        changed = fetch.place(files)
        for file in self._lacks():
            path(file).unlink()
        if any(file.startswith("/etc/systemd/") for file in changed):
            run("systemctl", "daemon-reload", seconds=60)


def revision(key, texts):
    """What names the texts of secret files, by path. Who lacks the authority's key can guess nothing with it."""
    message = json.dumps(texts, sort_keys=True).encode()
    return hmac.new(key.encode(), message, "sha256").hexdigest()[:16]


def _text(file):
    return path(file).read_bytes().decode() if path(file).exists() else ""


def wanted(aws, settings):
    """The plan of the stack; None without one, or while `pulumi up` changes it."""
    text = fetch.whole(fetch.parts(aws, f"{settings['parameters']['keys']}/plan"))
    return Plan(text) if text else None


def reached(aws, settings):
    """The digest of the plan that all control planes have reached; empty if they have reached none."""
    name = reached_name(settings)
    return aws.get(name).get(name, "").partition(" ")[0]


def reached_name(settings):
    """The parameter in which control planes say which plan all of them have reached."""
    return f"{settings['parameters']['join']}/reached"


def record(plan):
    """What the machine has of plans: the digests of those that its static pods (`pods`), its `encryption` and its kubelet follow.

    Of a plan that has `begun`: its digest, the time (`since`), whether this machine writes it into the cluster (`first`), the files that
    static pods have not read (`reread`), and whether they have `restarted`. `broken` is one whose static pods do not start, nor do those
    from before.
    """
    file = path(RECORD)
    if file.exists():
        # An earlier release did not note all of it.
        return {**NOTHING, **json.loads(file.read_text())}
    digest = "" if plan.different() else plan.digest
    return note({**NOTHING, "pods": digest, "encryption": digest, "kubelet": digest})


def note(found, **changes):
    """Change the record, and return it."""
    found = {**found, **changes}
    write(RECORD, json.dumps(found), 0o644)
    return found


def follow(aws, settings, instance):
    """Give a machine that is about to join the files of the plan, once all others have reached it; the settings.

    Its user data may be that of the cluster's first day. A cluster that is not made yet has nothing to wait for, whatever an earlier
    one of its name has left. Nor has one that is restored: there is nobody else. Control planes with Docker follow no plan.
    """
    if settings["runtime"] == DOCKER:
        return settings
    parameters = settings["parameters"]
    (ca_hash,) = aws.require(f"{parameters['join']}/ca-hash")
    election = Election(aws, parameters["leader"], ca_hash, instance)
    if not election.finished():
        plan = wanted(aws, settings) if election.id else None
        if plan:
            plan.place(aws, settings)
        return machine.settings() if plan else settings
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting_for = None
    while True:
        plan, digest = wanted(aws, settings), reached(aws, settings)
        if not digest:
            return settings
        if plan and plan.digest == digest:
            plan.place(aws, settings)
            return machine.settings()
        version = plan.version if plan else "another version"
        if version != waiting_for:
            waiting_for = version
            words = f"waits until all control planes have reached {version}, to join as one of them"
            say(words)
            attempts.report(aws, settings, instance, words)
        if election.superseded():
            raise Failure("a restore is asked for")
        if time.monotonic() > deadline:
            raise Failure(
                f"the control planes have not reached {version} after {PATIENCE_SECONDS} seconds; their statuses say why"
            )
        time.sleep(10)
