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

Activity = dict[str, Any]


def repair() -> None:
    """Answer DescribeScalingActivities from the record of the group."""
    response: Any = responses.AutoScalingResponse
    response.describe_scaling_activities = _describe


def begun(group: Any, description: str) -> Activity:
    """Record a launch or a termination. It waits for its lifecycle hooks until it is ended."""
    return _record(group, description, "MidLifecycleAction", 50)


def end(activity: Activity, status: str, message: str = "") -> None:
    """End an activity with a status of AWS and, where it did not succeed, its reason."""
    activity |= {"StatusCode": status, "Progress": 100, "EndTime": utcnow()}
    if message:
        activity["StatusMessage"] = message
        activity["Description"] += f".  Status Reason: {message}"


def failed(group: Any, message: str) -> None:
    """Record a launch that EC2 refused. AWS reports its whole progress then too."""
    end(_record(group, "Launching a new EC2 instance", "InProgress", 0), "Failed", message)


def _record(group: Any, description: str, status: str, progress: int) -> Activity:
    now: datetime = utcnow()
    activity: Activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} the group was compared with its desired capacity.",
        "StartTime": now,
        "StatusCode": status,
        "Progress": progress,
    }
    vars(group).setdefault("activities", []).insert(0, activity)
    return activity


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
