"""This machine's part in a change of the keys that encrypt Secrets, and of those that sign tokens.

First every API server learns the new key, then each encrypts or signs with it, one machine after the other. So at any moment every
API server can read what another one has written or signed. At the end one of them has the Secrets rewritten.
"""

import time
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
WORDS = {"kube-apiserver": "API server", "kube-controller-manager": "controller manager"}


class PutBack(Failure):
    """A component does not start with its new keys, and has those from before again."""


class KeyChange:
    """The keys of the components here. `tell` is given what is done."""

    def __init__(self, aws, node, tell):
        self.aws, self.node, self.tell = aws, node, tell
        self._rewritten = None, 0

    def learn(self, settings):
        """Have the API server read what others of the plan will encrypt or sign."""
        if "encryption" in settings:
            self._encrypt(settings, encryption.learned(settings["encryption"]))
        self._restart(settings, service_accounts.learn(settings, self.aws))

    def follow(self, settings):
        """Have the components encrypt and sign as the settings say."""
        if "encryption" in settings:
            self._encrypt(settings, settings["encryption"])
        self._restart(settings, service_accounts.place(settings, self.aws))

    def done(self, settings):
        """Whether nothing is left to follow."""
        encrypts = settings.get("encryption") in (None, encryption.current())
        return encrypts and service_accounts.done(settings, self.aws)

    def rewrite(self, settings, kube, plan):
        """Have the API write what is encrypted otherwise: at the end of a plan, and each hour, as a restore brings other Secrets."""
        last, again = self._rewritten
        if plan != last or time.monotonic() > again:
            mark = path(TO_FORGET)
            cut_off = mark.exists()
            write(TO_FORGET, "", 0o600)
            if encryption.rewrite(settings, kube, self.tell) > 0 or cut_off:
                etcd_space.forget(settings)
            mark.unlink()
            self._rewritten = plan, time.monotonic() + REWRITE_SECONDS

    def _encrypt(self, settings, state):
        before = encryption.write_state(settings, self.aws, state)
        # Without a file from before, the API server will get its argument with the manifest.
        if before is not None and manifests.older(encryption.COMPONENT, encryption.FILE):
            self._renew(
                settings,
                encryption.COMPONENT,
                lambda: write(encryption.FILE, before, 0o600),
            )

    def _restart(self, settings, before):
        """Restart the components that have not read a file of service accounts since it was written. `before` are the texts before."""
        for component, files in service_accounts.READERS.items():
            if any(file in before and manifests.older(component, file) for file in files):
                self._renew(settings, component, lambda: service_accounts.put(before))

    def _renew(self, settings, component, put_back):
        self.tell(f"restarts the {WORDS[component]} for its keys")
        facts = kubeadm.join_facts(settings, self.aws, imds.facts())
        with own_api(settings, facts) as local:
            well = partial(healthy, local, self.node)
            gently = not etcd.alone(settings)
            reason = manifests.restart(component, well, gently=gently)
            if reason:
                put_back()
                manifests.restart(component, well)
                raise PutBack(f"{reason}; the keys from before are back")
