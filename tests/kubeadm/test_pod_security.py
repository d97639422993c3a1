"""A real API server holds pods against the levels of the configuration, and leaves exempt namespaces alone."""

from components.facts.versions import MINORS, NEWEST
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster

MINOR = MINORS[NEWEST].name
POD = {
    "metadata": {"name": "mighty"},
    "spec": {
        "containers": [{"name": "one", "image": "example", "securityContext": {"privileged": True}}]
    },
}


def test_a_pod_below_the_level_is_refused_except_in_namespaces_that_are_exempt(machine):
    plane = ControlPlane(machine, MINOR, "10.0.0.10")
    levels = {"enforce": "baseline", "exemptNamespaces": ["batch"]}
    plane.prepare(cluster(MINOR, "IPv4 first", podSecurity=levels))
    plane.start("kube-apiserver")
    plane.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "batch"}})
    places = {name: f"/api/v1/namespaces/{name}" for name in ("default", "kube-system", "batch")}
    for place in places.values():
        # Without it no pod is made there, and nothing makes it here.
        plane.ask("POST", f"{place}/serviceaccounts", {"metadata": {"name": "default"}})

    said = {name: plane.refusal(f"{place}/pods", POD) for name, place in places.items()}

    assert said == {
        "default": 'pods "mighty" is forbidden: violates PodSecurity "baseline:latest": privileged (container "one" must not set '
        "securityContext.privileged=true)",
        "kube-system": "",
        "batch": "",
    }
