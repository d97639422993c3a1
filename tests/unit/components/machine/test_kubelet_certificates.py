"""Who signs the certificates of kubelets, in what control planes read."""

import json

import pytest

from components.machine.documents import init_documents
from components.machine.plan import plan
from tests.unit.components.machine.test_documents import arguments, control_plane, parsed

CHECK = "kubelet-certificate-authority"


def said(version="1.37", **kubeadm):
    """Whether kubelets ask for certificates, the authority that the API server expects, and what the machine's programs read."""
    spec = control_plane(version, kubeadm=kubeadm)
    kinds = parsed(init_documents(spec))
    given = arguments(kinds["ClusterConfiguration"]["apiServer"].get("extraArgs") or {})
    _, settings = plan(spec)["files"]["/etc/dualstack/node.json"]
    return (
        kinds["KubeletConfiguration"].get("serverTLSBootstrap"),
        given.get(CHECK),
        json.loads(settings).get("kubeletCertificates"),
    )


VERIFIED = (True, "/etc/kubernetes/pki/ca.crt", "verified")
SIGNED = (True, None, "signed")
SELF_SIGNED = (None, None, None)


@pytest.mark.parametrize("version", ["1.19", "1.22", "1.23", "1.30", "1.31", "1.37"])
def test_a_new_cluster_signs_the_certificates_of_kubelets_and_checks_them(version):
    assert said(version) == VERIFIED


@pytest.mark.parametrize("version", ["1.16", "1.17", "1.18"])
def test_minors_whose_requests_control_planes_cannot_read_leave_it_to_kubelets(version):
    assert said(version) == SELF_SIGNED


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [("selfSigned", SELF_SIGNED), ("signed", SIGNED), ("verified", VERIFIED)],
)
def test_each_step_on_the_way_can_be_asked_for(certificates, expected):
    assert said(kubeletCertificates=certificates) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        {"rotate-server-certificates": "false"},
        {"tls-cert-file": "/etc/kubernetes/pki/ca.crt"},
    ],
    ids=["they do not ask", "they have one"],
)
def test_a_user_who_decides_on_certificates_of_kubelets_is_not_checked(arguments):
    assert said(kubeletArgs=arguments) == SELF_SIGNED
