"""How far the control planes of a cluster are with their plan, as parameters in SSM say it."""

import gzip
import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from itertools import count, takewhile
from typing import Any

from .facts import ssm_paths
from .facts.versions import minor_number
from .rules.upgrade import Standing

VERSION = re.compile(r"[0-9]+\.[0-9]+\.\S+")


def standing(cluster: str, held: Mapping[str, str]) -> Standing:
    """How far they are. `held` are the values of parameters by name."""
    digest, _, reached = held.get(ssm_paths.reached(cluster), "").partition(" ")
    reached = reached if VERSION.fullmatch(reached) else ""
    plan = _plan(cluster, held)
    if plan and reached and minor_number(plan["version"]) < minor_number(reached):
        # No plan goes back, so an earlier cluster of the same name has left it behind.
        reached = ""
    return Standing(
        reached or None,
        digest if reached else None,
        plan.get("version"),
        plan.get("files", {}),
        plan.get("secrets"),
        held.get(f"{ssm_paths.plan_folder(cluster)}/1", "").partition(" ")[0] or None,
    )


def _plan(cluster: str, held: Mapping[str, str]) -> dict[str, Any]:
    """The plan; empty without one, while some of its parts are of another, and of one that is damaged."""
    names = (f"{ssm_paths.plan_folder(cluster)}/{part}" for part in count(1))
    parts = [held[name] for name in takewhile(held.__contains__, names)]
    if not parts:
        return {}
    digest, _, rest = "".join(parts).partition(" ")
    length, _, rest = rest.partition(" ")
    text = rest[: int(length)] if length.isdecimal() else ""
    # A text that has its digest is one that this program, or another version of it, has written.
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        return {}
    return json.loads(gzip.decompress(b64decode(text)))
