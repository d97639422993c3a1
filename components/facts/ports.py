"""The ports on which the parts of a cluster listen.

https://kubernetes.io/docs/reference/networking/ports-and-protocols/
"""

from collections.abc import Mapping

from .choices import Cni

HTTPS = 443

API = 6443
"""The port of the API server and of its load balancer's listener: kubeadm's default."""

ETCD_CLIENTS = 2379
ETCD_PEERS = 2380

KUBELET = 10250

PROXY_HEALTH = 10256
"""The port of kube-proxy's health check, which load balancers of Services use."""

NODE_PORTS = range(30000, 32768)
"""The range from which the API server assigns node ports by default."""

EPHEMERAL = range(32768, 61000)
"""The ports that Linux gives connections of its own by default.
https://docs.kernel.org/networking/ip-sysctl.html#ip-variables"""

FLANNEL_VXLAN = 8472
"""Linux's default port for VXLAN, which Cilium uses too."""

CALICO_VXLAN = 4789
"""The port that IANA assigned to VXLAN."""

CALICO_TYPHA = 5473
CILIUM_HEALTH = 4240

ON_MACHINES = {
    22: "SSH",
    53: "the resolver",
    API: "the API server",
    ETCD_CLIENTS: "etcd",
    ETCD_PEERS: "etcd",
    2381: "etcd's metrics",
    10248: "the kubelet's health",
    10249: "kube-proxy's metrics",
    KUBELET: "the kubelet",
    PROXY_HEALTH: "kube-proxy's health",
    10257: "the controller manager",
    10258: "the cloud controller",
    10259: "the scheduler",
}
"""Ports on which programs of the cluster listen in a machine's own network."""

OF_PLUGINS: Mapping[Cni, Mapping[int, str]] = {
    Cni.CALICO: {
        CALICO_VXLAN: "Calico's overlay",
        CALICO_TYPHA: "Calico's Typha",
        9099: "Calico's health",
    },
    Cni.CILIUM: {CILIUM_HEALTH: "Cilium's health", FLANNEL_VXLAN: "Cilium's overlay"},
    Cni.FLANNEL: {FLANNEL_VXLAN: "flannel's overlay"},
    Cni.KUBENET: {},
    Cni.NONE: {},
}
"""Ports on which the programs of each network plugin listen there."""
