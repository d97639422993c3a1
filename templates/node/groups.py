"""The Auto Scaling group that a machine is in, and the lifecycle hooks that the machine completes."""

import html
import re
import urllib.parse

from aws import Aws

FORM = "application/x-www-form-urlencoded"
JOINED, LEFT = "joined", "left"
"""The hooks of a launch and of a termination."""
AT_ONCE = 50
"""The most instances in one question."""


class Groups(Aws):
    """The part of the Auto Scaling service that machines use."""

    def members(self, *instances):
        """The group and the lifecycle state of each of these instances that is in a group, by id."""
        found = {}
        for start in range(0, len(instances), AT_ONCE):
            found.update(self._some_members(instances[start : start + AT_ONCE]))
        return found

    def _some_members(self, instances):
        answer = self._ask(
            "DescribeAutoScalingInstances",
            {f"InstanceIds.member.{number}": name for number, name in enumerate(instances, 1)},
        )
        return {
            _field(member, "InstanceId"): (
                _field(member, "AutoScalingGroupName"),
                _field(member, "LifecycleState"),
            )
            for member in re.findall(r"<member>(.*?)</member>", answer, re.DOTALL)
        }

    def complete(self, group, hook, instance):
        """Let the instance go on from this hook."""
        self._ask(
            "CompleteLifecycleAction",
            {**_action(group, hook, instance), "LifecycleActionResult": "CONTINUE"},
        )

    def beat(self, group, hook, instance):
        """Begin the time of this hook again."""
        self._ask("RecordLifecycleActionHeartbeat", _action(group, hook, instance))

    def _ask(self, action, form):
        body = urllib.parse.urlencode({"Action": action, "Version": "2011-01-01", **form})
        return self._call("autoscaling", body, FORM)


def _action(group, hook, instance):
    return {"AutoScalingGroupName": group, "LifecycleHookName": hook, "InstanceId": instance}


def _field(member, name):
    found = re.search(f"<{name}>(.*?)</{name}>", member)
    return html.unescape(found.group(1)) if found else ""
