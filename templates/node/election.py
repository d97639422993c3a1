"""Which control plane runs `kubeadm init`: never two, and always one in the end.

A marker is an SSM parameter that is only ever created, with the id of the instance that made it. The first marker's holder leads. The next
marker may be made only when EC2 says that the holder of the one before is terminated: such a machine runs nothing any more and never comes
back. So of all machines that can still run at most one leads, whatever is slow, cut off or restarted. A leader that hangs, fails or is
stopped keeps the lead: it tries again, or an operator terminates it.
"""

from aws import Refused
from machine import say

UNKNOWN_SECONDS = 600
"""EC2 forgets an instance an hour after its end, and may not know one in its first minutes."""


class Election:
    """The markers of one cluster, known by its CA."""

    def __init__(self, aws, folder, ca_hash, instance):
        self.aws = aws
        self.instance = instance
        self.first = f"{folder}/{ca_hash.split(':')[-1][:16]}"

    def finished(self):
        """Whether the cluster was ever made. From then on nobody runs init, even while the API is down."""
        return bool(self.aws.get(f"{self.first}-done"))

    def finish(self):
        """Record that the cluster is made."""
        self.aws.create(f"{self.first}-done", self.instance)

    def leader(self):
        """The instance that leads; this one when no other that could still run does."""
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
        # An EC2 that does not know this machine is not asked about another.
        known = states.get(self.instance) == "running"
        if holder in states:
            return known and states[holder] == "terminated"
        return known and self.aws.age(marker) > UNKNOWN_SECONDS
