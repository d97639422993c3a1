"""The programs that machines fetch from SSM when they start, and how parameters hold them.

They are not in the user data: EC2 accepts 16 KiB of it, and another byte of it would replace every worker. So they know nothing of a
cluster. What they need to know is in `node.json`, of which an older machine may lack a key that was added later.
"""

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache

from ..facts.role import Role
from .node_files import File, programs, script, units
from .settled import LIMIT_CHARACTERS

CORE = ("machine.py", "imds.py", "aws.py", "attempts.py", "fetch.py")
"""The programs that fetch the others. User data has them, and they are fetched too, in the version of the last `up`."""

SHARED = (
    *CORE,
    *("proxy.py", "api.py", "kubeadm.py", "bootstrap.py", "commands.py", "registry_login.py"),
    *("install-software.sh", "apt-packages.sh", "dnf-packages.sh"),
    *("dualstack-programs.service", "dualstack-registry.service", "dualstack-registry.timer"),
)
"""The programs and units that every machine fetches, whatever its configuration uses of them."""

OF_ROLE: Mapping[Role, tuple[str, ...]] = {
    Role.CONTROL_PLANE: (
        *("control_plane.py", "election.py", "plan.py", "encryption.py"),
        "service_accounts.py",
        *(
            "upgrade.py",
            "order.py",
            "manifests.py",
            "own_api.py",
            "key_change.py",
            "kept_snapshot.py",
            "kubelet.py",
            "dualstack-upgrade.service",
        ),
        *("renew_token.py", "gone_machines.py", "dualstack-token.service", "dualstack-token.timer"),
        *(
            "etcd.py",
            "etcd_space.py",
            "etcd_members.py",
            "dualstack-members.service",
            "dualstack-members.timer",
        ),
        *("bucket.py", "backup.py", "dualstack-backup.service", "dualstack-backup.timer"),
        *("restore.py", "stand_down.py", "dualstack-restore.service"),
        *("groups.py", "kube.py", "left_nodes.py", "dns_pods.py", "dualstack-nodes.service"),
        *("certificate_request.py", "kubelet_certificates.py", "dualstack-kubelets.service"),
        *("drain.py", "hand_over.py", "dualstack-handover.service"),
        *("clean_up.py", "aws_objects.py", "gone_cluster.py", "dualstack-gone.service"),
        *(
            "renewal.py",
            "lease.py",
            "docker_pods.py",
            "dualstack-certificates.service",
            "dualstack-certificates.timer",
            "dualstack-put-back.service",
        ),
    ),
    Role.WORKER: (
        "worker.py",
        *("groups.py", "kube.py", "ready.py", "dualstack-ready.service"),
        *("leave.py", "drain.py", "dualstack-leave.service"),
    ),
}
"""The programs and units that only machines of one role fetch."""


@cache
def fetched_files(role: Role) -> list[File]:
    """The files that a machine of a role fetches."""
    return [_file(name) for name in (*SHARED, *OF_ROLE[role])]


def _file(name: str) -> File:
    if name.endswith(".sh"):
        return script(name)
    if name.endswith(".py"):
        [program] = programs(name)
        # The bootstrap starts it like a script.
        return File(program.path, program.content, "0755") if name == "commands.py" else program
    [unit] = units([name])
    return unit


@cache
def parameter_values(role: Role) -> list[str]:
    """The files of a role as parameters hold them."""
    return in_parts({file.path: (file.mode, file.content) for file in fetched_files(role)})


def in_parts(document: object) -> list[str]:
    """A document as parameters hold it: one compressed text, cut to the length of a standard parameter.

    The text's digest and length come first. They tell a machine that has read some parts before a change and some after it.
    """
    text = b64encode(gzip.compress(json.dumps(document).encode(), mtime=0)).decode()
    whole = f"{hashlib.sha256(text.encode()).hexdigest()} {len(text)} {text}"
    return [
        whole[start : start + LIMIT_CHARACTERS] for start in range(0, len(whole), LIMIT_CHARACTERS)
    ]
