"""The AWS Load Balancer Controller: it makes a load balancer for each Service and each Ingress that asks for one."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Chart, chart, place
from .placement import allowed_on_control_planes, copies, on_control_planes


def content(spec: AddonsSpec, version: str) -> Chart:
    """Its chart. It runs on control planes, whose role may make load balancers, and finds the VPC as it finds its keys: in the
    metadata of the machine that it runs on."""
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
            # The API server knows it by a certificate that Helm signs once: no cert-manager is needed.
            "enableCertManager": False,
            "keepTLSSecret": True,
            # While it is away a Service of any type can be made all the same; one that names this controller is seen later.
            "serviceMutatorWebhookConfig": {"failurePolicy": "Ignore"},
            # Its role has no leave to ask these services.
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
