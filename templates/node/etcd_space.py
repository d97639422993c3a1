"""The space of etcd's databases: fragmented ones are defragmented, and a full one takes writes again. Corrupt ones are said.

A database that deletes does not shrink: what is free in it is used again, and only a defragmentation gives it back. At its quota etcd
refuses writes until the alarm is taken back.
"""

import urllib.parse

from etcd import ask
from machine import Failure, say

LEAST_BYTES = 64 << 20
"""The size below which there is nothing to gain."""
LONG_SECONDS = 120
"""The time for a compaction or a defragmentation, in which a member answers nobody: some seconds for each GB."""
COMPACTED = "required revision has been compacted"


def look_after(settings):
    """Defragment the members that need it, one after the other, this one last: it leads. In words what was wrong; empty if nothing was.

    Of corrupt databases none is touched, and the alarm stays: nobody here knows which members have the right data.
    """
    alarms = ask(settings, "maintenance/alarm", {"action": "GET"}).get("alarms", [])
    corrupt = [one for one in alarms if one.get("alarm") == "CORRUPT"]
    if corrupt:
        return (
            f"CORRUPT: by etcd's alarm the data of {_named(settings, corrupt)} are not those of the other members, and the API is refused; "
            "restore a snapshot from before, or terminate these machines and take the alarm back"
        )
    full = [one for one in alarms if one.get("alarm") == "NOSPACE"]
    if full:
        say("etcd is at its quota and takes no writes; compacting it")
        _compact(settings)
    _defragment(settings, lambda size, used: full or (size > LEAST_BYTES and used < size / 2))
    for one in full:
        ask(settings, "maintenance/alarm", {**one, "action": "DEACTIVATE"})
    return "etcd was at its quota and took no writes" if full else ""


def forget(settings):
    """Take what is over out of every member's database: a value that was replaced stays in it, and in snapshots, until then."""
    _compact(settings)
    _defragment(settings, lambda *_: True)


def _compact(settings):
    revision = ask(settings, "maintenance/status", {})["header"]["revision"]
    request = {"revision": revision, "physical": True}
    try:
        ask(settings, "kv/compaction", request, seconds=LONG_SECONDS)
    except Failure as failure:
        # An attempt that was cut off has done it. While etcd takes no writes, its revision stays.
        if COMPACTED not in str(failure):
            raise


def _defragment(settings, wanted):
    """Defragment the members whose sizes want it, one after the other, this one last."""
    own = ask(settings, "maintenance/status", {})["header"]["member_id"]
    members = ask(settings, "cluster/member/list", {})["members"]
    # A member that does not answer ends this: with it and another one away etcd has no majority.
    sizes = {_host(one): _sizes(settings, _host(one)) for one in members if one.get("name")}
    last = [_host(one) for one in members if one["ID"] == own]
    for host in [*(host for host in sizes if host not in last), *last]:
        if wanted(*sizes[host]):
            ask(settings, "maintenance/defragment", {}, host, LONG_SECONDS)
            now, _ = _sizes(settings, host)
            say(f"defragmented etcd at {host}: {sizes[host][0]} bytes became {now}")


def _named(settings, alarms):
    """The machines that alarms are of. A member that is gone has its number alone."""
    members = ask(settings, "cluster/member/list", {})["members"]
    names = {one["ID"]: one.get("name") for one in members}
    each = [one.get("memberID", "0") for one in alarms]
    return ", ".join(names.get(one) or f"member {one}" for one in each)


def _host(member):
    return urllib.parse.urlsplit(member["clientURLs"][0]).hostname


def _sizes(settings, host):
    """The bytes of a member's database, and those of them that are used."""
    status = ask(settings, "maintenance/status", {}, host)
    return int(status["dbSize"]), int(status.get("dbSizeInUse", status["dbSize"]))
