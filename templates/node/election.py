"""The election of the control plane that runs `kubeadm init`: never two at a time, and always one in the end.

A marker is an SSM parameter that is created once and never changed. Its value is the id of the instance that created it, its holder. The
holder of the first marker leads. The next marker may be created only if EC2 reports that the holder of the marker before it is terminated,
or has forgotten that machine (`UNKNOWN_SECONDS`). A terminated machine runs nothing and never comes back. So of all machines that can still
run at most one leads, even if machines are slow, disconnected or restarted. A leader that hangs, fails or is stopped keeps the lead. It
tries again, or an operator terminates it.

A restore is another election, whose markers have the restore's id in their names. An operator asks for it by the marker `-restore`. A
machine takes part only after it has stopped all that it ran for the cluster before, and says so by a marker of its own. The leader
begins when all control planes that may run have said so: so there are never two clusters.
"""

import json

from aws import Refused
from machine import say

UNKNOWN_SECONDS = 600
"""The age from which a marker's holder counts as gone if EC2 does not know it.

EC2 forgets an instance an hour after its end, and may not know it yet in its first minutes.
"""


class Election:
    """The markers of one cluster, whose names contain the hash of its CA, or of the restore that was asked for last."""

    def __init__(self, aws, folder, ca_hash, instance):
        self.aws = aws
        self.instance = instance
        self._request = f"{folder}/{ca_hash.split(':')[-1][:16]}-restore"
        self.restore = self._asked()
        """What is to be restored: the `id` of the restore, the `key` of the snapshot and whether it is a `copy`. Empty without one."""
        self.id = self.restore.get("id", "")
        self.first = self._request.rpartition("-")[0] + (f"-{self.id}" if self.id else "")

    def superseded(self):
        """Whether another restore has been asked for since."""
        return self._asked().get("id", "") != self.id

    def stand_down(self):
        """Say that this machine runs nothing of the cluster that was before the restore."""
        self.aws.create(f"{self.first}-{self.instance}", self.id)

    def not_down(self, others):
        """Those of the other machines that have not said so."""
        names = {f"{self.first}-{one}": one for one in sorted(others)}
        asked = list(names)
        found = set()
        for start in range(0, len(asked), 10):
            found |= set(self.aws.get(*asked[start : start + 10]))
        return [one for name, one in names.items() if name not in found]

    def _asked(self):
        return json.loads(self.aws.get(self._request).get(self._request, "{}"))

    def finished(self):
        """Whether the cluster has been created. From then on no machine runs init, even while the API is down."""
        return bool(self.aws.get(f"{self.first}-done"))

    def finish(self):
        """Record that the cluster has been created."""
        self.aws.create(f"{self.first}-done", self.instance)

    def leader(self):
        """The id of the leader. This machine becomes it if no other machine that can still run leads."""
        generation = 1
        while True:
            marker = self.first if generation == 1 else f"{self.first}-{generation}"
            holder = self.aws.get(marker).get(marker)
            if holder is None:
                if self.aws.create(marker, self.instance):
                    say(f"{self.instance} leads (generation {generation})")
            elif holder == self.instance or not self._gone(holder, marker):
                return holder
            else:
                generation += 1

    def _gone(self, holder, marker):
        try:
            states = self.aws.states(self.instance, holder)
        except Refused as error:
            say(f"cannot tell whether {holder} still runs: {error}")
            return False
        # If EC2 does not know this machine, its answer about another one is not trusted either.
        known = states.get(self.instance) == "running"
        if holder in states:
            return known and states[holder] == "terminated"
        return known and self.aws.age(marker) > UNKNOWN_SECONDS
