"""What is written in a stack's file under a key that nothing reads."""

import json

import pytest

from components.config.unread import unread

SECTIONS = {"cluster", "network", "nodes"}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"dualstack:cluster": {"name": "dev"}}, {}),
        ({"dualstack:clutser": {"name": "dev"}}, {"clutser": {"name": "dev"}}),
        ({"dualstack:clutser": json.dumps({"name": "dev"})}, {"clutser": {"name": "dev"}}),
        ({"dualstack:clutser": None}, {}),
        ({"mycluster:cluster": {"name": "dev"}}, {"mycluster:cluster": {"name": "dev"}}),
        (
            {"mycluster:cluster": '{"name": "dev"}', "dualstack:cluster": "{}"},
            {"mycluster:cluster": {"name": "dev"}},
        ),
        ({"mycluster:cluster": "{}"}, {}),
        ({"mylibrary:nodes": {"a": 1}, "dualstack:nodes": {"image": "ubuntu"}}, {}),
        ({"mylibrary:color": {"a": 1}}, {}),
        ({"kubernetes:cluster": "prod"}, {}),
        ({"aws:region": "eu-west-1", "aws:defaultTags": {"tags": {}}}, {}),
    ],
    ids=str,
)
def test_only_sections_that_nothing_reads_are_found(config, found):
    assert unread(config, "dualstack", SECTIONS) == found


def test_a_text_with_a_key_twice_stays_a_text_which_a_check_refuses():
    text = '{"name": "dev", "name": "prod"}'

    assert unread({"dualstack:clutser": text}, "dualstack", SECTIONS) == {"clutser": text}
