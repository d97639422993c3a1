"""A patch is read before a machine has to."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.spec.kubeadm import Patch


@pytest.mark.parametrize(
    "text",
    ["{}", "spec: {}", "spec: {}\n---\nmetadata: {}\n", '[{"op": "remove", "path": "/spec/x"}]'],
)
def test_a_patch_is_one_or_more_maps_or_lists(text):
    assert TypeAdapter(Patch).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "# nothing", "3", "spec", "spec: {}\n---\nspec\n"])
def test_what_changes_nothing_is_no_patch(text):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Patch).validate_python(text)

    [error] = refused.value.errors()
    assert error["msg"].endswith(
        " is not a patch; write a map of what to change, or a list of JSON patch operations"
    )
