"""`python -m dualstack plan`: the command line, from a stack's file, without engine or account."""

import json

import pytest

from components.plan.request import main
from tests.docs.blocks import ROOT

PROD = str(ROOT / "stacks/Pulumi.prod.yaml")


def test_a_stack_file_becomes_a_text(capsys):
    assert main([PROD]) == 0

    text = capsys.readouterr().out
    assert "  private  eu-west-1b  10.32.32.0/19 " in text
    assert "  pool databases  3 to 6   r6i.2xlarge " in text


def test_a_document_has_the_same_facts(capsys):
    assert main([PROD, "--format", "json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["facts"]["cluster"] == "prod"
    assert document["subnets"][1]["ipv4"] == "10.32.0.0/19"
    assert document["changes"] is None


def test_a_page_is_written_to_a_file(tmp_path, capsys):
    page = tmp_path / "plan.html"

    assert main([PROD, "--format", "html", "--output", str(page)]) == 0

    assert page.read_text().startswith("<!doctype html>")
    assert capsys.readouterr().out == ""


def test_all_faults_of_a_stack_are_shown(tmp_path, capsys):
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    stack = tmp_path / "Pulumi.dev.yaml"
    stack.write_text("config:\n  mine:cluster: {name: UPPER}\n  mine:netwrok: {}\n")

    assert main([str(stack)]) == 1

    said = capsys.readouterr().err
    assert "cluster.name: " in said
    assert "cluster.kubernetesVersion: missing" in said
    assert "netwrok: unknown key" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: {a: [}", "Pulumi.dev.yaml, line 1: not YAML"),
        (
            "config:\n  aws:region: {secure: v1:x}\n",
            "Pulumi.dev.yaml: aws:region is encrypted, and only the engine has its key; "
            "give a file with the value in plain text",
        ),
        ("config:\n  a:b:c: 1\n", "config: 'a:b:c' has too many colons; write mine:<section>"),
        ("config:\n  mine:pods: {}\n  pods: {}\n", "config: mine:pods is there twice"),
        (
            "config:\n  mine:stack: prod\n",
            "Pulumi.dev.yaml: mine:stack has no effect, because Pulumi itself knows it; leave it out",
        ),
        ("config: 3\n", "config must be a map of sections, and is 3"),
    ],
)
def test_a_file_that_the_engine_would_refuse_is_refused(tmp_path, capsys, text, said):
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    stack = tmp_path / "Pulumi.dev.yaml"
    stack.write_text(text)

    assert main([str(stack)]) == 2

    assert said in capsys.readouterr().err


def test_a_file_outside_a_project_is_refused(tmp_path, capsys):
    stack = tmp_path / "Pulumi.dev.yaml"
    stack.write_text("config: {}\n")

    assert main([str(stack)]) == 2

    assert "neither its folder nor one above it has a Pulumi.yaml" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys):
    assert main(["stacks/Pulumi.none.yaml"]) == 2

    said = capsys.readouterr().err
    assert said == (
        "error: stacks/Pulumi.none.yaml: No such file or directory; name a file that is there and can be used\n"
    )


@pytest.mark.parametrize("option", ["--preview", "--state"])
@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_document_that_is_another_is_refused_by_its_option(tmp_path, capsys, option, text):
    document = tmp_path / "given.json"
    document.write_text(text)

    assert main([PROD, option, str(document)]) == 2

    assert f"error: {option} {document}: " in capsys.readouterr().err
