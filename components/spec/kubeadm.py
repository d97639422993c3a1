"""Additions to kubeadm's documents. Audit policies and patches are parsed here, before a machine fails on them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

import yaml
from pydantic import AfterValidator

from ..config.forms import distinct
from ..config.section import Section
from ..config.wording import shown
from ..facts.choices import KeyAlgorithm, KubeletCertificates, ProxyMode
from .machine_files import FilePath, MachineFileSection
from .values import (
    USUAL_DOMAIN,
    Arguments,
    CertificateDays,
    CertificateName,
    DnsDomain,
    ProxyMetrics,
)

AUDIT_API = "audit.k8s.io/v1"
"""Every minor reads this version. The API server reads no older one from 1.24 on."""

AUDIT_LEVELS = ("None", "Metadata", "Request", "RequestResponse")


def _read(text: str) -> list[Any]:
    """The YAML documents of a text, without empty ones."""
    try:
        documents: list[Any] = list(yaml.safe_load_all(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(
            f"it is not YAML: {error.problem or error.context}{line}; correct it there"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ValueError(
            f"{shown(text)} is not YAML; write it as a map of keys, in plain text"
        ) from None
    return [document for document in documents if document is not None]


def _audit_policy(text: str) -> str:
    """Refuse a policy with which the API server does not start."""
    documents = _read(text)
    if len(documents) > 1:
        raise ValueError(f"it holds {len(documents)} documents, not one policy; {_POLICY}")
    if not documents or not isinstance(documents[0], dict):
        raise ValueError(f"{shown(text)} is not an audit policy; {_POLICY}")
    policy = cast("Mapping[Any, Any]", documents[0])
    wrong = [
        f"its {key} is {shown(policy.get(key))}"
        for key, wanted in (("apiVersion", AUDIT_API), ("kind", "Policy"))
        if policy.get(key) != wanted
    ]
    rules = policy.get("rules")
    if not isinstance(rules, list) or not rules:
        wrong.append(f"its rules are {shown(cast('object', rules))}")
    if wrong:
        raise ValueError(f"{', '.join(wrong)}; {_POLICY}")
    if levels := list(_unknown_levels(cast("list[Any]", rules))):
        choice = f"give each rule a level of {', '.join(AUDIT_LEVELS)}"
        raise ValueError(f"{', '.join(levels)}; {choice}")
    return text


_POLICY = (
    f"write apiVersion: {AUDIT_API}, kind: Policy, and a list of rules, like [{{level: Metadata}}]"
)


def _unknown_levels(rules: list[Any]) -> Iterator[str]:
    for index, rule in enumerate(rules):
        if not isinstance(rule, dict):
            yield f"rules[{index}] is {shown(rule)}"
        elif (level := cast("Mapping[Any, Any]", rule).get("level")) not in AUDIT_LEVELS:
            yield f"the level of rules[{index}] is {shown(level)}"


def _patch(text: str) -> str:
    """Refuse a text that is no patch of any type: kubeadm would fail on it on the machine."""
    documents = _read(text)
    if not documents or not all(isinstance(document, dict | list) for document in documents):
        raise ValueError(
            f"{shown(text)} is not a patch; write a map of what to change, or a list of JSON patch operations"
        )
    return text


AuditPolicy = Annotated[str, AfterValidator(_audit_policy)]

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
