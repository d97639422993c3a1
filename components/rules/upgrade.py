"""Rules for another version of a cluster that runs: which changes are refused, each with the way that is left."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..catalog import ADDONS
from ..catalog.releases import CILIUM, PinnedRelease, release_for
from ..config.check import Fault
from ..facts.choices import Cni
from ..facts.versions import MINORS, NEWEST, Minor, is_known, minor_number, minor_of
from ..machine.documents import PATCHES_FOLDER
from ..machine.settled import VERSION, Settings
from ..spec.cluster import AddonsSpec

FIRST = 20
"""The first minor that a cluster is upgraded from. 1.20 replaced the dual-stack fields of Services, and cannot read those of 1.19
(kubernetes/kubernetes#91824)."""


CHANGING = "changing"
"""What control planes say in place of a digest from the first restart on, until all have reached the plan."""

FEW_BEHIND, MOST_BEHIND = 2, 3
"""How many minors a kubelet may be older than an API server: three from 1.25 on, two before.
https://kubernetes.io/releases/version-skew-policy/#kubelet"""
THREE_BEHIND = 25
"""The first minor of a kubelet that may be three minors older."""

ANNOUNCED = "The control planes are changed in place:"
"""The first line of what a run does to them."""

Files = Mapping[str, Sequence[str]]
"""The files of control planes by path: mode and text."""

ETCD_PATCHES = f"{PATCHES_FOLDER}/etcd"
"""The beginning of the paths of patches of etcd's manifest."""
ETCD_IMAGE = re.compile(r"/etcd:v?(\d+\.\d+\.\d+)")
"""The version in the name of an image of etcd."""


@dataclass(frozen=True)
class Standing:
    """How far the control planes of a cluster are with what the stack wants of them."""

    reached: str | None = None
    """The version that all of them have reached. None if they have never said so."""
    digest: str | None = None
    """The digest of the plan that all of them have reached, or `begun` or `changing` on their way to the next."""
    planned: str | None = None
    """The version that the stack wants of them. None if it has never said so."""
    files: Files = field(default_factory=dict[str, Sequence[str]])
    """The files that the stack wants of them."""
    secrets: str | None = None
    """The revision of the secret files that the stack wants of them. None without any."""
    wanted: str | None = None
    """The digest of the plan that the stack wants of them. None if there is none."""

    @property
    def damaged(self) -> bool:
        """Whether there is a plan that nobody can read."""
        return self.wanted is not None and self.planned is None

    @property
    def changing(self) -> bool:
        """Whether an API server of the plan may have written what those of before cannot read."""
        return self.digest == CHANGING

    @property
    def arrived(self) -> bool:
        """Whether all of them have reached what the stack wants."""
        return self.wanted is not None and self.wanted == self.digest


def refused(
    made: Settings,
    asked: Settings,
    standing: Standing,
    *,
    installs_cni: bool,
    pools: Mapping[str, str] | None = None,
    keeps_image: bool = False,
    prebaked: bool = False,
) -> Iterator[Fault]:
    """The faults of a version to which the cluster cannot go. `made` are the settings that it was made with.

    `installs_cni` says whether this program would bring the network plugin to the release of the new minor, `keeps_image`
    whether machines may have the image of the cluster's first day, and `prebaked` whether machines install nothing. `pools` are
    the versions of the machines of each pool.
    """
    at = running_version(made, standing)
    if at is None:
        return
    version = str(asked[VERSION])
    found = filter(None, (at, standing.planned, made.get(VERSION), *(pools or {}).values()))
    unknown = next((one for one in map(str, found) if not is_known(one)), None)
    if unknown:
        yield Fault(
            VERSION,
            f"{version} is asked for, and {unknown} is what the cluster has, which this version of the program does not know: it "
            f"knows 1.{min(MINORS)} to 1.{NEWEST}. Run the version that has brought the cluster there, or a later one",
        )
        return
    was, wanted = minor_of(at), minor_of(version)
    heading = f"{version} is asked for and the cluster runs {at}"
    baked = [_baked(version)] if prebaked and version != at else []
    begun = minor_of(standing.planned) if standing.planned else was
    if begun.minor > was.minor and (standing.changing or wanted == begun):
        if wanted != begun:
            yield Fault(
                VERSION,
                f"{version} is asked for, and an upgrade from {at} to {standing.planned} has begun: its API servers may have written "
                f"what others cannot read. Keep {begun.name}, and run `pulumi up` until it ends",
            )
        yield from (Fault(VERSION, f"{heading}; {reason}") for reason in baked)
        return
    if wanted.minor < was.minor:
        yield Fault(
            VERSION,
            f"{heading}; control planes that run cannot go back, because an older API server cannot read what etcd holds. Keep "
            f"{was.name}, or go back {_to_snapshot(wanted)}",
        )
    elif wanted.minor > was.minor + 1:
        chain = ", ".join(f"1.{minor}" for minor in range(was.minor + 1, wanted.minor + 1))
        yield Fault(
            VERSION,
            f"{heading}; Kubernetes goes up by one minor at a time. Write {chain} one after the other, and after each run "
            "`pulumi up` until it ends",
        )
    elif wanted.minor > was.minor:
        reasons = [*_of_hop(was, made, standing), *_left_behind(pools or {}, was, wanted), *baked]
        if keeps_image and made.get(VERSION):
            reasons += _old_image(minor_of(str(made[VERSION])), was, wanted)
        yield from (Fault(VERSION, f"{heading}; {reason}") for reason in reasons)
        if installs_cni and made.get("cluster.cni") == Cni.CILIUM:
            yield from (Fault(VERSION, f"{heading}; {reason}") for reason in _cilium(was, wanted))
    else:
        yield from (Fault(VERSION, f"{heading}; {reason}") for reason in baked)


def running_version(made: Settings, standing: Standing) -> str | None:
    """The version that all control planes have; None if nothing says it."""
    recorded = made.get(VERSION)
    return standing.reached or (str(recorded) if recorded else None)


def _baked(version: str) -> str:
    """Why machines that install nothing cannot go to another version."""
    return (
        "control planes change their software where they are, and with software.prebaked they install none. Take prebaked out: they "
        f"install {version} over what the image holds. When `python -m dualstack status` shows that all have reached it, name an "
        "image that holds it, with prebaked again"
    )


def _of_hop(was: Minor, made: Settings, standing: Standing) -> Iterator[str]:
    """Why a cluster cannot go from one minor to the next."""
    if was.minor < FIRST:
        yield (
            f"a cluster is upgraded from 1.{FIRST} on, because 1.{FIRST} cannot read the dual-stack Services of earlier minors. "
            f"Keep {was.name}, or make a second cluster"
        )
    elif made.get("cluster.cni") == Cni.KUBENET:
        yield (
            f"machines with kubenet run Docker, whose containers control planes do not restart by themselves. Keep {was.name}, or make "
            "a second cluster"
        )
    elif standing.reached is None:
        yield (
            f"its control planes have not said that they are what the stack wants. Run `pulumi up` at {was.name} first, and wait until "
            "`python -m dualstack status` shows what they have reached. Machines of an earlier program never say it: replace them, "
            "one at a time"
        )


def _left_behind(pools: Mapping[str, str], was: Minor, wanted: Minor) -> Iterator[str]:
    """Which pools have kubelets that are too old for the next API servers."""
    for pool, version in pools.items():
        kubelet = minor_of(version).minor
        most = MOST_BEHIND if kubelet >= THREE_BEHIND else FEW_BEHIND
        if wanted.minor - kubelet > most:
            yield (
                f"the machines of pool {pool} are of {version}, and kubelets of that version may be {most} minors older than an API "
                f"server. Run `pulumi up` at {was.name} until it has replaced them, or take the pool out"
            )


def ahead(version: str, standing: Standing) -> Iterator[Fault]:
    """Why machines of a version cannot be workers yet. No kubelet may be newer than an API server.
    https://kubernetes.io/releases/version-skew-policy/#kubelet"""
    reached = standing.reached
    if reached and minor_number(version) > minor_number(reached):
        yield Fault(
            VERSION,
            f"{version} is asked for and the control planes have reached {reached}; no kubelet may be newer than an API server. Bring "
            "the control planes there first, and name it here when `python -m dualstack status` shows that all have reached it. If no "
            "cluster of this name runs, an earlier one has left the parameter join/reached behind: delete it",
        )


def _old_image(made: Minor, was: Minor, wanted: Minor) -> Iterator[str]:
    """Why machines must get another image first, if they have that of the minor that the cluster was made with."""
    if made.ubuntu != wanted.ubuntu and was.containerd != wanted.containerd:
        yield (
            f"machines that were made with {made.name} run Ubuntu {made.ubuntu}, whose C library is too old for containerd "
            f"{wanted.containerd}. Write nodes.newestImage: true at {was.name}, and run `pulumi up` until it has moved control planes "
            f"and pools to Ubuntu {wanted.ubuntu}"
        )


def _cilium(was: Minor, wanted: Minor) -> Iterator[str]:
    """Why the release of Cilium cannot follow. Its makers test the way between neighbours alone.
    https://docs.cilium.io/en/stable/operations/upgrade/"""
    if between := skipped(CILIUM, was, wanted):
        yield (
            f"Cilium would go from {between[0]} to {between[-1]}, and its makers upgrade it by one minor at a time. Remove its release "
            f"from the state (`pulumi state delete`), turn addons.cni off, and bring it through {', '.join(between[1:])} by its "
            "makers' steps first"
        )


def skipped(releases: tuple[PinnedRelease, ...], was: Minor, wanted: Minor) -> list[str]:
    """The minors of an add-on from that of one Kubernetes minor to that of another; empty if they are neighbours."""
    found = [release_for(releases, minor.minor) for minor in (was, wanted)]
    first, last = (int(one.version.split(".")[1]) if one else None for one in found)
    if first is None or last is None or last - first <= 1:
        return []
    return [f"1.{minor}" for minor in range(first, last + 1)]


def announcement(
    versions: tuple[str, str],
    machines: Mapping[str, str],
    changed: Iterable[str],
    addons: Iterable[str],
) -> str:
    """What a run does to control planes that run: from which version to which, in which order, and what follows.

    `machines` are the ids of control planes by name, `changed` the files that differ, and `addons` the new releases.
    """
    # Machines order themselves by the names of their Nodes, which are their ids.
    order = ", ".join(sorted(machines, key=machines.__getitem__))
    rows = {
        "from": versions[0],
        "to": versions[1],
        "files": ", ".join(changed),
        "first": f"API server, controller manager, scheduler and etcd, one machine after the other: {order}",
        "then": "kubelet and software, in the same order",
        "after": "pools, each as its own line says",
        "add-ons": ", ".join(addons),
        "away": "the API, for some seconds" if len(machines) == 1 else "one API server at a time",
        "back": _back(*versions),
    }
    rows = {name: text for name, text in rows.items() if text}
    width = max(map(len, rows))
    table = "\n".join(f"  {name:{width}}  {text}" for name, text in rows.items())
    return f"{ANNOUNCED}\n{table}"


def _back(at: str, asked: str) -> str:
    """The way back from a version."""
    if at == asked:
        return "write the settings of before"
    if minor_of(at) == minor_of(asked):
        return f"write {at} again"
    return _to_snapshot(minor_of(at))


def _to_snapshot(before: Minor) -> str:
    """The way back to a minor. Without a control plane that runs, a stack may ask for any minor."""
    return (
        f"to a snapshot of etcd that {before.name} has written, on new control planes: terminate all control planes, ask for the "
        f"snapshot by `python -m dualstack restore`, and run `pulumi up --refresh` at {before.name}"
    )


def new_releases(was: Minor, spec: AddonsSpec) -> Iterator[str]:
    """The add-ons that another minor brings to another release."""
    for name, addon in ADDONS.items():
        if not addon.wanted(spec):
            continue
        before, after = release_for(addon.releases, was.minor), addon.release(spec)
        if before != after:
            yield f"{name} {before.version if before else 'none'} -> {after.version if after else 'none'}"


def cautions(was: Minor, wanted: Minor, there: Files, asked: Files) -> Iterator[Fault]:
    """What is to be known before a hop that is possible. `there` are the files of control planes, `asked` those that they shall have."""
    if wanted.minor != was.minor + 1:
        return
    if not was.reads_stored(wanted):
        form = wanted.api_version.rpartition("/")[2]
        yield Fault(
            VERSION,
            f"the first control plane of {wanted.name} stores kubeadm-config as {form}, which the kubeadm of {was.name} cannot read. "
            f"Machines of pools that start before their pool has its template of {wanted.name} do not join: those that an autoscaler "
            "adds, and those that replace spot machines. Let no pool grow until `up` has ended, and pools of other programs until these "
            f"have {wanted.name}",
        )
    if was.etcd_floor:
        yield from _below_floor(
            was, wanted, was.etcd_floor, _patched_etcd(there), _patched_etcd(asked)
        )


def _below_floor(
    was: Minor, wanted: Minor, floor: str, there: str | None, asked: str | None
) -> Iterator[Fault]:
    """What etcd takes before its next line. `there` and `asked` are its versions by the user's own patches."""
    now, then = (row.etcd.partition("-")[0] for row in (was, wanted))
    if not there or _numbers(there) < _numbers(floor):
        yield Fault(
            VERSION,
            f"kubeadm brings etcd from {there or now} to {then}, and etcd's makers ask for {floor} or later before {then}. Bring that at "
            f"{was.name} first: in kubeadm.patches, etcd0+strategic.yaml with {{spec: {{containers: [{{name: etcd, image: …}}]}}}}. Take it "
            f"out together with the step to {wanted.name}",
        )
    elif asked and _numbers(asked) < _numbers(then):
        yield Fault(
            VERSION,
            f"kubeadm.patches keeps etcd at {asked}, and the arguments that kubeadm of {wanted.name} writes are for {then}; take the "
            "image out of the patch together with this step",
        )


def _patched_etcd(files: Files) -> str | None:
    """The version of etcd in the patches among these files; None if none names an image of it."""
    patches = (text for path, (_, text) in files.items() if path.startswith(ETCD_PATCHES))
    return next((found[1] for text in patches if (found := ETCD_IMAGE.search(text))), None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
