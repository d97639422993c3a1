"""Arguments of components by minor: the first and the last that takes each, in `component_flags.csv`.

Read in the sources of every minor's last patch, and of the etcd that its kubeadm brings. Of an argument that changed its package the
widest life is written, and that of one that stayed without an effect ends where the component refuses it.
"""

import csv
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

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


def life_of(field: str, flag: str) -> Minors | None:
    """The minors in which the field's component takes a flag; None for one that it has in no minor.

    kubeadm writes `authorization-mode` beside `authorization-config`, and the two exclude each other, until 1.30 (#123654).
    `authentication-config` needs a gate in 1.29. So both begin with 1.30 here.
    """
    return _lives()[field].get(flag)


def flags_of(field: str, minor: int) -> Collection[str]:
    """The flags that the field's component takes in a minor."""
    return [flag for flag, life in _lives()[field].items() if minor in life]


@cache
def _lives() -> Mapping[str, Mapping[str, Minors]]:
    found: dict[str, dict[str, Minors]] = {field: {} for field in ARGUMENT_FIELDS}
    with FLAGS.open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["field"]][row["argument"]] = Minors.read(row)
    return found
