"""The images of a minor: they are those that kubeadm and the add-ons' manifests ask for."""

import subprocess

import pytest
import yaml

from components.catalog import installed
from components.facts.versions import MINORS
from components.rules import load
from components.spec.cluster import Spec
from rehearsal.builds.golang import ToolError
from rehearsal.builds.kubernetes import kubeadm
from rehearsal.mirror import images

REPOSITORY = "10.255.0.1:5000"
KUBEADM_OF_TESTS = 37
"""A minor whose kubeadm every test run builds."""


@pytest.fixture
def made(monkeypatch, tmp_path):
    """The names of a minor's images, of programs that nobody builds."""
    program = tmp_path / "program"
    program.touch()
    monkeypatch.setattr(images, "built", lambda wanted: program)
    monkeypatch.setattr(images, "kubernetes", lambda name, minor: program)
    monkeypatch.setattr(images, "pause", lambda minor: program)
    found = dict.fromkeys(images.HOST_PROGRAMS, program)
    monkeypatch.setattr(images, "host_programs", lambda: found)
    monkeypatch.setattr(images, "_extensions", lambda: tmp_path)

    def names(minor: int) -> set[str]:
        return {
            f"{REPOSITORY}/{image.name}:{image.tag}"
            for image in images.images(MINORS[minor], images.ON_REQUEST)
        }

    return names


def test_every_image_that_kubeadm_pulls_is_made(made):
    minor = MINORS[KUBEADM_OF_TESTS]
    listed = subprocess.run(
        [
            *(str(kubeadm(minor.name)), "config", "images", "list"),
            *(f"--kubernetes-version=v{minor.patch}", f"--image-repository={REPOSITORY}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert set(listed) - made(KUBEADM_OF_TESTS) == set()
    assert len(listed) == 7


@pytest.mark.parametrize("minor", [16, 36, 37])
def test_every_image_of_an_addon_is_made(made, minor):
    spec = load(
        Spec,
        {
            "project": "dualstack",
            "stack": "dev",
            "region": "eu-west-1",
            "cluster": {"name": "dev", "kubernetesVersion": f"1.{minor}", "cni": "flannel"},
            "network": {"zones": ["eu-west-1a"]},
            "api": {"allowedCidrs": ["10.0.0.0/16", "fd00::/8"]},
            "software": {"imageRepository": REPOSITORY},
            "addons": dict.fromkeys(images.ON_REQUEST, True),
        },
    )

    wanted = {image for addon in installed(spec).values() for image in images_in(addon.text())}

    assert len(wanted) == 4
    assert wanted - made(minor) == set()


def images_in(text: str) -> list[str]:
    pods = [
        found["spec"]["template"]["spec"]
        for found in yaml.safe_load_all(text)
        if found["kind"] in ("DaemonSet", "Deployment")
    ]
    return [
        container["image"]
        for pod in pods
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    ]


def test_a_missing_program_of_the_host_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(images.shutil, "which", lambda name, path: None if name == "nft" else name)

    with pytest.raises(ToolError) as error:
        images.host_programs()

    assert str(error.value) == (
        "images of the rehearsal hold programs of this machine, and some are missing; install them: "
        "apt-get install nftables"
    )
