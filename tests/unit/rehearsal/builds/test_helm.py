"""Charts: where they are taken from, and what a person is told when they cannot be had."""

import pytest

from components.catalog import Chart
from rehearsal.builds.golang import ToolError
from rehearsal.builds.helm import archive, rendered

CHART = Chart("net", "https://charts.example.com", "1.2.3", "kube-system", {"ipv6": True})

HELM = """#!/bin/sh
echo "$@" >> "{folder}/calls"
case "$1" in
pull) {pull} ;;
template) cat ;;
esac
"""


@pytest.fixture
def helm(tmp_path, monkeypatch):
    """A stand-in for Helm, as if it were built, with an empty cache of charts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "dualstack").mkdir()

    def install(pull: str = 'for last; do :; done; touch "$last/net-1.2.3.tgz"') -> None:
        program = tmp_path / "dualstack/helm-v3.18.6"
        program.write_text(HELM.format(folder=tmp_path, pull=pull))
        program.chmod(0o755)

    return install


def test_a_chart_is_pulled_from_its_makers_once(helm, tmp_path):
    helm()

    places = {archive(CHART), archive(CHART)}

    folder = tmp_path / "dualstack/charts"
    assert places == {folder / "net-1.2.3.tgz"}
    assert (tmp_path / "calls").read_text() == (
        f"pull net --repo https://charts.example.com --version 1.2.3 --destination {folder}\n"
    )


def test_a_chart_that_cannot_be_pulled_is_named_with_its_repository_and_what_helm_says(helm):
    helm(pull="echo 'Error: no such host' >&2; exit 1")

    with pytest.raises(ToolError) as error:
        archive(CHART)

    assert str(error.value) == (
        "net-1.2.3.tgz cannot be had from https://charts.example.com:\nError: no such host"
    )


def test_a_folder_without_the_chart_is_named(tmp_path):
    with pytest.raises(ToolError) as error:
        archive(CHART, tmp_path)

    assert str(error.value) == (
        f"{tmp_path} has no net-1.2.3.tgz; put it there, or name no folder."
    )


def test_a_chart_is_rendered_from_the_text_that_people_are_given_for_one_minor(helm, tmp_path):
    helm()

    text = rendered(CHART, "1.36", tmp_path / "net-1.2.3.tgz")

    assert text == CHART.text()
    assert (tmp_path / "calls").read_text() == (
        f"template net {tmp_path}/net-1.2.3.tgz --namespace kube-system "
        "--kube-version 1.36.0 --include-crds --values -\n"
    )
