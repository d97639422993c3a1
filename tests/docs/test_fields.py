"""The files that are generated from the spec."""

import pytest

from docs.fields import FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_generated_file_is_what_the_spec_says_now(path):
    assert path.read_text() == FILES[path](), "run `make schema`"
