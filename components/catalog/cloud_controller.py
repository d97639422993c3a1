"""The AWS cloud controller manager: it reports nodes' zones and addresses, and removes nodes whose instance is gone."""

from ..facts.choices import CloudProvider
from ..permissions.controllers import cloud_controller
from ..spec.cluster import AddonsSpec
from . import own_role, releases
from .addon import Addon, Manifest, image, manifest, proxy_environment

CLOUD_CONFIG_FILE = "/etc/aws/cloud.conf"


def content(spec: AddonsSpec, version: str) -> Manifest:
    """The controller's objects. It runs on control planes in the host's network, because it works before pods have one.

    There it finds the region in instance metadata. Unless it has a role of its own, it uses that of its machine, which may call EC2.
    """
    minor = spec.kubernetes
    # With the switch off somebody else installs it, and no role is made for it.
    own = spec.addons.cloud_controller
    cluster = spec.cluster.name
    return manifest(
        "aws-cloud-controller-manager",
        configuration="\n".join(
            [
                "[Global]",
                f"KubernetesClusterID = {cluster}",
                # One line for each family, in the order of a node's addresses. Without these lines nodes have IPv4 addresses only.
                *(f"NodeIPFamilies = {family.lower()}" for family in spec.families),
                "",
            ]
        ),
        image=image(spec, "registry.k8s.io/provider-aws/cloud-controller-manager", version),
        arguments=[
            "--cloud-provider=aws",
            f"--cloud-config={CLOUD_CONFIG_FILE}",
            f"--cluster-name={cluster}",
            # The load balancers and routes that it creates are IPv4 only.
            "--controllers=*,-service,-route",
            "--configure-cloud-routes=false",
            "--v=2",
        ],
        environment={
            **proxy_environment(spec),
            **(own_role.environment(spec) if own else {}),
            **spec.addons.cloud_controller_environment,
        },
        mounts=own_role.mounts(spec) if own else [],
        volumes=own_role.volumes(spec) if own else [],
        node_label=minor.control_plane_labels[-1],
    )


CLOUD_CONTROLLER = Addon(
    chosen_by="cluster.cloudProvider",
    instead="turn addons.cloudController off and install one yourself",
    needed=lambda spec: spec.cluster.cloud_provider is CloudProvider.EXTERNAL,
    on=lambda switches: switches.cloud_controller,
    releases=releases.CLOUD_CONTROLLER,
    content=content,
    access=own_role.Access("aws-cloud-controller-manager", cloud_controller),
)
