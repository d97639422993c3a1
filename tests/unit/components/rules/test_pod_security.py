"""Levels of pods: what is refused, and in which words."""

from typing import Any

from components.config.check import SpecError
from components.rules import load
from components.spec.cluster import ControlPlaneSpec


def faults(version: str, levels: dict[str, Any], **arguments: str) -> list[str]:
    """The faults of a control plane of one version with these levels."""
    try:
        load(
            ControlPlaneSpec,
            {
                "region": "eu-west-1",
                "project": "dualstack",
                "stack": "test",
                "cluster": {"name": "dev", "kubernetesVersion": version},
                "podSecurity": levels,
                "kubeadm": {
                    "apiServerArgs": arguments,
                    "files": {path: {"content": "x\n"} for path in arguments.values()},
                },
            },
        )
    except SpecError as error:
        return [str(fault) for fault in error.faults]
    return []


def test_levels_take_a_minor_that_has_them():
    assert faults("1.23", {"enforce": "baseline"}) == []
    assert faults("1.22", {"enforce": "baseline"}) == [
        "podSecurity: API servers have these levels from 1.23 on, and this is 1.22; leave it out, and use policies of an admission "
        "controller of yours"
    ]
    assert faults("1.22", {}) == []


def test_namespaces_are_exempt_from_something():
    assert faults("1.37", {"exemptNamespaces": ["batch"]}) == [
        "podSecurity.exemptNamespaces: without a level nothing is refused; choose one in enforce, audit or warn, or leave it out"
    ]


def test_one_place_decides_on_admission():
    own = {"admission-control-config-file": "/etc/kubernetes/own.yaml"}

    assert faults("1.37", {"warn": "restricted"}, **own) == [
        "kubeadm.apiServerArgs.admission-control-config-file: it follows from podSecurity while a level is chosen there; leave "
        "one of the two out"
    ]
    assert faults("1.37", {}, **own) == []
