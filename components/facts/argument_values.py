"""Values of component arguments that would break a cluster, each with the reason; other values of the same argument are accepted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import ports

Accepts = Callable[[str], bool]

TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
"""What the components read as true and false: https://pkg.go.dev/strconv#ParseBool"""

LOOPBACKS = ("127.0.0.1", "::1")
ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 (a value to compare with)


@dataclass(frozen=True, slots=True)
class Limit:
    """The values that an argument may have here, and what any other would do."""

    accepts: Accepts
    reason: str


def words(value: str) -> list[str]:
    """The entries of a list with commas."""
    return [word.strip() for word in value.split(",") if word.strip()]


def _true(value: str) -> bool:
    return value in TRUE


def _false(value: str) -> bool:
    return value in FALSE


def _one_of(*values: str) -> Accepts:
    return lambda value: value in values


def _with(*needed: str, without: tuple[str, ...] = ()) -> Accepts:
    """Accept lists that have every needed entry and none of the others."""
    return lambda value: {*needed} <= {*words(value)} and not {*without} & {*words(value)}


def _without(*banned: str) -> Accepts:
    return _with(without=banned)


def _tls(value: str) -> bool:
    return value in {"VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"}


CONTROLLERS: Mapping[str, str] = {
    "bootstrapsigner": "bootstrap-signer-controller",
    "tokencleaner": "token-cleaner-controller",
    "csrapproving": "certificatesigningrequest-approving-controller",
    "csrsigning": "certificatesigningrequest-signing-controller",
    "csrcleaner": "certificatesigningrequest-cleaner-controller",
    "nodeipam": "node-ipam-controller",
    "nodelifecycle": "node-lifecycle-controller",
    "serviceaccount": "serviceaccount-controller",
    "serviceaccount-token": "serviceaccount-token-controller",
    "root-ca-cert-publisher": "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation": "clusterrole-aggregation-controller",
    "endpoint": "endpoints-controller",
    "endpointslice": "endpointslice-controller",
    "daemonset": "daemonset-controller",
    "deployment": "deployment-controller",
    "replicaset": "replicaset-controller",
    "namespace": "namespace-controller",
    "garbagecollector": "garbage-collector-controller",
}
"""Controllers without which no node joins or no add-on runs, with their names from 1.28 on (#115813); both are read there."""

SWITCHED_ON = ("bootstrapsigner", "tokencleaner")
"""Controllers that are off by default. kubeadm turns them on, for the tokens with which machines join."""


def _controllers(value: str) -> bool:
    """Whether a list of controllers leaves the needed ones on. The first word about a controller counts, as in the component."""
    listed = words(value)
    for old, new in CONTROLLERS.items():
        said = [word for word in listed if word.removeprefix("-") in (old, new)]
        on = not said[0].startswith("-") if said else "*" in listed and old not in SWITCHED_ON
        if not on:
            return False
    return True


def _served(value: str) -> bool:
    """Whether a runtime-config leaves on what is stable."""
    switched_off = [
        word.partition("=")[0] for word in words(value) if word.partition("=")[2] in FALSE
    ]
    return not any(
        re.fullmatch(r"api/(all|ga|legacy)|(.*/)?v[0-9]+(/.*)?", group) for group in switched_off
    )


def _metrics_urls(value: str) -> bool:
    """Whether the kubelet's probe, which asks the first URL, finds etcd there on every machine."""
    known = (*LOOPBACKS, *ALL_ADDRESSES)
    hosts = "|".join(re.escape(f"[{host}]" if ":" in host else host) for host in known)
    url = rf"http://({hosts}):(?!(2379|2380)$)[0-9]{{1,5}}"
    listed = words(value)
    return bool(listed) and all(re.fullmatch(url, word) for word in listed)


def _quiet_log(value: str) -> bool:
    return all(word in {"default", "stderr", "stdout"} for word in words(value))


_PROBES = "the kubelet's probes ask the port that kubeadm writes, and restart what does not answer; leave it out"
_BIND = (
    "the kubelet's probes ask there, and one address fits no two machines; write 127.0.0.1 or ::1, "
    "or 0.0.0.0 or :: for all"
)
_LEADER = "with several control planes, each would act at once; write true, or leave it out"
_TLS = Limit(_tls, "the component knows no such version; write VersionTLS12 or VersionTLS13")

_OF_LEADERS = {
    "leader-elect": Limit(_true, _LEADER),
    "bind-address": Limit(_one_of(*LOOPBACKS, *ALL_ADDRESSES), _BIND),
    "tls-min-version": _TLS,
}

_DAMAGE = "a member that starts so loses data or its fellow members; leave it out"

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "apiServerArgs": {
        "anonymous-auth": Limit(
            _true,
            "the kubelet's probes and machines that join ask without a name, and would be refused; write true, or leave it out "
            "(from 1.30 on, a file for authentication-config can restrict the paths)",
        ),
        "enable-bootstrap-token-auth": Limit(
            _true, "machines join with a bootstrap token; write true, or leave it out"
        ),
        "allow-privileged": Limit(
            _true,
            "kube-proxy and network plugins are privileged, and no node becomes ready without them; write true, or leave it out",
        ),
        "authorization-mode": Limit(
            _with("Node", "RBAC", without=("AlwaysAllow", "AlwaysDeny")),
            "kubelets need Node, kubeadm's own roles need RBAC, and AlwaysAllow or AlwaysDeny would decide for both; "
            "write Node,RBAC, and others after them",
        ),
        "enable-admission-plugins": Limit(
            _with(
                "NodeRestriction",
                without=("AlwaysDeny", "PodSecurityPolicy", "SecurityContextDeny"),
            ),
            "it replaces kubeadm's NodeRestriction, which keeps a node from changing others, so it must be in the list; "
            "AlwaysDeny, PodSecurityPolicy and SecurityContextDeny would admit no pod of the cluster's own",
        ),
        "disable-admission-plugins": Limit(
            _without(
                *("NodeRestriction", "ServiceAccount", "NamespaceLifecycle", "Priority"),
                *("CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction"),
            ),
            "without NodeRestriction a node may change others, without ServiceAccount and Priority the cluster's own pods "
            "do not start, and without the others anyone signs; leave them out of the list",
        ),
        "admission-control": Limit(
            lambda _: False,
            "it excludes enable-admission-plugins, which kubeadm writes; use that one",
        ),
        "bind-address": Limit(
            _one_of("::"),
            "the probes, the load balancer and pods ask the machine's own addresses of both families; leave it out",
        ),
        "endpoint-reconciler-type": Limit(
            _one_of("lease"),
            "the kubernetes Service would not list the API servers that run; write lease, or leave it out",
        ),
        "kubelet-preferred-address-types": Limit(
            _with("InternalIP"),
            "InternalIP is the address that every node has and its certificate holds; keep it in the list",
        ),
        "kubelet-certificate-authority": Limit(
            lambda _: False,
            "each kubelet serves with a certificate that it signed itself, so logs and exec would fail; leave it out",
        ),
        "kubelet-port": Limit(
            _one_of(str(ports.KUBELET)),
            f"kubelets listen on {ports.KUBELET}, and the firewall opens it; leave it out",
        ),
        "storage-backend": Limit(_one_of("etcd3"), "kubeadm runs etcd 3; leave it out"),
        "runtime-config": Limit(
            _served,
            "kubeadm, the add-ons and the components need the stable APIs; turn off alpha and beta versions alone",
        ),
        "service-account-issuer": Limit(
            lambda value: re.fullmatch(r"https://[!-.0-~][!-~]*", value) is not None,
            "tokens of pods are verified with the issuer's URL; write one with https://, or leave it out",
        ),
        "tls-min-version": _TLS,
    },
    "controllerManagerArgs": {
        "use-service-account-credentials": Limit(
            _true,
            "only its controllers' own accounts have the rights that they need; write true, or leave it out",
        ),
        "controllers": Limit(
            _controllers,
            "it replaces kubeadm's list, and a controller that is off would keep machines from joining or pods from running; "
            "begin with *,bootstrapsigner,tokencleaner and leave on " + ", ".join(CONTROLLERS),
        ),
        "secure-port": Limit(_one_of("10257"), _PROBES),
        **_OF_LEADERS,
    },
    "schedulerArgs": {"secure-port": Limit(_one_of("10259"), _PROBES), **_OF_LEADERS},
    "etcdArgs": {
        **dict.fromkeys(
            ("client-cert-auth", "peer-client-cert-auth"),
            Limit(
                _true,
                "anyone who reaches the port could read and write the whole cluster; write true, or leave it out",
            ),
        ),
        **dict.fromkeys(
            ("auto-tls", "peer-auto-tls"),
            Limit(
                _false, "API servers and members trust the cluster's own authority; leave it out"
            ),
        ),
        "listen-metrics-urls": Limit(
            _metrics_urls,
            "the kubelet's probe asks the first of these URLs without a certificate; write http:// with 127.0.0.1, [::1], "
            "0.0.0.0 or [::] and a port other than 2379 and 2380, like http://0.0.0.0:2381",
        ),
        "enable-grpc-gateway": Limit(
            _true,
            "the program that removes members of lost machines asks it; write true, or leave it out",
        ),
        "force-new-cluster": Limit(_false, _DAMAGE),
        "unsafe-no-fsync": Limit(_false, _DAMAGE),
        **dict.fromkeys(
            (
                *("client-cert-allowed-hostname", "peer-cert-allowed-hostname"),
                "peer-cert-allowed-cn",
            ),
            Limit(
                lambda _: False,
                "each member and API server has a certificate with its own name; leave it out",
            ),
        ),
        "log-outputs": Limit(
            _quiet_log, "no folder for logs is mounted; write stderr or stdout, or leave it out"
        ),
        "max-learners": Limit(
            lambda value: value.isascii() and value.isdigit() and int(value) > 0,
            "a machine joins as a learner; write 1 or more",
        ),
    },
    "kubeletArgs": {
        "anonymous-auth": Limit(
            _false, "clients without a name would reach every pod's logs and shell; leave it out"
        ),
        "authorization-mode": Limit(
            _one_of("Webhook"),
            "anyone who reaches the port could run commands in every pod; write Webhook, or leave it out",
        ),
        "authentication-token-webhook": Limit(
            _true, "metrics-server and Prometheus show a token; write true, or leave it out"
        ),
        "register-node": Limit(
            _true,
            "kubeadm waits for the node that the kubelet registers; write true, or leave it out",
        ),
        "enable-server": Limit(
            _true,
            "the API server asks the kubelet for logs and shells; write true, or leave it out",
        ),
        "enable-controller-attach-detach": Limit(
            _true, "volumes are attached by the controller manager; write true, or leave it out"
        ),
        "make-iptables-util-chains": Limit(
            _true, "kube-proxy relies on the kubelet's chains; write true, or leave it out"
        ),
        "rotate-certificates": Limit(
            _true,
            "after a year the node's certificate would end, and the node with it; write true, or leave it out",
        ),
        "cgroups-per-qos": Limit(
            _true,
            "the kubelet reserves a node's resources by these cgroups; write true, or leave it out",
        ),
        "cgroup-root": Limit(_one_of("/"), "no other cgroup is made on machines; leave it out"),
        "system-cgroups": Limit(
            _one_of(""), "the kubelet takes it only beside a cgroup-root of its own; leave it out"
        ),
        "enforce-node-allocatable": Limit(
            lambda value: {*words(value)} <= {"none", "pods", "system-reserved", "kube-reserved"},
            "the kubelet knows none, pods, system-reserved and kube-reserved; write pods, or leave it out",
        ),
        "system-reserved-cgroup": Limit(
            _one_of("/system.slice", "system.slice", "/system", "system"),
            "no other cgroup is made on machines; write /system.slice",
        ),
        "kube-reserved-cgroup": Limit(
            _one_of("/system.slice", "system.slice", "/system", "system"),
            "no other cgroup is made on machines; write /system.slice, where the kubelet and the runtime are",
        ),
        "address": Limit(
            _one_of(*ALL_ADDRESSES),
            "API servers ask every node's own address; write ::, or leave it out",
        ),
        "port": Limit(
            _one_of(str(ports.KUBELET)),
            f"the firewall opens {ports.KUBELET} to API servers; leave it out",
        ),
        "read-only-port": Limit(
            _one_of("0"),
            "anyone who reaches it would read every pod's data; write 0, or leave it out",
        ),
        "healthz-port": Limit(
            _one_of("10248"), "kubeadm asks there whether the kubelet runs; leave it out"
        ),
        "healthz-bind-address": Limit(
            _one_of("127.0.0.1", *ALL_ADDRESSES),
            "kubeadm asks on 127.0.0.1 whether the kubelet runs; write it, or leave it out",
        ),
        "hairpin-mode": Limit(
            _one_of("promiscuous-bridge", "hairpin-veth"),
            "a pod could not reach itself by its Service; leave it out",
        ),
        "runonce": Limit(_false, "the kubelet would end after its first pods; leave it out"),
        "tls-min-version": _TLS,
    },
}
"""Arguments of which some values break a cluster."""

NEEDED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "apiServerArgs": (
        ("authorization-mode", "ABAC", "authorization-policy-file"),
        ("authorization-mode", "Webhook", "authorization-webhook-config-file"),
        ("enable-admission-plugins", "EventRateLimit", "admission-control-config-file"),
        ("enable-admission-plugins", "ImagePolicyWebhook", "admission-control-config-file"),
    ),
    "kubeletArgs": (
        ("enforce-node-allocatable", "system-reserved", "system-reserved-cgroup"),
        ("enforce-node-allocatable", "kube-reserved", "kube-reserved-cgroup"),
        ("memory-manager-policy", "Static", "reserved-memory"),
        ("exit-on-lock-contention", "true", "lock-file"),
    ),
}
"""Words in an argument's value with which a component starts only beside another argument."""

EXCLUDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "apiServerArgs": (
        ("authorization-config", "authorization-"),
        ("authentication-config", "oidc-"),
    ),
}
"""Arguments that exclude those with a prefix: a component does not start with both."""
