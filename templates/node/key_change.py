"""This machine's part in a change of the keys that encrypt Secrets, and of those that sign tokens.

First every API server learns the new key, then each encrypts or signs with it, one machine after the other. So at any moment every
API server can read what another one has written or signed. At the end one of them has the Secrets rewritten.
"""

import json
import time
from contextlib import contextmanager
from functools import partial

import encryption
import etcd
import etcd_space
import imds
import kubeadm
import manifests
import service_accounts
from machine import Failure, path, write
from own_api import healthy, own_api

REWRITE_SECONDS = 3600
TO_FORGET = "/var/lib/dualstack/to-forget"
"""Exists while etcd's databases may still hold what Secrets were before."""
KEPT = "/var/lib/dualstack/keys"
"""The files with keys from before a change, as JSON, until what reads them is healthy with those after it, or has them back."""
READERS = {
    "kube-apiserver": (encryption.FILE, *service_accounts.READERS["kube-apiserver"]),
    "kube-controller-manager": service_accounts.READERS["kube-controller-manager"],
}
"""The components that read them."""
MODES = {encryption.FILE: 0o600, **service_accounts.MODES}
WORDS = {"kube-apiserver": "API server", "kube-controller-manager": "controller manager"}


class PutBack(Failure):
    """A component does not start with its new keys, and has those from before again."""


class KeyChange:
    """The keys of the components here, on the way to one plan. `tell` is given what is done."""

    def __init__(self, aws, node, tell):
        self.aws, self.node, self.tell = aws, node, tell
        self._rewrite_again = 0

    def learn(self, settings):
        """Have the API server read what others of the plan will encrypt or sign."""
        with self._changed(settings):
            if "encryption" in settings:
                state = encryption.learned(settings["encryption"])
                encryption.write_state(settings, self.aws, state)
            service_accounts.learn(settings, self.aws)

    def follow(self, settings):
        """Have the components encrypt and sign as the settings say."""
        with self._changed(settings):
            encryption.place(settings, self.aws)
            service_accounts.place(settings, self.aws)

    def done(self, settings):
        """Whether nothing is left to follow."""
        encrypts = settings.get("encryption") in (None, encryption.current())
        return encrypts and service_accounts.done(settings, self.aws)

    def rewrite(self, settings, kube):
        """Have the API write what is encrypted otherwise: at the end of the plan, and each hour, as a restore brings other Secrets."""
        if time.monotonic() < self._rewrite_again:
            return
        mark = path(TO_FORGET)
        cut_off = mark.exists()
        write(TO_FORGET, "", 0o600)
        if encryption.rewrite(settings, kube, self.tell) > 0 or cut_off:
            etcd_space.forget(settings)
        mark.unlink()
        self._rewrite_again = time.monotonic() + REWRITE_SECONDS

    @contextmanager
    def _changed(self, settings):
        """Keep the files with keys, have the block write them, and restart the components that have not read them since.

        After an attempt that was cut off nobody knows what they have read, so they restart.
        """
        files = _files(settings)
        cut_off = path(KEPT).exists()
        before = json.loads(path(KEPT).read_text()) if cut_off else {}
        before = {
            **{file: path(file).read_text() for file in files if path(file).exists()},
            **before,
        }
        write(KEPT, json.dumps(before), 0o600)
        yield
        restarted = []
        for component, read in READERS.items():
            # Without a file from before, the component will get its argument with the manifest.
            known = [file for file in read if file in files and file in before]
            if known and (cut_off or any(manifests.older(component, file) for file in known)):
                self._renew(settings, component, before)
                restarted.append(component)
        path(KEPT).unlink()
        manifests.look_again(restarted)

    def _renew(self, settings, component, before):
        """Restart a component. A `PutBack` if it does not start, and then all files are those from before."""
        self.tell(f"restarts the {WORDS[component]} for its keys")
        facts = kubeadm.join_facts(settings, self.aws, imds.facts())
        with own_api(settings, facts) as local:
            well = partial(healthy, local, self.node)
            gently = not etcd.alone(settings)
            reason = manifests.restart(component, well, gently=gently)
            if reason:
                for file, text in before.items():
                    write(file, text, MODES[file])
                manifests.restart(component, well)
                path(KEPT).unlink()
                raise PutBack(f"{reason}; the keys from before are back")


def _files(settings):
    """The files with keys of these settings."""
    encrypts = [encryption.FILE] if "encryption" in settings else []
    return [*encrypts, *(service_accounts.MODES if "serviceAccountKeys" in settings else ())]
