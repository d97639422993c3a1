"""Faults around the texts of secret files: no message shows a text, whatever the shape of what was written."""

import pytest

from components.boundary import Refusal, checked
from components.config.wording import shown
from components.spec.cluster import Spec
from tests.support.faults import described, faults_in

PATH = "/etc/kubernetes/enc.yaml"
TEXT = "SUPERSECRET"
FILE = {"content": TEXT, "secret": True}
NO_MAP = "is not a map of keys; write its keys below it"

SHAPES = {
    "a list of files": (
        {"files": [{"path": PATH, **FILE}]},
        f'kubeadm.files: [{{"content": "…", "path": "…", "secret": true}}] {NO_MAP}',
    ),
    "a list around the section": (
        [{"files": {PATH: FILE}}],
        f'kubeadm: [{{"files": {{"{PATH}": {{"content": "…", "secret": true}}}}}}] {NO_MAP}',
    ),
    "a list around a file": (
        {"files": {PATH: [FILE]}},
        f'kubeadm.files["{PATH}"]: [{{"content": "…", "secret": true}}] {NO_MAP}',
    ),
    "a mark that is a text": (
        {"files": [{"content": TEXT, "secret": "ja", "on": "all"}]},
        f'kubeadm.files: [{{"content": "…", "on": "all", "secret": "ja"}}] {NO_MAP}',
    ),
    "a misspelt key": (
        {"files": [{"contnet": TEXT, "secret": True}]},
        f'kubeadm.files: [{{"contnet": "…", "secret": true}}] {NO_MAP}',
    ),
    "texts of several lines": (
        {"files": [{"content": [TEXT], "secret": 1}]},
        f'kubeadm.files: [{{"content": "…", "secret": 1}}] {NO_MAP}',
    ),
    "a text in the place of a file": (
        {"files": {PATH: TEXT}},
        f'kubeadm.files["{PATH}"]: it {NO_MAP}',
    ),
    "a text in the place of all files": ({"files": TEXT}, f"kubeadm.files: it {NO_MAP}"),
}


@pytest.mark.parametrize(("kubeadm", "fault"), SHAPES.values(), ids=SHAPES)
def test_a_fault_of_the_shape_shows_no_secret_text(kubeadm, fault):
    assert faults_in(described(kubeadm=kubeadm)) == [fault]


@pytest.mark.parametrize("key", ["secretFiles", "secret_files"])
def test_texts_that_are_given_apart_are_not_shown_either(key):
    with pytest.raises(Refusal) as refused:
        checked(Spec, [{key: {PATH: TEXT}}])  # pyright: ignore[reportArgumentType] (what is wrong with it)

    assert str(refused.value).splitlines()[1] == (
        f'  args: [{{"{key}": "…"}}] is not a map of arguments; write one'
    )


@pytest.mark.parametrize("mark", [{}, {"secret": False}, {"secret": None}])
def test_a_text_that_is_no_secret_is_shown(mark):
    assert "kind: x" in shown([{"content": "kind: x", **mark}])


def test_other_texts_in_the_place_of_a_map_are_shown():
    assert faults_in(described(kubeadm="files")) == [f"kubeadm: 'files' {NO_MAP}"]
