"""The garbage collector, off while nearly everything that is made stays."""

import gc

import pytest

from rehearsal import garbage


@pytest.fixture(autouse=True)
def as_before():
    """Leave the collector as it was."""
    was_on, frozen = gc.isenabled(), gc.get_freeze_count()
    yield
    if not frozen:
        gc.unfreeze()
    (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
def test_after_a_block_the_collector_is_as_it_was_before(on):
    (gc.enable if on else gc.disable)()

    with garbage.switched_off():
        during = gc.isenabled()

    assert during is False
    assert gc.isenabled() is on


def test_after_an_error_the_collector_is_as_it_was_before():
    gc.enable()

    with pytest.raises(ValueError, match="x"), garbage.switched_off():
        raise ValueError("x")

    assert gc.isenabled()


def test_only_objects_that_are_made_later_are_searched():
    garbage.switch_off()
    earlier = [[] for _ in range(1000)]

    garbage.search_only_later_objects()

    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(earlier)
