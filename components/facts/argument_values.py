"""Values of component arguments that would break a cluster, each with the reason; other values of the same argument are accepted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import ports
from .argument_checks import (
    ALL_ADDRESSES,
    CONTROLLERS,
    LOOPBACKS,
    Accepts,
    answers_probes,
    has,
    is_false,
    is_of_pods,
    is_small_chance,
    is_tls_version,
    is_true,
    keeps_controllers,
    lacks,
    lasts_an_hour,
    logs_to_streams,
    one_of,
    pins_origins,
    reads_as,
    serves_stable,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The values that an argument may have here, and what any other would do."""

    accepts: Accepts
    reason: str
    since: int = 16
    """The first minor that minds."""


_PROBES = "the kubelet's probes ask the port that kubeadm writes, and restart what does not answer; leave it out"
_BIND = (
    "the kubelet's probes ask there, and one address fits no two machines; write 127.0.0.1 or ::1, "
    "or 0.0.0.0 or :: for all"
)
_LEADER = "with several control planes, each would act at once; write true, or leave it out"
_TLS = Limit(
    is_tls_version, "the component knows no such version; write VersionTLS12 or VersionTLS13"
)

_OF_LEADERS = {
    "leader-elect": Limit(is_true, _LEADER),
    "bind-address": Limit(one_of(*LOOPBACKS, *ALL_ADDRESSES), _BIND),
    "tls-min-version": _TLS,
}

_DAMAGE = "a member that starts so loses data or its fellow members; leave it out"

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "apiServerArgs": {
        "anonymous-auth": Limit(
            is_true,
            "the kubelet's probes and machines that join ask without a name, and would be refused; write true, or leave it out "
            "(from 1.30 on, a file for authentication-config can restrict the paths)",
        ),
        "enable-bootstrap-token-auth": Limit(
            is_true, "machines join with a bootstrap token; write true, or leave it out"
        ),
        "allow-privileged": Limit(
            is_true,
            "kube-proxy and network plugins are privileged, and no node becomes ready without them; write true, or leave it out",
        ),
        "authorization-mode": Limit(
            has("Node", "RBAC", without=("AlwaysAllow", "AlwaysDeny")),
            "kubelets need Node, kubeadm's own roles need RBAC, and AlwaysAllow or AlwaysDeny would decide for both; "
            "write Node,RBAC, and others after them",
        ),
        "enable-admission-plugins": Limit(
            has(
                "NodeRestriction",
                without=("AlwaysDeny", "PodSecurityPolicy", "SecurityContextDeny"),
            ),
            "it replaces kubeadm's NodeRestriction, which keeps a node from changing others, so it must be in the list; "
            "AlwaysDeny, PodSecurityPolicy and SecurityContextDeny would admit no pod of the cluster's own",
        ),
        "disable-admission-plugins": Limit(
            lacks(
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
            # Go listens in both families at 0.0.0.0 too: https://pkg.go.dev/net#Listen
            one_of(*ALL_ADDRESSES),
            "the probes, the load balancer and pods ask the machine's own addresses of both families; leave it out",
        ),
        "endpoint-reconciler-type": Limit(
            one_of("lease"),
            "the kubernetes Service would not list the API servers that run; write lease, or leave it out",
        ),
        "kubelet-preferred-address-types": Limit(
            has("InternalIP"),
            "InternalIP is the address that every node has and its certificate holds; keep it in the list",
        ),
        "kubelet-port": Limit(
            one_of(str(ports.KUBELET)),
            f"kubelets listen on {ports.KUBELET}, and the firewall opens it; leave it out",
        ),
        "cors-allowed-origins": Limit(
            pins_origins,
            "each expression must say where the name of a host begins and ends; write one like ^https://www\\.example\\.com$",
            # #112809
            since=27,
        ),
        "goaway-chance": Limit(is_small_chance, "the API server takes 0 to 0.02; write 0.001"),
        "oidc-issuer-url": Limit(
            reads_as(r"https://\S+"),
            "the API server asks an issuer over TLS alone; write a URL with https://",
        ),
        "service-account-jwks-uri": Limit(
            reads_as(r"https://\S+"), "the API server publishes a URL with https://; write one"
        ),
        "service-account-max-token-expiration": Limit(
            lasts_an_hour,
            "the API server takes an hour at least, and 2^32 seconds at most; write 1h or more",
        ),
        "storage-backend": Limit(one_of("etcd3"), "kubeadm runs etcd 3; leave it out"),
        "runtime-config": Limit(
            serves_stable,
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
            is_true,
            "only its controllers' own accounts have the rights that they need; write true, or leave it out",
        ),
        "controllers": Limit(
            keeps_controllers,
            "it replaces kubeadm's list, and a controller that is off would keep machines from joining or pods from running; "
            "begin with *,bootstrapsigner,tokencleaner and leave on " + ", ".join(CONTROLLERS),
        ),
        "secure-port": Limit(one_of("10257"), _PROBES),
        **_OF_LEADERS,
    },
    "schedulerArgs": {"secure-port": Limit(one_of("10259"), _PROBES), **_OF_LEADERS},
    "etcdArgs": {
        **dict.fromkeys(
            ("client-cert-auth", "peer-client-cert-auth"),
            Limit(
                is_true,
                "anyone who reaches the port could read and write the whole cluster; write true, or leave it out",
            ),
        ),
        **dict.fromkeys(
            ("auto-tls", "peer-auto-tls"),
            Limit(
                is_false, "API servers and members trust the cluster's own authority; leave it out"
            ),
        ),
        "listen-metrics-urls": Limit(
            answers_probes,
            "the kubelet's probe asks the first of these URLs without a certificate; write http:// with 127.0.0.1, [::1], "
            "0.0.0.0 or [::] and a port other than 2379 and 2380, like http://0.0.0.0:2381",
        ),
        "enable-grpc-gateway": Limit(
            is_true,
            "the program that removes members of lost machines asks it; write true, or leave it out",
        ),
        "force-new-cluster": Limit(is_false, _DAMAGE),
        "unsafe-no-fsync": Limit(is_false, _DAMAGE),
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
        "enable-log-rotation": Limit(
            is_false, "it rotates a file, and no folder for logs is mounted; leave it out"
        ),
        "log-outputs": Limit(
            logs_to_streams,
            "no folder for logs is mounted; write stderr or stdout, or leave it out",
        ),
        "max-learners": Limit(
            reads_as(r"0*[1-9][0-9]*"),
            "a machine joins as a learner; write 1 or more",
        ),
    },
    "kubeletArgs": {
        "anonymous-auth": Limit(
            is_false, "clients without a name would reach every pod's logs and shell; leave it out"
        ),
        "authorization-mode": Limit(
            one_of("Webhook"),
            "anyone who reaches the port could run commands in every pod; write Webhook, or leave it out",
        ),
        "authentication-token-webhook": Limit(
            is_true, "metrics-server and Prometheus show a token; write true, or leave it out"
        ),
        "register-node": Limit(
            is_true,
            "kubeadm waits for the node that the kubelet registers; write true, or leave it out",
        ),
        "enable-server": Limit(
            is_true,
            "the API server asks the kubelet for logs and shells; write true, or leave it out",
        ),
        "enable-controller-attach-detach": Limit(
            is_true, "volumes are attached by the controller manager; write true, or leave it out"
        ),
        "make-iptables-util-chains": Limit(
            is_true, "kube-proxy relies on the kubelet's chains; write true, or leave it out"
        ),
        "rotate-certificates": Limit(
            is_true,
            "after a year the node's certificate would end, and the node with it; write true, or leave it out",
        ),
        "cgroups-per-qos": Limit(
            is_true,
            "the kubelet reserves a node's resources by these cgroups; write true, or leave it out",
        ),
        "cgroup-root": Limit(one_of("/"), "no other cgroup is made on machines; leave it out"),
        "system-cgroups": Limit(
            one_of(""), "the kubelet takes it only beside a cgroup-root of its own; leave it out"
        ),
        "system-reserved-cgroup": Limit(
            one_of("/system.slice", "system.slice", "/system", "system"),
            "no other cgroup is made on machines; write /system.slice",
        ),
        "kube-reserved-cgroup": Limit(
            one_of("/system.slice", "system.slice", "/system", "system"),
            "no other cgroup is made on machines; write /system.slice, where the kubelet and the runtime are",
        ),
        "address": Limit(
            one_of(*ALL_ADDRESSES),
            "API servers ask every node's own address; write ::, or leave it out",
        ),
        "port": Limit(
            one_of(str(ports.KUBELET)),
            f"the firewall opens {ports.KUBELET} to API servers; leave it out",
        ),
        "allowed-unsafe-sysctls": Limit(
            is_of_pods,
            "the kubelet takes what each pod has for itself; write kernel.sem, or kernel.shm*, kernel.msg*, fs.mqueue.*, net.* "
            "or some of them",
        ),
        "container-log-max-files": Limit(
            lambda value: not re.fullmatch(r"-[0-9]+|[+]?0*[01]", value),
            "the kubelet needs a file to write and one to keep; write 2 or more",
        ),
        "read-only-port": Limit(
            one_of("0"),
            "anyone who reaches it would read every pod's data; write 0, or leave it out",
        ),
        "healthz-port": Limit(
            one_of("10248"), "kubeadm asks there whether the kubelet runs; leave it out"
        ),
        "healthz-bind-address": Limit(
            one_of("127.0.0.1", *ALL_ADDRESSES),
            "kubeadm asks on 127.0.0.1 whether the kubelet runs; write it, or leave it out",
        ),
        "hairpin-mode": Limit(
            one_of("promiscuous-bridge", "hairpin-veth"),
            "a pod could not reach itself by its Service; leave it out",
        ),
        "resolv-conf": Limit(
            reads_as(r".+"),
            "pods that ask as their node does, CoreDNS among them, would ask nobody; leave it out",
        ),
        "runonce": Limit(is_false, "the kubelet would end after its first pods; leave it out"),
        "tls-min-version": _TLS,
    },
}
"""Arguments of which some values break a cluster."""
