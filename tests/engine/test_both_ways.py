"""A stack that `make up` has made, as the plain command line of `make shell` sees it."""

import pytest


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_plain_pulumi_finds_every_resource_as_up_has_made_it(desk, stack):
    made, report = desk.run("up", stack)
    seen, preview = desk.run("enter", stack, "--run", "pulumi preview --expect-no-changes")

    assert made == 0, report
    assert seen == 0, preview
    assert " unchanged" in preview
