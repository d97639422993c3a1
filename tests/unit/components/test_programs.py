"""The programs of machines, as the parameters from which they fetch them."""

import pytest

from components import Identity, Programs
from components.boundary import Refusal


def test_each_role_has_a_folder_of_numbered_parts(deploy):
    deployment = deploy(lambda: Programs("programs", {"cluster_name": "prod"}) and None)

    made = deployment.all("Parameter")
    names = {name: parameter["name"] for name, parameter in made.items()}
    assert names["programs-control-plane-1"] == "/dualstack/prod/programs/control-plane/1"
    assert names["programs-worker-1"] == "/dualstack/prod/programs/worker/1"
    assert {name.rpartition("/")[0] for name in names.values()} == {
        "/dualstack/prod/programs/control-plane",
        "/dualstack/prod/programs/worker",
    }
    assert {parameter["type"] for parameter in made.values()} == {"String"}


def test_the_programs_are_tagged_and_say_where_they_are(deploy):
    deployment = deploy(
        lambda: {
            "folder": Programs(
                "programs", {"cluster_name": "prod", "tags": {"team": "platform"}}
            ).folder
        }
    )

    assert deployment.outputs["folder"] == "/dualstack/prod/programs"
    assert deployment.all("Parameter")["programs-worker-2"]["tags"] == {
        "Name": "programs-worker-2",
        "team": "platform",
    }


def test_an_identity_has_the_programs_of_its_cluster(deploy):
    deployment = deploy(
        lambda: Identity("id", {"cluster_name": "prod", "api_host": "api.example.com"}) and None
    )

    assert (
        deployment.all("Parameter")["id-programs-worker-1"]["name"]
        == "/dualstack/prod/programs/worker/1"
    )
    assert deployment.resources["Parameter id-programs-worker-1"].parent == "Programs id-programs"
    assert deployment.resources["Programs id-programs"].parent == "Identity id"


def test_a_name_that_no_cluster_can_have_is_refused(deploy):
    with pytest.raises(Refusal, match="cluster_name: 'Prod' is not a name"):
        deploy(lambda: Programs("programs", {"cluster_name": "Prod"}) and None)
