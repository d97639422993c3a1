"""The SSM parameters through which machines get their secrets and find each other: their names, and who uses them.

/dualstack/<cluster>/control-plane/<file>   certificate authorities and keys: control planes read
/dualstack/<cluster>/join/…                 what a machine needs to join: all read, control planes renew the token
/dualstack/<cluster>/leader/<id>            made once, by the control plane that runs `kubeadm init`
/dualstack/<cluster>/status/<machine>       why a machine's bootstrap failed: all write, operators read
"""

ROOT = "/dualstack"

PKI_FILES = (
    "ca.crt",
    "ca.key",
    "etcd/ca.crt",
    "etcd/ca.key",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "sa.key",
    "sa.pub",
)
"""What lies in /etc/kubernetes/pki before kubeadm runs; from these it makes all other certificates.
https://kubernetes.io/docs/setup/best-practices/certificates/"""


def control_plane_folder(cluster: str) -> str:
    """Where only control planes read."""
    return f"{ROOT}/{cluster}/control-plane"


def join_folder(cluster: str) -> str:
    """Where every machine of the cluster reads."""
    return f"{ROOT}/{cluster}/join"


def leader_folder(cluster: str) -> str:
    """Where control planes elect the one that runs `kubeadm init`.

    The marker's name ends in the first 16 digits of the CA's hash: a cluster made anew under an old name has a new CA
    and so elects again, whatever an earlier one left.
    """
    return f"{ROOT}/{cluster}/leader"


def status_folder(cluster: str) -> str:
    """Where a machine leaves the reason why its bootstrap failed."""
    return f"{ROOT}/{cluster}/status"


def pki_file(cluster: str, file: str) -> str:
    """The parameter that holds one of the `PKI_FILES`."""
    return f"{control_plane_folder(cluster)}/{file}"


def token(cluster: str) -> str:
    """The bootstrap token, renewed by a control plane's timer."""
    return f"{join_folder(cluster)}/token"


def ca_hash(cluster: str) -> str:
    """The hash by which a joining machine knows the cluster's CA: `sha256:` and 64 digits."""
    return f"{join_folder(cluster)}/ca-hash"


def api_host(cluster: str) -> str:
    """The DNS name of the API endpoint."""
    return f"{join_folder(cluster)}/api-host"
