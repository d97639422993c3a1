"""Gates of components: no gate is off on which a setting relies."""

from typing import Any

import pytest

from tests.support.faults import described, faults_in
from tests.unit.components.rules.refused import of_control_plane

ISSUER = {"url": "https://login.example.com", "clientId": "kubernetes"}
FIELDS = {
    "apiServerArgs": "kube-apiserver",
    "controllerManagerArgs": "kube-controller-manager",
    "kubeletArgs": "the kubelet",
}


def faults(minor: str, field: str, gates: str, **sections: Any) -> list[str]:
    """The faults of a control plane with these gates, without the place, which each has."""
    kubeadm = {field: {"feature-gates": gates}, **sections.pop("kubeadm", {})}
    found = of_control_plane(minor, kubeadm=kubeadm, **sections)
    assert all(fault.startswith(f"kubeadm.{field}.feature-gates: ") for fault in found)
    return [fault.partition(": ")[2] for fault in found]


@pytest.mark.parametrize(
    ("field", "gate", "sections", "first", "effect"),
    [
        (
            "apiServerArgs",
            "StructuredAuthenticationConfiguration",
            {"oidc": {"issuers": [ISSUER]}},
            30,
            "does not start with oidc.issuers",
        ),
        (
            "apiServerArgs",
            "PodSecurity",
            {"podSecurity": {"warn": "baseline"}},
            23,
            "refuses no pod for podSecurity",
        ),
        (
            "apiServerArgs",
            "BoundServiceAccountTokenVolume",
            {"serviceAccountIssuer": {"key": 2, "oldestKey": 2}},
            21,
            "gives pods tokens that nothing renews, and serviceAccountIssuer.oldestKey ends them",
        ),
        (
            "kubeletArgs",
            "RotateKubeletServerCertificate",
            {},
            19,
            "does not start with what kubeadm.kubeletCertificates says",
        ),
        (
            "kubeletArgs",
            "GracefulNodeShutdown",
            {},
            21,
            "does not start with nodes.shutdownGraceSeconds",
        ),
        (
            "kubeletArgs",
            "SeccompDefault",
            {},
            25,
            "does not start with seccompDefault, which is written for it",
        ),
    ],
)
def test_a_gate_on_which_a_setting_relies_is_not_turned_off(field, gate, sections, first, effect):
    before, then = f"1.{first - 1}", f"1.{first}"
    if not sections:
        assert faults(before, field, f"{gate}=false") == []
    assert faults(then, field, f"{gate}=F", **sections) == [
        f"without {gate} {FIELDS[field]} of {then} {effect}; leave it out"
    ]
    assert faults(then, field, f"{gate}=true", **sections) == []


def test_a_gate_is_free_without_the_setting_that_relies_on_it():
    assert faults("1.31", "apiServerArgs", "StructuredAuthenticationConfiguration=false") == []
    assert faults("1.24", "apiServerArgs", "PodSecurity=false") == []
    assert faults("1.31", "apiServerArgs", "AllBeta=false") == []
    assert (
        faults(
            "1.31",
            "kubeletArgs",
            "GracefulNodeShutdown=false,RotateKubeletServerCertificate=false",
            nodes={"shutdownGraceSeconds": 0, "shutdownCriticalSeconds": 0},
            kubeadm={"kubeletCertificates": "selfSigned"},
        )
        == []
    )


def test_all_beta_gates_hold_those_on_which_settings_rely():
    assert faults("1.26", "kubeletArgs", "AllBeta=false,SeccompDefault=true") == [
        "without RotateKubeletServerCertificate the kubelet of 1.26 does not start with what kubeadm.kubeletCertificates says; "
        "leave AllBeta out, or write RotateKubeletServerCertificate=true beside it",
        "without GracefulNodeShutdown the kubelet of 1.26 does not start with nodes.shutdownGraceSeconds; "
        "leave AllBeta out, or write GracefulNodeShutdown=true beside it",
    ]
    assert faults("1.33", "apiServerArgs", "AllBeta=false", oidc={"issuers": [ISSUER]}) == [
        "without StructuredAuthenticationConfiguration kube-apiserver of 1.33 does not start with oidc.issuers; "
        "leave AllBeta out, or write StructuredAuthenticationConfiguration=true beside it"
    ]
    assert faults("1.34", "apiServerArgs", "AllBeta=false", oidc={"issuers": [ISSUER]}) == []
    assert faults("1.34", "kubeletArgs", "AllBeta=true") == []


@pytest.mark.parametrize("field", ["apiServerArgs", "controllerManagerArgs"])
def test_all_beta_gates_hold_that_of_dual_stack_in_1_21_and_1_22(field):
    message = "without IPv6DualStack {} of 1.22 has one family alone; leave AllBeta out"

    assert faults("1.22", field, "AllBeta=false") == [message.format(FIELDS[field])]
    assert faults("1.23", field, "AllBeta=false") == []


@pytest.mark.parametrize(
    ("gates", "part"),
    [
        ("NodeSwap", "'NodeSwap'"),
        ("NodeSwap=yes", "'NodeSwap=yes'"),
        ("NodeSwap=true;ProcMountType=true", "'NodeSwap=true;ProcMountType=true'"),
        ("NodeSwap: true", "'NodeSwap: true'"),
    ],
)
def test_a_gate_that_cannot_be_read_is_named(gates, part):
    assert faults("1.36", "apiServerArgs", gates) == [
        f"{part} is no gate with an answer; write a name with =true or =false, and commas between gates"
    ]
    assert faults("1.36", "apiServerArgs", "kube:NodeSwap=true, ProcMountType=T,") == []


@pytest.mark.parametrize(
    ("minor", "field", "reads"),
    [
        ("1.31", "apiServerArgs", True),
        ("1.36", "apiServerArgs", True),
        ("1.36", "controllerManagerArgs", True),
        ("1.36", "schedulerArgs", True),
        ("1.30", "apiServerArgs", False),
        ("1.30", "schedulerArgs", False),
        ("1.36", "kubeletArgs", False),
        ("1.28", "kubeletArgs", False),
    ],
)
def test_a_component_before_a_gate_is_for_those_that_read_it(minor, field, reads):
    component = {**FIELDS, "schedulerArgs": "kube-scheduler"}[field]
    message = (
        f"{component} of {minor} reads no component before the name of a gate; write NodeSwap=true"
    )

    assert faults(minor, field, "kube:NodeSwap=true") == ([] if reads else [message])


def test_etcd_reads_no_component_before_a_gate():
    assert faults("1.36", "etcdArgs", "kube:InitialCorruptCheck=true") == [
        "etcd of 1.36 reads no component before the name of a gate; write InitialCorruptCheck=true"
    ]


@pytest.mark.parametrize(
    ("minor", "gate", "message"),
    [
        (
            "1.36",
            "NodeSwp=true",
            "NodeSwp is a gate of no minor, and components do not start with one that they do not know; did you mean NodeSwap?",
        ),
        (
            "1.36",
            "Nonsense=true",
            "Nonsense is a gate of no minor, and components do not start with one that they do not know; leave it out",
        ),
        (
            "1.32",
            "ServerSideApply=true",
            "ServerSideApply ended with 1.31, and this is 1.32; leave it out",
        ),
        ("1.21", "NodeSwap=true", "NodeSwap begins with 1.22, and this is 1.21; leave it out"),
        (
            "1.26",
            "ServerSideApply=false",
            "ServerSideApply is always on since 1.26, and components of 1.26 do not start with another answer; leave it out",
        ),
        (
            "1.36",
            "GitRepoVolumeDriver=true",
            "GitRepoVolumeDriver is always off since 1.36, and components of 1.36 do not start with another answer; leave it out",
        ),
    ],
)
def test_a_gate_with_which_components_would_not_start_is_refused(minor, gate, message):
    for field in FIELDS:
        assert faults(minor, field, gate) == [message]


@pytest.mark.parametrize(
    ("minor", "gate"),
    [
        ("1.31", "ServerSideApply=true"),
        ("1.25", "ServerSideApply=false"),
        ("1.22", "NodeSwap=true"),
        ("1.36", "GitRepoVolumeDriver=false"),
        ("1.37", "kube:NodeSwap=true"),
        ("1.16", "AllAlpha=true"),
    ],
)
def test_a_gate_that_components_know_is_theirs(minor, gate):
    assert faults(minor, "apiServerArgs", gate) == []


def test_etcd_has_gates_of_its_own():
    assert faults("1.36", "etcdArgs", "InitialCorruptCheck=true") == []


def test_a_pool_alone_knows_the_times_of_its_machines():
    given = described(
        workers={"general": {"instanceTypes": ["t3.large"]}},
        kubeadm={"kubeletArgs": {"feature-gates": "GracefulNodeShutdown=false"}},
    )

    assert faults_in(given) == [
        "kubeadm.kubeletArgs.feature-gates: without GracefulNodeShutdown the kubelet of 1.36 does not start with "
        "nodes.shutdownGraceSeconds; leave it out",
        *(
            f"kubeadm.kubeletArgs.feature-gates: {gate} is on and needs GracefulNodeShutdown, and the kubelet of 1.36 does not "
            f"start with that off; write GracefulNodeShutdown=true too, or {gate}=false"
            for gate in ("GracefulNodeShutdownBasedOnPodPriority", "WindowsGracefulNodeShutdown")
        ),
    ]


@pytest.mark.parametrize(
    ("field", "gates", "fault"),
    [
        (
            "apiServerArgs",
            "ClusterTrustBundleProjection=true",
            "ClusterTrustBundleProjection is on and needs ClusterTrustBundle, and kube-apiserver of 1.36 does not start with "
            "that off; write ClusterTrustBundle=true too, or ClusterTrustBundleProjection=false",
        ),
        (
            "schedulerArgs",
            "GangScheduling=true",
            "GangScheduling is on and needs GenericWorkload, and kube-scheduler of 1.36 does not start with that off; "
            "write GenericWorkload=true too, or GangScheduling=false",
        ),
        (
            "controllerManagerArgs",
            "UserNamespacesSupport=false,UserNamespacesHostNetworkSupport=true",
            "UserNamespacesHostNetworkSupport is on and needs UserNamespacesSupport, and kube-controller-manager of 1.36 does "
            "not start with that off; write UserNamespacesSupport=true too, or UserNamespacesHostNetworkSupport=false",
        ),
    ],
)
def test_a_gate_needs_others_from_1_35_on(field, gates, fault):
    assert fault in faults("1.36", field, gates)


def test_what_is_on_by_default_needs_others_too():
    at_once = {"nodes": {"shutdownGraceSeconds": 0, "shutdownCriticalSeconds": 0}}

    said = faults("1.36", "kubeletArgs", "GracefulNodeShutdown=false", **at_once)

    assert said == [
        f"{gate} is on and needs GracefulNodeShutdown, and the kubelet of 1.36 does not start with that off; write "
        f"GracefulNodeShutdown=true too, or {gate}=false"
        for gate in ("GracefulNodeShutdownBasedOnPodPriority", "WindowsGracefulNodeShutdown")
    ]


@pytest.mark.parametrize(
    ("minor", "field", "gates"),
    [
        ("1.34", "apiServerArgs", "ClusterTrustBundleProjection=true"),
        ("1.36", "apiServerArgs", "ClusterTrustBundleProjection=true,ClusterTrustBundle=true"),
        ("1.37", "apiServerArgs", "ClusterTrustBundleProjection=true"),
        ("1.36", "controllerManagerArgs", "AllAlpha=true,AllBeta=true"),
        ("1.36", "apiServerArgs", "AllBeta=false"),
    ],
)
def test_gates_with_what_they_need_are_taken(minor, field, gates):
    assert faults(minor, field, gates) == []
