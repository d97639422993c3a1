"""What each machine would get, written to files without engine or account."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.machine.documents import init_documents
from components.rules import load
from components.spec.cluster import Spec
from rehearsal.render import configuration, main_render, render
from rehearsal.workspace import Project

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder of one's own to write into."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_kind_of_machine_gets_its_folder(elsewhere, capsys):
    code = main_render("prod", None)

    written = sorted(str(path.relative_to(elsewhere)) for path in elsewhere.rglob("*.*ml"))
    assert code == 0
    assert written == [
        "render/prod/1.37.2/addons/aws-cloud-controller-manager.yaml",
        "render/prod/1.37.2/addons/aws-ebs-csi-driver.yaml",
        "render/prod/1.37.2/addons/aws-load-balancer-controller.yaml",
        "render/prod/1.37.2/addons/flannel.yaml",
        "render/prod/1.37.2/addons/metrics-server.yaml",
        "render/prod/1.37.2/control-plane/init.yaml",
        "render/prod/1.37.2/control-plane/join.yaml",
        "render/prod/1.37.2/control-plane/user-data.yaml",
        "render/prod/1.37.2/workers/databases/join.yaml",
        "render/prod/1.37.2/workers/databases/user-data.yaml",
        "render/prod/1.37.2/workers/general/join.yaml",
        "render/prod/1.37.2/workers/general/user-data.yaml",
    ]
    assert "13 files for Kubernetes 1.37.2" in capsys.readouterr().out


def test_another_version_can_be_asked_for(elsewhere):
    code = main_render("dev", "1.23")

    text = (elsewhere / "render/dev/1.23.17/control-plane/init.yaml").read_text()
    cluster = next(iter(yaml.safe_load_all(text)))
    assert code == 0
    assert cluster["apiVersion"] == "kubeadm.k8s.io/v1beta3"
    assert cluster["kubernetesVersion"] == "v1.23.17"


def test_the_address_plan_names_both_families(elsewhere):
    main_render("dev", None)

    lines = (elsewhere / "render/dev/1.36.5/addresses.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [
        *("tier", "public", "private", "public", "private", "pods", "services")
    ]
    assert "10.244.0.0/16" in lines[5]
    assert "/64 number 8 of the VPC's range" in lines[2]


def test_what_is_gone_is_not_left_over(elsewhere):
    main_render("dev", None)
    gone = elsewhere / "render/dev/1.36.5/workers/old/join.yaml"
    gone.parent.mkdir()
    gone.write_text("")

    main_render("dev", None)

    assert not gone.exists()


def test_the_files_hold_what_the_program_gives_machines(elsewhere):
    spec = load(Spec, configuration(Project(ROOT), "staging", None))

    written = render(spec, elsewhere / "out")

    assert elsewhere / "out/control-plane/init.yaml" in written
    assert (elsewhere / "out/control-plane/init.yaml").read_text() == init_documents(spec)


def test_a_version_without_dual_stack_is_refused_in_words(elsewhere, capsys):
    code = main_render("dev", "1.15")

    assert code == 1
    assert "cluster.kubernetesVersion: 1.15 has no dual-stack" in capsys.readouterr().err
    assert not (elsewhere / "render").exists()


def test_a_stack_that_is_not_there_is_answered_with_those_that_are(capsys):
    code = main_render("nowhere", None)

    assert code == 1
    assert "dev, prod, staging" in capsys.readouterr().err


def test_it_needs_no_sdk():
    """The SDK of AWS alone takes longer to import than a rendering may take."""
    program = (
        "import sys, rehearsal.render; print('pulumi' in sys.modules, 'pulumi_aws' in sys.modules)"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == ["False", "False"]
