"""The SSM parameters through which machines get their secrets and find each other: their names, and who uses them.

/dualstack/<cluster>/control-plane/<file>   certificate authorities and keys: control planes read them
/dualstack/<cluster>/control-plane/backups  the bucket with the snapshots of etcd: control planes read it
/dualstack/<cluster>/control-plane/issuer   the issuer of pods' tokens: control planes read it
/dualstack/<cluster>/control-plane/encryption/<key> a key that encrypts Secrets in etcd: control planes read it
/dualstack/<cluster>/control-plane/service-account/<key>.<half> a later key of tokens: control planes read it
/dualstack/<cluster>/control-plane/files/…  secret files of the configuration: control planes read them
/dualstack/<cluster>/control-plane/plan/…   what control planes shall be: the program writes it, control planes follow it
/dualstack/<cluster>/join/…                 API name, CA hash and token: all machines read them, control planes renew the token
/dualstack/<cluster>/join/reached           the plan that all control planes have reached: they write it, the program waits for it
/dualstack/<cluster>/programs/<role>/<part> the programs of the machines of a role: each fetches those of its own role
/dualstack/<cluster>/leader/<id>            markers of the election of the control plane that runs `kubeadm init`, or that restores
/dualstack/<cluster>/status/<machine>       how a machine's bootstrap ended, and why it failed: machines write it, operators read it
/dualstack/<cluster>/status/backup          the last snapshot of etcd: control planes write it, operators read it
/dualstack/<cluster>/status/backup-fault    why the last attempt to keep one failed: control planes write it, operators read it
/dualstack/<cluster>/running/settings       what the cluster was made with: the program writes it once, and reads it in each run
/dualstack/<cluster>/running/present        exists as long as the stack holds the cluster: control planes see by it that a destroy has begun
/dualstack/<cluster>/running/pools/<pool>   what a pool's machines are made with: the program writes it when they have joined
"""

from .role import Role

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
"""The files in /etc/kubernetes/pki before kubeadm runs. From these kubeadm makes all other certificates.
https://kubernetes.io/docs/setup/best-practices/certificates/"""


def control_plane_folder(cluster: str) -> str:
    """The folder that only control planes may read."""
    return f"{ROOT}/{cluster}/control-plane"


def join_folder(cluster: str) -> str:
    """The folder that every machine of the cluster may read."""
    return f"{ROOT}/{cluster}/join"


def programs_folder(cluster: str, role: Role | None = None) -> str:
    """The folder of the programs of machines: of a role, or of all."""
    return f"{ROOT}/{cluster}/programs" + (f"/{role}" if role else "")


def leader_folder(cluster: str) -> str:
    """The folder of the markers by which control planes elect the machine that runs `kubeadm init`.

    The names of markers begin with the first 16 digits of the CA's hash. A cluster that is created again under its old
    name has a new CA. So it holds a new election, whatever markers the earlier cluster left behind.
    """
    return f"{ROOT}/{cluster}/leader"


def authority(ca_hash: str) -> str:
    """The beginning of the CA's hash, as the names of markers and of snapshots have it."""
    return ca_hash.rpartition(":")[2][:16]


def restore(cluster: str, authority: str) -> str:
    """What operators ask control planes to restore, as JSON: `id`, `key` and `copy`. `authority` is the hash's beginning."""
    return f"{leader_folder(cluster)}/{authority}-restore"


def restored(cluster: str, authority: str, restore: str) -> str:
    """The marker that says that the restore with this id is done."""
    return f"{leader_folder(cluster)}/{authority}-{restore}-done"


def status_folder(cluster: str) -> str:
    """The folder in which each machine writes how its bootstrap ended, with the reason if it failed."""
    return f"{ROOT}/{cluster}/status"


def last_backup(cluster: str) -> str:
    """The parameter in which a control plane writes what snapshot it has kept last, as JSON: `time`, `key` and `bytes`."""
    return f"{status_folder(cluster)}/backup"


def backup_fault(cluster: str) -> str:
    """The parameter in which a control plane says why it could not keep a snapshot, until one is kept."""
    return f"{status_folder(cluster)}/backup-fault"


def etcd_fault(cluster: str) -> str:
    """The parameter in which etcd's leader says what was wrong with the space or the data of its members, while it is so."""
    return f"{status_folder(cluster)}/etcd"


def running_folder(cluster: str) -> str:
    """The folder of `running`. A folder, because reading a folder that has no parameter is no error."""
    return f"{ROOT}/{cluster}/running"


def folders(cluster: str) -> dict[str, str]:
    """The folders of a cluster, by what they hold."""
    return {
        "controlPlane": control_plane_folder(cluster),
        "join": join_folder(cluster),
        "programs": programs_folder(cluster),
        "leader": leader_folder(cluster),
        "status": status_folder(cluster),
        "running": running_folder(cluster),
    }


def running(cluster: str) -> str:
    """The parameter that says with which settings the cluster was made."""
    return f"{running_folder(cluster)}/settings"


def present(cluster: str) -> str:
    """The parameter that exists as long as the stack holds the cluster. A destroy deletes it first."""
    return f"{running_folder(cluster)}/present"


def pools_folder(cluster: str) -> str:
    """The folder of the records of pools."""
    return f"{running_folder(cluster)}/pools"


def running_pool(cluster: str, pool: str) -> str:
    """The parameter that says with what a pool's machines were made that have joined."""
    return f"{pools_folder(cluster)}/{pool}"


def asked_pool(cluster: str, pool: str) -> str:
    """The parameter that says with what a pool's machines shall be made, before any is."""
    return f"{running_pool(cluster, pool)}/asked"


def pki_file(cluster: str, file: str) -> str:
    """The parameter that holds one of the `PKI_FILES`."""
    return f"{control_plane_folder(cluster)}/{file}"


def backup_bucket(cluster: str) -> str:
    """The name of the bucket with the snapshots of etcd. It is no secret; workers need not know it."""
    return f"{control_plane_folder(cluster)}/backups"


def issuer(cluster: str) -> str:
    """The URL that the tokens of ServiceAccounts name as their issuer. It is no secret; workers need not know it."""
    return f"{control_plane_folder(cluster)}/issuer"


def machine_file(cluster: str, path: str) -> str:
    """The parameter that holds a secret file of the configuration, by its path on control planes."""
    return f"{control_plane_folder(cluster)}/files{path}"


def encryption_folder(cluster: str) -> str:
    """The folder of the keys that encrypt Secrets in etcd."""
    return f"{control_plane_folder(cluster)}/encryption"


def service_account_folder(cluster: str) -> str:
    """The folder of the later keys that sign tokens. The first key of a cluster is that of `PKI_FILES`."""
    return f"{control_plane_folder(cluster)}/service-account"


def service_account_key(cluster: str, number: int | str, half: str) -> str:
    """A half of a later key that signs tokens: `key` or `pub`."""
    return f"{service_account_folder(cluster)}/{number}.{half}"


def token(cluster: str) -> str:
    """The join token (kubeadm's bootstrap token), which a timer on the control planes renews."""
    return f"{join_folder(cluster)}/token"


def ca_hash(cluster: str) -> str:
    """The hash by which a joining machine verifies the cluster's CA: `sha256:` and 64 hexadecimal digits."""
    return f"{join_folder(cluster)}/ca-hash"


def api_host(cluster: str) -> str:
    """The DNS name of the API endpoint."""
    return f"{join_folder(cluster)}/api-host"


def reached(cluster: str) -> str:
    """The plan that all control planes have reached, and its version: `<digest> <version>`. Control planes write it."""
    return f"{join_folder(cluster)}/reached"


def plan_folder(cluster: str) -> str:
    """The folder of the parts of the plan: what the stack wants of control planes."""
    return f"{control_plane_folder(cluster)}/plan"


def key_alias(cluster: str) -> str:
    """The alias of the KMS key under which the cluster's secret parameters are encrypted.

    Machines and Pulumi name the key by its alias alone: it is known before the key, and SSM shows it as it was given.
    """
    return f"alias/dualstack/{cluster}"
