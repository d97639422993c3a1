"""How long something lasts, as people read it."""

from datetime import timedelta

import pytest

from components.duration import spoken


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=119, seconds=59), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=729), "729 days"),
        (timedelta(days=3650), "10 years"),
    ],
)
def test_a_length_has_the_unit_that_people_use_for_it(length, words):
    assert spoken(length) == words
