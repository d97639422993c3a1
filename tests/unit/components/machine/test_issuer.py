"""The issuer of pods' tokens in what control planes read, for every minor that takes several."""

import pytest
import yaml

from components.machine.documents import control_plane_join, init_documents
from components.machine.plan import plan
from tests.unit.components.machine.test_documents import FACTS, arguments, control_plane, parsed

ON = {"serviceAccountIssuer": {"enabled": True}}
PATCHES = "/etc/dualstack/kubeadm/patches"
PATCH = f"{PATCHES}/kube-apiserver-issuer+json.yaml"

MINORS = [f"1.{minor}" for minor in range(22, 38)]


def api_server(spec):
    return arguments(
        parsed(init_documents(spec))["ClusterConfiguration"]["apiServer"].get("extraArgs")
    )


@pytest.mark.parametrize("version", MINORS)
def test_new_tokens_name_the_clusters_own_issuer(version):
    given = api_server(control_plane(version, **ON))

    assert (
        given
        | {
            "service-account-issuer": "@ISSUER@",
            "service-account-jwks-uri": "@ISSUER@/openid/v1/jwks",
        }
        == given
    )


@pytest.mark.parametrize("version", MINORS)
def test_tokens_from_before_are_taken_by_a_patch_that_comes_after(version):
    spec = control_plane(version, kubeadm={"dnsDomain": "k8s.example.com"}, **ON)

    mode, text = plan(spec)["files"][PATCH]

    assert (mode, yaml.safe_load(text)) == (
        "0600",
        [
            {
                "op": "add",
                "path": "/spec/containers/0/command/-",
                "value": "--service-account-issuer=https://kubernetes.default.svc.k8s.example.com",
            }
        ],
    )
    for documents in (init_documents(spec), control_plane_join(spec)):
        kinds = parsed(documents)
        document = kinds.get("InitConfiguration") or kinds["JoinConfiguration"]
        assert document["patches"] == {"directory": PATCHES}


def test_without_it_nothing_is_written_anywhere():
    spec = control_plane("1.37")

    assert not [flag for flag in api_server(spec) if "issuer" in flag or "jwks" in flag]
    assert PATCH not in plan(spec)["files"]
    assert "patches" not in parsed(control_plane_join(spec))["JoinConfiguration"]


def test_the_url_is_no_secret_and_no_part_of_the_plan():
    spec = control_plane("1.37", **ON)

    # Each machine reads it from its parameter, as it reads the API's name.
    assert "ISSUER" not in FACTS
    assert "amazonaws.com" not in init_documents(spec)
