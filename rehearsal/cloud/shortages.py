"""What EC2 has no capacity for: a test, or a person who wants to see it, says so to the cloud."""

import json
from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError

PATH = "/rehearsal/shortages"
"""PUT a JSON object here: an instance type, or a type, a space and a zone, with the code of the refusal."""

MESSAGES = {
    "InsufficientInstanceCapacity": "We currently do not have sufficient {kind} capacity in the Availability Zone you requested "
    "({zone}). Our system will be working on provisioning additional capacity.",
    "VcpuLimitExceeded": "You have requested more vCPU capacity than your current vCPU limit of 5 allows for the instance "
    "bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to "
    "request an adjustment to this limit.",
}
"""Refusals of capacity, by their codes.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

_SHORT: dict[str, str] = {}


def exchange(method: str, body: bytes) -> tuple[str, bytes]:
    """Answer a request at `PATH`: the status, and the shortages after it."""
    if method == "PUT":
        wanted: Mapping[str, str] = json.loads(body)
        unknown = sorted(set(wanted.values()) - MESSAGES.keys())
        if unknown:
            return "400 Bad Request", json.dumps({"unknown": unknown}).encode()
        _SHORT.clear()
        _SHORT.update(wanted)
    return "200 OK", json.dumps(_SHORT).encode()


def refuse(kind: str, zone: str) -> None:
    """Refuse a launch as EC2 does, if there is no capacity for this instance type in this zone."""
    code = _SHORT.get(kind) or _SHORT.get(f"{kind} {zone}")
    if code:
        raise EC2ClientError(code, MESSAGES[code].format(kind=kind, zone=zone))


def is_refusal(error: Any) -> bool:
    """Whether an error is a lack of capacity. Auto Scaling refuses other faults of a template with the group itself."""
    return getattr(error, "code", "") in MESSAGES
