"""The folder of Kubernetes on a machine, and what stands in it already."""

FOLDER = "/etc/kubernetes"

AUDIT_POLICY_FILE = f"{FOLDER}/audit-policy.yaml"
"""The file with the audit policy: that of `kubeadm.auditPolicy`, or this program's own."""

AUTHENTICATION_FILE = f"{FOLDER}/oidc-authentication.yaml"
"""The file with the issuers of people's tokens, from 1.30 on."""

ISSUER_AUTHORITY_FILE = f"{FOLDER}/oidc-ca.crt"
"""The file with the authority of the one issuer, up to 1.29."""

ADMISSION_FILE = f"{FOLDER}/pod-security-admission.yaml"
"""The file with the levels of pods for namespaces that say nothing of them."""

AUTHORITY_FILE = f"{FOLDER}/pki/ca.crt"
"""The certificate of the cluster's authority, which signs those of clients and kubelets."""

ENCRYPTION_FOLDER = f"{FOLDER}/encryption-at-rest"
"""The folder of the API server's encryption configuration. The pod mounts the folder: a single file stays the old one for it."""

ENCRYPTION_FILE = f"{ENCRYPTION_FOLDER}/configuration.yaml"
"""The encryption configuration, which control planes compose of the keys in SSM."""

TAKEN = (
    *("manifests", "pki", "tmp", "admin.conf", "super-admin.conf", "kubelet.conf"),
    *("bootstrap-kubelet.conf", "controller-manager.conf", "scheduler.conf"),
    *(
        path.removeprefix(f"{FOLDER}/")
        for path in (
            *(AUDIT_POLICY_FILE, AUTHENTICATION_FILE, ISSUER_AUTHORITY_FILE, ADMISSION_FILE),
            ENCRYPTION_FOLDER,
        )
    ),
)
"""Names in the folder that kubeadm or this program writes. `kubeadm reset` empties or removes most of them."""

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities that the machine trusts. kubeadm mounts their folder where it mounts its own."""

KEYS = tuple(
    f"{FOLDER}/pki/{name}"
    for name in (
        *("ca.crt", "ca.key", "sa.pub", "sa.key", "front-proxy-ca.crt", "front-proxy-ca.key"),
        *("apiserver.crt", "apiserver.key", "front-proxy-client.crt", "front-proxy-client.key"),
        *("apiserver-kubelet-client.crt", "apiserver-kubelet-client.key"),
        *("apiserver-etcd-client.crt", "apiserver-etcd-client.key", "etcd/ca.crt"),
    )
)
"""Files that are in kubeadm's folder of keys on every control plane."""

RESOLVER = "/run/systemd/resolve/resolv.conf"
"""The resolvers of systemd-resolved without its stub, which kubeadm gives the kubelet. Through the stub CoreDNS would ask itself."""

STUB = "/etc/resolv.conf"
"""The resolvers of the machine's own programs. On Ubuntu it names the stub."""
