"""Rules for control planes that exist: how many may end, which may be replaced, and what stays of their type."""

from collections.abc import Collection, Iterator, Mapping

from ..config.check import Fault

MAJORITY_SURVIVES = 3
"""The least members of etcd of which one may be lost."""


def fewer(machines: Collection[str], staying: Collection[str]) -> Iterator[Fault]:
    """The fault of a count that takes the majority of etcd away. `machines` exist, `staying` are asked for."""
    gone = sorted(set(machines) - set(staying))
    if not gone or (len(gone) == 1 and len(machines) >= MAJORITY_SURVIVES):
        return
    yield Fault(
        "controlPlane.count",
        f"{', '.join(sorted(machines))} exist, and {', '.join(gone)} would end at once: etcd would lose its majority and the "
        f"cluster its data. One at a time, from {gone[-1]} on: run `kubeadm reset --force` on it, so that it leaves etcd, and "
        "terminate it in EC2. Then lower the count",
    )


def of_another_name(machines: Collection[str], asked: str, cluster: str) -> Iterator[Fault]:
    """The fault of a component whose control planes are called otherwise. `machines` are ids, and `asked` is the first name."""
    if machines:
        yield Fault(
            "name",
            f"{', '.join(machines)} run as control planes of {cluster}, and this program would call the first one {asked}: what runs "
            "would not be found by its name, so nothing would guard it. Their Name tags in EC2 begin with the name that the "
            "component had. Give it that name again, or the cluster another one; an alias does not rename machines",
        )


def replacement(
    machine: str, machines: Collection[str], replaced: Collection[str] = ()
) -> str | None:
    """Why a control plane must not be made now, as it would take the place of a running one; None if it may."""
    if machine not in machines:
        return None
    if len(machines) == 1:
        return (
            f"{machine} runs, and it is the only control plane: it holds the only copy of etcd, so its replacement ends the "
            "cluster. Nothing was replaced. Raise the count of control planes to 3 first; if the cluster may be lost, terminate the "
            "machine in EC2 and run `pulumi up --refresh`"
        )
    if len(machines) < MAJORITY_SURVIVES:
        return (
            f"{machine} is one of {len(machines)} control planes, and without it etcd has no majority. It was not replaced. "
            "Raise the count of control planes to 3 first"
        )
    if replaced:
        return (
            f"{machine} and {', '.join(replaced)} would be replaced at once, and etcd may lose its majority. It was not "
            "replaced. Replace one control plane at a time, and wait until it is Ready"
        )
    return None


def of_another_type(
    machines: Mapping[str, Collection[str]], fitting: Collection[str], asked: str
) -> Iterator[Fault]:
    """The warning of an instance type that running control planes do not have. `machines` are ids by name."""
    others = sorted(name for name, ids in machines.items() if not {*ids} & {*fitting})
    if others:
        yield Fault(
            "controlPlane.instanceType",
            f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} another type than {asked}. Running control planes "
            "keep theirs, because a change would stop all of them at once; replace them one at a time",
        )
