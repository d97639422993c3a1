"""What was read back, beside what was written: which differences are changes."""

import pytest

from rehearsal.providers.equivalence import as_written

ALIKE = {
    "nothing": (None, []),
    "an empty text": ("", None),
    "a number as text": ("30", 30),
    "truth as text": ("true", True),
    "a set in another order": (["b", "a"], ["a", "b"]),
    "a policy in another spelling": ('{"a": [1], "b": 2}', '{"b":2,"a":[1]}'),
    "a block with what AWS adds": (
        {"httpTokens": "required"},
        {"httpTokens": "required", "httpEndpoint": "enabled"},
    ),
    "blocks in another order": ([{"a": 1}, {"a": 2}], [{"a": 2, "b": 0}, {"a": 1, "b": 0}]),
}

UNLIKE = {
    "a number": ("30", 40, "40"),
    "a truth": ("true", False, "false"),
    "a member of a set": (["b", "a"], ["a", "c", "b"], ["b", "a", "c"]),
    "a policy": ('{"a": 1}', '{"a": 2}', '{"a": 2}'),
    "a member of a block": (
        {"httpTokens": "required", "hops": 1},
        {"httpTokens": "optional", "hops": 1, "more": 2},
        {"httpTokens": "optional", "hops": 1},
    ),
    "what is gone": ("there", None, None),
}


@pytest.mark.parametrize(("written", "found"), ALIKE.values(), ids=ALIKE)
def test_an_equal_value_in_another_form_stays_as_it_was_written(written, found):
    assert as_written(written, found) == written


@pytest.mark.parametrize(("written", "found", "shown"), UNLIKE.values(), ids=UNLIKE)
def test_another_value_is_shown(written, found, shown):
    assert as_written(written, found) == shown


def test_every_tag_counts_and_the_order_of_instance_types_too():
    assert as_written({"a": "1"}, {"a": "1", "b": "2"}, "tags") == {"a": "1", "b": "2"}
    assert as_written([{"t": "m5"}, {"t": "m6"}], [{"t": "m6"}, {"t": "m5"}], "overrides") == [
        {"t": "m6"},
        {"t": "m5"},
    ]
