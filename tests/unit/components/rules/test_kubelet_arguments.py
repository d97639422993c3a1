"""Arguments with which a kubelet starts only beside others: reserved processors, and gates."""

import pytest

from tests.support.faults import described, faults_in


def faults_of(minor: str, **kubeadm: object) -> list[str]:
    """The faults of a cluster with some settings of kubeadm."""
    cluster = {"name": "dev", "kubernetesVersion": minor, "cloudProvider": "none"}
    pods = {"ipv6Range": "fd20::/16"} if minor == "1.16" else {}
    return faults_in(described(cluster=cluster, pods=pods, kubeadm=kubeadm))


STATIC = {"cpu-manager-policy": "static"}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"kube-reserved": "cpu=100m,memory=256Mi"},
        {"kube-reserved": "memory=256Mi", "system-reserved": "cpu=0.5"},
        {"kube-reserved": "memory=256Mi", "reserved-cpus": "0-1"},
        {"system-reserved": "memory=256Mi"},
    ],
)
def test_a_static_cpu_policy_is_taken_where_some_cpu_is_reserved(arguments):
    assert faults_of("1.36", kubeletArgs={**STATIC, **arguments}) == []


@pytest.mark.parametrize("reserved", ["memory=256Mi", "cpu=0,memory=256Mi", "cpu=0m"])
def test_a_static_cpu_policy_is_refused_where_no_cpu_is_reserved(reserved):
    assert faults_of("1.36", kubeletArgs={**STATIC, "kube-reserved": reserved}) == [
        "kubeadm.kubeletArgs.kube-reserved: it keeps no cpu from pods, and the kubelet of 1.36 does not start so with "
        "cpu-manager-policy static; write one, like cpu=500m"
    ]
    assert faults_of("1.36", kubeletArgs={"kube-reserved": reserved}) == []


def test_a_static_cpu_policy_looks_at_the_sections_of_machines_too():
    kubeadm = {"kubeletArgs": {**STATIC, "kube-reserved": "memory=256Mi"}}
    reserves = {"kubelet": {"systemReserved": {"cpu": "500m"}}}
    none = {"kubelet": {"kubeReserved": {"cpu": "0"}}}

    assert (
        faults_in(described(kubeadm=kubeadm, controlPlane=reserves, workers={"a": reserves})) == []
    )
    assert faults_in(described(kubeadm={"kubeletArgs": STATIC}, workers={"a": none})) == [
        "workers.a.kubelet.kubeReserved.cpu: it keeps no cpu from pods, and the kubelet of 1.36 does not start so with "
        "cpu-manager-policy static; write one, like cpu=500m"
    ]


@pytest.mark.parametrize(
    ("flag", "value", "gate", "first", "last"),
    [
        ("seccomp-default", "true", "SeccompDefault", "1.22", "1.24"),
        ("cpu-cfs-quota-period", "50ms", "CustomCPUCFSQuotaPeriod", "1.16", "1.35"),
    ],
)
def test_an_argument_needs_its_gate_while_that_is_off(flag, value, gate, first, last):
    fault = (
        f"kubeadm.kubeletArgs.{flag}: the kubelet of {{}} does not start with it without a gate that is off; write {gate}=true "
        "into feature-gates, or leave it out"
    )
    after = f"1.{int(last[2:]) + 1}"

    for minor in (first, last):
        assert faults_of(minor, kubeletArgs={flag: value}) == [fault.format(minor)]
        for gates in (f"{gate}=true", "AllAlpha=true"):
            assert faults_of(minor, kubeletArgs={flag: value, "feature-gates": gates}) == []
    assert faults_of(after, kubeletArgs={flag: value}) == []


def test_an_argument_that_says_the_default_needs_no_gate_nor_one_whose_gate_is_in_a_patch():
    patches = {"kubeletconfiguration.yaml": "featureGates: {CustomCPUCFSQuotaPeriod: true}"}

    assert faults_of("1.24", kubeletArgs={"seccomp-default": "false"}) == []
    assert faults_of("1.35", kubeletArgs={"cpu-cfs-quota-period": "100ms"}) == []
    assert faults_of("1.35", patches=patches, kubeletArgs={"cpu-cfs-quota-period": "50ms"}) == []


@pytest.mark.parametrize(
    ("option", "gate", "first", "last"),
    [
        ("full-pcpus-only", "CPUManagerPolicyOptions", "1.22", "1.22"),
        ("distribute-cpus-across-numa", "CPUManagerPolicyAlphaOptions", "1.23", "1.32"),
        ("align-by-socket", "CPUManagerPolicyAlphaOptions", "1.25", "1.37"),
        ("strict-cpu-reservation", "CPUManagerPolicyAlphaOptions", "1.32", "1.32"),
        ("prefer-align-cpus-by-uncorecache", "CPUManagerPolicyAlphaOptions", "1.32", "1.33"),
    ],
)
def test_an_option_of_the_cpu_manager_needs_its_gate_while_that_is_off(option, gate, first, last):
    arguments = {**STATIC, "cpu-manager-policy-options": f"{option}=true"}
    says = (
        "kubeadm.kubeletArgs.cpu-manager-policy-options: the kubelet of {} does not start with it without a gate that is off; "
        f"write {gate}=true into feature-gates, or leave it out"
    )

    for minor in (first, last):
        assert faults_of(minor, kubeletArgs=arguments) == [says.format(minor)]
        assert faults_of(minor, kubeletArgs={**arguments, "feature-gates": f"{gate}=true"}) == []
    if last != "1.37":
        assert faults_of(f"1.{int(last[2:]) + 1}", kubeletArgs=arguments) == []


def test_an_argument_of_the_api_server_needs_its_gate_while_that_is_off():
    peer = {"peer-advertise-port": "6443"}

    assert faults_of("1.35", apiServerArgs=peer) == [
        "kubeadm.apiServerArgs.peer-advertise-port: kube-apiserver of 1.35 does not start with it without a gate that is off; "
        "write UnknownVersionInteroperabilityProxy=true into feature-gates, or leave it out"
    ]
    assert faults_of("1.36", apiServerArgs=peer) == []


def test_the_stub_of_ubuntu_is_no_resolver_of_pods():
    kubeadm = {"kubeletArgs": {"resolv-conf": "/etc/resolv.conf"}}

    assert faults_in(described(kubeadm=kubeadm)) == [
        "kubeadm.kubeletArgs.resolv-conf: /etc/resolv.conf of Ubuntu names the stub of systemd-resolved, and CoreDNS would ask "
        "itself; leave it out, and kubeadm gives the kubelet /run/systemd/resolve/resolv.conf"
    ]
    assert faults_in(described(kubeadm=kubeadm, nodes={"image": "amazon-linux-2023"})) == []
