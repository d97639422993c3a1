"""Certificates of kubelets: one place decides on them."""

import pytest

from tests.unit.components.rules.refused import of_control_plane

FILES = {
    "/etc/kubernetes/kubelet.crt": {"content": "x\n", "on": "all"},
    "/etc/kubernetes/kubelet.key": {"content": "x\n", "on": "all"},
}
OWN = {
    "tls-cert-file": "/etc/kubernetes/kubelet.crt",
    "tls-private-key-file": "/etc/kubernetes/kubelet.key",
}


def faults(arguments: dict[str, str], **kubeadm: object) -> list[str]:
    given = {"kubeletArgs": arguments, "files": FILES, **kubeadm}
    return of_control_plane("1.36", kubeadm=given)


@pytest.mark.parametrize("asked", ["signed", "verified"])
def test_kubelets_serve_with_the_certificates_that_are_asked_for(asked):
    says = f"lets kubelets serve with other certificates than kubeadm.kubeletCertificates says, which is {asked}"

    assert faults(OWN, kubeletCertificates=asked) == [
        f"kubeadm.kubeletArgs.tls-cert-file: /etc/kubernetes/kubelet.crt {says}; leave one of the two out"
    ]
    assert faults({"rotate-server-certificates": "false"}, kubeletCertificates=asked) == [
        f"kubeadm.kubeletArgs.rotate-server-certificates: false {says}; leave one of the two out"
    ]
    assert faults({"rotate-server-certificates": "true"}, kubeletCertificates=asked) == []


def test_arguments_of_kubelets_decide_where_nothing_else_is_said():
    assert faults(OWN) == []
    assert faults(OWN, kubeletCertificates="selfSigned") == []
    assert faults({"rotate-server-certificates": "false"}) == []


def test_the_authority_that_api_servers_expect_is_set_in_one_place():
    given = {"apiServerArgs": {"kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt"}}

    assert of_control_plane("1.36", kubeadm=given) == [
        "kubeadm.apiServerArgs.kubelet-certificate-authority: /etc/kubernetes/pki/ca.crt would replace what kube-apiserver of 1.36 "
        "is given: it follows from kubeadm.kubeletCertificates; set it there"
    ]
