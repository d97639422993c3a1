"""Whom kubeadm's own kubeconfigs are for, in each minor: what the page on people says of them."""

import base64
import re

import pytest
from cryptography import x509

from tests.kubeadm.rendered import cluster, initial

ORGANIZATION = x509.NameOID.ORGANIZATION_NAME


@pytest.fixture
def groups(machine, kubeadm, minor):
    """The groups of the users in the kubeconfigs of administrators, by the file's name."""
    path = machine.write("documents/init.yaml", initial(cluster(minor, "IPv4 first")))
    for phase in (("certs", "ca"), ("kubeconfig", "all")):
        done = machine.run(kubeadm, "init", "phase", *phase, "--config", path)
        assert done.status == 0, done.output
    return {
        file.name: group(file.read_text())
        for file in (machine.folder / "etc/kubernetes").glob("*admin.conf")
    }


def group(kubeconfig: str) -> str:
    found = re.search(r"client-certificate-data: (\S+)", kubeconfig)
    assert found is not None
    certificate = x509.load_pem_x509_certificate(base64.b64decode(found[1]))
    [one] = certificate.subject.get_attributes_for_oid(ORGANIZATION)
    return str(one.value)


def test_administrators_are_above_rbac_up_to_1_28_and_bound_by_it_after(groups, minor):
    if int(minor.split(".")[1]) <= 28:
        assert groups == {"admin.conf": "system:masters"}
    else:
        assert groups == {
            "admin.conf": "kubeadm:cluster-admins",
            "super-admin.conf": "system:masters",
        }
