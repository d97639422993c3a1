"""Calico, as its operator's own chart and its own kinds take it."""

import jsonschema
import pytest
import yaml

from components.catalog import Chart, installed
from components.catalog.releases import CALICO, release_for
from rehearsal.builds import helm
from tests.support.clusters import spec

REPOSITORY = "https://docs.tigera.io/calico/charts"

pytestmark = pytest.mark.parametrize(
    "minor", [f"1.{release.oldest}" for release in CALICO], scope="module"
)


@pytest.fixture(scope="module")
def operator(rendered, minor):
    return lambda **args: rendered("calico", minor, cni="calico", **args)


@pytest.fixture(scope="module")
def kinds(operator, minor, charts):
    """The schema of each kind of the release's own: in the operator's chart, and from 3.32 on in one beside it."""
    version = release_for(CALICO, int(minor.split(".")[1])).version
    objects = operator()
    if version >= "3.32":
        definitions = Chart("crd.projectcalico.org.v1", REPOSITORY, f"v{version}", "default", {})
        text = helm.rendered(definitions, minor, helm.archive(definitions, charts))
        objects += yaml.load_all(text, yaml.CSafeLoader)
    return {
        item["spec"]["names"]["kind"]: item["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for item in objects
        if item and item["kind"] == "CustomResourceDefinition"
    }


@pytest.mark.parametrize("families", [("IPv4", "IPv6"), ("IPv6", "IPv4")], ids=" ".join)
@pytest.mark.parametrize(
    "software", [{}, {"imageRepository": "mirror.example.com/k8s"}], ids=["makers", "mirror"]
)
def test_the_operator_knows_every_field_of_the_network(kinds, minor, families, software):
    content = installed(spec(minor, cni="calico", families=families, software=software))
    (network,) = content["calico-installation"].objects()

    jsonschema.validate(network["spec"], closed(kinds["Installation"]["properties"]["spec"]))


def test_a_field_that_the_operator_does_not_know_is_found(kinds):
    schema = closed(kinds["Installation"]["properties"]["spec"])

    with pytest.raises(jsonschema.ValidationError, match="'natOutgoings' was unexpected"):
        jsonschema.validate(
            {"calicoNetwork": {"ipPools": [{"cidr": "::/0", "natOutgoings": ""}]}}, schema
        )


def test_the_chart_brings_the_operator_and_none_of_its_objects(operator):
    objects = operator()

    assert not [item for item in objects if item["apiVersion"] == "operator.tigera.io/v1"]
    pod = objects.one("Deployment", "tigera-operator")["spec"]["template"]["spec"]
    assert pod["hostNetwork"]
    assert {"key": None, "effect": "NoSchedule", "operator": "Exists"} in [
        {"key": None, **toleration} for toleration in pod["tolerations"]
    ]


def test_the_operator_makes_its_own_kinds_where_the_chart_does_not(operator):
    objects = operator()

    (container,) = objects.one("Deployment", "tigera-operator")["spec"]["template"]["spec"][
        "containers"
    ]
    definitions = [item for item in objects if item["kind"] == "CustomResourceDefinition"]
    assert definitions or "-manage-crds=true" in container["args"]


def test_the_operators_image_comes_from_the_users_own_repository(operator):
    objects = operator(software={"imageRepository": "mirror.example.com/k8s"})

    (container,) = objects.one("Deployment", "tigera-operator")["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"].rpartition(":")[0] == "mirror.example.com/k8s/operator"


def closed(schema):
    """The schema, with what it does not name refused, where the API would drop it in silence."""
    closed_properties = {key: closed(value) for key, value in schema.get("properties", {}).items()}
    known = {**schema, "properties": closed_properties} if closed_properties else dict(schema)
    if closed_properties:
        known["additionalProperties"] = False
    if "items" in schema:
        known["items"] = closed(schema["items"])
    return known
