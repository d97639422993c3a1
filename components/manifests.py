"""What runs inside the cluster, as the YAML that the API is given: a spec in, texts out.

One function, one template and one row of `ADDONS` for each add-on.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from .addon_versions import FLANNEL, FLANNEL_PLUGIN, cloud_controller_of
from .documents import templates
from .fields import CloudProvider, Cni
from .spec import AddonsSection, AddonsSpec
from .versions import minor_of

CLOUD_CONFIG_FILE = "/etc/aws/cloud.conf"


def flannel(spec: AddonsSpec) -> str:
    """flannel: VXLAN for both families, and masquerade for what leaves the cluster in either."""
    ipv4, ipv6 = sorted(spec.pod_ranges, key=lambda pod_range: pod_range.version)
    network = {
        "Network": str(ipv4),
        "EnableIPv6": True,
        "IPv6Network": str(ipv6),
        "Backend": {"Type": "vxlan"},
    }
    return _render(
        "flannel",
        # Hairpin: a pod reaches itself by its own Service.
        cni_configuration=json.dumps(
            {
                "name": "flannel",
                "cniVersion": "1.0.0",
                "plugins": [
                    {
                        "type": "flannel",
                        "delegate": {"hairpinMode": True, "isDefaultGateway": True},
                    },
                    {"type": "portmap", "capabilities": {"portMappings": True}},
                ],
            }
        ),
        network=json.dumps(network),
        image=_image(spec, "ghcr.io/flannel-io/flannel", FLANNEL),
        plugin_image=_image(spec, "ghcr.io/flannel-io/flannel-cni-plugin", FLANNEL_PLUGIN),
    )


def cloud_controller(spec: AddonsSpec) -> str:
    """The AWS cloud controller manager: it knows nodes' zones and addresses, and removes nodes whose instance is gone."""
    minor = minor_of(spec.cluster.kubernetes_version)
    cluster = spec.cluster.name
    return _render(
        "aws-cloud-controller-manager",
        configuration="\n".join(
            [
                "[Global]",
                f"KubernetesClusterID = {cluster}",
                # Once for each family, in the order of a node's addresses. Without them there are IPv4 addresses only.
                *(f"NodeIPFamilies = {family.lower()}" for family in spec.families),
                "",
            ]
        ),
        image=_image(
            spec,
            "registry.k8s.io/provider-aws/cloud-controller-manager",
            cloud_controller_of(minor),
        ),
        arguments=[
            "--cloud-provider=aws",
            f"--cloud-config={CLOUD_CONFIG_FILE}",
            f"--cluster-name={cluster}",
            # Its load balancers and its routes are IPv4 only.
            "--controllers=*,-service,-route",
            "--configure-cloud-routes=false",
            "--v=2",
        ],
        environment=spec.addons.cloud_controller_environment,
        node_label=minor.control_plane_labels[-1],
    )


@dataclass(frozen=True, slots=True)
class Addon:
    """One add-on: which clusters need it, the switch that leaves it to others, and its manifest."""

    needed: Callable[[AddonsSpec], bool]
    on: Callable[[AddonsSection], bool]
    manifest: Callable[[AddonsSpec], str]


ADDONS = {
    "flannel": Addon(
        lambda spec: spec.cluster.cni is Cni.FLANNEL,
        lambda switches: switches.cni,
        flannel,
    ),
    "aws-cloud-controller-manager": Addon(
        lambda spec: spec.cluster.cloud_provider is CloudProvider.EXTERNAL,
        lambda switches: switches.cloud_controller,
        cloud_controller,
    ),
}
"""Each add-on by its name."""


def needed_manifests(spec: AddonsSpec) -> dict[str, str]:
    """The manifest of each add-on that a cluster needs, whoever installs it."""
    return {name: addon.manifest(spec) for name, addon in ADDONS.items() if addon.needed(spec)}


def manifests(spec: AddonsSpec) -> dict[str, str]:
    """The manifest of each add-on that is ours to install."""
    needed = needed_manifests(spec)
    return {name: text for name, text in needed.items() if ADDONS[name].on(spec.addons)}


def objects(manifest: str) -> list[dict[str, Any]]:
    """The objects of a manifest."""
    return list(yaml.safe_load_all(manifest))


def _image(spec: AddonsSpec, repository: str, version: str) -> str:
    """An image, from the user's own repository if there is one, where kubeadm looks too: by its last name alone."""
    own = spec.software.image_repository
    place = f"{own}/{repository.rpartition('/')[2]}" if own else repository
    return f"{place}:v{version}"


def _render(name: str, **values: Any) -> str:
    fingerprint = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    template = templates("addons").get_template(f"{name}.yaml.j2")
    return template.render(values, fingerprint=fingerprint)
