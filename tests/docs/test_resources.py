"""The page on resource types, held against those that the stand-ins serve, which are those that the program asks for."""

import re

import pytest

from rehearsal.providers.aws import MODULES
from rehearsal.providers.aws.functions import FUNCTIONS
from rehearsal.providers.randomness import random_provider
from rehearsal.providers.tls import tls_provider
from tests.docs.pages import DOCS, code, table

PAGE = DOCS / "decisions/resources.md"
SERVED = [
    *(resource for module in MODULES for resource in module.RESOURCES),
    *tls_provider().resources.values(),
    *random_provider().resources.values(),
]
SOURCE = re.compile(r"`[a-z0-9]+/[a-z0-9_]+\.go`|\[[\w-]+\]\(https://github\.com/[\w/-]+\)")


def test_each_resource_type_of_the_program_has_one_row_and_no_other_has():
    listed = [code(row[0])[0] for row in table(PAGE, "Resource types")]

    assert sorted(listed) == sorted(resource.engine_type for resource in SERVED)


def test_each_look_up_of_the_program_has_one_row_and_no_other_has():
    listed = [code(row[0])[0] for row in table(PAGE, "Look-ups")]

    assert sorted(listed) == sorted(FUNCTIONS)


@pytest.mark.parametrize("heading", ["Resource types", "Look-ups"])
def test_each_row_names_its_source_and_leaves_no_cell_empty(heading):
    for row in table(PAGE, heading):
        assert SOURCE.fullmatch(row[1]), row
        assert all(cell.strip() for cell in row), row
