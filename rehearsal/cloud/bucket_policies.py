"""Policies of buckets: moto reads a denial under conditions as a denial of everything.

Requests of the rehearsal stay on the loopback interface and have no TLS. They count as if they had it, so a statement that
denies plain text says nothing about them.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

OF_TLS = ("aws:SecureTransport", "s3:TlsVersion")
"""Conditions that deny requests without TLS, or with an old version of it."""


def repair() -> None:
    """Leave out the statements that deny plain text when a request is decided on."""
    bucket: Any = FakeBucket
    decide = bucket.get_permission

    def get_permission(asked: Any, action: str, resource: str) -> Any:
        if asked.policy is None:
            return decide(asked, action, resource)
        document = json.loads(asked.policy)
        left = [one for one in document["Statement"] if not _denies_plain_text(one)]
        decided = IAMPolicy(json.dumps({**document, "Statement": left}))
        return decided.is_action_permitted(action, resource)

    bucket.get_permission = get_permission


def _denies_plain_text(statement: dict[str, Any]) -> bool:
    keys = [key for keys in statement.get("Condition", {}).values() for key in keys]
    return statement["Effect"] == "Deny" and bool(keys) and all(key in OF_TLS for key in keys)
