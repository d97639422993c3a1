"""How long something lasts, in words."""

from datetime import timedelta


def spoken(length: timedelta) -> str:
    """A length of time in whole minutes, hours, days or years: two of a unit at least, but for minutes. Parts of one are left out."""
    minutes, hours = int(length.total_seconds() // 60), int(length.total_seconds() // 3600)
    if hours < 2:
        return f"{minutes} min"
    if length.days < 2:
        return f"{hours} h"
    return f"{length.days} days" if length.days < 730 else f"{length.days // 365} years"
