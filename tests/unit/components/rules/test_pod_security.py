"""Levels of pods: what is refused, and in which words."""

from typing import Any

from tests.unit.components.rules.refused import of_control_plane


def faults(version: str, levels: dict[str, Any], **arguments: str) -> list[str]:
    """The faults of a control plane of one version with these levels."""
    files = {path: {"content": "x\n"} for path in arguments.values()}
    kubeadm = {"apiServerArgs": arguments, "files": files}
    return of_control_plane(version, podSecurity=levels, kubeadm=kubeadm)


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


def test_the_plugin_that_refuses_pods_stays_on():
    off = {"apiServerArgs": {"disable-admission-plugins": "PodNodeSelector,PodSecurity"}}

    assert of_control_plane("1.37", podSecurity={"enforce": "baseline"}, kubeadm=off) == [
        "kubeadm.apiServerArgs.disable-admission-plugins: without PodSecurity nothing is refused, and podSecurity chooses a level; "
        "leave one of the two out"
    ]
    assert of_control_plane("1.37", kubeadm=off) == []
