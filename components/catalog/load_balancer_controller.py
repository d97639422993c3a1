"""The AWS Load Balancer Controller: it creates a load balancer for each Service and each Ingress that asks for one."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Chart, chart, place
from .placement import allowed_on_control_planes, copies, on_control_planes


def content(spec: AddonsSpec, version: str) -> Chart:
    """The controller's chart.

    The controller runs on control planes, because their IAM role may create load balancers. It reads the VPC's id and its
    credentials from the instance metadata of its machine.
    """
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
        },
    )


LOAD_BALANCER_CONTROLLER = Addon(
    chosen_by="addons.loadBalancerController",
    instead="turn it off",
    needed=lambda spec: spec.addons.load_balancer_controller,
    on=lambda switches: switches.load_balancer_controller,
    releases=releases.LOAD_BALANCER_CONTROLLER,
    content=content,
)
