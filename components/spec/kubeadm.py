"""Additions to kubeadm's documents. Patches are parsed here, before a machine fails on them."""

from typing import Annotated

from pydantic import AfterValidator

from ..config.forms import distinct
from ..config.section import Section
from ..config.wording import shown
from ..facts.choices import KeyAlgorithm, KubeletCertificates, ProxyMode
from .audit_policy import AuditPolicy
from .hosts import CertificateName
from .machine_files import FilePath, MachineFileSection
from .values import (
    USUAL_DOMAIN,
    Arguments,
    CertificateDays,
    DnsDomain,
    ProxyMetrics,
)
from .yaml_texts import documents_of


def _patch(text: str) -> str:
    """Refuse a text that is no patch of any type: kubeadm would fail on it on the machine."""
    documents = documents_of(text)
    if not documents or not all(isinstance(document, dict | list) for document in documents):
        raise ValueError(
            f"{shown(text)} is not a patch; write a map of what to change, or a list of JSON patch operations"
        )
    return text


Patch = Annotated[str, AfterValidator(_patch)]


class KubeadmSection(Section):
    """What is added to the documents that kubeadm reads. Settings that would break dual-stack are refused."""

    api_server_args: Arguments = {}
    """Flags of kube-apiserver, without dashes."""
    controller_manager_args: Arguments = {}
    """Flags of kube-controller-manager, without dashes."""
    scheduler_args: Arguments = {}
    """Flags of kube-scheduler, without dashes."""
    etcd_args: Arguments = {}
    """Flags of etcd, without dashes."""
    kubelet_args: Arguments = {}
    """Flags of the kubelet on every machine, without dashes."""
    feature_gates: dict[str, bool] = {}
    """kubeadm's own feature gates. A component's gates go into its `feature-gates` flag."""
    cert_sans: Annotated[list[CertificateName], distinct("name")] = []
    """More names and addresses for the API server's certificate."""
    key_algorithm: KeyAlgorithm | None = None
    """The keys of the certificates that kubeadm signs on control planes, from 1.31 on: those of components and of
    administrators there. RSA-2048 by default, as in kubeadm. The authorities, the key of service accounts and the
    administrator of the outputs have RSA 2048 always."""
    certificate_days: CertificateDays | None = None
    """The life in days of the certificates that kubeadm signs on control planes, from 1.31 on. A year by default, as in
    kubeadm, which warns of more. A timer renews them when 90 days are left, so less than 180 is refused."""
    kubelet_certificates: KubeletCertificates | None = None
    """Who signs the certificates with which kubelets serve, and who checks them. In a new cluster the authority signs and
    API servers check, from 1.19 on, unless `kubeletArgs` name certificates; a running one keeps what it was made with. It
    goes to `verified` by way of `signed`."""
    patches: dict[str, Patch] = {}
    """Files for kubeadm's patches directory, by file name. kubeadm reads them from 1.22 on."""
    audit: bool = True
    """Whether API servers write an audit log, /var/log/kubernetes/audit/audit.log on each control plane. On by default: who
    did what is asked when it is too late to turn it on. Control planes that run follow a change, one after the other."""
    audit_policy: AuditPolicy | None = None
    """Another audit policy, as YAML. By default a request is one line without a body, changes of rights are there with what
    was asked for, and what components read is left out, except Secrets."""
    dns_domain: DnsDomain = USUAL_DOMAIN
    """The domain of Services' names, which kubeadm gives the DNS, kubelets and the API server's certificate. Kubernetes'
    own by default, which programs expect that know no other. It cannot be changed later."""
    proxy_metrics_bind_address: ProxyMetrics | None = None
    """Where kube-proxy serves its metrics, like [::]:10249 for both families. By default each node's loopback, which
    Prometheus cannot reach."""
    files: dict[FilePath, MachineFileSection] = {}
    """Files for control planes or all machines, by path. A changed text reaches control planes that run, one after the other,
    and pools by new machines."""
    proxy_mode: ProxyMode | None = None
    """How kube-proxy programs Services. By default the first mode that supports both families in the minor."""
