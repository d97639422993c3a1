"""Which control plane runs `kubeadm init`: never two, and always one in the end.

A marker is an SSM parameter that can only be created, with the instance that made it. The first marker's holder leads. The next marker
may be made only when the holder of the one before is terminated, which EC2 tells: a terminated machine runs nothing any more and never
comes back, so at no time do two machines that can run think that they lead. A leader that merely hangs, fails or is stopped keeps its
place: it tries again, or an operator terminates it.
"""

from aws import UNKNOWN_SECONDS, Refused
from machine import say


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
        """The instance that leads; this one when no living machine does."""
        generation = 1
        while True:
            marker = self.first if generation == 1 else f"{self.first}-{generation}"
            holder = self.aws.get(marker).get(marker)
            if holder is None:
                if self.aws.create(marker, self.instance):
                    say(f"{self.instance} leads, generation {generation}")
            elif holder == self.instance or not self._gone(marker, holder):
                return holder
            else:
                generation += 1

    def _gone(self, marker, holder):
        try:
            state = self.aws.state(holder)
        except Refused as error:
            say(f"cannot tell whether {holder} lives, so it keeps the lead: {error}")
            return False
        return state == "terminated" or (state is None and self.aws.age(marker) > UNKNOWN_SECONDS)
