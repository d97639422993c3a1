"""Scaling activities: what an Auto Scaling group did, and what it could not do. moto answers that there are none."""

import uuid
from datetime import datetime
from typing import Any

from moto.autoscaling import responses
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

MOST = 100
"""The most that one answer holds.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html
"""


def repair() -> None:
    """Answer DescribeScalingActivities from the record of the group."""
    response: Any = responses.AutoScalingResponse
    response.describe_scaling_activities = _describe


def done(group: Any, description: str) -> None:
    """Record a launch or a termination."""
    _record(group, description, "Successful", "")


def failed(group: Any, message: str) -> None:
    """Record a launch that EC2 refused. AWS reports its whole progress then too."""
    _record(group, "Launching a new EC2 instance.  Status Reason: " + message, "Failed", message)


def _record(group: Any, description: str, status: str, message: str) -> None:
    now: datetime = utcnow()
    activity: dict[str, Any] = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} the group was compared with its desired capacity.",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": status,
        "Progress": 100,
    }
    if message:
        activity["StatusMessage"] = message
    vars(group).setdefault("activities", []).insert(0, activity)


def _describe(response: Any) -> ActionResult:
    name = response._get_param("AutoScalingGroupName")
    groups = response.autoscaling_backend.describe_auto_scaling_groups([name] if name else [])
    found = [activity for group in groups for activity in vars(group).get("activities", ())]
    first = int(response._get_param("NextToken") or 0)
    last = first + (response._get_int_param("MaxRecords") or MOST)
    answer: dict[str, Any] = {"Activities": found[first:last]}
    if last < len(found):
        answer["NextToken"] = str(last)
    return ActionResult(answer)
