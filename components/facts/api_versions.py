"""Versions of API groups, and the minors whose API server knows each, served or not.

Read in the sources of every minor's last patch: what `install.go` of each group in `pkg/apis` adds to the scheme, and those of the
two API servers beside it. https://github.com/kubernetes/kubernetes/tree/v1.36.5/pkg/apis
"""

from collections.abc import Mapping

from .minors import Minors

API_VERSIONS: Mapping[str, Minors] = {
    "api/all": Minors(16),
    **dict.fromkeys(("api/ga", "api/beta", "api/alpha"), Minors(17)),
    "auditregistration.k8s.io/v1alpha1": Minors(16, 18),
    "settings.k8s.io/v1alpha1": Minors(16, 19),
    **dict.fromkeys(
        ("batch/v2alpha1", "discovery.k8s.io/v1alpha1"),
        Minors(16, 20),
    ),
    **dict.fromkeys(
        ("autoscaling/v2beta1", "autoscaling/v2beta2", "scheduling.k8s.io/v1alpha1"),
        Minors(16, 35),
    ),
    **dict.fromkeys(
        (
            "admission.k8s.io/v1",
            "admission.k8s.io/v1beta1",
            "admissionregistration.k8s.io/v1",
            "admissionregistration.k8s.io/v1beta1",
            "apiextensions.k8s.io/v1",
            "apiextensions.k8s.io/v1beta1",
            "apiregistration.k8s.io/v1",
            "apiregistration.k8s.io/v1beta1",
            "apps/v1",
            "apps/v1beta1",
            "apps/v1beta2",
            "authentication.k8s.io/v1",
            "authentication.k8s.io/v1beta1",
            "authorization.k8s.io/v1",
            "authorization.k8s.io/v1beta1",
            "autoscaling/v1",
            "batch/v1",
            "batch/v1beta1",
            "certificates.k8s.io/v1beta1",
            "coordination.k8s.io/v1",
            "coordination.k8s.io/v1beta1",
            "events.k8s.io/v1beta1",
            "extensions/v1beta1",
            "imagepolicy.k8s.io/v1alpha1",
            "networking.k8s.io/v1",
            "networking.k8s.io/v1beta1",
            "node.k8s.io/v1alpha1",
            "node.k8s.io/v1beta1",
            "policy/v1beta1",
            "rbac.authorization.k8s.io/v1",
            "rbac.authorization.k8s.io/v1alpha1",
            "rbac.authorization.k8s.io/v1beta1",
            "scheduling.k8s.io/v1",
            "scheduling.k8s.io/v1beta1",
            "storage.k8s.io/v1",
            "storage.k8s.io/v1alpha1",
            "storage.k8s.io/v1beta1",
        ),
        Minors(16),
    ),
    "flowcontrol.apiserver.k8s.io/v1alpha1": Minors(17, 28),
    "discovery.k8s.io/v1beta1": Minors(17),
    **dict.fromkeys(
        ("certificates.k8s.io/v1", "events.k8s.io/v1"),
        Minors(19),
    ),
    **dict.fromkeys(
        (
            "flowcontrol.apiserver.k8s.io/v1beta1",
            "internal.apiserver.k8s.io/v1alpha1",
            "node.k8s.io/v1",
        ),
        Minors(20),
    ),
    **dict.fromkeys(
        ("discovery.k8s.io/v1", "policy/v1"),
        Minors(21),
    ),
    **dict.fromkeys(
        ("autoscaling/v2", "flowcontrol.apiserver.k8s.io/v1beta2"),
        Minors(23),
    ),
    "networking.k8s.io/v1alpha1": Minors(25, 33),
    "resource.k8s.io/v1alpha1": Minors(26, 26),
    **dict.fromkeys(
        (
            "admissionregistration.k8s.io/v1alpha1",
            "authentication.k8s.io/v1alpha1",
            "flowcontrol.apiserver.k8s.io/v1beta3",
        ),
        Minors(26),
    ),
    "resource.k8s.io/v1alpha2": Minors(27, 30),
    "certificates.k8s.io/v1alpha1": Minors(27),
    "flowcontrol.apiserver.k8s.io/v1": Minors(29),
    "storagemigration.k8s.io/v1alpha1": Minors(30, 34),
    "coordination.k8s.io/v1alpha1": Minors(31, 31),
    "resource.k8s.io/v1alpha3": Minors(31),
    **dict.fromkeys(
        ("coordination.k8s.io/v1alpha2", "resource.k8s.io/v1beta1"),
        Minors(32),
    ),
    "resource.k8s.io/v1beta2": Minors(33),
    "resource.k8s.io/v1": Minors(34),
    "storagemigration.k8s.io/v1beta1": Minors(35),
    "scheduling.k8s.io/v1alpha2": Minors(36, 36),
    **dict.fromkeys(
        ("lifecycle.k8s.io/v1alpha1", "scheduling.k8s.io/v1alpha3", "storagemigration.k8s.io/v1"),
        Minors(37),
    ),
}
"""Each as `runtime-config` names it, with the names that stand for all of a stage."""
