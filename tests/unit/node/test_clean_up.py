"""The clean-up of a destroy: what holds load balancers and volumes goes first, and without a destroy nothing goes."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.patience import wait_until
from tests.unit.node import kubernetes
from tests.unit.node.conftest import Cluster
from tests.unit.node.kubernetes import let_in
from tests.unit.node.machine import Machine
from tests.unit.node.objects import Objects, claim, pod, service, volume
from tests.unit.node.scaling import Scaling

NAME, SYSTEM = "dualstack-clean-up", "kube-system"
HELD = ["dualstack/clean-up"]


@pytest.fixture
def objects(cluster: Cluster) -> Iterator[Objects]:
    """The API of a cluster that a stack has made, with its namespaces."""
    with kubernetes.served(Objects(), cluster.authority, cluster.folder / "api") as made:
        for name in ("default", SYSTEM):
            made.put("namespaces", {"metadata": {"name": name}}, "")
        made.put("configmaps", {"metadata": {"name": NAME}}, SYSTEM)
        cluster.put(f"/dualstack/{cluster.name}/running/present", "a stack holds this cluster")
        yield made


@pytest.fixture
def keeper(cluster: Cluster, groups: Scaling, objects: Objects) -> Machine:
    """A control plane."""
    made = cluster.control_plane()
    made.environment["AWS_ENDPOINT_URL_AUTOSCALING"] = groups.url
    let_in(made, objects, cluster.authority)
    return made


@pytest.fixture
def destroyed(cluster: Cluster, keeper: Machine, objects: Objects) -> Callable[[], str]:
    """Begins a destroy: the mark goes, then the ConfigMap. Ends when the ConfigMap is gone, with the journal."""

    def run() -> str:
        begin(objects)
        cluster.ssm.delete_parameter(Name=f"/dualstack/{cluster.name}/running/present")
        return watched(keeper, "controllers of the cluster have nothing left in AWS")

    return run


def begin(objects: Objects) -> None:
    """Delete the ConfigMap that a control plane has given its finalizer."""
    objects.held["configmaps", SYSTEM, NAME]["metadata"]["finalizers"] = [*HELD]
    objects.delete("configmaps", NAME, SYSTEM)


def watched(machine: Machine, words: str) -> str:
    """Run the program that looks until it says something, and return its journal."""
    process = machine.start("left_nodes.py")
    machine.wait_until_it_says(words)
    machine.crash(process)
    return (machine.root / "journal").read_text()


def controller(kind: str, finalizer: str, after: int = 3) -> Callable[[Objects], None]:
    """One that needs some looks for what AWS holds, and then takes its finalizer off all objects of a kind."""
    left = [after]

    def act(objects: Objects) -> None:
        going = [
            key
            for key, one in objects.held.items()
            if key[0] == kind and "deletionTimestamp" in one["metadata"]
        ]
        left[0] -= bool(going)
        for _, namespace, name in going if left[0] < 0 else []:
            objects.release(kind, name, namespace, finalizer)

    return act


def volume_controllers(objects: Objects) -> None:
    """Kubernetes' own and the driver's: a claim goes when no pod uses it, and its volume goes with it."""
    for (kind, namespace, name), one in [*objects.held.items()]:
        deleted = "deletionTimestamp" in one["metadata"]
        if kind == "persistentvolumeclaims" and deleted and not objects.names("pods"):
            objects.release(kind, name, namespace, "kubernetes.io/pvc-protection")
            bound = objects.get("persistentvolumes", one["spec"]["volumeName"], "")
            if bound and bound["spec"]["persistentVolumeReclaimPolicy"] == "Delete":
                objects.delete("persistentvolumes", bound["metadata"]["name"], "")
    for name in objects.names("persistentvolumes"):
        finalizer = "external-provisioner.volume.kubernetes.io/finalizer"
        objects.release("persistentvolumes", name, "", finalizer)


def test_a_control_plane_gives_the_object_a_finalizer_so_that_a_destroy_waits(
    keeper: Machine, objects: Objects
):
    objects.put("resourcequotas", {"metadata": {"name": NAME}})

    process = keeper.start("left_nodes.py")
    metadata = objects.held["configmaps", SYSTEM, NAME]["metadata"]
    wait_until(lambda: metadata.get("finalizers") == HELD, "a finalizer")
    keeper.crash(process)

    assert objects.names("resourcequotas") == set()


def test_a_destroy_ends_after_the_load_balancers(destroyed: Callable[[], str], objects: Objects):
    objects.put("services", service("web"))
    objects.put("services", service("inside", "ClusterIP"))
    finalizers = ["ingress.k8s.aws/resources"]
    objects.put("ingresses", {"metadata": {"name": "shop", "finalizers": finalizers}, "spec": {}})
    objects.put("ingresses", {"metadata": {"name": "nginx"}, "spec": {}})
    objects.controllers = [
        controller("services", "service.k8s.aws/resources"),
        controller("ingresses", finalizers[0], after=5),
    ]

    said = destroyed()

    assert objects.deleted == ["services default/web", "ingresses default/shop"]
    assert "the destroy waits for Service default/web, Ingress default/shop\n" in said
    assert "the destroy waits for Ingress default/shop\n" in said
    assert objects.names("services") == {"inside"}
    assert objects.get("configmaps", NAME, SYSTEM) is None


def test_a_destroy_shows_what_it_waits_for(destroyed: Callable[[], str], objects: Objects):
    objects.put("services", service("web"))
    objects.controllers = [controller("services", "service.k8s.aws/resources")]

    destroyed()

    [event] = [one for (kind, *_), one in objects.held.items() if kind == "events"]
    assert (event["type"], event["message"]) == ("Warning", "Service default/web")
    assert event["involvedObject"]["uid"] == f"uid of {NAME}"


def test_a_volume_goes_with_its_claim_once_its_pods_are_gone(
    destroyed: Callable[[], str], objects: Objects
):
    objects.put("persistentvolumes", volume("pv-1"), "")
    objects.put("persistentvolumes", volume("pv-2", awsElasticBlockStore={}), "")
    objects.put("persistentvolumeclaims", claim("data", "pv-1"))
    objects.put("persistentvolumeclaims", claim("scratch-data", "pv-2"))
    objects.put("persistentvolumeclaims", claim("asked-for"))
    objects.put("pods", pod("db", persistentVolumeClaim={"claimName": "data"}))
    objects.put("pods", pod("scratch", ephemeral={}))
    objects.controllers = [volume_controllers]

    destroyed()

    assert sorted(objects.deleted) == [
        "persistentvolumeclaims default/asked-for",
        "persistentvolumeclaims default/data",
        "persistentvolumeclaims default/scratch-data",
        "pods default/db",
        "pods default/scratch",
    ]
    assert objects.names("persistentvolumes") == set()


def test_volumes_that_stay_and_those_outside_aws_hold_up_nothing(
    destroyed: Callable[[], str], objects: Objects
):
    objects.put("persistentvolumes", volume("kept", "Retain"), "")
    objects.put("persistentvolumes", volume("nfs", nfs={"server": "192.0.2.1"}), "")
    objects.put("persistentvolumeclaims", claim("of-kept", "kept"))
    objects.put("persistentvolumeclaims", claim("of-nfs", "nfs"))
    objects.put("pods", pod("db", persistentVolumeClaim={"claimName": "of-kept"}))

    destroyed()

    assert objects.deleted == []


def test_volumes_that_stay_are_said_once_with_their_claims(
    destroyed: Callable[[], str], objects: Objects
):
    block = {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}
    old = {"volumeID": "aws://eu-west-1a/vol-2"}
    for found in (
        volume("a", "Retain", csi=block),
        volume("b", "Retain", awsElasticBlockStore=old),
    ):
        found["spec"]["claimRef"]["namespace"] = "shop"
        objects.put("persistentvolumes", found, "")
    objects.put("persistentvolumes", volume("nfs", "Retain", nfs={"server": "192.0.2.1"}), "")

    said = destroyed()

    words = "volumes stay in AWS, because their reclaim policy is Retain: vol-1 (shop/a), vol-2 (shop/b)"
    assert said.count(words) == 1
    [event] = [one for (kind, *_), one in objects.held.items() if kind == "events"]
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "Stays", words)


def test_nothing_is_made_again_while_it_is_deleted(destroyed: Callable[[], str], objects: Objects):
    destroyed()

    quotas = {key[1]: one for key, one in objects.held.items() if key[0] == "resourcequotas"}
    assert quotas.keys() == {"default", SYSTEM}
    assert quotas["default"]["spec"]["hard"] == {
        "services.loadbalancers": "0",
        "persistentvolumeclaims": "0",
        "count/ingresses.networking.k8s.io": "0",
        "count/gateways.gateway.networking.k8s.io": "0",
    }


def test_an_object_that_is_deleted_by_hand_deletes_nothing(keeper: Machine, objects: Objects):
    objects.put("services", service("web"))
    begin(objects)

    said = watched(keeper, "so this is no destroy: nothing is deleted")

    assert "running/present" in said
    assert objects.deleted == []
    assert objects.names("resourcequotas") == set()
    assert objects.get("configmaps", NAME, SYSTEM) is None


def test_an_api_without_the_object_is_of_a_stack_without_add_ons(
    cluster: Cluster, keeper: Machine, objects: Objects
):
    cluster.ssm.delete_parameter(Name=f"/dualstack/{cluster.name}/running/present")
    objects.put("services", service("web"))
    del objects.held["configmaps", SYSTEM, NAME]

    looks: list[Objects] = []
    objects.controllers = [looks.append]

    process = keeper.start("left_nodes.py")
    wait_until(lambda: len(looks) > 3, "looks")
    keeper.crash(process)

    assert objects.deleted == []
