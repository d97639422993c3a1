"""The EBS CSI driver: persistent volumes on EBS, and the default storage class."""

from ..permissions.controllers import ebs_csi
from ..spec.cluster import AddonsSpec
from . import own_role, releases
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
"""The repositories of sidecar images, by the chart's names for them. The chart has their tags."""

STORAGE_CLASS = {
    "name": "gp3",
    "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    "parameters": {"type": "gp3", "encrypted": "true"},
    # A volume is in one zone, so it is created only after the scheduler has chosen its pod's node.
    "volumeBindingMode": "WaitForFirstConsumer",
    "allowVolumeExpansion": True,
}
"""The default storage class: encrypted with the account's default key for EBS."""


def content(spec: AddonsSpec, version: str) -> Chart:
    """The driver's chart.

    The controller runs on control planes. Unless it has a role of its own, it uses theirs, which then may create volumes. The pods on
    each node do not call AWS: they read facts about their machine from instance metadata, or from the node's labels if metadata cannot
    be reached.
    """
    # The chart itself sets the region.
    variables = {
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        **own_role.environment(spec, region=False),
    }
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
                # The driver puts this name into the tag of its volumes, on which the role's permissions depend.
                "k8sTagClusterId": spec.cluster.name,
                "extraVolumeTags": dict(spec.cluster.tags),
                "env": [{"name": name, "value": value} for name, value in variables.items()],
                "volumes": own_role.volumes(spec),
                "volumeMounts": own_role.mounts(spec),
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
    access=own_role.Access("ebs-csi-controller-sa", ebs_csi),
)
