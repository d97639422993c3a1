"""How the API server here encrypts Secrets, and the Secrets in etcd that another key encrypts.

A state is a document: `keys`, the newest first, and `enabled`, whether the first of them encrypts or none does. An API server
reads what any of its keys has encrypted, and what is plain.
"""

import base64
import json
import re

import etcd
from machine import Failure, path, say, write
from own_api import MANIFEST

FILE = "/etc/kubernetes/encryption-at-rest/configuration.yaml"
COMPONENT = "kube-apiserver"
PLAIN = "identity"
KIND = "secretbox v1 "
OWN = KIND + "dualstack-"
"""What encrypts with a key of the cluster, as etcd shows it before the key's number."""
PAGE = 50
"""How many Secrets etcd is asked for at once. Each has at most a megabyte."""
LINE = 200
"""After how many Secrets a line says how many are left."""


def place(settings, aws):
    """Write the configuration of the settings, if they have one; a new machine's API server starts with it."""
    if "encryption" in settings:
        write_state(settings, aws, settings["encryption"])


def write_state(settings, aws, state):
    """Write the configuration of a state, unless it is there."""
    if not path(FILE).exists() or state != current():
        write(FILE, _composed(settings, aws, state), 0o600)


def _composed(settings, aws, state):
    """The configuration of a state. All keys are in one provider: an API server asks no second one of the same kind."""
    folder, keys = f"{settings['parameters']['keys']}/encryption", state["keys"]
    secrets = [aws.require(f"{folder}/{key}")[0] for key in keys]
    listed = [{"name": key, "secret": secret} for key, secret in zip(keys, secrets)]
    providers = [{"secretbox": {"keys": listed}}, {PLAIN: {}}]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": providers if state["enabled"] else providers[::-1],
            }
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def current():
    """The state of the file here; without one no key is known."""
    if not path(FILE).exists():
        return {"enabled": False, "keys": []}
    providers = json.loads(path(FILE).read_text())["resources"][0]["providers"]
    [listed] = [each["secretbox"]["keys"] for each in providers if "secretbox" in each]
    return {"enabled": "secretbox" in providers[0], "keys": [key["name"] for key in listed]}


def learned(wanted):
    """The state here with all keys of a wanted one beside its own: it encrypts as before, and reads what others encrypt later."""
    now = current()
    return {**now, "keys": now["keys"] + [key for key in wanted["keys"] if key not in now["keys"]]}


def first(state):
    """The name of what encrypts in a state."""
    return state["keys"][0] if state["enabled"] else PLAIN


def check(settings):
    """A `Failure` if an API server of the settings could not read a Secret that etcd holds."""
    state = settings.get("encryption")
    if not state:
        # The configuration is the user's own. Nobody here knows whether it has the cluster's keys.
        foreign = {name for _, name in _held(settings) if name.startswith(OWN)}
        cure = "set encryption.enabled to false and run `pulumi up` before the API server gets a configuration of your own"
    else:
        known = {PLAIN, *(KIND + key for key in state["keys"])}
        foreign = {name for _, name in _held(settings)} - known
        cure = "give the API server the configuration that has this key, and let it decrypt all Secrets first"
    if foreign:
        raise Failure(
            f"etcd holds Secrets encrypted by {', '.join(sorted(foreign))}, and the API server could not read them; {cure}"
        )


def rewrite(settings, kube, tell):
    """Have the API write each Secret that is not as the settings want it; how many were. A `Failure` names those that it does not write."""
    state = settings.get("encryption")
    if not state:
        return 0
    wanted = KIND + first(state) if state["enabled"] else PLAIN
    left = [place for place, name in _held(settings) if name != wanted]
    if not left:
        return 0
    refused = {}
    for done, place in enumerate(left):
        if done % LINE == 0:
            tell(f"rewrites Secrets for {first(state)}: {len(left) - done} are left")
        words = _rewrite(kube, place)
        if words:
            refused[place] = words
    remaining = [place for place, name in _held(settings) if name != wanted]
    if remaining:
        named = "; ".join(
            f"{place}: {refused.get(place, 'it has changed meanwhile')}" for place in remaining[:3]
        )
        raise Failure(f"not all Secrets are of {first(state)}, {len(remaining)} are left: {named}")
    say(f"{len(left)} Secrets are rewritten for {first(state)}")
    return len(left)


def _rewrite(kube, place):
    """Write a Secret as it is. The API server then encrypts it, though nothing has changed; why it does not, None if it does."""
    namespace, name = place.split("/")
    target = f"/api/v1/namespaces/{namespace}/secrets/{name}"
    status, secret = kube.ask("GET", target)
    if status == 200:
        # Its resourceVersion is that of the answer, so a change in between is never undone.
        status, secret = kube.ask("PUT", target, secret)
    if status in (200, 404, 409):
        return None
    return secret.get("message") or f"the API answers {status}"


def _held(settings):
    """The Secrets in etcd, each as `<namespace>/<name>` and what encrypts it: `secretbox v1 dualstack-1`, or `identity`."""
    folder = f"{_prefix()}/secrets/"
    place, end = folder.encode(), folder[:-1].encode() + b"0"
    while True:
        request = {"key": _text(place), "range_end": _text(end), "limit": PAGE}
        found = etcd.ask(settings, "kv/range", request)
        for pair in found.get("kvs", []):
            place = base64.b64decode(pair["key"])
            value = base64.b64decode(pair["value"][:400])
            encrypted = re.match(rb"k8s:enc:(\w+):(\w+):([^:]+):", value)
            name = b" ".join(encrypted.groups()).decode() if encrypted else PLAIN
            yield place.decode()[len(folder) :], name
        if not found.get("more"):
            return
        place += b"\0"


def _prefix():
    """Where the API server keeps its objects in etcd."""
    found = re.search(r"--etcd-prefix=\"?([^\s\"]+)", path(MANIFEST).read_text())
    return "/" + (found.group(1) if found else "registry").strip("/")


def _text(key):
    return base64.b64encode(key).decode()
