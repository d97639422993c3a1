"""Component arguments that this program or kubeadm writes: a user's value would replace the written one.

kubeadm's are those of `getAPIServerCommand` and its neighbours, and of `getEtcdCommand`. For the API server and the
controller manager they were read in 1.16 and 1.37, for etcd, the scheduler and the kubelet in 1.37 alone:
https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kubeadm/app/phases/controlplane/manifests.go
https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kubeadm/app/phases/etcd/local.go
"""

from collections.abc import Mapping

from . import ports

_RANGES = "it follows from pods and services; set the ranges there"
_MASKS = "it follows from the node masks; set pods.nodeMaskIpv4 and pods.nodeMaskIpv6"
_CLOUD = "it follows from cluster.cloudProvider; set it there"
_RUNTIME = "it follows from cluster.cni, which brings its runtime; leave it out"
_OWN_CERTIFICATE = "kubeadm makes that certificate or key, and writes its path; leave it out"
_OWN_KUBECONFIG = "kubeadm writes that file, and mounts no other; leave it out"
_OWN_ADDRESS = "kubeadm writes it from the machine's own address; leave it out"
_AGGREGATION = "aggregated APIs trust what kubeadm writes here; leave it out"
_INSECURE = "kubeadm turns the port without encryption off; leave it out"
_ENDS = "the component would print a text and end; leave it out"
_ACCOUNTS = (
    "every control plane has the same key for tokens, and kubeadm writes its path; leave it out"
)

_PRINTING = dict.fromkeys(("help", "version"), _ENDS)

_SERVING = dict.fromkeys(("tls-cert-file", "tls-private-key-file"), _OWN_CERTIFICATE)

_DELEGATING = {
    **dict.fromkeys(("client-ca-file", "requestheader-client-ca-file"), _OWN_CERTIFICATE),
    **dict.fromkeys(
        ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"), _OWN_KUBECONFIG
    ),
    "master": "kubeadm writes the API's address into the component's kubeconfig; leave it out",
    **dict.fromkeys(("port", "address"), _INSECURE),
    **_PRINTING,
}
"""Arguments of the two components that ask the API server who a client is."""

OWNED: Mapping[str, Mapping[str, str]] = {
    "apiServerArgs": {
        "service-cluster-ip-range": _RANGES,
        "service-node-port-range": "the firewall opens the same ports; set them in services.nodePorts",
        "kubernetes-service-node-port": "the API has a load balancer of its own; leave it out",
        "advertise-address": "it follows from cluster.ipFamilies and the machine's own addresses; leave it out",
        "secure-port": f"the load balancer expects the API on {ports.API}; leave it out",
        "etcd-servers": "each API server asks the etcd beside it; leave it out",
        "cloud-provider": "the API server need not know; leave it out",
        "kubelet-certificate-authority": "it follows from kubeadm.kubeletCertificates; set it there",
        "audit-policy-file": "the file would not be there; give the policy itself in kubeadm.auditPolicy",
        **dict.fromkeys(
            (
                *("client-ca-file", "kubelet-client-certificate", "kubelet-client-key"),
                *("etcd-cafile", "etcd-certfile", "etcd-keyfile"),
                *("proxy-client-cert-file", "proxy-client-key-file"),
            ),
            _OWN_CERTIFICATE,
        ),
        **dict.fromkeys(
            ("tls-cert-file", "tls-private-key-file"),
            "kubeadm makes that certificate with the API's names; give more names in kubeadm.certSans, "
            "or another certificate in tls-sni-cert-key",
        ),
        **dict.fromkeys(
            (
                *("requestheader-client-ca-file", "requestheader-allowed-names"),
                *("requestheader-username-headers", "requestheader-group-headers"),
                "requestheader-extra-headers-prefix",
            ),
            _AGGREGATION,
        ),
        **dict.fromkeys(
            (
                *("service-account-key-file", "service-account-signing-key-file"),
                "service-account-signing-endpoint",
            ),
            _ACCOUNTS,
        ),
        **dict.fromkeys(("insecure-port", "insecure-bind-address"), _INSECURE),
        **_PRINTING,
    },
    "controllerManagerArgs": {
        "cluster-cidr": _RANGES,
        "service-cluster-ip-range": _RANGES,
        "allocate-node-cidrs": "every node gets its share of both pod ranges from it; leave it out",
        "cidr-allocator-type": "only RangeAllocator, the default, hands out two ranges; leave it out",
        "node-cidr-mask-size": _MASKS,
        "node-cidr-mask-size-ipv4": _MASKS,
        "node-cidr-mask-size-ipv6": _MASKS,
        "cluster-name": "it is cluster.name; set it there",
        "cloud-provider": _CLOUD,
        "root-ca-file": _OWN_CERTIFICATE,
        "service-account-private-key-file": _ACCOUNTS,
        **dict.fromkeys(
            [
                f"cluster-signing-{use}{half}-file"
                for use in ("", "kube-apiserver-client-", "kubelet-client-", "kubelet-serving-")
                for half in ("cert", "key")
            ]
            + [
                "cluster-signing-legacy-unknown-cert-file",
                "cluster-signing-legacy-unknown-key-file",
            ],
            "it signs with the cluster's own authority, whose paths kubeadm writes; leave it out",
        ),
        **_SERVING,
        **_DELEGATING,
    },
    "schedulerArgs": {
        "write-config-to": _ENDS,
        **_SERVING,
        **_DELEGATING,
    },
    "etcdArgs": {
        **dict.fromkeys(
            (
                *("name", "data-dir", "initial-cluster", "initial-cluster-state"),
                *("initial-advertise-peer-urls", "listen-peer-urls"),
                *("advertise-client-urls", "listen-client-urls"),
            ),
            _OWN_ADDRESS,
        ),
        **dict.fromkeys(
            (
                *("cert-file", "key-file", "trusted-ca-file", "ca-file", "peer-ca-file"),
                *("peer-cert-file", "peer-key-file", "peer-trusted-ca-file"),
                *("client-cert-file", "client-key-file", "peer-client-cert-file"),
                "peer-client-key-file",
            ),
            _OWN_CERTIFICATE,
        ),
        **dict.fromkeys(
            (
                *("discovery", "discovery-srv", "discovery-srv-name", "discovery-proxy"),
                *("discovery-fallback", "discovery-token", "discovery-endpoints"),
                *("proxy", "config-file"),
            ),
            "kubeadm names the members and their settings itself, and etcd takes one or the other; leave it out",
        ),
        "wal-dir": "kubeadm mounts the folder of data alone, and the log must outlive the pod; leave it out",
        "listen-client-http-urls": "the renewal of members asks over HTTP where kubeadm lets clients in; leave it out",
        **_PRINTING,
    },
    "kubeletArgs": {
        "node-ip": "each machine writes its own addresses, in the order of cluster.ipFamilies; leave it out",
        "hostname-override": "each machine writes its own name; leave it out",
        "provider-id": "each machine has its own, which the cloud controller writes; leave it out",
        "pod-cidr": _RANGES,
        "cloud-provider": _CLOUD,
        "node-labels": "give labels in workers.<name>.labels",
        "register-with-taints": "give taints in workers.<name>.taints",
        "network-plugin": "it follows from cluster.cni; set it there",
        "container-runtime": _RUNTIME,
        "container-runtime-endpoint": _RUNTIME,
        "image-service-endpoint": _RUNTIME,
        "docker-endpoint": _RUNTIME,
        "cgroup-driver": "systemd keeps the cgroups of the runtime too, and both must agree; leave it out",
        "cluster-dns": "kubeadm writes it from the first Service range; leave it out",
        "cluster-domain": "the DNS answers for one domain; set it in kubeadm.dnsDomain",
        "client-ca-file": _OWN_CERTIFICATE,
        **dict.fromkeys(
            ("config", "kubeconfig", "bootstrap-kubeconfig"),
            "kubeadm writes that file; leave it out",
        ),
        "pod-manifest-path": "kubeadm puts the control plane into the folder that it writes here; leave it out",
        "root-dir": "volumes' drivers expect the kubelet's folder at /var/lib/kubelet; leave it out",
        "cert-dir": "kubelet.conf names the certificate in the default folder; leave it out",
        **dict.fromkeys(
            ("cni-bin-dir", "cni-conf-dir"),
            "the network plugin is installed into the default folders; leave it out",
        ),
        **_PRINTING,
    },
}
"""Arguments that this program or kubeadm writes, each with the reason or the place to set it.

A user's value would replace the written one, and then differ from the value that other components are configured with.
"""
