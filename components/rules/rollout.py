"""What is said of a pool before its machines are replaced: why, how many, and in which steps."""

from collections.abc import Iterator, Sequence

from ..machine.revision import DOWNLOADS, FAMILY, IMAGE, VERSION
from ..machine.settled import Settings
from ..spec.rollout import RolloutSection
from .running import differences, displayed

WHOLE = 100

PLAIN = {
    VERSION: "version",
    IMAGE: "image",
    DOWNLOADS: "software",
    FAMILY: "image family",
}
"""Places in a reader's words."""


def reasons(running: Settings, asked: Settings, usual: Settings) -> Iterator[str]:
    """Why machines are replaced. What the record lacks is as usual: an earlier program did not know the field."""
    for path, value in asked.items():
        before = running.get(path, usual.get(path))
        for place, was, wanted in differences(path, before, value):
            yield f"{_plain(place)} {displayed(was)} -> {displayed(wanted)}"


def announcement(
    pool: str, machines: int, rollout: RolloutSection, why: Sequence[str] | None
) -> str | None:
    """The line about a pool whose machines are replaced; None if there is nothing to say. Without a record `why` is None."""
    if not machines or why == []:
        return None
    steps = _steps(machines, rollout)
    if why is None:
        return (
            f"pool {pool}: with what its {_machines(machines)} made is not recorded yet. If the pool's launch template changes, "
            f"they are replaced once, {steps}"
        )
    return f"pool {pool}: its {_machines(machines)} replaced, {steps}: {'; '.join(why)}"


def _machines(count: int) -> str:
    return "machine is" if count == 1 else f"{count} machines are"


def _steps(machines: int, rollout: RolloutSection) -> str:
    least, most = rollout.min_healthy_percentage, rollout.max_healthy_percentage
    # AWS rounds down what may be away or beside the pool, and replaces one machine at least.
    step = max(1, machines * (most - WHOLE) // WHOLE + machines * (WHOLE - least) // WHOLE)
    after = "after the new one has joined" if most > WHOLE else "before the new one starts"
    how = f"{'all at once' if step >= machines else f'{step} at a time'}, each {after}"
    how = after if machines == 1 else how
    pauses = [f"{percentage} %" for percentage in rollout.pause_at_percentages]
    paused = (
        f", with a pause of {rollout.pause_seconds} s after {', '.join(pauses)}" if pauses else ""
    )
    return f"{how}{paused}"


def _plain(place: str) -> str:
    for path, word in PLAIN.items():
        if place == path or place.startswith(f"{path}."):
            return f"{word}{place.removeprefix(path).replace('.', ' ', 1)}"
    return place.removeprefix("pool.")
