"""Arguments of components: their kinds, and the first and the last minor that takes each, in `component_flags.csv`.

Read in the sources of every minor's last patch, and of the etcd that its kubeadm brings. Of an argument that changed its package the
widest life is written, and that of one that stayed without an effect ends where the component refuses it.
"""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .argument_kinds import KINDS, FlagKind
from .minors import Minors

ARGUMENT_FIELDS: Mapping[str, str] = {
    "apiServerArgs": "kube-apiserver",
    "controllerManagerArgs": "kube-controller-manager",
    "schedulerArgs": "kube-scheduler",
    "etcdArgs": "etcd",
    "kubeletArgs": "the kubelet",
}
"""The component that each field's arguments are for, as messages name it."""

FLAGS = Path(__file__).with_name("component_flags.csv")


@dataclass(frozen=True, slots=True)
class Flag:
    """An argument: the minors that take it, and its kind; None if the component reads its text in a way of its own."""

    minors: Minors
    kind: FlagKind | None


def flag_of(field: str, name: str) -> Flag | None:
    """The argument of this name of the field's component; None for one that it has in no minor.

    kubeadm writes `authorization-mode` beside `authorization-config`, and the two exclude each other, until 1.30 (#123654).
    `authentication-config` needs a gate in 1.29. So both begin with 1.30 here.
    """
    return _flags()[field].get(name)


def flags_of(field: str, minor: int) -> Collection[str]:
    """The names of the arguments that the field's component takes in a minor."""
    return [name for name, flag in _flags()[field].items() if minor in flag.minors]


@cache
def _flags() -> Mapping[str, Mapping[str, Flag]]:
    found: dict[str, dict[str, Flag]] = {field: {} for field in ARGUMENT_FIELDS}
    with FLAGS.open(newline="") as file:
        for row in csv.DictReader(file):
            kind = KINDS[row["kind"]] if row["kind"] else None
            found[row["field"]][row["argument"]] = Flag(Minors.read(row), kind)
    return found
