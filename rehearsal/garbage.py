"""Python's garbage collector in processes whose objects nearly all live until the end.

The collector searches for unreachable cycles among all live objects, again and again while they are created. Here it finds
hardly any: the AWS SDK, moto's models and the resources of a run stay. The search took a fifth of a run of the engine, and as
long as loading moto itself. So it is off while such objects are created, and never searches them later. Reference counting
frees all other objects as usual.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def switch_off() -> None:
    """Search for no cycles from now on."""
    gc.disable()


@contextmanager
def switched_off() -> Iterator[None]:
    """Search for no cycles within the block; afterwards as before it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def keep_all() -> None:
    """Exempt every object that exists now: a later search, like that at the end of the process, skips it."""
    gc.freeze()


def search_only_later_objects() -> None:
    """Exempt every object that exists now, and search among those created from now on."""
    gc.freeze()
    gc.enable()
