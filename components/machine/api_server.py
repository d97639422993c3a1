"""What the API server is given beside its arguments: one part for each purpose, with the files that its pod mounts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..facts.choices import Cni, PodSecurityLevel
from ..facts.file_flags import AUDIT_FOLDER
from ..facts.kubernetes_folder import (
    ADMISSION_FILE,
    AUDIT_POLICY_FILE,
    AUTHENTICATION_FILE,
    ISSUER_AUTHORITY_FILE,
)
from ..rendering import templates
from ..spec.cluster import ControlPlaneSpec
from ..spec.oidc import OidcIssuerSection
from .node_files import File

RESERVED = [
    {
        "expression": "!user.username.startsWith('system:')",
        "message": "no token makes a user whose name begins with system:",
    },
    {
        "expression": "user.groups.all(group, !group.startsWith('system:'))",
        "message": "no token makes a group whose name begins with system:",
    },
]
"""What holds for each user and group of a token, whatever the prefixes are."""

EXEMPT = {Cni.CALICO: ("tigera-operator", "calico-system", "calico-apiserver")}
"""The namespaces of network plugins whose pods need rights on their node, beside kube-system."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the API server is given for one purpose."""

    arguments: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Texts by path. Only root may read them."""
    folders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Folders that it writes, by the names of their volumes."""

    def volumes(self) -> list[dict[str, Any]]:
        """The volumes of its pod."""
        return [
            *(
                {
                    "name": PurePosixPath(path).stem,
                    "path": path,
                    "read_only": True,
                    "path_type": "File",
                }
                for path in self.files
            ),
            *(
                {"name": name, "path": path, "read_only": False, "path_type": "DirectoryOrCreate"}
                for name, path in self.folders.items()
            ),
        ]


def api_server_parts(spec: ControlPlaneSpec) -> list[Part]:
    """The parts that a cluster asks for."""
    return [part for part in (_audit(spec), _issuers(spec), _pod_security(spec)) if part]


def api_server_files(spec: ControlPlaneSpec) -> list[File]:
    """The files of all parts."""
    return [
        File(path, text, "0600")
        for part in api_server_parts(spec)
        for path, text in part.files.items()
    ]


def _audit(spec: ControlPlaneSpec) -> Part | None:
    """The audit log: at most 30 days and 1 GB. Without limits it would fill the disk that etcd uses."""
    if not spec.kubeadm.audit:
        return None
    policy = spec.kubeadm.audit_policy or _template("audit-policy")
    return Part(
        {
            "audit-policy-file": AUDIT_POLICY_FILE,
            "audit-log-path": f"{AUDIT_FOLDER}/audit.log",
            "audit-log-maxage": "30",
            "audit-log-maxbackup": "10",
            "audit-log-maxsize": "100",
        },
        {AUDIT_POLICY_FILE: policy},
        {"audit": AUDIT_FOLDER},
    )


def _issuers(spec: ControlPlaneSpec) -> Part | None:
    """The issuers of people's tokens, by a file where the minor reads one, else one by flags."""
    issuers, minor = spec.oidc.issuers, spec.kubernetes
    if not issuers:
        return None
    if not minor.reads_issuers:
        return _by_flags(issuers[0])
    document = {
        "apiVersion": minor.authentication_api,
        "kind": "AuthenticationConfiguration",
        "jwt": [_by_file(issuer) for issuer in issuers],
    }
    return Part(
        {"authentication-config": AUTHENTICATION_FILE}, {AUTHENTICATION_FILE: _written(document)}
    )


def _by_flags(issuer: OidcIssuerSection) -> Part:
    groups, claims = issuer.groups_claim, issuer.required_claims
    return Part(
        {
            "oidc-issuer-url": issuer.url,
            "oidc-client-id": issuer.client_id,
            "oidc-username-claim": issuer.username_claim,
            "oidc-username-prefix": issuer.username_prefix,
            **(
                {"oidc-groups-claim": groups, "oidc-groups-prefix": issuer.groups_prefix}
                if groups
                else {}
            ),
            # One, because a flag is there once.
            **({"oidc-required-claim": "=".join(*claims.items())} if claims else {}),
            **({"oidc-ca-file": ISSUER_AUTHORITY_FILE} if issuer.ca else {}),
        },
        {ISSUER_AUTHORITY_FILE: issuer.ca} if issuer.ca else {},
    )


def _by_file(issuer: OidcIssuerSection) -> dict[str, Any]:
    username = {"claim": issuer.username_claim, "prefix": issuer.username_prefix}
    groups = {"claim": issuer.groups_claim, "prefix": issuer.groups_prefix}
    return {
        "issuer": {
            "url": issuer.url,
            "audiences": [issuer.client_id],
            **({"certificateAuthority": issuer.ca} if issuer.ca else {}),
        },
        "claimMappings": {
            "username": username,
            **({"groups": groups} if issuer.groups_claim else {}),
        },
        "claimValidationRules": [
            {"claim": claim, "requiredValue": value}
            for claim, value in issuer.required_claims.items()
        ],
        "userValidationRules": RESERVED,
    }


def _pod_security(spec: ControlPlaneSpec) -> Part | None:
    """The levels of pods for namespaces that say nothing of them, in the newest version of each level."""
    chosen = spec.pod_security
    if not chosen.chosen:
        return None
    own = ("kube-system", *EXEMPT.get(spec.cluster.cni, ()))
    levels = {"enforce": chosen.enforce, "audit": chosen.audit, "warn": chosen.warn}
    configuration = {
        "apiVersion": spec.kubernetes.pod_security_api,
        "kind": "PodSecurityConfiguration",
        "defaults": {
            key: value
            for mode, level in levels.items()
            for key, value in (
                (mode, level or PodSecurityLevel.PRIVILEGED),
                (f"{mode}-version", "latest"),
            )
        },
        "exemptions": {"namespaces": [*dict.fromkeys((*own, *chosen.exempt_namespaces))]},
    }
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [{"name": "PodSecurity", "configuration": configuration}],
    }
    return Part(
        {"admission-control-config-file": ADMISSION_FILE}, {ADMISSION_FILE: _written(document)}
    )


def _written(document: object) -> str:
    """A document as YAML reads it."""
    return json.dumps(document, indent=1) + "\n"


def _template(kind: str, **values: Any) -> str:
    return templates("kubeadm").get_template(f"{kind}.yaml.j2").render(values)
