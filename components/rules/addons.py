"""Rules for add-ons: what a cluster must have so that each of its add-ons can be installed and works."""

import re
from collections.abc import Iterator, Mapping

from ..catalog import ADDONS
from ..catalog.addon import Addon
from ..catalog.ip_masq_agent import MASQUERADING
from ..config.check import Fault, Rule
from ..config.section import Section
from ..config.wording import path_of
from ..facts.choices import CloudProvider, Cni, ProxyMode
from ..facts.versions import MINORS
from ..spec.cluster import AddonsSpec


def released(spec: AddonsSpec) -> Iterator[Fault]:
    """Each add-on that this program installs must have a release for the minor."""
    if spec.minor not in MINORS:
        return
    for name, addon in ADDONS.items():
        if addon.wanted(spec) and not addon.release(spec):
            yield Fault(
                addon.chosen_by,
                f"{name} is pinned here for Kubernetes {_span(addon)}, and this is {MINORS[spec.minor].name}; "
                f"{addon.instead}",
            )


def _span(addon: Addon) -> str:
    oldest = min(release.oldest for release in addon.releases)
    newest = max(release.newest for release in addon.releases)
    return f"1.{oldest} to 1.{newest}"


def masqueraded_once(spec: AddonsSpec) -> Iterator[Fault]:
    """Only one program may masquerade: the network plugin or ip-masq-agent."""
    if spec.addons.ip_masq_agent and spec.cluster.cni in MASQUERADING:
        yield Fault(
            "addons.ipMasqAgent",
            f"{spec.cluster.cni} masquerades both families itself; turn the agent off, which is for kubenet and for networks "
            "that leave it to others",
        )


def nodes_that_are_known(spec: AddonsSpec) -> Iterator[Fault]:
    """Controllers that use AWS need the provider id, which only a cloud controller writes into nodes.

    The EBS CSI driver needs it on workers, where a pod cannot ask instance metadata.
    """
    if spec.cluster.cloud_provider is CloudProvider.EXTERNAL:
        return
    autoscaler = ["addons.clusterAutoscaler"] if spec.addons.cluster_autoscaler else []
    for path in [*_controllers_of_aws(spec), *autoscaler]:
        yield Fault(
            path,
            "it knows machines by the provider id that a cloud controller gives their nodes, and cluster.cloudProvider is none; "
            "write external there, or turn it off",
        )


def metadata_that_is_reached(spec: AddonsSpec) -> Iterator[Fault]:
    """A controller in a pod gets the role of its machine only if metadata answers two hops away."""
    if spec.addons_have_roles:
        return
    for path in _controllers_of_aws(spec):
        if spec.control_plane.metadata_hop_limit == 1:
            yield Fault(
                "controlPlane.metadataHopLimit",
                f"1 reaches no pod, and the controller of {path} is a pod that uses its machine's role; write 2, or give add-ons "
                "roles of their own by serviceAccountIssuer.enabled, or turn it off",
            )


def _controllers_of_aws(spec: AddonsSpec) -> list[str]:
    """The add-ons that are on whose controllers call AWS from a pod."""
    switches = {
        "addons.loadBalancerController": spec.addons.load_balancer_controller,
        "addons.ebsCsi": spec.addons.ebs_csi,
    }
    return [path for path, on in switches.items() if on]


def tags_that_are_understood(spec: AddonsSpec) -> Iterator[Fault]:
    """Controllers give the cluster's tags to what they create, so each tag must fit into their configuration.

    They read a tag as `name=value`.
    """
    addons = spec.addons
    for key, value in spec.cluster.tags.items():
        path = path_of(("cluster", "tags", key))
        if "=" in key and (addons.load_balancer_controller or addons.ebs_csi):
            yield Fault(
                path,
                "controllers that tag what they make read a name up to its first =; write a name without one, or turn "
                "addons.loadBalancerController and addons.ebsCsi off",
            )
        # The controller's chart writes tags into YAML without quotes.
        elif addons.load_balancer_controller and ": " in f"{value} ":
            yield Fault(
                path,
                f"the load balancer controller cannot take {value}, where a colon ends a word; write it without that, or "
                "turn addons.loadBalancerController off",
            )


OF_BALANCERS = re.compile(
    r"(elbv2\.k8s\.aws/cluster|(elbv2|ingress|service)\.k8s\.aws/resource|(ingress|service)\.k8s\.aws/stack)"
)
"""Tags that the load balancer controller writes, and with which it does not start.
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/v3.5.0/pkg/config/controller_config.go"""

OF_VOLUMES = re.compile(
    r"CSIVolumeName|CSIVolumeSnapshotName|ebs\.csi\.aws\.com/cluster|kubernetes\.io.*"
)
"""Tags that the EBS CSI driver writes, and with which it does not start.
https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/v1.64.0/pkg/driver/options.go"""


def tags_that_are_free(spec: AddonsSpec) -> Iterator[Fault]:
    """Controllers do not start with a tag that they write themselves."""
    addons = spec.addons
    controllers = [
        *(
            [("the load balancer controller", OF_BALANCERS, "addons.loadBalancerController")]
            if addons.load_balancer_controller
            else []
        ),
        *([("the EBS CSI driver", OF_VOLUMES, "addons.ebsCsi")] if addons.ebs_csi else []),
    ]
    for key in spec.cluster.tags:
        for controller, own, path in controllers:
            if own.fullmatch(key):
                yield Fault(
                    path_of(("cluster", "tags", key)),
                    f"{controller} keeps this key for itself and does not start with it; choose another, or turn {path} off",
                )


NO_CACHE_BESIDE = {
    ProxyMode.IPVS: "keeps the DNS Service's address for itself on every node",
    ProxyMode.NFTABLES: "is not said to let the cache through, whose rules are for iptables",
}
"""The proxy modes beside which NodeLocal DNSCache cannot serve the address of the DNS Service, with the reason.
https://github.com/kubernetes/dns/issues/682"""


def dns_cache_is_reached(spec: AddonsSpec) -> Iterator[Fault]:
    """NodeLocal DNSCache needs a kube-proxy mode and a network plugin that let it take over the DNS Service's address."""
    if not spec.addons.node_local_dns:
        return
    mode = spec.proxy_mode
    if mode in NO_CACHE_BESIDE:
        possible = ProxyMode.IPTABLES in spec.kubernetes.proxy_modes
        choice = "write kubeadm.proxyMode iptables, or turn it off" if possible else "turn it off"
        yield Fault(
            "addons.nodeLocalDns",
            f"kube-proxy's mode is {mode}, which {NO_CACHE_BESIDE[mode]}; {choice}",
        )
    if spec.cluster.cni is Cni.CILIUM:
        yield Fault(
            "addons.nodeLocalDns",
            "cilium sends what is for a Service on before it reaches the cache; turn it off, and see its own local redirect policies",
        )


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {
    AddonsSpec: (
        released,
        masqueraded_once,
        nodes_that_are_known,
        metadata_that_is_reached,
        tags_that_are_understood,
        tags_that_are_free,
        dns_cache_is_reached,
    )
}
