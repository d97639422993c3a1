"""This machine's part in a change of the keys that encrypt Secrets.

First every API server learns the new key, then each encrypts with it, one machine after the other. At the end one of them has the
Secrets rewritten. So at any moment every API server can read what another one has written.
"""

import time
from functools import partial

import encryption
import etcd_space
import imds
import kubeadm
import manifests
from machine import Failure, write
from own_api import healthy, own_api

REWRITE_SECONDS = 3600


class PutBack(Failure):
    """The API server does not start with its new keys, and has those from before again."""


class KeyChange:
    """The keys of the API server here. `tell` is given what is done."""

    def __init__(self, aws, node, tell):
        self.aws, self.node, self.tell = aws, node, tell
        self._rewritten = None, 0
        # Whether etcd's databases may still hold what Secrets were before.
        self._to_forget = False

    def learn(self, settings):
        """Have the API server read what others of the plan will encrypt."""
        if "encryption" in settings:
            self._bring(settings, encryption.learned(settings["encryption"]))

    def follow(self, settings):
        """Have the API server encrypt as the settings say."""
        if "encryption" in settings:
            self._bring(settings, settings["encryption"])

    def done(self, settings):
        """Whether nothing is left to follow."""
        return settings.get("encryption") in (None, encryption.current())

    def rewrite(self, settings, kube, plan):
        """Have the API write what is encrypted otherwise: at the end of a plan, and each hour, as a restore brings other Secrets."""
        last, again = self._rewritten
        if plan != last or time.monotonic() > again:
            rewritten = encryption.rewrite(settings, kube, self.tell)
            self._to_forget = self._to_forget or rewritten > 0
            if self._to_forget:
                etcd_space.forget(settings)
                self._to_forget = False
            self._rewritten = plan, time.monotonic() + REWRITE_SECONDS

    def _bring(self, settings, state):
        before = encryption.write_state(settings, self.aws, state)
        if before is None or not manifests.older(encryption.COMPONENT, encryption.FILE):
            # Without a file from before, the API server will get its argument with the manifest.
            return
        self.tell("restarts the API server for its keys")
        facts = kubeadm.join_facts(settings, self.aws, imds.facts())
        with own_api(settings, facts) as local:
            well = partial(healthy, local, self.node)
            reason = manifests.restart(encryption.COMPONENT, well)
            if reason:
                write(encryption.FILE, before, 0o600)
                manifests.restart(encryption.COMPONENT, well)
                raise PutBack(f"{reason}; the keys from before are back")
