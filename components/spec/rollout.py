"""How the machines of a pool are replaced: when a new one counts as there, and what an old one may still do."""

from typing import Annotated

from pydantic import Field

from ..config.forms import Whole, distinct
from ..config.section import Section

LEAVE_SLACK_SECONDS = 120
"""What a machine gets beside its drain time before AWS ends it: volumes detach, and its Node is deleted."""

MOST_HOOK_SECONDS = 7200
"""The longest timeout of a lifecycle hook. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html"""

JoinSeconds = Annotated[Whole, Field(ge=300, le=MOST_HOOK_SECONDS)]
DrainSeconds = Annotated[Whole, Field(ge=0, le=MOST_HOOK_SECONDS - LEAVE_SLACK_SECONDS)]
MinHealthy = Annotated[Whole, Field(ge=0, le=100)]
MaxHealthy = Annotated[Whole, Field(ge=100, le=200)]
"""AWS allows up to twice a pool: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html"""
WarmUpSeconds = Annotated[Whole, Field(ge=0, le=3600)]
Pauses = Annotated[
    list[Annotated[Whole, Field(ge=1, le=99)]], Field(max_length=10), distinct("percentage")
]
PauseSeconds = Annotated[Whole, Field(ge=0, le=172800)]
LifetimeDays = Annotated[Whole, Field(ge=1, le=365)]
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html"""


class RolloutSection(Section):
    """How the machines of a pool are replaced, by an instance refresh of its Auto Scaling group."""

    join_seconds: JoinSeconds = 1200
    """The time that a new machine has to become a Ready node, in seconds. AWS ends one that takes longer, and the old
    machines stay. 20 minutes by default: a machine takes three to five, and beside a new cluster up to 15."""
    drain_seconds: DrainSeconds = 600
    """The time that pods have to leave a machine that ends, in seconds. Disruption budgets are honoured for so long; then
    the machine ends anyway. Ten minutes by default. A spot machine has what is left of its notice of two minutes."""
    min_healthy_percentage: MinHealthy = 100
    """The part of the pool that stays in service while machines are replaced. 100 by default: a new machine is a node
    before an old one leaves. Less replaces without more machines, where quotas or addresses allow none."""
    max_healthy_percentage: MaxHealthy = 110
    """The part of the pool that may run while machines are replaced. 110 by default: a tenth at a time, and at least one
    machine. More is faster, and starts more machines at once. At most 100 above `minHealthyPercentage`."""
    warm_up_seconds: WarmUpSeconds = 30
    """The time between a new machine's word that its node is Ready and the next step, in seconds. Half a minute by
    default, in which pods of the new node become ready."""
    pause_at_percentages: Pauses = []
    """Parts of the pool after which the replacement pauses, ascending. None by default. With `[1]` it pauses after the
    first machine, and a fault of a new image shows on one machine."""
    pause_seconds: PauseSeconds = 3600
    """The length of each pause, in seconds. An hour by default."""
    auto_rollback: bool = True
    """Let AWS roll a failed replacement back. On by default, so that the pool ends with one kind of machine. Pulumi's
    provider gives a group its new template first, so AWS may roll back to that one; old machines stay in any case."""
    max_instance_lifetime_days: LifetimeDays | None = None
    """The age at which a machine is replaced, in days. None by default: machines live until something changes."""
    wait_for_nodes: bool | None = None
    """Whether `up` waits until the machines of a new or changed pool have joined. By default it does in a cluster whose
    network plugin this program installs: without one no node becomes Ready. A pool alone waits only if this is true."""

    @property
    def leave_seconds(self) -> int:
        """The time after which AWS ends a machine that hangs while it leaves."""
        return self.drain_seconds + LEAVE_SLACK_SECONDS
