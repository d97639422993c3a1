"""The kubeadm documents of each kind of machine: a spec in, YAML out.

The documents contain only values that kubeadm does not derive. From the ranges it derives flags of the API server, the
controller manager and kube-proxy. An argument that repeats such a flag would replace it. Values that only the machine knows
are tokens like @NODE_IPV4@ in the text, which the machine fills in. `docs/reference/kubeadm.md` lists the values by minor.
"""

from collections.abc import Mapping
from typing import Any, cast

from ..facts import ports
from ..facts.api_shutdown import SERVING_SECONDS
from ..facts.choices import CloudProvider, Cni, KubeletCertificates
from ..facts.eviction_thresholds import USUAL_THRESHOLDS
from ..facts.families import ANYWHERE, Family, in_order
from ..facts.kubernetes_folder import AUTHORITY_FILE, ENCRYPTION_FILE, ENCRYPTION_FOLDER
from ..facts.versions import DUAL_STACK_GATE, LEARNER_GATE, Minor, NodeIp, patch_of
from ..rendering import Untouched, templates
from ..spec.cluster import ENCRYPTION_FLAG, ControlPlaneSpec, NodeSpec, WorkerPoolSpec
from ..spec.kubelet import KubeletSection
from ..spec.values import USUAL_DOMAIN, USUAL_NODE_PORTS
from .api_server import api_server_parts
from .hardening import WITHOUT_PROFILES, api_server_args, kubelet_settings
from .issuer import issuer_args, patches
from .mounts import file_volumes

JOIN_FACTS = ("CA_HASH", "TOKEN")
"""The values that only a joining machine needs. They enter no text of a user: the token is a secret."""

SIZE_FACTS: Mapping[str, str] = {"RESERVED_CPU": "70m", "RESERVED_MEMORY": "1024Mi"}
"""What a machine keeps from pods for the kubelet and the runtime. Each computes it from its size; here of 2 CPUs and 4 GiB."""

NODE_FACTS = (
    *("NODE_NAME", "NODE_IPV4", "NODE_IPV6", "API_HOST", "ISSUER"),
    *JOIN_FACTS,
    *SIZE_FACTS,
)
"""The names of the values that a machine fills in: a token is such a name between two @. CA_HASH is `sha256:` and 64 digits,
ISSUER the URL of the cluster's own issuer of tokens, which control planes know if there is one."""

API_ENDPOINT = f"@API_HOST@:{ports.API}"
"""The address of the API load balancer's listener."""

POD_PIDS = 4096
"""The most processes of one pod. The kubelet has no limit of its own, and 4096 is what OpenShift sets.
https://docs.openshift.com/container-platform/4.17/nodes/nodes/nodes-nodes-managing.html"""

TOKEN_TTL = "24h0m0s"  # noqa: S105 (a time, not a token)
"""The lifetime of the first join token, kubeadm's own default. A timer on the control planes renews the token well before."""

INIT_FILE = "/etc/dualstack/kubeadm/init.yaml"
"""The documents for `kubeadm init` on control planes."""

PATCHES_FOLDER = "/etc/dualstack/kubeadm/patches"
"""The folder of the spec's patches on every machine."""


API_SERVER_ARGS = {"shutdown-delay-duration": f"{SERVING_SECONDS}s"}
"""https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/"""

ENCRYPTION_VOLUME = {
    "name": "encryption-at-rest",
    "path": ENCRYPTION_FOLDER,
    "read_only": True,
    "path_type": "Directory",
}


def init_documents(spec: ControlPlaneSpec) -> str:
    """The documents for `kubeadm init`, on the control plane that creates the cluster."""
    minor = spec.kubernetes
    registration = {
        **_registration(spec, kubelet_args(spec)),
        "token_ttl": TOKEN_TTL,
        "advertise_address": _advertised(spec),
    }
    return "---\n".join(
        (
            _render("cluster", _cluster(spec, minor)),
            _render("init", registration),
            _render("kubelet", _kubelets(spec, minor)),
            _render(
                "kube-proxy",
                {
                    "proxy_mode": spec.proxy_mode,
                    "metrics_address": spec.kubeadm.proxy_metrics_bind_address,
                },
            ),
        )
    )


def control_plane_join(spec: ControlPlaneSpec) -> str:
    """The document for `kubeadm join` on further control planes. Their bootstrap puts the certificate authorities in place first, so no certificate key is needed."""
    args = _joining(spec, kubelet_args(spec))
    return _join({**_registration(spec, args), "advertise_address": _advertised(spec)})


def worker_join(spec: WorkerPoolSpec) -> str:
    """The document for `kubeadm join` on the workers of one pool."""
    labels = ",".join(f"{key}={value}" for key, value in spec.pool.labels.items())
    args = _joining(spec, kubelet_args(spec))
    if labels:
        args["node-labels"] = labels
    taints = [
        {"key": taint.key, "value": taint.value, "effect": taint.effect}
        for taint in spec.pool.taints
    ]
    return _join({**_registration(spec, args), "advertise_address": None, "taints": taints})


def fill(document: str, facts: Mapping[str, str]) -> str:
    """The document with its @…@ tokens replaced, as a machine does it.

    Without values of its size it has 2 CPUs and 4 GiB. A `ValueError` if a token in the document has no value, or a value that
    would end the quoted text.
    """
    facts = {**SIZE_FACTS, **facts}
    for name in NODE_FACTS:
        token = f"@{name}@"
        if token not in document:
            continue
        if name not in facts:
            raise ValueError(f"{token} has no value; give {name}")
        if not set(facts[name]).isdisjoint('"\\\n'):
            raise ValueError(f"{token} cannot be {facts[name]!r}: it would end the quoted text")
        document = document.replace(token, facts[name])
    return document


def kubelet_args(spec: NodeSpec) -> dict[str, str]:
    """The arguments of every kubelet."""
    minor = spec.kubernetes
    node_ip = _node_ip(spec, minor)
    args = {"node-ip": node_ip} if node_ip else {}
    if spec.cluster.cloud_provider is CloudProvider.EXTERNAL:
        args["cloud-provider"] = "external"
    if spec.cluster.cni is Cni.KUBENET:
        args["network-plugin"] = "kubenet"
        # This range turns kubenet's own masquerade off; ip-masq-agent does it instead. kubenet's rule is for IPv4 only. By default it
        # masquerades traffic to every address outside 10.0.0.0/8, even to pods.
        args["non-masquerade-cidr"] = ANYWHERE[Family.IPV4]
    return args | _limits(spec.kubelet) | _with_gate(_filled_in(spec.kubeadm.kubelet_args), minor)


def _limits(kubelet: KubeletSection) -> dict[str, str]:
    """The flags of one machine's limits. Every minor has them as flags, which replace what the cluster's configuration says."""
    reserved = {"cpu": "@RESERVED_CPU@", "memory": "@RESERVED_MEMORY@"} | kubelet.kube_reserved
    flags = {**kubelet.limits(), "kube-reserved": reserved}
    if kubelet.eviction_hard:
        # The flag replaces all of the kubelet's own thresholds.
        flags["eviction-hard"] = {**USUAL_THRESHOLDS, **kubelet.eviction_hard}
    return {
        flag: _joined(value, "<" if flag == "eviction-hard" else "=")
        for flag, value in flags.items()
    }


def _joined(value: object, sign: str) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    given = cast("Mapping[str, str]", value)
    return ",".join(f"{name}{sign}{amount}" for name, amount in given.items())


def _kubelets(spec: ControlPlaneSpec, minor: Minor) -> dict[str, Any]:
    """What all kubelets of the cluster have in common. Their minors are the cluster's, and pools add flags of their own."""
    total, critical = spec.nodes.shutdown_grace_seconds, spec.nodes.shutdown_critical_seconds
    return {
        "cgroup_driver": minor.cgroup_driver,
        "pod_pids_limit": POD_PIDS,
        "asks_for_certificates": spec.kubelet_certificates is not KubeletCertificates.SELF_SIGNED,
        "grace": (total, critical) if total and minor.ends_pods_gracefully else None,
        **kubelet_settings(minor),
    }


def _filled_in(args: Mapping[str, str]) -> dict[str, str]:
    """A user's arguments of the kubelet: each machine fills in its own values, but never a join token."""
    named = [f"@{name}@" for name in JOIN_FACTS]
    return {
        flag: Untouched(value) if any(token in value for token in named) else value
        for flag, value in args.items()
    }


def _untouched(args: Mapping[str, str]) -> dict[str, str]:
    """A user's arguments of a control plane's component.

    The first control plane writes them into the cluster, and the others read them there. So no machine fills in its own
    values.
    """
    return {flag: Untouched(value) for flag, value in args.items()}


def _node_ip(spec: NodeSpec, minor: Minor) -> str:
    both = in_order(spec.families, "@NODE_IPV4@", "@NODE_IPV6@")
    match minor.node_ip(spec.cluster.cloud_provider):
        case NodeIp.PAIR:
            return ",".join(both)
        case NodeIp.PRIMARY:
            return both[0]
        case NodeIp.PRIMARY_UNSPECIFIED:
            return in_order(spec.families, "", "::")[0]
        case NodeIp.NOTHING:
            return ""


def _joining(spec: NodeSpec, args: dict[str, str]) -> dict[str, str]:
    if spec.kubernetes.joins_with_gate:
        return {"feature-gates": f"{DUAL_STACK_GATE}=true"} | args
    return args


def _with_gate(args: Mapping[str, str], minor: Minor) -> dict[str, str]:
    """A user's arguments. Their `feature-gates` would replace kubeadm's, so the dual-stack gate is added to that value."""
    merged = dict(args)
    if minor.writes_gate and "feature-gates" in merged:
        given = merged["feature-gates"]
        merged["feature-gates"] = type(given)(f"{given},{DUAL_STACK_GATE}=true")
    return merged


def _advertised(spec: NodeSpec) -> str:
    """The API server's one advertised address, of the first Service range's family. From 1.24 it refuses the other family (#106721)."""
    return in_order(spec.families, "@NODE_IPV4@", "@NODE_IPV6@")[0]


def _registration(spec: NodeSpec, args: Mapping[str, str]) -> dict[str, Any]:
    minor = spec.kubernetes
    return {
        "api_version": minor.api_version,
        "lists_arguments": minor.lists_arguments,
        "node_name": "@NODE_NAME@",
        "token": "@TOKEN@",
        "cri_socket": minor.cri_socket(spec.cluster.cni),
        "kubelet_args": args,
        # None, not []: kubeadm then applies its own default, a control-plane taint (named `master` or `control-plane`, by minor) and
        # no taint on workers.
        "taints": None,
        "patches_directory": PATCHES_FOLDER if patches(spec) else None,
    }


def _cluster(spec: ControlPlaneSpec, minor: Minor) -> dict[str, Any]:
    services = [str(service_range) for service_range in spec.service_ranges]
    # kubeadm 1.16 reads one Service range, so the two components that use both get them as an argument.
    listed = {} if minor.reads_service_ranges else {"service-cluster-ip-range": ",".join(services)}
    parts = api_server_parts(spec)
    given = _untouched({flag: value for part in parts for flag, value in part.arguments.items()})
    gates = {
        gate: True
        for gate, written in {
            DUAL_STACK_GATE: minor.writes_gate,
            LEARNER_GATE: minor.gates_learners,
        }.items()
        if written
    }
    nodes = in_order(spec.families, "@NODE_IPV4@", "@NODE_IPV6@")
    return {
        "api_version": minor.api_version,
        "lists_arguments": minor.lists_arguments,
        "cluster_name": spec.cluster.name,
        "kubernetes_version": f"v{patch_of(spec.cluster.kubernetes_version)}",
        "api_endpoint": API_ENDPOINT,
        "image_repository": spec.software.image_repository,
        "feature_gates": gates | spec.kubeadm.feature_gates,
        "key_algorithm": spec.kubeadm.key_algorithm,
        "certificate_days": spec.kubeadm.certificate_days,
        "dns_domain": spec.kubeadm.dns_domain if spec.kubeadm.dns_domain != USUAL_DOMAIN else None,
        "pod_subnet": ",".join(str(pod_range) for pod_range in spec.pod_ranges),
        "service_subnet": ",".join(services) if minor.reads_service_ranges else services[0],
        "cert_sans": list(dict.fromkeys(["@API_HOST@", *nodes, *spec.kubeadm.cert_sans])),
        "api_server_args": API_SERVER_ARGS
        | api_server_args(minor)
        | listed
        | _node_ports(spec)
        | issuer_args(spec)
        | _kubelet_check(spec)
        | given
        | ({ENCRYPTION_FLAG: ENCRYPTION_FILE} if spec.composes_encryption else {})
        | _with_gate(_untouched(spec.kubeadm.api_server_args), minor),
        "api_server_volumes": [
            *(volume for part in parts for volume in part.volumes()),
            *((ENCRYPTION_VOLUME,) if spec.composes_encryption else ()),
            *file_volumes(spec, "apiServerArgs"),
        ],
        "controller_manager_args": {
            **WITHOUT_PROFILES,
            **listed,
            **_node_mask_args(spec, minor),
            **_cloud_args(spec),
            **_with_gate(_untouched(spec.kubeadm.controller_manager_args), minor),
        },
        "controller_manager_volumes": file_volumes(spec, "controllerManagerArgs"),
        "scheduler_volumes": file_volumes(spec, "schedulerArgs"),
        "scheduler_args": {
            **WITHOUT_PROFILES,
            **_with_gate(_untouched(spec.kubeadm.scheduler_args), minor),
        },
        "etcd_args": _untouched(spec.kubeadm.etcd_args),
    }


def _node_ports(spec: ControlPlaneSpec) -> dict[str, str]:
    chosen = spec.services.node_ports
    return {} if chosen == USUAL_NODE_PORTS else {"service-node-port-range": chosen}


def _kubelet_check(spec: ControlPlaneSpec) -> dict[str, str]:
    """The authority of the certificates that an API server expects of kubelets. Without the argument it accepts any."""
    checks = spec.kubelet_certificates is KubeletCertificates.VERIFIED
    return {"kubelet-certificate-authority": AUTHORITY_FILE} if checks else {}


def _node_mask_args(spec: ControlPlaneSpec, minor: Minor) -> dict[str, str]:
    masks = [str(mask) for mask in spec.node_masks]
    if minor.has_family_node_masks:
        flags = in_order(spec.families, "node-cidr-mask-size-ipv4", "node-cidr-mask-size-ipv6")
        return dict(zip(flags, masks, strict=True))
    # kubeadm 1.16 writes 24 for both families by default.
    return {} if masks[0] == str(minor.node_mask_ipv4) else {"node-cidr-mask-size": masks[0]}


def _cloud_args(spec: NodeSpec) -> dict[str, str]:
    """The argument by which the controller manager expects an external cloud controller. The API server needs no such argument."""
    external = spec.cluster.cloud_provider is CloudProvider.EXTERNAL
    return {"cloud-provider": "external"} if external else {}


def _join(values: Mapping[str, Any]) -> str:
    return _render("join", {**values, "api_endpoint": API_ENDPOINT, "ca_hash": "@CA_HASH@"})


def _render(kind: str, values: Mapping[str, Any]) -> str:
    return templates("kubeadm").get_template(f"{kind}.yaml.j2").render(values)
