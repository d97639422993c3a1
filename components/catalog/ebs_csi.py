"""The EBS CSI driver: persistent volumes on EBS, and the storage class of claims that name none."""

from ..spec.cluster import AddonsSpec
from . import releases
from .addon import Addon, Chart, chart, place
from .placement import allowed_on_control_planes, copies, on_control_planes

IMAGE = "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver"

SIDECARS = {
    "provisioner": "public.ecr.aws/csi-components/csi-provisioner",
    "attacher": "public.ecr.aws/csi-components/csi-attacher",
    "resizer": "public.ecr.aws/csi-components/csi-resizer",
    "snapshotter": "public.ecr.aws/csi-components/csi-snapshotter",
    "volumemodifier": "public.ecr.aws/ebs-csi-driver/volume-modifier-for-k8s",
    "livenessProbe": "public.ecr.aws/csi-components/livenessprobe",
    "nodeDriverRegistrar": "public.ecr.aws/csi-components/csi-node-driver-registrar",
}
"""What runs beside the driver, by the chart's names; the tags are the chart's own."""

STORAGE_CLASS = {
    "name": "gp3",
    "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    "parameters": {"type": "gp3", "encrypted": "true"},
    # A volume is in one zone: the scheduler chooses it first.
    "volumeBindingMode": "WaitForFirstConsumer",
    "allowVolumeExpansion": True,
}
"""The default: encrypted with the account's own key for EBS."""


def content(spec: AddonsSpec, version: str) -> Chart:
    """Its chart. The controller runs on control planes, whose role may make volumes. What runs on each node asks AWS for
    nothing: it knows the machine from its metadata, and from the node's labels where that cannot be reached."""
    return chart(
        spec,
        name="aws-ebs-csi-driver",
        repository="https://kubernetes-sigs.github.io/aws-ebs-csi-driver",
        version=version,
        namespace="kube-system",
        values={
            "image": {"repository": place(spec, IMAGE)},
            "sidecars": {
                name: {"image": {"repository": place(spec, repository)}}
                for name, repository in SIDECARS.items()
            },
            "controller": {
                "region": spec.region,
                # By these tags the role knows which volumes are this cluster's.
                "k8sTagClusterId": spec.cluster.name,
                "extraVolumeTags": dict(spec.cluster.tags),
                "env": [{"name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true"}],
                "replicaCount": copies(spec),
                "nodeSelector": on_control_planes(spec),
                "tolerations": allowed_on_control_planes(spec),
            },
            "node": {"enableWindows": False, "metadataSources": "imds,kubernetes"},
            "storageClasses": [STORAGE_CLASS],
            "helmTester": {"enabled": False},
        },
    )


EBS_CSI = Addon(
    chosen_by="addons.ebsCsi",
    instead="turn it off",
    needed=lambda spec: spec.addons.ebs_csi,
    on=lambda switches: switches.ebs_csi,
    releases=releases.EBS_CSI,
    content=content,
)
