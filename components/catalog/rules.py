"""What must hold of a cluster for its add-ons to be installed."""

from collections.abc import Iterator, Mapping

from ..faults import Fault, Rule
from ..sections import Section
from ..spec import AddonsSpec
from ..versions import MINORS
from . import ADDONS
from .addon import Addon
from .releases import release_for


def released(spec: AddonsSpec) -> Iterator[Fault]:
    """Each add-on that is ours to install has a release for the minor."""
    if spec.minor not in MINORS:
        return
    for name, addon in ADDONS.items():
        if (
            addon.needed(spec)
            and addon.on(spec.addons)
            and not release_for(addon.releases, spec.minor)
        ):
            yield Fault(
                addon.chosen_by,
                f"{name} is pinned here for Kubernetes {_span(addon)}, and this is {MINORS[spec.minor].name}; "
                f"{addon.instead}",
            )


def _span(addon: Addon) -> str:
    oldest = min(release.oldest for release in addon.releases)
    newest = max(release.newest for release in addon.releases)
    return f"1.{oldest} to 1.{newest}"


SECTION_RULES: Mapping[type[Section], tuple[Rule, ...]] = {AddonsSpec: (released,)}
