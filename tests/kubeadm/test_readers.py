"""A real API server lets the group of readers see what its roles allow, and nothing else."""

from typing import Any

from components.catalog import installed
from components.facts.versions import MINORS, NEWEST
from tests.kubeadm.control_plane import ControlPlane
from tests.kubeadm.rendered import cluster
from tests.support.clusters import spec

MINOR = MINORS[NEWEST].name
RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"

MAY = {
    ("list", "", "pods"): True,
    ("list", "", "configmaps"): True,
    ("list", "apps", "deployments"): True,
    ("watch", "", "nodes"): True,
    ("list", "storage.k8s.io", "storageclasses"): True,
    ("list", "", "secrets"): False,
    ("create", "", "pods"): False,
    ("create", "", "pods/exec"): False,
    ("delete", "", "nodes"): False,
    ("create", "", "serviceaccounts/token"): False,
    ("list", "rbac.authorization.k8s.io", "clusterrolebindings"): False,
}


def test_readers_see_pods_and_nodes_and_no_secret_and_change_nothing(machine):
    plane = ControlPlane(machine, MINOR, "10.0.0.10")
    plane.prepare(cluster(MINOR, "IPv4 first"))
    plane.start()
    for found in installed(spec(addons={"reader": True}))["reader"].objects():
        plane.ask("POST", f"{RBAC}/{found['kind'].lower()}s", found)
    # The controller manager fills `view` with the roles that are labelled for it.
    view = f"{RBAC}/clusterroles/view"
    plane.wait_for("the role `view` to be filled", lambda: plane.ask("GET", view).get("rules"))

    said = {asked: allowed(plane, *asked) for asked in MAY}

    assert said == MAY


def allowed(plane: ControlPlane, verb: str, group: str, resource: str) -> bool:
    """Whether a member of the group may do something everywhere."""
    name, _, part = resource.partition("/")
    attributes: dict[str, Any] = {
        "verb": verb,
        "group": group,
        "resource": name,
        "subresource": part,
    }
    asked = {
        "user": "dev-reader",
        "groups": ["dualstack:readers"],
        "resourceAttributes": attributes,
    }
    return bool(plane.ask("POST", REVIEWS, {"spec": asked})["status"]["allowed"])
