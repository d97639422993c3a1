"""The names of the package, as a program imports them."""

import enum
import subprocess
import sys
import typing

import pytest

import components
from components import args
from components.facts import choices

COMPONENTS = [name for name in components.__all__ if f"{name}Args" in components.__all__]


def test_dir_lists_components_their_arguments_sections_and_choices():
    listed = dir(components)

    assert {*components.__all__} <= {*listed}
    assert {"Network", "NetworkArgs", "PoolArgs", "ClusterSectionArgs", "Nat", "Family"} <= {
        *listed
    }


@pytest.mark.parametrize("name", [*args.__all__, *choices.__all__])
def test_sections_and_choices_are_imported_from_the_package(name):
    found = getattr(components, name)

    assert typing.is_typeddict(found) or issubclass(found, enum.StrEnum)


def test_every_choice_of_the_arguments_is_public():
    chosen = {name.removesuffix("Value") for name in vars(args) if name.endswith("Value")}

    assert chosen == {*choices.__all__}


@pytest.mark.parametrize("name", ["Clutser", "PolArgs", "StrEnum", "pydantic", "cluster_part"])
def test_what_is_not_public_is_not_there(name):
    with pytest.raises(AttributeError, match=f"components has no '{name}'"):
        getattr(components, name)


def test_a_choice_is_imported_without_pulumi():
    program = "import sys, components; components.Nat.SINGLE; print('pulumi' in sys.modules)"

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout == "False\n"


@pytest.mark.parametrize("name", COMPONENTS)
def test_hovering_a_component_shows_what_it_is(name):
    component = getattr(components, name)

    assert component.__init__.__doc__, "an editor would show Pulumi's text on resources instead"
    assert component.__init__.__doc__.splitlines()[0].endswith(".")
