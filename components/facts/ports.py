"""The ports on which the parts of a cluster listen.

https://kubernetes.io/docs/reference/networking/ports-and-protocols/
"""

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

FLANNEL_VXLAN = 8472
"""Linux's default port for VXLAN, which Cilium uses too."""

CALICO_VXLAN = 4789
"""The port that IANA assigned to VXLAN."""

CALICO_TYPHA = 5473
CILIUM_HEALTH = 4240
