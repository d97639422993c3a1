"""The AWS Load Balancer Controller: it creates a load balancer for each Service and each Ingress that asks for one."""

from ..permissions.controllers import load_balancer_controller
from ..spec.cluster import AddonsSpec
from . import own_role, releases
from .addon import Addon, Chart, chart, place
from .placement import allowed_on_control_planes, copies, on_control_planes


def content(spec: AddonsSpec, version: str) -> Chart:
    """The controller's chart.

    The controller runs on control planes. It reads the VPC's id and its credentials from the instance metadata of its machine, whose
    role may create load balancers. With a role of its own it reads no metadata.
    """
    given = {
        "vpcId": own_role.VPC_ID,
        "env": own_role.environment(spec),
        "extraVolumes": own_role.volumes(spec),
        "extraVolumeMounts": own_role.mounts(spec),
    }
    return chart(
        spec,
        name="aws-load-balancer-controller",
        repository="https://aws.github.io/eks-charts",
        version=version,
        namespace="kube-system",
        values={
            "clusterName": spec.cluster.name,
            "region": spec.region,
            "defaultTags": dict(spec.cluster.tags),
            "image": {
                "repository": place(spec, "public.ecr.aws/eks/aws-load-balancer-controller"),
            },
            "replicaCount": copies(spec),
            "nodeSelector": on_control_planes(spec),
            "tolerations": allowed_on_control_planes(spec),
            # Helm signs the certificate of the webhook once, and keeps it, so cert-manager is not needed.
            "enableCertManager": False,
            "keepTLSSecret": True,
            # While the controller is down, Services of any type can still be created. Later it handles those that name it as their
            # controller.
            "serviceMutatorWebhookConfig": {"failurePolicy": "Ignore"},
            # The role has no permissions for these services.
            "enableShield": False,
            "enableWaf": False,
            "enableWafv2": False,
            **(given if spec.addons_have_roles else {}),
        },
    )


LOAD_BALANCER_CONTROLLER = Addon(
    chosen_by="addons.loadBalancerController",
    instead="turn it off",
    needed=lambda spec: spec.addons.load_balancer_controller,
    on=lambda switches: switches.load_balancer_controller,
    releases=releases.LOAD_BALANCER_CONTROLLER,
    content=content,
    access=own_role.Access("aws-load-balancer-controller", load_balancer_controller),
)
