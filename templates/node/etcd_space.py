"""The space of etcd's databases: fragmented ones are defragmented, and a full one takes writes again.

A database that deletes does not shrink: what is free in it is used again, and only a defragmentation gives it back. At its quota etcd
refuses writes until the alarm is taken back.
"""

import urllib.parse

from etcd import ask
from machine import say

LEAST_BYTES = 64 << 20
"""The size below which there is nothing to gain."""
DEFRAGMENT_SECONDS = 120
"""A member answers nobody while it is defragmented: some seconds for each GB."""


def look_after(settings):
    """Defragment the members that need it, one after the other, this one last: it leads. In words what was wrong; empty if nothing was."""
    status = ask(settings, "maintenance/status", {})
    own = status["header"]["member_id"]
    alarms = ask(settings, "maintenance/alarm", {"action": "GET"}).get("alarms", [])
    full = [one for one in alarms if one.get("alarm") == "NOSPACE"]
    if full:
        say("etcd is at its quota and takes no writes; compacting it")
        revision = {"revision": status["header"]["revision"], "physical": True}
        ask(settings, "kv/compaction", revision, seconds=DEFRAGMENT_SECONDS)
    members = ask(settings, "cluster/member/list", {})["members"]
    # A member that does not answer ends this: with it and another one away etcd has no majority.
    sizes = {_host(one): _sizes(settings, _host(one)) for one in members if one.get("name")}
    last = [_host(one) for one in members if one["ID"] == own]
    for host in [*(host for host in sizes if host not in last), *last]:
        size, used = sizes[host]
        if full or (size > LEAST_BYTES and used < size / 2):
            ask(settings, "maintenance/defragment", {}, host, DEFRAGMENT_SECONDS)
            now, _ = _sizes(settings, host)
            say(f"defragmented etcd at {host}: {size} bytes became {now}")
    for one in full:
        ask(settings, "maintenance/alarm", {**one, "action": "DEACTIVATE"})
    return "etcd was at its quota and took no writes" if full else ""


def _host(member):
    return urllib.parse.urlsplit(member["clientURLs"][0]).hostname


def _sizes(settings, host):
    """The bytes of a member's database, and those of them that are used."""
    status = ask(settings, "maintenance/status", {}, host)
    return int(status["dbSize"]), int(status.get("dbSizeInUse", status["dbSize"]))
