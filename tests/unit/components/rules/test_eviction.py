"""Thresholds of eviction with which a kubelet would not start are refused, in the field of a section and in an argument."""

import pytest

from tests.support.faults import described, faults_in

ARGUMENT = "kubeadm.kubeletArgs."


def faults_of(minor: str = "1.36", patches: dict[str, str] | None = None, **arguments: str):
    given = {flag.replace("_", "-"): value for flag, value in arguments.items()}
    return faults_in(described(minor, kubeadm={"kubeletArgs": given, "patches": patches or {}}))


def faults_of_field(threshold: str) -> list[str]:
    kubelet = {"evictionHard": {"memory.available": threshold}}
    return faults_in(described(controlPlane={"kubelet": kubelet}))


@pytest.mark.parametrize("threshold", ["0", "0Mi", "0.0", "00", "0.00Gi"])
def test_an_amount_of_zero_is_refused_everywhere(threshold):
    says = f"{threshold} is no amount, and no kubelet starts with it; write 0% to turn it off"

    assert faults_of_field(threshold) == [
        f'controlPlane.kubelet.evictionHard["memory.available"]: {says}'
    ]
    assert faults_of(eviction_hard=f"memory.available<{threshold}") == [
        f"{ARGUMENT}eviction-hard: of memory.available, {says}"
    ]


@pytest.mark.parametrize("threshold", ["100%", "100.5%", "150%", "1000%"])
def test_a_share_of_all_or_more_is_refused_everywhere(threshold):
    says = f"{threshold} is all there is, or more; write a smaller share, or 0% to turn it off"

    assert faults_of_field(threshold) == [
        f'controlPlane.kubelet.evictionHard["memory.available"]: {says}'
    ]
    assert faults_of(eviction_hard=f"memory.available<{threshold}") == [
        f"{ARGUMENT}eviction-hard: of memory.available, {says}"
    ]


@pytest.mark.parametrize("threshold", ["0%", "0.5%", "5%", "99.9%", "100Mi", "0.5Gi", "1000"])
def test_other_thresholds_are_taken(threshold):
    assert faults_of_field(threshold) == []
    assert faults_of(eviction_hard=f"memory.available<{threshold},nodefs.available<10%") == []


@pytest.mark.parametrize("threshold", ["500MB", "half", "-1Gi", "1Gi%"])
def test_an_amount_that_no_kubelet_reads_is_refused(threshold):
    assert faults_of(eviction_hard=f"memory.available<{threshold}") == [
        f"{ARGUMENT}eviction-hard: of memory.available, {threshold} is no amount; write a share like 10% or an amount like "
        "500Mi"
    ]


def test_a_threshold_without_a_signal_of_the_kubelet_is_refused():
    assert faults_of(eviction_hard="memory.avail<5%,nodefs.available=10%") == [
        f"{ARGUMENT}eviction-hard: 'memory.avail' is a signal of no kubelet; did you mean memory.available?",
        f"{ARGUMENT}eviction-hard: 'nodefs.available=10%' is no threshold; write a signal, < and an amount, like "
        "memory.available<500Mi",
    ]


def test_each_soft_threshold_needs_a_grace_period():
    soft = "memory.available<500Mi,nodefs.available<15%,imagefs.available<0%"

    assert faults_of(
        eviction_soft=soft, eviction_soft_grace_period="memory.available=1m30s", minor="1.20"
    ) == [
        f"{ARGUMENT}eviction-soft: nodefs.available has no grace period, and the kubelet of 1.20 does not start without one; "
        "write it into eviction-soft-grace-period, like nodefs.available=1m30s"
    ]
    assert len(faults_of(eviction_soft=soft)) == 2


def test_grace_periods_may_come_from_the_argument_or_from_a_patch():
    soft = "memory.available<500Mi"
    patch = "evictionSoftGracePeriod: {memory.available: 1m30s}"

    assert faults_of(eviction_soft=soft, eviction_soft_grace_period="memory.available=1m30s") == []
    assert faults_of(eviction_soft=soft, patches={"kubeletconfiguration.yaml": patch}) == []
